"""Where the output cannot go: a full disk, a closed pipe, few file descriptors."""

import os
import resource
import subprocess

import pytest
from odd_keys import put_all
from signpost_command import PROGRAM, manifest_rows

OBJECTS = 1200


@pytest.fixture(scope="module")
def source(ministack_server):
    name = "e2e-output"
    client = ministack_server.client()
    client.create_bucket(Bucket=name)
    put_all(client, name, [f"key-{number:05}" for number in range(OBJECTS)], threads=32)
    return name


def failed_with_one_line(done):
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n" if isinstance(done.stderr, str) else b"\n") == 1, done.stderr


@pytest.mark.parametrize("arguments", [["--output", "-"], ["--output", "-", "--compress", "gzip"]])
def test_P8_FullDeviceOnStandardOutputFails(ministack_server, source, signpost, arguments):
    with open("/dev/full", "wb") as full:
        process = signpost.at(ministack_server).start("create", f"s3://{source}", *arguments, stdout=full)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.count(b"\n") == 1, errors


def test_P8_FullDeviceForTheAnswerFails(ministack_server, source, signpost):
    for arguments in (["create", f"s3://{source}"], ["presign", f"s3://{source}/a"], ["version"], ["--help"], ["man"]):
        with open("/dev/full", "wb") as full:
            process = signpost.at(ministack_server).start(*arguments, stdout=full)
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 1, arguments
        assert errors.count(b"\n") == 1, errors


def test_P8_FileOverTheSizeLimitIsNotLeftUnderItsName(ministack_server, source, signpost):
    done = signpost.at(ministack_server).run(
        "create", f"s3://{source}", "--output", "manifest.ndjson",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
    failed_with_one_line(done)
    assert "manifest.ndjson" in done.stderr
    assert os.listdir(signpost.folder) == []


def test_P8_FolderThatIsMissingOrAFileIsNamed(ministack_server, source, signpost):
    for target in ("missing/manifest.ndjson", "/dev/null/manifest.ndjson"):
        done = signpost.at(ministack_server).run("create", f"s3://{source}", "--output", target)
        assert done.returncode in (1, 2)
        assert target in done.stderr


def test_P8_ReaderThatGoesAwayFailsTheCommand(ministack_server, source, signpost):
    process = signpost.at(ministack_server).start("create", f"s3://{source}", "--output", "-")
    assert process.stdout.read(100)
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait(60) == 1
    assert errors.count(b"\n") == 1, errors


def test_P8_HeadTakesTheFirstRowsAndTheCommandFails(ministack_server, source, signpost):
    command = signpost.at(ministack_server)
    script = '"$0" create "s3://$1" --output - 2>errors | head -n 1; echo "${PIPESTATUS[0]}"'
    done = subprocess.run(["bash", "-c", script, PROGRAM, source], env=command.settings(), cwd=command.folder,
                          capture_output=True, text=True, timeout=60, check=True)
    row, status = done.stdout.splitlines()
    assert row.startswith('{"key":"key-00000"')
    assert status == "1"


def test_P9_FewFileDescriptorsAreEnoughOrATypedError(ministack_server, source, signpost):
    for limit in (32, 12):
        done = signpost.at(ministack_server).run(
            "create", f"s3://{source}", "--json", "--concurrency", "1024",
            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
        assert done.returncode in (0, 1), done.stderr
        if done.returncode == 1:
            failed_with_one_line(done)
            assert done.stdout == ""


def test_P9_ModestConcurrencyWorksWith32FileDescriptors(ministack_server, source, signpost):
    command = signpost.at(ministack_server)
    process = command.start("create", f"s3://{source}", "--concurrency", "8",
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32)))
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    url = output.decode().strip()
    size = int(ministack_server.client().head_object(Bucket=source, Key=url.split("?")[0].split(source + "/")[1])
               ["ContentLength"])
    assert len(manifest_rows({"manifest_url": url, "manifest_bytes": size})) == OBJECTS
