"""The same function and events behind others' emulators: the official one, and MiniStack's Lambda and its mapping."""

import json

import pytest
from conftest import deploy
from local_function import FUNCTION, INVOKE, invoke, post

from services import rie

COMMAND = (FUNCTION, "bootstrap")
TIMEOUT_SECONDS = 6  # In it a busy machine must start the process again.


@pytest.fixture(scope="module")
def official():
    with rie.run(COMMAND, TIMEOUT_SECONDS) as url:
        yield url


@pytest.mark.parametrize("event", ["{}", '{"a":{"b":[1,2,null]}}', '"text"', '{"key":"日本 é 😀"}', "[]"])
def test_AnswersAreTheSameAsTheOfficialEmulators(official, run_local, event):
    ours = invoke("--endpoint-url", run_local().base, "--event", event, "--no-log")
    theirs = invoke("--endpoint-url", official, "--event", event, "--no-log")
    assert ours.returncode == theirs.returncode == 0
    assert ours.stdout == theirs.stdout


def test_ErrorOfTheFunctionIsTheSameObject(official, run_local):
    event = '{"do":"fail","why":"é"}'
    ours = invoke("--endpoint-url", run_local().base, "--event", event)
    theirs = invoke("--endpoint-url", official, "--event", event)
    assert ours.returncode == theirs.returncode == 1
    assert json.loads(ours.stdout) == json.loads(theirs.stdout) == {"errorType": "Function.Failed", "errorMessage": "é"}


def test_TimeoutEndsTheProcessOnBothAndTheNextEventIsServed(official, run_local):
    function = run_local("--timeout", f"{TIMEOUT_SECONDS}s")
    for base in (function.base, official):
        done = invoke("--endpoint-url", base, "--event", '{"do":"hang"}')
        assert done.returncode == 1
        assert f"Task timed out after {TIMEOUT_SECONDS}.00 seconds" in done.stdout
        assert invoke("--endpoint-url", base, "--event", "{}").returncode == 0


def test_ExitOfTheProcessIsTheSameErrorOnBoth(official, run_local):
    errors = []
    for base in (run_local().base, official):
        done = invoke("--endpoint-url", base, "--event", '{"do":"exit"}')
        assert done.returncode == 1
        errors.append(json.loads(done.stdout))
        assert invoke("--endpoint-url", base, "--event", "{}").returncode == 0
    assert errors[0]["errorType"] == errors[1]["errorType"] == "Runtime.ExitError"
    assert all("exit status 7" in error["errorMessage"] for error in errors)


def test_InitErrorIsTheSameOnBoth(run_local):
    with rie.run(COMMAND, TIMEOUT_SECONDS, START="error") as official:
        for base in (run_local(environment={"START": "error"}).base, official):
            done = invoke("--endpoint-url", base, "--event", "{}")
            assert done.returncode == 1
            assert json.loads(done.stdout) == {"errorType": "Runtime.InitError", "errorMessage": "no start"}


@pytest.mark.parametrize(("size", "accepted"), [(6291556, True), (6291557, False)])
def test_LargestAnswerIsTheSameOnBoth(official, run_local, size, accepted):
    for base in (run_local().base, official):
        status, _, body = post(base + INVOKE, json.dumps({"size": size}))
        assert status == 200
        if accepted:
            assert len(body) == size
        else:
            assert json.loads(body)["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.fixture(scope="module")
def mapped(server, tmp_path_factory):
    """The function in MiniStack's Lambda, and where it notes what it was given."""
    seen = tmp_path_factory.mktemp("mapped") / "seen"
    deploy(server, "mapped", 3, SEEN=str(seen))
    return seen


def test_PartialFailureEndsAsWithMiniStacksEventSourceMapping(server, mapped, make_queue, run_local):
    bodies = [{"do": "ok", "n": 1}, {"do": "fail", "n": 2}, {"do": "ok", "n": 3}]
    ours, theirs = make_queue(most_receives=2), make_queue(most_receives=2)
    ours.send(*bodies)
    theirs.send(*bodies)
    function = run_local("--timeout", "3s", "--sqs", ours.url)
    server.client("lambda").create_event_source_mapping(
        FunctionName="mapped", EventSourceArn=theirs.arn(), BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"])
    for queue in (ours, theirs):
        function.wait_until(lambda queue=queue: queue.count() == 0 and queue.dead_count() == 1)
    assert ours.dead() == theirs.dead() == [json.dumps(bodies[1])]
    record_ours = function.seen()[0]
    record_theirs = json.loads(mapped.read_text().splitlines()[0])
    assert set(record_ours) == set(record_theirs)
    assert set(record_theirs["attributes"]) <= set(record_ours["attributes"])
    counts = [sum(json.loads(record["body"])["n"] == 2 for record in records)
              for records in (function.seen(), map(json.loads, mapped.read_text().splitlines()))]
    assert counts == [2, 2]
