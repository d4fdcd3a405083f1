"""What a model has read is not read again: its KV cache kept in memory and on disk, conversation by conversation."""
