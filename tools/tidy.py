"""Runs clang-tidy with .clang-tidy over the sources, or over those whose path contains a NAME.

    python tools/tidy.py [NAME...]
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build/tidy"  # Configured for clang, every file on its own.


def tidy(source):
    """What clang-tidy found in one file."""
    done = subprocess.run(["clang-tidy-22", "--quiet", "-p", BUILD, source], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        print(done.stdout, flush=True)
    return done.returncode == 0


def main(names):
    configure = ["cmake", "--preset", "asan", "-B", BUILD, "-DSIGNPOST_UNITY=OFF", "-DSIGNPOST_QUICK_ROOMS=OFF"]
    for command in configure, ["cmake", "--build", BUILD, "--target", "signpost_test_headers"]:
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    known = {entry["file"] for entry in json.loads((BUILD / "compile_commands.json").read_text())}
    sources = sorted(one for one in known if "/tests/canary/" not in one
                     and (not names or any(name in one for name in names)))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(tidy, sources))
    print(f"{results.count(True)} files are clean, {results.count(False)} are not")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
