"""Chat through an OpenAI-compatible server of the person's choice. The only process that sends what they wrote
anywhere, and only in conversations for which they agreed to it; so it is apart from everything else."""
