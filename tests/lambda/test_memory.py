"""The function's memory does not grow with the number of objects."""

import contextlib
import pathlib
import re
import subprocess

from runtime_api import PROGRAM, Function, RuntimeApi

SMALL, LARGE = 150_000, 900_000
MORE_THAN_SMALL = 1.3


@contextlib.contextmanager
def synthetic_s3(objects):
    """Yields the URL of an S3 that computes so many objects."""
    process = subprocess.Popen([PROGRAM.parent / "synthetic_s3_server", "uuid", str(objects)], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate(timeout=30)


def peak_kib(process):
    return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1])


def peak_of_job(folder, objects):
    with synthetic_s3(objects) as url:
        api = RuntimeApi()
        function = Function(api, folder, {
            "AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKID",
            "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "SIGNPOST_ALLOW": "s3://data/",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"})
        try:
            result = function.invoke({"bucket": "data", "lookahead": "8MiB"}, seconds=300).json()
            assert result["count"] == objects
            return peak_kib(function.process)
        finally:
            function.end()
            api.close()


def test_p7_memory_is_flat_in_the_number_of_objects(tmp_path):
    small, large = peak_of_job(tmp_path, SMALL), peak_of_job(tmp_path, LARGE)
    print(f"peak {small} KiB for {SMALL} objects, {large} KiB for {LARGE}")
    assert large < small * MORE_THAN_SMALL
