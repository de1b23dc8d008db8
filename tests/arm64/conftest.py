"""Fixtures: MiniStack, a bucket with awkward keys, the functions for arm64 and for this machine behind emulators.

The programs come from the environment: ARM64_FUNCTION is a command (an emulator of the processor and `bootstrap`), and
NATIVE_FUNCTION the same function for this machine; SIGNPOST is the command for this machine.
"""

import contextlib
import itertools
import os
import pathlib
import shlex
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "local"))
import local_function

from services import ministack, rie

FUNCTIONS = {name: shlex.split(os.environ[f"{name.upper()}_FUNCTION"]) for name in ("arm64", "native")}
TIMEOUT_SECONDS = 60
NUMBERS = itertools.count(1)
KEYS = ["a/plain", "a/with space+plus", "a/é日本😀", "a/%41~._-", "a/\u00ff\u0080",
        *(f"a/n{number:04}" for number in range(1200))]


@pytest.fixture(scope="session")
def server():
    with ministack.run() as running:
        yield running


@pytest.fixture(scope="session")
def source(server):
    client = server.client()
    client.create_bucket(Bucket="source")
    for key in KEYS:
        client.put_object(Bucket="source", Key=key, Body=key.encode())
    return "source"


@pytest.fixture
def variables(server, source):
    """The environment of a function with a bucket for its manifests."""
    output = f"output-{next(NUMBERS)}"
    server.client().create_bucket(Bucket=output)
    # By a name, which the function's own look-up must find.
    named = {name: value.replace("//127.0.0.1:", "//localhost:") for name, value in server.environment().items()}
    return {**named, "SIGNPOST_ALLOW": f"s3://{source}/", "SIGNPOST_OUTPUT": f"s3://{output}/"}


@pytest.fixture
def start(variables, tmp_path):
    """start(emulator, processor, *options) runs a function behind our emulator or the official one; returns where."""
    numbers = itertools.count(1)
    with contextlib.ExitStack() as stack:

        def run(emulator, processor, *options):
            command = FUNCTIONS[processor]
            if emulator == "official":
                program = wrapper(tmp_path, command)
                return stack.enter_context(rie.run((program, "bootstrap"), TIMEOUT_SECONDS, **variables))
            function = stack.enter_context(local_function.running(
                tmp_path, "--timeout", f"{TIMEOUT_SECONDS}s", *options, command=command, environment=variables,
                name=f"function-{next(numbers)}"))
            return function.base

        yield run


def wrapper(folder, command):
    """A `bootstrap` of two lines for an emulator that starts a file."""
    path = folder / f"bootstrap-{next(NUMBERS)}"
    path.write_text(f"#!/bin/sh\nexec {shlex.join(map(str, command))}\n")
    path.chmod(0o755)
    return path
