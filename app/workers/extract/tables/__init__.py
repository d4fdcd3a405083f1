"""Tables of a file as something that can be computed with: laid out, typed, queried, each result traced to its rows."""
