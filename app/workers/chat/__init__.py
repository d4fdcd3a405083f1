"""The chat worker: messages in, text out, through llama.cpp, in a process that may die of a bad model file alone."""
