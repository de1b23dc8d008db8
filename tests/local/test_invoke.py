"""`signpost invoke` and the emulator's front: answers, errors, limits, the signed call."""

import base64
import concurrent.futures
import json
import os
import signal

import local_function
import pytest
from conftest import deploy
from local_function import FUNCTION, invoke, post


def test_AnswerIsPrintedAndNothingElse(run_local):
    function = run_local()
    done = invoke("--endpoint-url", function.base, "--event", '{"a":[1,"é"]}', "--no-log")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"echo": {"a": [1, "é"]}}


def test_LogTailGoesToStandardError(run_local):
    function = run_local()
    done = invoke("--endpoint-url", function.base, "--event", '{"do":"print","text":"a line of the log"}')
    assert done.returncode == 0
    assert "START RequestId: " in done.stderr
    assert "\na line of the log\n" in done.stderr
    assert "a line" in function.log()


def test_EventComesFromAFileOrStandardInput(run_local, tmp_path):
    function = run_local()
    event = tmp_path / "job.json"
    event.write_text(' {"from":"file"}\n')
    done = invoke("--endpoint-url", function.base + "/", "--event", str(event), "--no-log")
    assert json.loads(done.stdout) == {"echo": {"from": "file"}}
    done = invoke("--endpoint-url", function.base, "--event", "-", "--no-log", stdin="[1]")
    assert json.loads(done.stdout) == {"echo": [1]}


@pytest.mark.parametrize(("event", "error"), [
    ({"do": "fail", "why": "so it is"}, "Function.Failed"), ({"do": "exit"}, "Runtime.ExitError"),
    ({"do": "hang"}, "Sandbox.Timedout"), ({"size": 6291557}, "Function.ResponseSizeTooLarge")])
def test_FunctionErrorIsExitStatus1(run_local, event, error):
    function = run_local("--timeout", "6s")
    done = invoke("--endpoint-url", function.base, "--event", json.dumps(event))
    assert done.returncode == 1
    assert json.loads(done.stdout)["errorType"] == error
    assert done.stderr.endswith("signpost: the function failed (Unhandled)\n")
    assert invoke("--endpoint-url", function.base, "--event", "{}").returncode == 0, "the next one starts afresh"


def test_InitErrorIsTheAnswer(run_local):
    function = run_local(environment={"START": "error"})
    done = invoke("--endpoint-url", function.base, "--event", "{}")
    assert done.returncode == 1
    assert json.loads(done.stdout)["errorType"] == "Runtime.InitError"


def test_ProgramThatIsNotThereIsTold(run_local):
    function = run_local(command=("/nonexistent/bootstrap",))
    done = invoke("--endpoint-url", function.base, "--event", "{}")
    assert done.returncode == 1
    assert "cannot run '/nonexistent/bootstrap'" in json.loads(done.stdout)["errorMessage"]


@pytest.mark.parametrize("arguments", [
    ["--event", "{}"], ["--event", "{}", "--function", ""], ["--event", "{", "--function", "f"],
    ["--event", "/nonexistent", "--function", "f"], ["--event", "{}", "--endpoint-url", "ftp://x"], []])
def test_BadUsageIsExitStatus2AndOneLine(arguments):
    done = invoke(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_EmulatorThatIsNotThereIsAnError():
    done = invoke("--endpoint-url", "http://127.0.0.1:1", "--event", "{}")
    assert done.returncode == 1
    assert "invoking the function" in done.stderr


def test_SeveralInvocationsAreQueued(run_local):
    function = run_local()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: post(function.url, json.dumps({"n": n})), range(16)))
    assert [json.loads(body)["echo"]["n"] for _, _, body in answers] == list(range(16))


def test_FullQueueIs429(run_local):
    function = run_local("--queue", "0", "--timeout", "15m")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        held = pool.submit(post, function.url, '{"do":"hang"}')
        function.wait_until(lambda: "START RequestId" in function.log())
        status, headers, body = post(function.url, "{}")
        assert (status, headers["x-amzn-ErrorType"]) == (429, "TooManyRequestsException")
        assert json.loads(body)["message"] == "Rate Exceeded."
        function.child.send_signal(signal.SIGINT)
        assert function.child.wait(local_function.LIMIT_SECONDS) == 0
        held.exception()


def test_EventOverSixMebibytesIs413(run_local):
    function = run_local()
    status, _, body = post(function.url, json.dumps("x" * (6 * 1024 * 1024 - 2)))
    assert status == 200, body[:300]
    status, headers, _ = post(function.url, json.dumps("x" * (6 * 1024 * 1024 - 1)))
    assert (status, headers["x-amzn-ErrorType"]) == (413, "RequestTooLargeException")


def test_FunctionSeesLambdasEnvironment(run_local):
    done = invoke("--endpoint-url", run_local(command=("/bin/sh", "-c", "env; exit 3")).base, "--event", "{}")
    assert json.loads(done.stdout)["errorType"] == "Runtime.ExitError"
    names = {line.split("=")[0] for line in done.stderr.splitlines()}
    assert names >= {"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                     "AWS_REGION", "_HANDLER", "LAMBDA_TASK_ROOT", "AWS_ACCESS_KEY_ID"}


def test_FunctionThatNeedsNoCredentialsRunsWithoutAny(tmp_path):
    with local_function.running(tmp_path) as function:
        assert invoke("--endpoint-url", function.base, "--event", "{}").returncode == 0


def test_FunctionHoldsNoConnectionOfItsCallers(run_local):
    function = run_local()
    invoke("--endpoint-url", function.base, "--event", '{"do":"exit"}')
    done = invoke("--endpoint-url", function.base, "--event", '"sockets"', "--no-log")
    assert json.loads(done.stdout) == []


def test_EndLeavesNoProcessBehind(run_local):
    function = run_local(command=("/bin/sh", "-c", f"sleep 600 & echo pid $! $$; exec {FUNCTION}"))
    function.wait_until(lambda: "pid " in function.log())
    numbers = function.log().split("pid ")[1].split()[:2]
    assert all(os.path.exists(f"/proc/{number}") for number in numbers)
    assert function.stop() == 0
    function.wait_until(lambda: not any(alive(number) for number in numbers))


def alive(number):
    """A process that ended but was not waited for by its parent is not alive."""
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def lambda_function(server):
    """The same function in MiniStack's Lambda."""
    return deploy(server, "echo", 10)


def test_SignedCallReachesAFunctionOfTheAccount(server, lambda_function):
    for name in (lambda_function, f"arn:aws:lambda:us-east-1:000000000000:function:{lambda_function}"):
        done = invoke("--function", name, "--event", '{"signed":true}', environment=server.environment())
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"echo": {"signed": True}}


def test_SignedCallShowsAFunctionErrorAndTheLog(server, lambda_function):
    done = invoke("--function", lambda_function, "--event", '{"do":"fail"}', environment=server.environment())
    assert done.returncode == 1
    assert json.loads(done.stdout)["errorMessage"] == "as asked"
    assert "the function failed (Unhandled)" in done.stderr


@pytest.mark.parametrize(("changes", "complaint"), [
    ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "InvalidSignatureException"),
    ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"}, "UnrecognizedClientException")])
def test_WrongKeyIsRefused(server, lambda_function, changes, complaint):
    done = invoke("--function", lambda_function, "--event", "{}", environment={**server.environment(), **changes})
    assert done.returncode == 1
    assert done.stdout == ""
    assert complaint in done.stderr


def test_UnknownFunctionIsTold(server):
    done = invoke("--function", "nobody", "--event", "{}", environment=server.environment())
    assert done.returncode == 1
    assert "invoking the function 'nobody'" in done.stderr
    assert "ResourceNotFoundException" in done.stderr


def test_Boto3InvokesTheEmulator(server, run_local):
    function = run_local()
    client = type(server)("local", function.base, "AKIA", "secret").client("lambda")
    answer = client.invoke(FunctionName="any", Payload=b'{"do":"fail"}', LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "Function.Failed"
    assert base64.b64decode(answer["LogResult"]).startswith(b"START RequestId: ")
    assert client.invoke(FunctionName="any", InvocationType="Event", Payload=b"{}")["StatusCode"] == 202
