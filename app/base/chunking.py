"""How documents are cut into passages, as far as every process must agree on it."""

from __future__ import annotations

CHUNKER = 1
"""Version of the chunker: another number rebuilds the index and names another vector collection."""
