"""`signpost local` refuses what makes no sense: exit status 2, one line that names option, value and range."""

import subprocess

import local_function
import pytest

from services import process


def local(*arguments):
    return subprocess.run([local_function.SIGNPOST, "local", *arguments], capture_output=True, text=True, check=False,
                          timeout=local_function.LIMIT_SECONDS, stdin=subprocess.DEVNULL,
                          env=process.clean_environment(HOME="/nonexistent", **local_function.NO_METADATA))


@pytest.mark.parametrize(("option", "value", "told"), [
    ("--port", "65536", "0 to 65535"), ("--port", "-1", "0 to 65535"), ("--port", "http", "0 to 65535"),
    ("--timeout", "0", "1 to 900"), ("--timeout", "16m", "1 to 900"), ("--timeout", "soon", "1 to 900"),
    ("--queue", "1001", "0 to 1000"), ("--batch-size", "0", "1 to 10000"), ("--batch-size", "10001", "1 to 10000"),
    ("--batch-window", "301", "0 to 300"), ("--batch-size", "11", "--batch-window of 1 or more"),
    ("--misbehave", "explode", "response-drop"), ("--misbehave", "next-500:0", "1 or more"),
    ("--sqs", "jobs", "is not a queue's URL"), ("--sqs", "ftp://127.0.0.1/1/q", "http")])
def test_ValueOutsideItsRangeIsRefused(option, value, told):
    done = local(f"{option}={value}", "--", "true")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert option in done.stderr
    assert told in done.stderr


def test_AllProblemsAreToldAtOnce():
    done = local("--port=x", "--timeout=x", "--sqs=x", "--", "true")
    assert done.returncode == 2
    assert all(option in done.stderr for option in ("--port", "--timeout", "--sqs"))


@pytest.mark.parametrize("arguments", [[], ["--"], ["--no-such-option", "--", "true"]])
def test_UsageErrorIsOneLine(arguments):
    done = local(*arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_ArgumentsAfterTheDashesAreTheFunctionsOwn(tmp_path):
    command = ("/bin/sh", "-c", 'printf "%s\\n" "$0" "$@"; exec sleep 600', "--port", "--", "-x y")
    with local_function.running(tmp_path, command=command) as function:
        function.wait_until(lambda: "-x y\n" in function.log())
        assert function.log() == "--port\n--\n-x y\n"


def test_PortThatIsTakenIsAnErrorThatNamesIt(tmp_path):
    with local_function.running(tmp_path) as function:
        port = function.base.rsplit(":", 1)[1]
        done = local("--port", port, "--", "true")
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"127.0.0.1:{port}" in done.stderr


def test_QueueWithoutCredentialsIsRefused():
    done = local("--sqs", "http://127.0.0.1:1/1/q", "--", "true")
    assert done.returncode == 1
    assert "no credentials" in done.stderr
