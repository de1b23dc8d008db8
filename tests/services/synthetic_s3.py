"""The synthetic S3 of bench/end_to_end as a service: computes keys, counts uploads, checks no signatures."""

import contextlib
import dataclasses
import subprocess

from .process import BUILD, clean_environment
from .server import Server

PROGRAM = BUILD / "release/bin/synthetic_s3_server"
STOP_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class SyntheticServer(Server):
    """`counts` is filled in once the server has ended."""

    counts: dict = dataclasses.field(default_factory=dict)


@contextlib.contextmanager
def run(shape, objects, *knobs):
    """Yields a SyntheticServer with so many objects; it ends when its standard input does, so with this process too."""
    with subprocess.Popen([PROGRAM, shape, str(objects), *knobs], env=clean_environment(), text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        server = SyntheticServer("synthetic", process.stdout.readline().strip(), "AKIASYNTHETIC", "secret")
        try:
            yield server
        finally:
            counts, _ = process.communicate(timeout=STOP_SECONDS)
            server.counts.update((name, int(value)) for name, value in (word.split("=") for word in counts.split()))
