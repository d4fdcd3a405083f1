"""What every part of Familiar shares and nothing else: typed values, errors, paths, settings, logs, durable files.

Imports nothing from the rest of the application, and no heavy library.
"""
