"""Language as everybody here needs it: what counts as a word, which forms are one, what a question asks for.

Pure functions over text, without files, databases or models, so that the index, the search, the assistant, the window
and the command line all mean the same by a word.
"""
