"""`python -m tests.bench NAME`: run one; without a name, say which there are. Exit code 0 if every bound held."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

_NOT_BENCHES = {"__init__", "__main__", "report", "setting", "bare_embedding", "indexed_set", "likenesses", "prepared"}


def main() -> int:
    """Run the benchmark that the command line names."""
    names = sorted(
        path.stem.replace("_", "-") for path in Path(__file__).parent.glob("*.py") if path.stem not in _NOT_BENCHES
    )
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        print("usage: python -m tests.bench NAME, where NAME is one of: " + ", ".join(names))
        return 2
    module = importlib.import_module(f"tests.bench.{sys.argv[1].replace('-', '_')}")
    return int(module.run())


if __name__ == "__main__":
    sys.exit(main())
