"""What a model may do while it answers: look further, within what the person chose; and what it may ask to have done.

A module a tool: whatever declares a TOOL here is offered to models.
"""
