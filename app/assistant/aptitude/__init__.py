"""What a chat model can do with files, measured by short built-in tasks, so that no more is asked of it than that."""
