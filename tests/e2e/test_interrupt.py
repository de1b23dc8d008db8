"""Signals at any moment, on a real server: nothing half-done is ever visible."""

import os
import random
import signal
import socket
import subprocess
import time

import pytest
from odd_keys import put_all
from signpost_command import fetch, rows_of

from services import synthetic_s3

OBJECTS = 1500
# Long rows: a manifest of several parts from few objects.
LONG_ROWS = ["--compress", "none", "--response-content-disposition", "attachment; filename=" + "f" * 6000]
INTERRUPTED = 130
# It does not wait for a silent server's 20 s, or to the job's end. How soon it stops: bench/interrupt.
STOP_SECONDS = 15.0
SIGNALS = 10
SIGNALS_TO_SYNTHETIC_S3 = 100
KILLS = 30


@pytest.fixture(scope="module")
def source(ministack_server):
    name = "e2e-interrupt"
    client = ministack_server.client()
    client.create_bucket(Bucket=name)
    put_all(client, name, [f"source/{number:05}" for number in range(OBJECTS)], threads=32)
    return name


@pytest.fixture
def chance():
    seed = random.randrange(2**32)
    print("seed", seed)
    return random.Random(seed)


def uploads(server, bucket):
    return server.client().list_multipart_uploads(Bucket=bucket).get("Uploads", [])


def published(server, bucket):
    return [one["Key"] for one in server.client().list_objects_v2(Bucket=bucket, Prefix="out/").get("Contents", [])]


def time_of(process):
    started = time.monotonic()
    output, errors = process.communicate(timeout=60)
    return time.monotonic() - started, output, errors


def let_run(process, seconds):
    """True if it is still running after so long."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def create(command, source, output):
    return command.start("create", f"s3://{source}/source/", "--output", output, *LONG_ROWS)


def full_time(command, source, output):
    """How long an undisturbed run takes; it must succeed."""
    process = create(command, source, output)
    seconds, _, errors = time_of(process)
    assert process.returncode == 0, errors
    return seconds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_P1_SignalAtARandomTimeLeavesNoUpload(ministack_server, source, signpost, chance, number):
    command = signpost.at(ministack_server)
    whole = full_time(command, source, f"s3://{source}/out/")
    finished = set(published(ministack_server, source))
    interrupted = 0
    for _ in range(SIGNALS):
        process = create(command, source, f"s3://{source}/out/")
        running = let_run(process, chance.uniform(0, whole))
        process.send_signal(number)
        seconds, output, errors = time_of(process)
        now = set(published(ministack_server, source))
        assert uploads(ministack_server, source) == []
        if process.returncode == 0:
            assert len(now - finished) == 1
            assert output.count(b"\n") == 1
        elif running:
            interrupted += 1
            assert seconds < STOP_SECONDS
            assert now == finished
            # Before the program has set its handlers a signal ends it as it ends any program.
            assert process.returncode in (INTERRUPTED, -number), errors
            assert output == b""
        finished = now
    assert interrupted > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_P1_AHundredSignalsLeaveNoUploadAndAnObjectForEachSuccess(signpost, chance, number):
    """On a server cheap enough for so many runs, which counts what is left."""
    job = ["create", "s3://bucket", "--output", "s3://bucket/out/", "--compress", "none"]
    with synthetic_s3.run("uuid", 60_000) as server:
        command = signpost.at(server)
        whole, output, errors = time_of(command.start(*job))
        assert output, errors
        published = 1
        interrupted = 0
        for _ in range(SIGNALS_TO_SYNTHETIC_S3):
            process = command.start(*job)
            let_run(process, chance.uniform(0, whole))
            process.send_signal(number)
            _, output, errors = time_of(process)
            assert process.returncode in (0, INTERRUPTED, -number), errors
            assert output.count(b"\n") == (process.returncode == 0)
            published += process.returncode == 0
            interrupted += process.returncode == INTERRUPTED
    assert server.counts["uploads_in_progress"] == 0
    assert server.counts["objects"] == published
    assert interrupted > 0


def test_P1_CtrlCEndsItWhileTheServerSaysNothing(ministack_server, signpost):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(30)
        command = signpost.at(ministack_server, AWS_ENDPOINT_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
        process = command.start("create", "s3://bucket/")
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(10), "the request is on its way"
            process.send_signal(signal.SIGINT)
            seconds, output, errors = time_of(process)
    assert process.returncode == INTERRUPTED
    assert seconds < STOP_SECONDS
    assert output == b""
    assert errors.count(b"\n") == 1


def test_P2_KillAtARandomTimeShowsNoHalfManifestInS3(ministack_server, source, signpost, chance):
    command = signpost.at(ministack_server)
    whole = full_time(command, source, f"s3://{source}/out/")
    before = set(published(ministack_server, source))
    for _ in range(KILLS):
        process = create(command, source, f"s3://{source}/out/")
        let_run(process, chance.uniform(0, whole))
        process.kill()
        process.communicate()
    client = ministack_server.client()
    for key in set(published(ministack_server, source)) - before:
        assert len(rows_of(client.get_object(Bucket=source, Key=key)["Body"].read())) == OBJECTS
    for upload in uploads(ministack_server, source):
        client.abort_multipart_upload(Bucket=source, Key=upload["Key"], UploadId=upload["UploadId"])
    again = command.json("create", f"s3://{source}/source/", "--output", f"s3://{source}/out/")
    assert len(rows_of(fetch(again["manifest_url"])[1])) == OBJECTS


def test_P2_KillAtARandomTimeLeavesNoHalfFile(ministack_server, source, signpost, chance):
    command = signpost.at(ministack_server)
    whole = full_time(command, source, "first.ndjson")
    target = signpost.folder / "target.ndjson"
    for _ in range(KILLS):
        process = create(command, source, target.name)
        let_run(process, chance.uniform(0, whole))
        process.kill()
        process.communicate()
        if target.exists():
            assert len(rows_of(target.read_bytes())) == OBJECTS
            target.unlink()
    assert full_time(command, source, target.name) > 0
    assert len(rows_of(target.read_bytes())) == OBJECTS


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_P1_InterruptedFileTargetLeavesNothing(ministack_server, source, signpost, chance, number):
    command = signpost.at(ministack_server)
    whole = full_time(command, source, "first.ndjson")
    (signpost.folder / "first.ndjson").unlink()
    for _ in range(10):
        process = create(command, source, "target.ndjson")
        let_run(process, chance.uniform(0.05, whole * 0.8))
        process.send_signal(number)
        seconds, _, _ = time_of(process)
        assert seconds < STOP_SECONDS
        if process.returncode == INTERRUPTED:
            assert os.listdir(signpost.folder) == []
        for name in os.listdir(signpost.folder):
            (signpost.folder / name).unlink()
