"""Refuses what a place may not do, and files that are not tidy.

Nothing below src/apps reads the environment, prints, exits or asks for the time of day; nobody sleeps but the one
Sleeper; no test sleeps.
"""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CODE = (".cc", ".h")


@dataclasses.dataclass(frozen=True)
class Rule:
    """`pattern` may not occur in files that `where` matches and `except_for` does not."""

    pattern: str
    where: str
    except_for: str
    why: str


LIBRARY = r"^(src|include)/.*\.(cc|h)$"
TEST_CODE = r"^src/(apps|testing)/|_test\.cc$"
ALL_CODE = r"\.(cc|h)$"
RULES = [
    Rule(r"\b(secure_)?getenv\(", LIBRARY, TEST_CODE, "only apps reads the environment"),
    Rule(r"std::(cout|cerr|clog)\b|\b(printf|puts|putchar)\(", LIBRARY, TEST_CODE, "only apps prints"),
    Rule(r"(?<![\w.>])(exit|quick_exit|abort)\(|std::terminate\(", LIBRARY, TEST_CODE + r"|^src/base/clock\.cc$",
         "only apps exits"),
    Rule(r"system_clock::now|\bgettimeofday\(|\btime\((nullptr|NULL|0)\)", LIBRARY,
         TEST_CODE + r"|^src/base/clock\.cc$", "time is an argument (base/clock.h)"),
    Rule(r"\b(sleep_for|sleep_until)\b|\b(u|nano)?sleep\(", ALL_CODE,
         r"^src/base/clock\.cc$|^src/testing/.*(?<!_test)\.(cc|h)$",
         "waiting is a Sleeper's or a condition variable's"),
    Rule(r"\btime\.sleep\(", r"^tests/.*\.py$", r"^tests/services/process\.py$", "tests wait for events, not for time"),
    Rule(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b", r".", r"\.(der|bin)$", "finish it or leave it out"),
    Rule(r"\b(DISABLED_|GTEST_SKIP|pytest\.mark\.skip|pytest\.skip\()", r"^(src|tests)/", r"^$", "a test runs or goes"),
]
TEXT = re.compile(r"\.(cc|h|py|sh|md|txt|cmake|json|toml|ini|cfg|conf)$|^(dev|LICENSE|\.ci/run)$")


def tracked():
    """Paths of the project's files, new ones included."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def check_rules(name, lines):
    for rule in RULES:
        if not re.search(rule.where, name) or re.search(rule.except_for, name):
            continue
        for number, line in enumerate(lines, 1):
            code = line.split("//")[0] if name.endswith(CODE) and rule.where != "." else line
            if re.search(rule.pattern, code):
                yield f"{name}:{number}: {rule.why}: {line.strip()}"


def check_tidy(name, text, lines):
    if "\r" in text or (text and not text.endswith("\n")):
        yield f"{name}: lines end with a newline, the last one too"
    if "generated" not in name:
        for number, line in enumerate(lines, 1):
            if line != line.rstrip() or "\t" in line:
                yield f"{name}:{number}: tab, or space at the end"
    is_script = name.startswith(("tools/", "tests/", "dev", ".ci/"))
    if is_script and text.startswith("#!") != os.access(ROOT / name, os.X_OK):
        yield f"{name}: '#!' and the executable bit go together"


def check():
    """All problems."""
    problems = []
    for name in tracked():
        if not TEXT.search(name) or "/corpus/" in name or "/data/" in name or name == "tools/check_forbidden.py":
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        lines = text.split("\n")
        problems += [*check_rules(name, lines), *check_tidy(name, text, lines)]
    return problems


if __name__ == "__main__":
    found = check()
    print("\n".join(found))
    sys.exit(1 if found else 0)
