"""A turn: from a question to an answer with citations, kept on disk while it is written.

It is handed its retriever, its model and its store; it knows neither the library nor any worker.
"""
