"""The chat models as a person chooses, downloads, tunes and measures them."""
