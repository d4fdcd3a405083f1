"""What a question means that goes on from those before it: what it is about, what is replaced, which file it points to.

By rules over the conversation as it is kept, without a model, so that it is the same in every mode and after a restart.
A question is read into phrases (`clauses`, by the closed word classes of `cue_words`), what the conversation is about
is a frame of them (`frame`), and `resolver` goes through the kept turns and says what to search for now.
"""
