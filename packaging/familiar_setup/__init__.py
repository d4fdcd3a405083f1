"""What `bootstrap.py` does once the Python is new enough: the environment, the system's part, llama-cpp-python's build.

Standard library only: nothing of Familiar is installed yet when this runs.
"""
