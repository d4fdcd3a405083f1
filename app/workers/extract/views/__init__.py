"""Documents as a person knows them: a page drawn, a sheet as a grid, a mail with its header, program text by its
language. Each module makes one sort of view from a file's bytes, with the quote found in it, for the window to draw.
"""
