"""The person's files as Familiar knows them: watched, scanned, read, indexed and searched."""
