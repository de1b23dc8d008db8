"""Bad arguments are refused before any request: exit status 2, one line that names option, value and allowed range."""

import socket

import pytest

LONG_KEY = "k" * 1025
EXPIRY_RANGE = ["--expires-in", " 1 to 604800 "]


@pytest.fixture
def deaf_server():
    """A port that would notice a connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield listener


@pytest.fixture
def refuse(deaf_server, signpost):
    """Runs the command and checks that it was refused without a connection; returns the line."""

    def run(*arguments):
        signpost.environment.update(
            AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="us-east-1",
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{deaf_server.getsockname()[1]}")
        done = signpost.run(*arguments)
        assert done.returncode == 2, (done.stdout, done.stderr)
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1, done.stderr
        with pytest.raises(BlockingIOError):
            deaf_server.accept()
        return done.stderr

    return run


@pytest.mark.parametrize("bucket", [
    "ab", "x" * 64, "Upper", "under_score", "dot..dot", "-dash", "dash-", "192.168.1.1", "xn--name", "name-s3alias-",
    "at@sign", "new\nline", "cr\r", "sp ace", "evil.com#", "zone--use1-az4--x-s3", "", ".lead"])
def test_I1_MalformedBucketIsRefused(refuse, bucket):
    line = refuse("create", f"s3://{bucket}/prefix")
    assert "SOURCE" in line


@pytest.mark.parametrize("source", ["bucket/prefix", "http://bucket/prefix", "s3:/bucket", "/etc/passwd", ""])
def test_I1_SourceThatIsNoS3UriIsRefused(refuse, source):
    assert "s3://" in refuse("create", source)


@pytest.mark.parametrize("arguments", [
    ["create", f"s3://bucket/{LONG_KEY}"], ["presign", f"s3://bucket/{LONG_KEY}"],
    ["create", "s3://bucket/a", "--output", f"s3://bucket/{LONG_KEY}"]])
def test_I3_KeyOver1024BytesIsRefused(refuse, arguments):
    line = refuse(*arguments)
    assert "1024" in line.replace(",", "")
    assert "1025" in line.replace(",", "")


@pytest.mark.parametrize("value", [
    "0", "-1", "604801", "1000000000000000000", "1e18", "1.5", "0s", "8d", "169h", "10081m", "null", "true", " 900",
    "900 ", "15 m", "15M", "0x10", "99999999999999999999999999", "٣", "1d1h"])
def test_I4_ExpiryOutsideItsRangeIsRefused(refuse, value):
    for command in (["create", "s3://bucket/"], ["presign", "s3://bucket/key"]):
        line = refuse(*command, f"--expires-in={value}")
        assert all(part in line for part in EXPIRY_RANGE), line
        assert value in line


@pytest.mark.parametrize("value", ["0", "-1", "1025", "1000000000", "1.0", "many", "99999999999999999999", "32 "])
def test_I5_ConcurrencyOutsideItsRangeIsRefused(refuse, value):
    line = refuse("create", "s3://bucket/", f"--concurrency={value}")
    assert "--concurrency" in line
    assert value in line
    assert "1024" in line.replace(",", "")


@pytest.mark.parametrize("value", ["0", "-1", "1", "65GiB", "much", "1MiBs", "99999999999999999999G"])
def test_LookaheadOutsideItsRangeIsRefused(refuse, value):
    line = refuse("create", "s3://bucket/", f"--lookahead={value}")
    assert "--lookahead" in line
    assert value in line


@pytest.mark.parametrize(("option", "value"), [
    ("--format", "xml"), ("--compress", "zstd"), ("--listing", "fast"), ("--addressing-style", "dns"),
    ("--endpoint-url", "ftp://127.0.0.1/"), ("--region", "evil.com/#"), ("--expected-bucket-owner", "12"),
    ("--signing-time", "yesterday"), ("--output", "s3://UPPER"), ("--output", "folder/")])
def test_UnknownChoiceIsRefused(refuse, option, value):
    line = refuse("create", "s3://bucket/", f"{option}={value}")
    assert option in line
    assert value.removeprefix("s3://") in line


def test_AllProblemsAreToldAtOnce(refuse):
    line = refuse("create", "s3://UPPER", "--expires-in=0", "--concurrency=0", "--format=xml")
    assert all(part in line for part in ("SOURCE", "--expires-in", "--concurrency", "--format"))


@pytest.mark.parametrize("arguments", [
    ["--no-such-option"], ["conjure"], ["create"], ["presign"], ["verify"], ["create", "s3://bucket", "--expires-in"],
    ["create", "s3://bucket", "extra"], ["create", "s3://bucket", "--expires-in="],
    ["create", "s3://bucket", "--concurrency="]])
def test_UsageErrorsAreOneLine(refuse, arguments):
    refuse(*arguments)


@pytest.mark.parametrize(("prefix", "literal"), [
    ("s3://other/x", "s3://other/x"), ("/lead/", "/lead/"), ("a%20b/", "a%20b/")])
def test_I9_PrefixIsTakenLiterally(ministack_server, ministack_bucket, signpost, prefix, literal):
    client = ministack_server.client()
    for key in (literal + "1", literal.lstrip("/").replace("%20", " ") + "2"):
        client.put_object(Bucket=ministack_bucket, Key=key, Body=b"")
    done = signpost.at(ministack_server).run("create", f"s3://{ministack_bucket}/{prefix}", "--output", "-",
                                             "--format", "csv")
    assert done.returncode == 0, done.stderr
    keys = [line.split(",")[0] for line in done.stdout.splitlines()[1:]]
    expected = [literal + "1"] + ([literal + "2"] if literal == "s3://other/x" else [])
    assert keys == expected
    assert "literally" in done.stderr
