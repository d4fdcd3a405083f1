"""familiar eval: anybody can measure Familiar, on public test sets or on their own thumbs, through the real pipeline.

A test set becomes files in a scratch home, which an engine of its own reads and answers from as it would a person's.
"""
