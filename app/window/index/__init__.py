"""What Familiar has read: totals, folders, files, and for each file that is not ready its one remedy."""
