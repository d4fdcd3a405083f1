"""An engine whose chat worker writes a script: `scripted_engine.py HOME [IDLE_S [OPEN_FILES]]`.

OPEN_FILES: the most files that it, and each of its workers, may have open.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.base.logs import start_logging
from app.base.malloc import share_arenas
from app.base.paths import Home
from app.engine.engine import IDLE_S, Engine


def main() -> int:
    """Serve the home until drained."""
    home = Home.find(sys.argv[1])
    home.create()
    start_logging(home, "engine")
    script = Path(__file__).with_name("scripted_chat.py")
    if len(sys.argv) > 3:
        import resource

        most = int(sys.argv[3])
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    share_arenas()  # as app.engine.main does
    idle_s = float(sys.argv[2]) if len(sys.argv) > 2 else IDLE_S
    Engine(home, idle_s=idle_s, commands={"chat": [sys.executable, "-P", str(script)]}).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
