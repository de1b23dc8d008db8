"""`signpost local --sqs`: the rules of Lambda's event source mapping, against a real queue."""

import json

import local_function
import pytest

OK, FAIL = {"do": "ok"}, {"do": "fail"}


def text(*bodies):
    return [json.dumps(body) for body in bodies]


def ends(function, queue, dead):
    """Waits until the queue is empty and `dead` messages are in the dead-letter queue."""
    function.wait_until(lambda: queue.count() == 0 and queue.dead_count() == dead)


def test_SuccessfulMessagesAreDeletedAndCarryTheRecordsFields(make_queue, run_local):
    queue = make_queue()
    ids = queue.send(OK, "not JSON but fine: é \x22")
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody=json.dumps(OK), MessageAttributes={
        "colour": {"DataType": "String", "StringValue": "blue"}})
    function = run_local("--timeout", "3s", "--sqs", queue.url)
    ends(function, queue, 1)
    records = {record["body"]: record for record in function.seen()}
    assert queue.dead() == ["not JSON but fine: é \x22"]
    assert {record["messageId"] for record in records.values()} >= {ids[1]}
    for record in records.values():
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"] == queue.arn()
        assert record["awsRegion"] == "us-east-1"
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert set(record["attributes"]) >= {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"}
        assert record["receiptHandle"]
        assert record["md5OfBody"]
    coloured = [record for record in function.seen() if record["messageAttributes"]]
    assert [record["messageAttributes"]["colour"]["stringValue"] for record in coloured] == ["blue"]


def test_OnlyTheFailedMessageComesAgainAndReachesTheDeadLetterQueue(make_queue, run_local):
    queue = make_queue(most_receives=2)
    good = [{"do": "ok", "n": n} for n in range(4)]
    queue.send(*good[:2], FAIL, *good[2:])
    function = run_local("--timeout", "3s", "--sqs", queue.url)
    ends(function, queue, 1)
    assert queue.dead() == text(FAIL)
    assert sorted(function.bodies()) == sorted(text(*good, FAIL, FAIL))


def test_Q2_PoisonMessageReachesTheDeadLetterQueueAndHarmsNoNeighbour(make_queue, run_local):
    queue = make_queue(most_receives=2)
    queue.send(OK, "{", OK)
    function = run_local("--timeout", "3s", "--sqs", queue.url)
    ends(function, queue, 1)
    assert queue.dead() == ["{"]
    assert function.bodies().count(json.dumps(OK)) == 2


MALFORMED = [
    "{", '"done"', "[]", '{"batchItemFailures":"x"}', '{"batchItemFailures":[{"itemIdentifier":""}]}',
    '{"batchItemFailures":[{"itemIdentifier":null}]}', '{"batchItemFailures":[{"itemidentifier":"x"}]}',
    '{"batchItemFailures":[{"itemIdentifier":"not-of-this-batch"}]}']
HARMLESS = ["{}", "null", "", '{"batchItemFailures":[]}', '{"batchItemFailures":null}',
            '{"batchItemfailures":[{"itemIdentifier":"x"}]}']


@pytest.mark.parametrize(("answers", "dead"), [(MALFORMED, 2), (HARMLESS, 0)], ids=["malformed", "harmless"])
def test_AnswerDecidesForTheWholeBatch(make_queue, run_local, answers, dead):
    running = []
    for answer in answers:
        queue = make_queue()
        queue.send({"answer": answer}, OK)
        running.append((answer, queue, run_local("--timeout", "3s", "--sqs", queue.url)))
    for answer, queue, function in running:
        ends(function, queue, dead)
        assert function.bodies() == text({"answer": answer}), "one batch, answered at its first record"


@pytest.mark.parametrize("order", [{"do": "exit"}, {"do": "hang"}])
def test_FunctionErrorKeepsTheWholeBatch(make_queue, run_local, order):
    queue = make_queue()
    queue.send(OK, order)
    function = run_local("--timeout", "3s", "--sqs", queue.url)
    ends(function, queue, 2)
    assert queue.dead() == sorted(text(OK, order))
    assert "2 to come again: the function failed" in function.log()


def test_WithoutItemFailuresAnyAnswerIsASuccess(make_queue, run_local):
    queue = make_queue()
    queue.send(FAIL)
    function = run_local("--timeout", "3s", "--sqs", queue.url, "--no-item-failures")
    ends(function, queue, 0)


def test_Q5_FifoKeepsItsOrderAcrossAFailure(make_queue, run_local):
    queue = make_queue(fifo=True, most_receives=2)
    queue.send({"do": "ok", "n": 0}, {"do": "fail once", "n": 1}, {"do": "ok", "n": 2})
    function = run_local("--timeout", "3s", "--sqs", queue.url)
    ends(function, queue, 0)
    assert [json.loads(body)["n"] for body in function.bodies()] == [0, 1, 2, 1, 2]


def test_FifoMessagesBehindAFailureThatStaysShareItsFate(make_queue, run_local):
    queue = make_queue(fifo=True, most_receives=2)
    queue.send({"do": "ok", "n": 0}, {"do": "fail", "n": 1}, {"do": "ok", "n": 2})
    function = run_local("--timeout", "3s", "--sqs", queue.url)
    ends(function, queue, 2)
    assert queue.dead() == text({"do": "fail", "n": 1}, {"do": "ok", "n": 2})
    assert [json.loads(body)["n"] for body in function.bodies()] == [0, 1, 2, 1, 2]


def test_Q1_BatchDeliveredTwiceIsSeenTwiceAndDeletedOnce(make_queue, run_local):
    queue = make_queue()
    queue.send(OK)
    function = run_local("--timeout", "3s", "--sqs", queue.url, "--misbehave", "sqs-twice")
    ends(function, queue, 0)
    first, second = function.seen()
    assert first["messageId"] == second["messageId"]


def test_BatchIsFilledWithinItsWindow(make_queue, run_local):
    queue = make_queue(visibility_seconds=30)
    queue.send(*[{"do": "ok", "n": n} for n in range(25)])
    function = run_local("--timeout", "3s", "--sqs", queue.url, "--batch-size", "25", "--batch-window", "300")
    ends(function, queue, 0)
    assert "batch of 25: 25 done" in function.log()


def test_BatchSizeOneIsOneMessageEach(make_queue, run_local):
    queue = make_queue()
    queue.send(*[{"do": "ok", "n": n} for n in range(3)])
    function = run_local("--timeout", "3s", "--sqs", queue.url, "--batch-size", "1")
    ends(function, queue, 0)
    assert function.log().count("batch of 1: 1 done") == 3


def test_VisibilityShorterThanTheTimeoutIsRefused(make_queue, run_local):
    function = run_local("--timeout", "4s", "--sqs", make_queue().url)
    assert function.child.wait(local_function.LIMIT_SECONDS) == 1
    assert "visibility timeout (3 s) is shorter than the function's timeout (4 s)" in function.log()


def test_MissingQueueIsAnErrorThatNamesIt(server, run_local):
    function = run_local("--sqs", server.endpoint + "/000000000000/nothing")
    assert function.child.wait(local_function.LIMIT_SECONDS) == 1
    assert "asking about the queue" in function.log()
    assert "QueueDoesNotExist" in function.log()


def test_InterruptWhilePollingEndsAtOnce(make_queue, run_local):
    queue = make_queue()
    queue.send(OK)
    function = run_local("--timeout", "3s", "--sqs", queue.url)
    ends(function, queue, 0)
    assert function.stop() == 0
