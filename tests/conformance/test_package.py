"""What `cmake --install` installs, as others use it: the library, linked into the example; the program's pages."""

import os
import pathlib
import subprocess

import pytest

from services.process import BUILD

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD_TREE = pathlib.Path(os.environ.get("SIGNPOST_BIN", BUILD / "release/bin")).parent
DOCUMENTED_SIGNATURE = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD_TREE, "--prefix", prefix)
    return prefix


def test_example_built_against_the_installed_package_signs_as_documented(installed, tmp_path):
    example = tmp_path / "example"
    run("cmake", "-S", ROOT / "examples/presign", "-B", example, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    run("cmake", "--build", example)
    url = run(example / "presign").strip()
    assert url.startswith("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert url.endswith(f"&X-Amz-Signature={DOCUMENTED_SIGNATURE}")


@pytest.mark.parametrize(("file", "arguments"), [
    ("share/man/man1/signpost.1", ["man"]),
    ("share/bash-completion/completions/signpost", ["completion", "bash"]),
    ("share/zsh/site-functions/_signpost", ["completion", "zsh"]),
    ("share/fish/vendor_completions.d/signpost.fish", ["completion", "fish"])])
def test_installed_pages_are_what_the_installed_program_prints(installed, file, arguments):
    page = (installed / file).read_text()
    assert page == run(installed / "bin/signpost", *arguments)
    assert "create" in page
