"""How the processes of one home talk: framed JSON, a key, typed calls, supervised workers."""
