"""The conversation: its list, its transcript, the answer that is being written, and the field for the next question."""
