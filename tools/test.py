"""Builds everything, runs every test, and closes with "N passed, N failed".

    python tools/test.py [NAME...]    only the programs and suites whose name contains a NAME

A unit is one program or one Python suite. Two run at a time. Counts come from GoogleTest's JSON and pytest's JUnit XML;
a program of another kind (a benchmark's check, a sanitizer canary) counts as one test.
"""

import concurrent.futures
import dataclasses
import pathlib
import shutil
import subprocess
import sys
import time

import test_units
from test_units import BUILD, ROOT

PRESETS = ["release", "asan", "tsan"]
AT_ONCE = 2
SLOWEST_SHOWN = 8


@dataclasses.dataclass
class Outcome:
    """What became of one unit."""

    unit: test_units.Unit
    counts: test_units.Counts
    seconds: float
    output: str


def say(text):
    print(text, flush=True)


def build(preset):
    """Configures where needed and builds all of one preset; False after showing why it failed."""
    started = time.monotonic()
    commands = [["cmake", "--build", "--preset", preset]]
    if not (BUILD / preset / "build.ninja").exists():
        commands.insert(0, ["cmake", "--preset", preset])
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            say(f"{' '.join(command)} failed:\n{done.stdout[-12000:]}{done.stderr[-4000:]}")
            return False
    say(f"built {preset} in {time.monotonic() - started:.0f} s")
    return True


def run(unit):
    """Runs one unit; its time limit counts as a failure."""
    started = time.monotonic()
    exit_status, output = test_units.execute(unit)
    counts = test_units.count(unit, exit_status, output)
    return Outcome(unit, counts, time.monotonic() - started, output)


def show(outcome):
    """One line for a good unit, everything it printed for a bad one."""
    counts = outcome.counts
    verdict = "FAILED" if counts.failed else "ok    "
    say(f"{verdict} {outcome.unit.name}: {counts.passed} passed, {counts.failed} failed, {outcome.seconds:.1f} s")
    if counts.failed:
        say(outcome.output[-20000:])
        say(f"--- end of {outcome.unit.name}; repeat with: {outcome.unit.repeat()}")


def run_all(units):
    """Runs the units, two at a time, those known to be slow first."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        pending = [pool.submit(run, unit) for unit in units]
        outcomes = []
        for future in concurrent.futures.as_completed(pending):
            outcomes.append(future.result())
            show(outcomes[-1])
    return outcomes


def close(outcomes, failed_builds):
    """The slowest units, then the line that counts."""
    for outcome in sorted(outcomes, key=lambda one: -one.seconds)[:SLOWEST_SHOWN]:
        say(f"  {outcome.seconds:6.1f} s  {outcome.unit.name}")
    passed = sum(outcome.counts.passed for outcome in outcomes)
    failed = sum(outcome.counts.failed for outcome in outcomes) + failed_builds
    if not passed and not failed:
        say("no test ran")
        failed = 1
    say(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main(names):
    results = BUILD / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    built = [preset for preset in PRESETS if build(preset)]
    units = [unit for preset in built for unit in test_units.of_preset(preset, results)]
    if "release" in built:
        units += test_units.of_servers(results) + test_units.of_python(results)
    chosen = [unit for unit in units if not names or any(name in unit.name for name in names)]
    chosen.sort(key=lambda unit: -unit.weight)
    return close(run_all(chosen), len(PRESETS) - len(built))


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    sys.exit(main(sys.argv[1:]))
