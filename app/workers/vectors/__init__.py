"""Meaning: texts become vectors, and Chroma finds the nearest of them, in a process of its own.

Chroma is slow to import, may die in native code and must have one owner; all that it holds can be made again.
"""
