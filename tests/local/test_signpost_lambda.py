"""The function itself, signpost-lambda, behind emulators that misbehave: ours, and the official one."""

import itertools
import json
import os
import pathlib
import socket
import time

import pytest
from local_function import invoke

from services import process, rie

PROGRAM = pathlib.Path(os.environ.get("SIGNPOST_LAMBDA", process.BUILD / "release/bin/signpost-lambda"))
NUMBERS = itertools.count(1)


class Place:
    """A bucket with three objects below each of some prefixes, one for manifests, and a table."""

    def __init__(self, server):
        number = next(NUMBERS)
        self.s3 = server.client()
        self.source, self.output, self.table = f"source-{number}", f"output-{number}", f"jobs-{number}"
        for bucket in (self.source, self.output):
            self.s3.create_bucket(Bucket=bucket)
        for prefix, name in itertools.product("ab", "123"):
            self.s3.put_object(Bucket=self.source, Key=f"{prefix}/{name}", Body=b"")
        server.client("dynamodb").create_table(
            TableName=self.table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])

    def environment(self):
        return {"SIGNPOST_ALLOW": f"s3://{self.source}/", "SIGNPOST_OUTPUT": f"s3://{self.output}/",
                "SIGNPOST_IDEMPOTENCY": f"dynamodb://{self.table}"}

    def job(self, prefix="a/", **more):
        return {"bucket": self.source, "prefix": prefix, **more}

    def event(self, **more):
        return json.dumps(self.job(**more))

    def manifests(self):
        return len(self.s3.list_objects_v2(Bucket=self.output).get("Contents", []))


@pytest.fixture
def place(server):
    return Place(server)


@pytest.fixture
def run_signpost(run_local, place):
    def run(*options, environment=None):
        return run_local(*options, command=(PROGRAM,), environment={**place.environment(), **(environment or {})})

    return run


def ask(function, event):
    """Exit status of the invocation, and the answer."""
    done = invoke("--endpoint-url", function.base, "--event", event, "--no-log")
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("fault", ["no-deadline", "garbage-deadline", "far-deadline"])
def test_P4_DeadlineThatIsNoneOrAbsurdDoesNotStopASmallJob(run_signpost, place, fault):
    status, answer = ask(run_signpost("--misbehave", fault), place.event())
    assert (status, answer["count"]) == (0, 3), answer


def test_P4_PastDeadlineIsRefusedAtOnceAndNothingIsPublished(run_signpost, place):
    function = run_signpost("--misbehave", "past-deadline:1")
    status, answer = ask(function, place.event())
    assert (status, answer["errorType"]) == (1, "Function.DeadlineExceeded")
    assert place.manifests() == 0
    assert ask(function, place.event())[0] == 0, "the next event finds no lock and the same process"
    assert function.log().count('"cold_start":true') == 1


@pytest.mark.parametrize("fault", ["next-500", "next-drop"])
def test_P5_FailedWaitsAreRepeatedAndThenEndTheProcess(run_signpost, place, fault):
    assert ask(run_signpost("--misbehave", f"{fault}:2"), place.event())[0] == 0
    status, answer = ask(run_signpost("--misbehave", fault), place.event())
    assert (status, answer["errorType"]) == (1, "Runtime.ExitError")
    assert "exit status 1" in answer["errorMessage"]


@pytest.mark.parametrize("fault", ["response-403:1", "response-500:1"])
def test_P6_AnswerThatIsNotTakenIsNotComputedAgain(run_signpost, place, fault):
    function = run_signpost("--misbehave", fault)
    status, answer = ask(function, place.event())
    assert (status, answer["errorType"]) == (1, "Runtime.ExitError")
    assert place.manifests() == 1
    status, answer = ask(function, place.event())
    assert (status, answer["replayed"]) == (0, True)
    assert place.manifests() == 1


def test_P6_AnswerThatIsLostIsSentAgainAndNotComputedAgain(run_signpost, place):
    status, answer = ask(run_signpost("--misbehave", "response-drop:1"), place.event())
    assert (status, answer["replayed"]) == (0, False)
    assert place.manifests() == 1


def test_P10_FrozenProcessServesTheNextEvent(run_signpost, place):
    function = run_signpost("--misbehave", "freeze")
    counts = [ask(function, place.event(format=kind))[1]["count"] for kind in ("ndjson", "csv", "urls")]
    assert counts == [3, 3, 3]
    assert function.log().count('"cold_start":true') == 1


def test_Q1_EventDeliveredTwiceMakesOneManifest(run_signpost, place):
    function = run_signpost("--misbehave", "twice:1")
    assert ask(function, place.event())[0] == 0
    assert ask(function, place.event())[1]["replayed"]
    assert place.manifests() == 1


def ends(function, queue, dead):
    function.wait_until(lambda: queue.count() == 0 and queue.dead_count() == dead)


def test_Q1_MessagesDeliveredTwiceMakeOneManifestEach(run_signpost, place, make_queue):
    queue = make_queue(visibility_seconds=10)
    queue.send(place.job("a/"), place.job("b/"))
    function = run_signpost("--timeout", "10s", "--sqs", queue.url, "--misbehave", "sqs-twice")
    ends(function, queue, 0)
    assert place.manifests() == 2


def test_Q2_PoisonReachesTheDeadLetterQueueAndHarmsNoNeighbour(run_signpost, place, make_queue):
    queue = make_queue(visibility_seconds=4, most_receives=2)
    poison = ["not JSON", json.dumps({"bucket": 1}), json.dumps(place.job(prefixx="a/")), "[]"]
    queue.send(place.job("a/"), *poison, place.job("b/"))
    function = run_signpost("--timeout", "4s", "--sqs", queue.url)
    ends(function, queue, len(poison))
    assert queue.dead() == sorted(poison)
    assert place.manifests() == 2


def test_Q5_FifoFailureStopsAllThatFollows(run_signpost, place, make_queue):
    queue = make_queue(visibility_seconds=4, most_receives=2, fifo=True)
    queue.send(place.job("a/"), "poison", place.job("b/"))
    function = run_signpost("--timeout", "4s", "--sqs", queue.url)
    ends(function, queue, 2)
    assert queue.dead() == sorted(["poison", json.dumps(place.job("b/"))])
    assert place.manifests() == 1, "nothing ran ahead of the message that failed"


@pytest.fixture
def official(server, place):
    """Starts the official emulator with the function; ends it with the test."""
    def run(timeout_seconds, **environment):
        settings = {**server.environment(), **place.environment(), **environment}
        return rie.run((PROGRAM, "bootstrap"), timeout_seconds, **settings)

    return run


def test_OfficialEmulatorGetsTheAnswerAndTheErrorsToo(official, place):
    with official(20) as base:
        done = invoke("--endpoint-url", base, "--event", place.event())
        assert (done.returncode, json.loads(done.stdout)["count"]) == (0, 3), done
        done = invoke("--endpoint-url", base, "--event", place.event())
        assert json.loads(done.stdout)["replayed"]
        for event, error in [(place.event(prefixx=""), "Function.InvalidRequest"),
                             ('{"bucket":"elsewhere"}', "Function.NotAllowed")]:
            done = invoke("--endpoint-url", base, "--event", event)
            assert (done.returncode, json.loads(done.stdout)["errorType"]) == (1, error)


def test_OfficialEmulatorSeesAnErrorBeforeItsTimeout(official, place):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with official(4, AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{deaf.getsockname()[1]}") as base:
            started = time.monotonic()
            done = invoke("--endpoint-url", base, "--event", place.event())
            took = time.monotonic() - started
    assert (done.returncode, json.loads(done.stdout)["errorType"]) == (1, "Function.DeadlineExceeded"), done
    assert took < 4
