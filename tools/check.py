"""The fast checks, each with what it found: format, layers, forbidden, costs, headers, shell, python, spelling.

    python tools/check.py [NAME...]    all, or only those named
"""

import pathlib
import subprocess
import sys
import time

import check_costs
import check_forbidden
import check_headers
import check_layers

ROOT = pathlib.Path(__file__).resolve().parents[1]


def run(command):
    """What a tool said, as one problem, when it was not content."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [(done.stdout + done.stderr)[-8000:]] if done.returncode != 0 else []


def named(*endings):
    """The project's files that end so."""
    return [name for name in check_forbidden.tracked() if name.endswith(endings)]


def check_format():
    return run(["clang-format-22", "--dry-run", "-Werror", *named(".cc", ".h")])


def check_shell():
    scripts = [name for name in check_forbidden.tracked() if name.endswith(".sh") or name in ("dev", ".ci/run")]
    return run(["shellcheck", "--severity=style", *scripts])


def check_python():
    return run([pathlib.Path(sys.executable).parent / "ruff", "check", "--quiet", *named(".py")])


def check_spelling():
    return run(["codespell", *named(".cc", ".h", ".py", ".sh", ".md", ".txt", ".cmake", "dev")])


CHECKS = {
    "format": check_format,
    "layers": check_layers.check,
    "forbidden": check_forbidden.check,
    "costs": check_costs.check,
    "shell": check_shell,
    "python": check_python,
    "spelling": check_spelling,
    "headers": check_headers.check,
}


def main(names):
    failed = 0
    for name, check in CHECKS.items():
        if names and name not in names:
            continue
        started = time.monotonic()
        problems = check()
        failed += bool(problems)
        print(f"{'FAILED' if problems else 'ok    '} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        if problems:
            print("\n".join(problems), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
