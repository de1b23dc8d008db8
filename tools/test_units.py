"""The units of the test run: what there is, how to run one, and how to count what it says."""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
TESTS = ROOT / "tests"
LIMIT_SECONDS = 900
SUITE_LIMIT_SECONDS = 900
SERVER_PROGRAMS = {"s3_contract": ["ministack", "ceph"], "idempotency_contract": ["ministack", "ceph", "dynamodb"]}
SANITIZER_SETTINGS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1",
}


@dataclasses.dataclass
class Counts:
    """How many tests passed and failed."""

    passed: int = 0
    failed: int = 0


@dataclasses.dataclass
class Unit:
    """One program or Python suite."""

    name: str
    command: list
    report: pathlib.Path
    folder: pathlib.Path = ROOT
    must_say: str = ""  # A regular expression; the program must print it and fail.
    limit: int = LIMIT_SECONDS
    weight: int = 0  # The heavier starts earlier.
    settings: dict = dataclasses.field(default_factory=dict)

    def repeat(self):
        return shlex.join(map(str, self.command))


def of_preset(preset, results):
    """Every test that CMake knows of in one build."""
    return of_build(preset, BUILD / preset, results)


def of_build(name, folder, results):
    """The same for the build in `folder`; the units are called NAME/TEST."""
    listing = subprocess.run(["ctest", "--test-dir", folder, "--show-only=json-v1"], check=True,
                             capture_output=True, text=True).stdout
    return [_of_ctest(name, entry, results) for entry in json.loads(listing)["tests"]]


def _of_ctest(preset, entry, results):
    properties = {one["name"]: one["value"] for one in entry.get("properties", [])}
    name = f"{preset}/{entry['name']}"
    report = results / f"{preset}-{entry['name']}.json"
    must_say = properties.get("PASS_REGULAR_EXPRESSION", "")
    if isinstance(must_say, list):
        must_say = "|".join(must_say)
    return Unit(name, entry["command"], report, pathlib.Path(properties.get("WORKING_DIRECTORY", ROOT)), must_say,
                int(properties.get("TIMEOUT", LIMIT_SECONDS)), weight=int(properties.get("COST", 0)),
                settings={"GTEST_OUTPUT": f"json:{report}", "GTEST_BRIEF": "1", **SANITIZER_SETTINGS})


def of_servers(results):
    """The suites in C++ that want a real server, once for each server."""
    units = []
    for program, servers in SERVER_PROGRAMS.items():
        for server in servers:
            name = f"{program}-on-{server}"
            report = results / f"{name}.json"
            command = [sys.executable, "-m", "services", server, BUILD / "release/bin" / program,
                       "--endpoint", "{endpoint}", "--access-key", "{access_key}", "--secret-key", "{secret_key}",
                       "--server", "{name}"]
            units.append(Unit(name, command, report, TESTS, weight=500,
                              settings={"GTEST_OUTPUT": f"json:{report}", "GTEST_BRIEF": "1"}))
    return units


def of_python(results):
    """Every folder of tests/ with Python tests, one pytest run each."""
    folders = sorted({path.parent for path in TESTS.rglob("test_*.py")})
    units = []
    for folder in folders:
        name = "-".join(folder.relative_to(TESTS).parts)
        report = results / f"{name}.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", folder.relative_to(TESTS)]
        units.append(Unit(f"pytest/{name}", command, report, TESTS, limit=SUITE_LIMIT_SECONDS, weight=1000))
    return units


def execute(unit):
    """Runs the unit in a process group of its own; returns exit status and output. None: it took too long."""
    process = subprocess.Popen(
        list(map(str, unit.command)), cwd=unit.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env={**os.environ, **unit.settings}, start_new_session=True)
    try:
        output, _ = process.communicate(timeout=unit.limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, f"{_text(output)}\nended after {unit.limit} s\n"
    return process.returncode, _text(output)


def _text(output):
    return output.decode("utf-8", "replace")


def count(unit, exit_status, output):
    """Reads the unit's report. An exit status that the report does not explain is one more failure."""
    if unit.must_say:
        as_planted = exit_status not in (0, None) and re.search(unit.must_say, output)
        return Counts(1, 0) if as_planted else Counts(0, 1)
    if not unit.report.exists():
        return Counts(1, 0) if exit_status == 0 and unit.report.suffix == ".json" else Counts(0, 1)
    counts = _of_gtest(unit.report) if unit.report.suffix == ".json" else _of_junit(unit.report)
    if (exit_status != 0 and not counts.failed) or (not counts.passed and not counts.failed):
        counts.failed += 1
    return counts


def _of_gtest(report):
    """A test that was skipped or filtered out passed nothing."""
    counts = Counts()
    for suite in json.loads(report.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            if test.get("failures"):
                counts.failed += 1
            elif test.get("result") == "COMPLETED":
                counts.passed += 1
    return counts


def _of_junit(report):
    counts = Counts()
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            counts.failed += 1
        elif case.find("skipped") is None:
            counts.passed += 1
    return counts
