"""The chat models: found on this machine, fitted to it, fetched, measured, their processes supervised."""
