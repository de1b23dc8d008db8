"""`signpost create` on real servers: what goes in comes out, byte for byte."""

import csv
import io
import random

from odd_keys import ODD, body_of, in_byte_order, put_all
from signpost_command import fetch, manifest_rows

MANIFESTS = "manifests/"
SIGNED_AT = "20260101T000000Z"


def test_I2_HostileKeysRoundTripThroughTheManifest(server, bucket, signpost):
    put_all(server.client(), bucket, ODD)
    result = signpost.at(server).json("create", f"s3://{bucket}")
    rows = manifest_rows(result)
    assert result["count"] == len(ODD)
    assert result["object_bytes"] == sum(len(body_of(key)) for key in ODD)
    assert [row["key"] for row in rows] == in_byte_order(ODD)
    for row in rows:
        assert row["size"] == len(body_of(row["key"]))
        assert fetch(row["url"]) == (200, body_of(row["key"])), row["key"]


def test_I2_CsvQuotesHostileKeys(server, bucket, signpost):
    put_all(server.client(), bucket, ODD)
    result = signpost.at(server).json("create", f"s3://{bucket}", "--format", "csv", "--compress", "none")
    status, body = fetch(result["manifest_url"])
    assert status == 200
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    assert [row["key"] for row in rows] == in_byte_order(ODD)
    assert all(fetch(row["url"])[1] == body_of(row["key"]) for row in rows)


def test_I2_UrlListHasOneLineForEachHostileKey(server, bucket, signpost):
    put_all(server.client(), bucket, ODD)
    result = signpost.at(server).json("create", f"s3://{bucket}", "--format", "urls", "--output", "urls.txt")
    lines = (signpost.folder / "urls.txt").read_text().splitlines()
    assert result["manifest_url"] is None
    assert [fetch(line) for line in lines] == [(200, body_of(key)) for key in in_byte_order(ODD)]


def test_I6_EmptyPrefixIsAValidEmptyManifest(server, bucket, signpost):
    put_all(server.client(), bucket, ["elsewhere/a"])
    command = signpost.at(server)
    result = command.json("create", f"s3://{bucket}/nothing/here/")
    assert (result["count"], result["error_count"], result["object_bytes"]) == (0, 0, 0)
    assert manifest_rows(result) == []
    assert command.run("verify", result["manifest_url"]).returncode == 0


def test_I7_ManifestsLeaveThemselvesOut(server, bucket, signpost):
    put_all(server.client(), bucket, ["a", "manifestoes", "z"])
    command = signpost.at(server)
    for _ in range(3):
        result = command.json("create", f"s3://{bucket}")
        assert result["key"].startswith(MANIFESTS)
        assert [row["key"] for row in manifest_rows(result)] == ["a", "manifestoes", "z"]


def test_I7_ManifestUnderAGivenKeyLeavesItselfOut(server, bucket, signpost):
    put_all(server.client(), bucket, ["data/a", "data/z"])
    command = signpost.at(server)
    for _ in range(2):
        result = command.json("create", f"s3://{bucket}/data/", "--output", f"s3://{bucket}/data/list.ndjson.gz")
        assert result["key"] == "data/list.ndjson.gz"
        assert [row["key"] for row in manifest_rows(result)] == ["data/a", "data/z"]


def other_byte(url, place, chance):
    """The URL with the byte at `place` changed into another that a URL may hold, and that means another."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    # %2f is %2F; and some servers read the name of a parameter that is not itself signed without regard to its case.
    case_is_free = "%" in url[place - 2:place] or 0 <= place - url.index("X-Amz-Signature=") < len("X-Amz-Signature")
    same = url[place].swapcase() if case_is_free else url[place]
    return url[:place] + chance.choice([one for one in letters if one not in (url[place], same)]) + url[place + 1:]


def test_ChangingAnyByteOfAUrlIsRefused(server, bucket, signpost):
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    put_all(server.client(), bucket, ["some/key with space"])
    url = manifest_rows(signpost.at(server).json("create", f"s3://{bucket}"))[0]["url"]
    assert fetch(url)[0] == 200
    start = url.index("/", len("http://"))
    for place in range(start + 1, len(url)):
        changed = other_byte(url, place, chance)
        status, body = fetch(changed)
        assert status in (400, 403, 404), changed
        assert body_of("some/key with space") not in body
        # Where the signature, the key or the credential changed, the server checks and says no.
        if place > url.index("X-Amz-Signature=") + len("X-Amz-Signature=") or place < url.index("?"):
            assert status == 403, changed


def test_AnyConcurrencyGivesTheSameManifest(server, bucket, signpost):
    put_all(server.client(), bucket, [f"k/{number:04}" for number in range(300)])
    command = signpost.at(server)
    contents = set()
    for concurrency in ("1", "2", "32", "1024"):
        done = command.run("create", f"s3://{bucket}", "--output", "-", "--signing-time", SIGNED_AT,
                           "--concurrency", concurrency)
        assert done.returncode == 0, done.stderr
        contents.add(done.stdout)
    assert len(contents) == 1
    assert contents.pop().count("\n") == 300


def test_ListsSeveralPagesInOrder(ministack_server, ministack_bucket, signpost):
    keys = [f"page/{number * 7919 % 2500:05}" for number in range(2500)]
    put_all(ministack_server.client(), ministack_bucket, keys, threads=32)
    result = signpost.at(ministack_server).json("create", f"s3://{ministack_bucket}/page/")
    assert result["count"] == 2500
    assert 3 <= result["list_calls"] <= 3 + 2, "a small job makes at most two guesses"
    assert [row["key"] for row in manifest_rows(result)] == sorted(keys)


def test_PrintsOnlyTheManifestUrl(server, bucket, signpost):
    done = signpost.at(server).run("create", f"s3://{bucket}")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert fetch(done.stdout.strip())[0] == 200


def test_ResponseOverridesAreSignedIntoEachUrl(ministack_server, ministack_bucket, signpost):
    put_all(ministack_server.client(), ministack_bucket, ["a"])
    result = signpost.at(ministack_server).json(
        "create", f"s3://{ministack_bucket}", "--response-content-type", "text/x-odd; a=b",
        "--response-content-disposition", 'attachment; filename="ä b.txt"')
    (row,) = manifest_rows(result)
    assert fetch(row["url"])[0] == 200
    assert fetch(row["url"].replace("odd", "even"))[0] == 403


def test_MissingBucketFailsWithS3sCode(server, signpost):
    done = signpost.at(server).run("create", "s3://no-such-bucket-here")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "NoSuchBucket" in done.stderr
    assert done.stderr.count("\n") == 1


def test_WrongSecretFailsAndPublishesNothing(server, bucket, signpost):
    put_all(server.client(), bucket, ["a"])
    done = signpost.at(server, AWS_SECRET_ACCESS_KEY="wrong").run("create", f"s3://{bucket}")
    assert done.returncode == 1
    assert "SignatureDoesNotMatch" in done.stderr
    assert "wrong" not in done.stderr
    assert [one["Key"] for one in server.client().list_objects_v2(Bucket=bucket)["Contents"]] == ["a"]
