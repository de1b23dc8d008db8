"""The official Lambda Runtime Interface Emulator, from the wheel of aws-sam-cli (that alone)."""

import os
import platform
import shutil
import subprocess
import sys
import zipfile

from . import process

WHEEL = "aws-sam-cli==1.170.0"
UNPACKED = process.BUILD / "rie"
MEMBER = f"samcli/local/rapid/aws-lambda-rie-{'arm64' if platform.machine() == 'aarch64' else 'x86_64'}"
READY_SECONDS = 30


def run(command, timeout_seconds, **environment):
    """A context manager that yields the URL of an emulator which runs `command`, a list of a program and a handler."""
    return process.started("rie", lambda group: _start(group, command, timeout_seconds, environment))


def unpack():
    """Downloads the program once; returns its path."""
    program = UNPACKED / "aws-lambda-rie"
    if program.exists():
        return program
    shutil.rmtree(UNPACKED, ignore_errors=True)
    UNPACKED.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "-d",
                    UNPACKED, WHEEL], check=True)
    (wheel,) = UNPACKED.glob("*.whl")
    fresh = UNPACKED / "fresh"
    with zipfile.ZipFile(wheel) as archive:
        fresh.write_bytes(archive.read(MEMBER))
    os.chmod(fresh, 0o755)
    wheel.unlink()
    fresh.rename(program)
    return program


def _start(group, command, timeout_seconds, environment):
    api, front = process.free_ports(2)
    group.spawn([unpack(), "--runtime-api-address", f"127.0.0.1:{api}", "--runtime-interface-emulator-address",
                 f"127.0.0.1:{front}", *command],
                process.clean_environment(AWS_LAMBDA_FUNCTION_TIMEOUT=str(timeout_seconds),
                                          AWS_LAMBDA_FUNCTION_NAME="function", **environment))
    url = f"http://127.0.0.1:{front}"
    group.wait_until(lambda: process.answers(url), READY_SECONDS)
    return url
