"""`signpost verify`: on a file, in S3, by URL; and what it says of a damaged manifest."""

import json

import pytest
from odd_keys import put_all
from signpost_command import fetch


@pytest.fixture
def manifest(server, bucket, signpost):
    """A finished manifest of 50 objects: the command, the result, the bytes."""
    put_all(server.client(), bucket, [f"n/{number:02}" for number in range(50)])
    command = signpost.at(server)
    result = command.json("create", f"s3://{bucket}")
    return command, result, fetch(result["manifest_url"])[1]


def test_CompleteManifestVerifiesFromAllThreePlaces(manifest):
    command, result, content = manifest
    (command.folder / "m.ndjson.gz").write_bytes(content)
    for place in ("m.ndjson.gz", f"s3://{result['bucket']}/{result['key']}", result["manifest_url"]):
        for how in ([], ["--footer-only"]):
            done = command.run("verify", place, "--json", *how)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["count"] == 50


def test_ManifestCutAnywhereIsIncomplete(manifest):
    command, _, content = manifest
    for size in {0, 1, 18, len(content) // 2, len(content) - 20, len(content) - 1}:
        (command.folder / "cut.gz").write_bytes(content[:size])
        assert command.run("verify", "cut.gz").returncode == 1, size


def test_ManifestWithAnyDamagedByteIsRefused(manifest):
    command, _, content = manifest
    for place in range(10, len(content), max(1, len(content) // 40)):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        (command.folder / "damaged.gz").write_bytes(damaged)
        assert command.run("verify", "damaged.gz").returncode == 1, place


def test_MissingManifestIsNamed(manifest):
    command, result, _ = manifest
    for place in ("nowhere.gz", f"s3://{result['bucket']}/nowhere.gz"):
        done = command.run("verify", place)
        assert done.returncode == 1
        assert "nowhere.gz" in done.stderr
        assert done.stderr.count("\n") == 1


def test_ExpiredManifestIsNoLongerGood(server, bucket, signpost):
    put_all(server.client(), bucket, ["a"])
    command = signpost.at(server)
    made = command.run("create", f"s3://{bucket}", "--signing-time", "20260101T000000Z", "--output", "old.ndjson.gz")
    assert made.returncode == 0, made.stderr
    assert command.run("verify", "old.ndjson.gz").returncode == 1
