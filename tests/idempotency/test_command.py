"""signpost create --idempotency against real stores."""

import itertools
import json

import pytest
from e2e.signpost_command import fetch, rows_of
from stores import OUTPUT, ROWS, record_of

from services.process import free_ports

NUMBERS = itertools.count(1)


@pytest.fixture
def prefix():
    """A place for manifests, and so a job, of the test's own."""
    return f"command-{next(NUMBERS)}/"


@pytest.fixture
def create(world, keeper, tmp_path, prefix):
    """Runs the job with further options."""
    command = world.command(tmp_path, keeper)

    def run(*options):
        return command.run("create", "s3://race-source/data/", "--output", f"s3://{OUTPUT}/{prefix}", "--idempotency",
                           keeper.address, "--json", *options)
    return run


def result_of(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_c1_second_run_gives_the_same_manifest_with_a_url_that_works(create, world, prefix):
    first, second = result_of(create()), result_of(create())
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert world.manifests(prefix) == [first["key"]] == [second["key"]]
    assert second["list_calls"] == 0
    for name in ("count", "error_count", "object_bytes", "manifest_bytes", "format"):
        assert second[name] == first[name]
    status, body = fetch(second["manifest_url"])
    assert status == 200
    rows = rows_of(body)
    assert len(rows) == ROWS
    assert fetch(rows[0]["url"])[0] == 200


def test_c4_deleted_manifest_is_made_anew(create, world, prefix):
    first = result_of(create())
    world.delete(first["key"])
    second = result_of(create())
    assert not second["replayed"]
    assert world.manifests(prefix) == [second["key"]] != [first["key"]]
    assert result_of(create())["replayed"]


def test_c4_urls_with_too_little_life_left_are_made_anew(create, world, prefix):
    """Of two seconds a third must be left, at least one."""
    first = result_of(create("--expires-in", "2s"))
    for _ in range(200):
        again = result_of(create("--expires-in", "2s"))
        if not again["replayed"]:
            break
    assert again["key"] != first["key"]
    assert len(world.manifests(prefix)) == 2


def test_other_options_are_another_job(create, world, prefix):
    result_of(create())
    assert not result_of(create("--format", "csv"))["replayed"]
    assert not result_of(create("--expires-in", "1h"))["replayed"]
    assert result_of(create("--concurrency", "3"))["replayed"]
    assert len(world.manifests(prefix)) == 3


def test_empty_prefix_without_compression_is_published_once(world, keeper, tmp_path, prefix):
    """Not a single byte, in an upload of one part."""
    command = world.command(tmp_path, keeper)
    arguments = ("create", "s3://race-source/nothing/", "--output", f"s3://{OUTPUT}/{prefix}", "--compress", "none",
                 "--idempotency", keeper.address)
    first, second = command.json(*arguments), command.json(*arguments)
    assert (first["count"], first["manifest_bytes"]) == (0, 0)
    assert second["replayed"]
    assert fetch(second["manifest_url"]) == (200, b"")


def test_record_tells_of_the_manifest_and_holds_no_url(create, keeper, prefix):
    result = result_of(create())
    record = record_of(keeper, prefix)
    assert record["status"] == "COMPLETED"
    assert json.loads(record["data"])["key"] == result["key"]
    for stored in keeper.records():
        text = json.dumps(stored)
        assert "X-Amz" not in text
        assert "http" not in text
        assert 1e9 < float(stored["expiration"]) < 1e10, "the TTL attribute is in seconds"


def test_fixed_key_is_replaced_only_by_a_new_generation(world, keeper, tmp_path, prefix):
    command = world.command(tmp_path, keeper)
    key = f"{prefix}latest.ndjson.gz"
    arguments = ("create", "s3://race-source/data/", "--output", f"s3://{OUTPUT}/{key}", "--idempotency",
                 keeper.address)
    assert not command.json(*arguments)["replayed"]
    assert command.json(*arguments)["replayed"]
    world.client.put_object(Bucket=OUTPUT, Key=key, Body=b"somebody else's")
    assert not command.json(*arguments)["replayed"]
    assert world.rows(key) == ROWS


def test_c5_missing_table_runs_nothing(world, keeper, tmp_path, prefix):
    missing = "dynamodb://no-such-table" if keeper.address.startswith("dynamodb") else "s3://no-such-bucket-here/jobs/"
    done = world.command(tmp_path, keeper).run("create", "s3://race-source/data/", "--output", f"s3://{OUTPUT}/{prefix}",
                                               "--idempotency", missing)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "no-such" in done.stderr
    assert world.manifests(prefix) == []


def test_c5_table_that_is_down_runs_nothing(world, ministack_server, tmp_path, prefix):
    (port,) = free_ports(1)

    class Down:
        endpoint = f"http://127.0.0.1:{port}"

    done = world.command(tmp_path, Down).run("create", "s3://race-source/data/", "--output", f"s3://{OUTPUT}/{prefix}",
                                             "--idempotency", "dynamodb://jobs")
    assert done.returncode == 1
    assert "after 8 attempts" in done.stderr
    assert world.manifests(prefix) == []


@pytest.mark.parametrize(("options", "complaint"), [
    (("--idempotency", "redis://x"), "is not dynamodb://TABLE"),
    (("--idempotency", "s3://locks/no-slash"), "does not end in '/'"),
    (("--idempotency", "s3://race-source/data/locks/"), "lies under the listed prefix"),
    (("--idempotency", "dynamodb://jobs", "--output", "here.gz"), "only a manifest in S3"),
    (("--idempotency", "dynamodb://jobs", "--output", "-"), "only a manifest in S3"),
    (("--idempotency", "dynamodb://jobs", "--lock-for", "0"), "--lock-for"),
])
def test_usage_is_checked_before_any_request(world, tmp_path, options, complaint):
    class Nowhere:
        endpoint = "http://127.0.0.1:9"

    done = world.command(tmp_path, Nowhere).run("create", "s3://race-source/data/", *options)
    assert done.returncode == 2
    assert complaint in done.stderr
