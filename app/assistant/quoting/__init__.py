"""Answers made of the files' own words: where sentences end, which of them answer, when none does, how each is shown.

From below: where a sentence, a table's row or a block of code begins and ends (`sentences`, `tables`, `units`), what a
question wants to be told (`asked`), how well a stretch answers it (`scoring`), whether that is enough (`doubt`), the
quotes that are chosen (`quotes`), and how they are written (`writing`).
"""
