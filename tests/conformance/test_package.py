"""The library as others use it: installed, found with find_package(signpost), linked into the example."""

import os
import pathlib
import subprocess

from services.process import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD_TREE = pathlib.Path(os.environ.get("SIGNPOST_BIN", BUILD / "release/bin")).parent
DOCUMENTED_SIGNATURE = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_example_built_against_the_installed_package_signs_as_documented(tmp_path):
    prefix, example = tmp_path / "prefix", tmp_path / "example"
    run("cmake", "--install", BUILD_TREE, "--prefix", prefix)
    run("cmake", "-S", ROOT / "examples/presign", "-B", example, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", example)
    url = run(example / "presign").strip()
    assert url.startswith("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert url.endswith(f"&X-Amz-Signature={DOCUMENTED_SIGNATURE}")
