"""Familiar without the window: one module a group of commands, each a client of the engine like any other.

What it prints with --json, and its exit codes, are a contract that other programs rely on.
"""
