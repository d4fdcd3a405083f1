"""Changing the person's files: planned, shown, allowed by their rules or their word, recorded, done, and taken back.

Assume that the model is compromised by what it has read: what holds is here, and not in a prompt.
"""
