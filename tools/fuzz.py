"""Runs each fuzz target for a while, two at a time, from its seeds in fuzz/NAME/corpus and what earlier runs found.

    python tools/fuzz.py [SECONDS [NAME...]]    60 seconds each; all, or those whose name contains a NAME

An input that breaks a target is kept in build/fuzz/artifacts.
"""

import concurrent.futures
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build/fuzz"
AT_ONCE = 2
INPUT_SECONDS = 10
MEMORY_MIB = 2048


def fuzz(program, seconds):
    """True when nothing broke."""
    name = program.name.removesuffix("_fuzz")
    found, artifacts = BUILD / "corpus" / name, BUILD / "artifacts"
    found.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(exist_ok=True)
    command = [program, f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_MIB}",
               f"-artifact_prefix={artifacts}/{name}-", "-print_final_stats=1", found]
    seeds = ROOT / "fuzz" / name / "corpus"
    if seeds.is_dir():
        command.append(seeds)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        print(f"FAILED {name}:\n{output[-8000:]}", flush=True)
        return False
    runs = re.search(r"number_of_executed_units: (\d+)", output)
    print(f"ok     {name}: {runs[1] if runs else '?'} inputs", flush=True)
    return True


def main(arguments):
    seconds, names = int(arguments[0]) if arguments else 60, arguments[1:]
    programs = [one for one in sorted((BUILD / "bin").glob("*_fuzz"))
                if not names or any(name in one.name for name in names)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda program: fuzz(program, seconds), programs))
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
