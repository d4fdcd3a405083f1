"""Downloads of models. Whole or not at all: what is unfinished lies in a folder of its own until its checksum is right.
A process of its own, so that a download can be ended at any moment and nothing of the network is in the engine."""
