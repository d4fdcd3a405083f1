"""How the processes of one home talk: framed JSON over `multiprocessing.connection`, a key, typed calls, supervision."""
