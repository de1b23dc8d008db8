"""Runs `signpost local` with a function, and tells where it listens and what it wrote."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import subprocess
import urllib.parse

from services import process

SIGNPOST = pathlib.Path(os.environ.get("SIGNPOST", process.BUILD / "release/bin/signpost"))
FUNCTION = pathlib.Path(__file__).with_name("function.py")
INVOKE = "/2015-03-31/functions/function/invocations"
LIMIT_SECONDS = 60
NO_METADATA = {"AWS_EC2_METADATA_DISABLED": "true"}


class LocalFunction:
    """One emulator under way. `base` is what it printed, `url` where it is invoked."""

    def __init__(self, child, log, seen):
        self.child, self.log_path, self.seen_path = child, log, seen
        self.base = child.stdout.readline().strip()
        self.url = self.base + INVOKE

    def log(self):
        return self.log_path.read_text(errors="replace")

    def seen(self):
        """The records that the function was given, in order."""
        if not self.seen_path.exists():
            return []
        return [json.loads(line) for line in self.seen_path.read_text().splitlines()]

    def bodies(self):
        return [record["body"] for record in self.seen()]

    def wait_until(self, condition, seconds=LIMIT_SECONDS):
        process.wait_for(condition, seconds, lambda: self.log()[-4000:])

    def stop(self):
        """Ctrl-C, and the exit status."""
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(LIMIT_SECONDS)


@contextlib.contextmanager
def running(folder, *options, command=(FUNCTION,), environment=None, name="local"):
    """A LocalFunction with its files in `folder`; ended with the block."""
    log, seen = folder / f"{name}.log", folder / f"{name}.seen"
    with log.open("wb") as err:
        child = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", SIGNPOST, "local", "--port", "0", *options, "--", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err, text=True, cwd=folder,
            env=process.clean_environment(HOME=str(folder), SEEN=str(seen), **{**NO_METADATA, **(environment or {})}))
    try:
        yield LocalFunction(child, log, seen)
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(LIMIT_SECONDS)
        finally:
            child.kill()
            child.stdout.close()


def invoke(*arguments, environment=None, stdin=None):
    """Runs `signpost invoke` to its end."""
    return subprocess.run([SIGNPOST, "invoke", *arguments], input=stdin, capture_output=True, text=True,
                          timeout=LIMIT_SECONDS, check=False,
                          env=process.clean_environment(HOME="/nonexistent", **{**NO_METADATA, **(environment or {})}))


def post(url, body, **headers):
    """Status, headers and body of a plain POST."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=LIMIT_SECONDS)
    try:
        connection.request("POST", parts.path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()
