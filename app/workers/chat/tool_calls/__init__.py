"""How a model writes tool calls: its syntax derived and proved, kept to while tokens are drawn, and read back."""
