"""Benchmarks: one command a figure, `python -m tests.bench NAME`. Ratios and times measured in one run; never in CI."""
