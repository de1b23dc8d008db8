"""Runs every benchmark: the programs, then the drivers that run whole commands. Each checks its output first.

    python tools/bench.py [--quick] [NAME...]    all, or those whose name contains a NAME

The drivers' figures go to bench/results/ as JSON, and pictures of them are drawn beside. --quick: about two minutes in
all, with rougher figures, in build/bench-results/.
"""

import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BENCH = ROOT / "bench"
BIN = ROOT / "build/release/bin"


def commands(quick, results):
    """Name and command of each benchmark."""
    for program in sorted(BIN.glob("*_bench")):
        yield program.name, [program]
    for script in sorted(BENCH.glob("*/run.py")):
        name = script.parent.name
        yield name, [sys.executable, "-m", f"{name}.run", BIN, "--results", results, *(["--quick"] if quick else [])]


def main(arguments):
    quick = "--quick" in arguments
    names = [argument for argument in arguments if argument != "--quick"]
    failed = []
    for name, command in commands(quick, ROOT / "build/bench-results" if quick else BENCH / "results"):
        if names and not any(one in name for one in names):
            continue
        print(f"== {name}", flush=True)
        started = time.monotonic()
        if subprocess.run(command, cwd=BENCH, check=False).returncode != 0:
            failed.append(name)
        print(f"   {time.monotonic() - started:.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
