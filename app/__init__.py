"""Familiar: a desktop copilot for a person's own files.

The window draws, the engine remembers, workers compute. One process a role; `app.__main__` is the only door.
"""
