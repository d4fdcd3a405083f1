"""The engine process: the one owner of a home's truth, wiring stores, library, assistant and workers to clients."""
