"""Sets Familiar up in this checkout and runs, tests or locks it: `python3 packaging/bootstrap.py --help`.

Standard library only. This file must parse on any Python since 2.7, so that an old one is told what is wanted.
"""

import os
import subprocess
import sys

NEEDED = (3, 11)
NEWER = ["python3.%d" % minor for minor in (14, 13, 12, 11)] + ["/usr/bin/python3"]


def is_new_enough(python):
    """Whether this command starts a Python that Familiar runs on."""
    test = "import sys; sys.exit(0 if sys.version_info >= %r else 1)" % (NEEDED,)
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.call([python, "-c", test], stdout=nowhere, stderr=nowhere) == 0
    except OSError:
        return False


def explanation(version, executable):
    """The lines for a person whose Python is too old: which is wanted, and the command that installs it."""
    wanted = "%d.%d" % NEEDED
    lines = [
        "Familiar needs Python %s or newer; this is %s (%s)." % (wanted, ".".join(map(str, version[:3])), executable),
        "Install one, then run the same command with it:",
    ]
    if sys.platform == "darwin":
        return lines + ["    brew install python@3.13"]
    if os.name == "nt":
        return lines + ["    winget install --exact --id Python.Python.3.13"]
    return lines + [
        "    sudo apt-get install -y python3 python3-venv      (Debian 12, Ubuntu 24.04 and newer)",
        "    sudo dnf install -y python3.13                    (Fedora)",
        "    sudo pacman -S python                             (Arch)",
    ]


def with_newer_python(arguments):
    """Start over with a newer Python of this machine, installed by apt-get if we may. Returns its exit code or None."""
    found = [python for python in NEWER if is_new_enough(python)]
    may_install = hasattr(os, "geteuid") and os.geteuid() == 0 and os.path.exists("/etc/debian_version")
    if not found and may_install:
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.call(["apt-get", "-q", "update"], env=environment)
        subprocess.call(["apt-get", "-q", "install", "-y", "python3", "python3-venv"], env=environment)
        found = [python for python in NEWER if is_new_enough(python)]
    if not found:
        return None
    sys.stderr.write("This Python is too old for Familiar; going on with %s.\n" % found[0])
    return subprocess.call([found[0], os.path.abspath(__file__)] + arguments)


def main():
    """Check the Python, then do what the arguments say; returns the exit code."""
    if sys.version_info < NEEDED:
        code = with_newer_python(sys.argv[1:])
        if code is None:
            sys.stderr.write("\n".join(explanation(sys.version_info, sys.executable)) + "\n")
            return 1
        return code
    sys.dont_write_bytecode = True  # a read-only or shared checkout stays as it is
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # app.base.system_packages
    from familiar_setup.commands import main as commands

    return commands(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
