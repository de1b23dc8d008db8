"""Runs every benchmark: the programs, then the whole command against a synthetic S3. Each checks its output first.

    python tools/bench.py [NAME...]    all, or those whose name contains a NAME
"""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = ROOT / "build/release/bin"


def commands():
    """Name and command of each benchmark."""
    for program in sorted(BIN.glob("*_bench")):
        yield program.name, [program]
    for script in sorted((ROOT / "bench").glob("*/run.py")):
        yield script.parent.name, [sys.executable, script, BIN]


def main(names):
    failed = []
    for name, command in commands():
        if names and not any(one in name for one in names):
            continue
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
