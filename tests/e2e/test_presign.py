"""`signpost presign`: one URL, or one for each key that another program names."""

from odd_keys import ODD, body_of, put_all
from signpost_command import fetch


def test_OneUrlFetchesItsObject(server, bucket, signpost):
    put_all(server.client(), bucket, ["a b+c%41"])
    done = signpost.at(server).run("presign", f"s3://{bucket}/a b+c%41")
    assert done.returncode == 0, done.stderr
    assert fetch(done.stdout.strip()) == (200, body_of("a b+c%41"))


def test_KeysFromAFileOneALineInInputOrder(server, bucket, signpost):
    keys = [key for key in reversed(ODD) if "\n" not in key]
    put_all(server.client(), bucket, keys)
    (signpost.folder / "keys").write_bytes("\n".join(keys).encode())
    done = signpost.at(server).run("presign", f"s3://{bucket}", "--keys-from", "keys")
    assert done.returncode == 0, done.stderr
    assert [fetch(url) for url in done.stdout.splitlines()] == [(200, body_of(key)) for key in keys]


def test_KeysFromStandardInputEndedByNul(server, bucket, signpost):
    put_all(server.client(), bucket, ODD)
    done = signpost.at(server).run("presign", f"s3://{bucket}", "--keys-from", "-", "-0", text=False,
                                   stdin=b"".join(key.encode() + b"\0" for key in ODD))
    assert done.returncode == 0, done.stderr
    assert [fetch(url) for url in done.stdout.decode().splitlines()] == [(200, body_of(key)) for key in ODD]


def test_SigningTimeMakesTheOutputReproducible(ministack_server, signpost):
    command = signpost.at(ministack_server)
    arguments = ("presign", "s3://some-bucket/key", "--signing-time", "20260101T000000Z", "--expires-in", "7d")
    first, second = command.run(*arguments), command.run(*arguments)
    assert first.stdout == second.stdout
    assert "X-Amz-Date=20260101T000000Z" in first.stdout
    assert "X-Amz-Expires=604800" in first.stdout


def test_ExpiredUrlIsRefused(server, bucket, signpost):
    put_all(server.client(), bucket, ["a"])
    done = signpost.at(server).run("presign", f"s3://{bucket}/a", "--signing-time", "20260101T000000Z")
    assert fetch(done.stdout.strip())[0] == 403


def test_UnreadableKeyFileIsBadUsage(ministack_server, signpost):
    done = signpost.at(ministack_server).run("presign", "s3://some-bucket", "--keys-from", "nowhere")
    assert done.returncode == 2
    assert "--keys-from" in done.stderr
