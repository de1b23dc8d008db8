"""Walks through docs/local.md: runs its commands as they stand, against a local S3, SQS and DynamoDB.

Everything started here is stopped here. The exit status is 1 when a command fails or the walk ends elsewhere than the
page says.
"""

import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from services import ministack, process  # noqa: E402 - found through the line above

PAGE = ROOT / "docs/local.md"
LIMIT_SECONDS = 180
HEADING_OR_BLOCK = re.compile(r"^## (.+?)$|^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMISES = [
    ('"replayed":true', "the same job again was answered from the table"),
    ("Function.NotAllowed", "a bucket that is not allowed was refused"),
    ("Function.InvalidRequest", "a misspelt field was refused"),
    ("exit status 1", "a function error is an exit status"),
    ("not a job", "the message that is no job reached the dead-letter queue"),
    (".csv.gz", "a job from the queue left its manifest"),
    ("signpost: batch of ", "batches were told"),
]


def script():
    """The page's commands as one script that shows each block before it runs it."""
    parts = ["set -eu -o pipefail"]
    for heading, block in HEADING_OR_BLOCK.findall(PAGE.read_text()):
        shown = f"\n== {heading}" if heading else "\n" + textwrap.indent(block.rstrip(), "$ ")
        parts.append(f"printf '%s\\n' {shlex.quote(shown)}")
        parts.append(block)
    return "\n".join(parts)


def walk(server, folder, programs):
    """Runs the script; returns its exit status and all that it printed."""
    environment = process.clean_environment(HOME=str(folder), **server.environment())
    environment["PATH"] = f"{programs}:{environment['PATH']}:{pathlib.Path(sys.executable).parent}"
    with subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "bash", "-c", script()], env=environment, cwd=folder,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as child:
        printed = []
        try:
            for line in child.stdout:
                printed.append(line)
                print(short(line), end="", flush=True)
            return child.wait(LIMIT_SECONDS), "".join(printed)
        finally:
            process.end(child)


def short(line, limit=160):
    """A presigned URL is long, and nobody reads it."""
    return line if len(line) <= limit else line[:limit - 4] + "...\n"


def main(arguments):
    programs = pathlib.Path(arguments[0]) if arguments else ROOT / "build/release/bin"
    started = time.monotonic()
    with ministack.run() as server, tempfile.TemporaryDirectory() as folder:
        status, printed = walk(server, pathlib.Path(folder), programs.resolve())
    if status != 0:
        print(f"\nlambda-demo failed: a command of {PAGE.relative_to(ROOT)} ended with {status}", file=sys.stderr)
        return 1
    print()
    broken = [what for text, what in PROMISES if text not in printed]
    for text, what in PROMISES:
        print(f"   {'ok' if text in printed else 'NOT SO'}: {what}")
    if not broken:
        print(f"All as promised, in {time.monotonic() - started:.0f} s. The servers are stopped.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
