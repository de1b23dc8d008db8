"""Runs build/release/bin/signpost, and reads what it wrote."""

import dataclasses
import gzip
import http.client
import json
import os
import pathlib
import subprocess
import urllib.parse

from services.process import BUILD, clean_environment

PROGRAM = pathlib.Path(os.environ.get("SIGNPOST", BUILD / "release/bin/signpost"))
LIMIT_SECONDS = 120


@dataclasses.dataclass
class Signpost:
    """The command in a folder of its own, with no AWS settings but those of the server chosen by at()."""

    folder: object
    environment: dict = dataclasses.field(default_factory=dict)

    def at(self, server, **more):
        """The same with `server` and its key in the environment."""
        return Signpost(self.folder, {**server.environment(), **more})

    def settings(self):
        return clean_environment(HOME=str(self.folder), **self.environment)

    def start(self, *arguments, **options):
        """Starts it; the caller waits."""
        return subprocess.Popen([PROGRAM, *arguments], env=self.settings(), cwd=self.folder,
                                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                                   **options})

    def run(self, *arguments, text=True, stdin=None, **options):
        """Runs it to its end."""
        data = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        return subprocess.run([PROGRAM, *arguments], env=self.settings(), cwd=self.folder, capture_output=True,
                              text=text, timeout=LIMIT_SECONDS, check=False, **data, **options)

    def json(self, *arguments):
        """The result object of a run that succeeds."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def fetch(url, method="GET", headers=None):
    """Status and body; the path goes out exactly as the URL has it."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def rows_of(data):
    """The rows of an NDJSON manifest, gzip or plain."""
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    lines = text.split(b"\n")
    assert lines.pop() == b"", "the last line ends with a newline"
    return [json.loads(line) for line in lines]


def manifest_rows(result):
    """The rows behind a result's manifest URL."""
    status, body = fetch(result["manifest_url"])
    assert status == 200
    assert len(body) == result["manifest_bytes"]
    return rows_of(body)
