"""A model's own chat template, which is a stranger's program: rendered in a sandbox, within time and memory."""
