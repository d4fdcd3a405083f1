"""A tool with one argument, for tests of how chat templates write tools."""

from __future__ import annotations

from app.base.chat import ToolSpec

NOTES = ToolSpec(
    name="find_notes",
    description="Finds the notes quickly",
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string", "description": "words to look for"}},
        "required": ["query"],
    },
)
