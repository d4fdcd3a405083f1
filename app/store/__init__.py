"""What Familiar keeps on disk: user.db (precious), index.db and embeddings.db (derived), and secrets in the keyring.

SQL is written by hand here and nowhere else, one function a question.
"""
