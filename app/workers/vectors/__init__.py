"""Meaning: texts become vectors, and a question is compared with all of them, in a process of its own.

Chroma, which keeps the vectors, is slow to import, may die in native code and must have one owner; all that it and the
matrix beside it hold can be made again.
"""
