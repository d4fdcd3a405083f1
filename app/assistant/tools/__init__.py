"""What a model may do of its own accord while it answers: look further, within what the person chose; never more.

A module a tool: whatever declares a TOOL here is offered to models.
"""
