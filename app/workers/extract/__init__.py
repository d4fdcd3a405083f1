"""Reading strangers' files: bytes come in, text with places goes out, in a process that may die of them.

One module a family of formats; each yields `Section`s, which the chunker cuts to the embedder's size.
"""
