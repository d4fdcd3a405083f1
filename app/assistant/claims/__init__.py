"""What an answer claims, and whether the passages that it rests on say so.

Whatever model wrote the words: they are cut into claims, each is tied to the stretch that supports it, and figures,
dates, names, identifiers, quoted words and denials are compared. What is not borne out never looks as if it were.
"""
