"""Runs every benchmark: the programs, then the drivers that run whole commands. Each checks its output first.

    python tools/bench.py [--quick] [NAME...]    all, or those whose name contains a NAME

The drivers' figures go to bench/results/ as JSON, pictures of them are drawn beside, and the tables of the documents
are filled in from them. --quick: about two minutes in all, with rougher figures, in build/bench-results/ only.
"""

import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BENCH = ROOT / "bench"
BIN = ROOT / "build/release/bin"
DRAWN = ["peers", "scaling"]
DOCUMENTS = [ROOT / "README.md", ROOT / "docs/performance.md"]


def commands(quick, results):
    """Name and command of each benchmark."""
    for program in sorted(BIN.glob("*_bench")):
        yield program.name, [program]
    yield "listing_simulation", [BIN / "listing_simulation", *(["--check"] if quick else [])]
    for script in sorted(BENCH.glob("*/run.py")):
        name = script.parent.name
        yield name, [sys.executable, "-m", f"{name}.run", BIN, "--results", results, *(["--quick"] if quick else [])]


def run(name, command):
    """Whether it ended well."""
    print(f"== {name}", flush=True)
    started = time.monotonic()
    done = subprocess.run(command, cwd=BENCH, check=False)
    print(f"   {time.monotonic() - started:.0f} s", flush=True)
    return done.returncode == 0


def main(arguments):
    quick = "--quick" in arguments
    names = [argument for argument in arguments if argument != "--quick"]
    results = ROOT / "build/bench-results" if quick else BENCH / "results"
    chosen = [(name, command) for name, command in commands(quick, results)
              if not names or any(one in name for one in names)]
    if any(name in DRAWN for name, _ in chosen):
        chosen.append(("pictures", [sys.executable, "-m", "peers.venv", "pictures.py", results]))
    if not quick:
        chosen.append(("tables", [sys.executable, "tables.py", results, *DOCUMENTS]))
    failed = [name for name, command in chosen if not run(name, command)]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
