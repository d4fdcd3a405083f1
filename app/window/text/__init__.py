"""Markdown and plain text made into documents that Qt draws: no HTML is made or read on the way."""
