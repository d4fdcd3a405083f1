"""The processes that do the heavy and the risky work: reading files, embedding texts, running chat models.

Each computes what it is asked and keeps nothing that cannot be made again; each may be killed at any moment.
"""
