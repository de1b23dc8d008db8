"""Tests what is built for arm64, under qemu: from the same archives as in the packages every unit and conformance test,
then whole jobs of the packed function behind two emulators of Lambda.

    python tools/test_arm64.py [NAME...]   only what contains a NAME in its name

Wants the packages' build for arm64 (tools/package.py) and the release build. Ends with "N passed, N failed".
"""

import os
import pathlib
import shutil
import sys

import package
import package_dependencies
import test
import test_units
from package_target import ROOT, TARGETS, Failure, jobs, run
from test_units import BUILD, TESTS

TARGET = TARGETS["arm64"]
EMULATOR = "/usr/bin/qemu-aarch64-static"
# What runs a program of this machine to look at its output is of no use here. And qemu keeps a third of a MiB of every
# thread that has ended, of which the jobs under faults have a hundred thousand; job_test and end_to_end run jobs, too.
NOT_HERE = ("manifest_readers", "job_faults")
# qemu's vfork() is a fork(): a child cannot tell its parent why exec() failed.
NOT_EMULATED = "-ProcessProvider.SaysThatThereIsNoSuchProgram"
# An emulated processor is some twenty times slower than the time that a test gives its threads or a loaded server.
LIMIT_SECONDS = 1800


def build(folder, programs):
    run("cmake", "--build", folder, "-j", jobs(), "--target", *programs)


def units_of_programs(folder, results):
    """Each test program, emulated; its target has the unit's name."""
    package.configure(TARGET, folder, package_dependencies.build(TARGET, BUILD / "package"), "ON")
    found = [unit for unit in test_units.of_build("arm64", folder, results) if not unit.name.endswith(NOT_HERE)]
    for unit in found:
        unit.limit = LIMIT_SECONDS
        unit.settings["GTEST_FILTER"] = NOT_EMULATED
    return found


def end_to_end(folder, results):
    report = results / "arm64-end-to-end.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", "arm64/arm64_end_to_end.py"]
    native = BUILD / "release/bin"
    return test_units.Unit("arm64/end_to_end", command, report, TESTS, limit=LIMIT_SECONDS, weight=1000, settings={
        "ARM64_EMULATOR": EMULATOR,
        "ARM64_FUNCTION": f"{EMULATOR} {BUILD / 'package/arm64/stage/bootstrap'}",
        "NATIVE_FUNCTION": str(native / "signpost-lambda"),
        "ARM64_WRITE_MANIFEST": str(folder / "bin/write_manifest"),
        "NATIVE_WRITE_MANIFEST": str(native / "write_manifest")})


def main(names):
    results, folder = BUILD / "test-results-arm64", BUILD / "package/arm64/tests"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    try:
        units = [*units_of_programs(folder, results), end_to_end(folder, results)]
        chosen = [unit for unit in units if not names or any(name in unit.name for name in names)]
        programs = [unit.name.removeprefix("arm64/") for unit in chosen if unit is not units[-1]]
        build(folder, [*programs, "write_manifest"])
    except Failure as failure:
        print(failure, file=sys.stderr)
        return test.close([], 1)
    chosen.sort(key=lambda unit: -unit.weight)
    return test.close(test.run_all(chosen), 0)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    sys.exit(main(sys.argv[1:]))
