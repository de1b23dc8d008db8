"""The stack, deployed by the documentation's commands on MiniStack's CloudFormation and driven end to end.

MiniStack runs the zip's bootstrap as the function, with a session of the worker role, and enforces the roles' and the
buckets' policies; it does not know the age of a signature. The program in the zip is this machine's: that the arm64
one behaves alike is another suite's part.
"""

import collections
import json
import runpy

import iam_actions
import pytest
from botocore.exceptions import ClientError
from conftest import scripts
from deployed import LIMIT_SECONDS, OBJECTS, SOURCE, fetch, rows_of

from services.process import ROOT

HELD_SECONDS = 3000
MARGIN_SECONDS = 10
RECEIVES = 5


def job(prefix, **more):
    return {"bucket": SOURCE, "prefix": prefix, **more}


def test_FirstManifestIsThereAfterFiveCommands(first_answer, stack):
    rows = rows_of(first_answer)
    assert [row["key"] for row in rows] == ["2026/a.jpg", "2026/b c.jpg"]
    assert [fetch(row["url"]) for row in rows] == [OBJECTS["2026/a.jpg"], OBJECTS["2026/b c.jpg"]]
    assert first_answer["bucket"] == stack["ManifestBucketName"]
    assert first_answer["key"].startswith("manifests/")
    assert not first_answer["expires_at_is_upper_bound"], "the signer role's session tells its end"


def test_DocumentedQueueCommandsWork(account, stack):
    """A job by message, and a look at those that failed."""
    send, look = scripts("deploy.md")[2:4]
    with stack.one_message_taken():
        account.shell(send + look)
    assert stack.invoke(job("2026/", format="csv"))["replayed"]


def test_MessageBecomesAManifestAndIsDeleted(stack):
    prefix = stack.new_prefix()
    with stack.one_message_taken():
        stack.send(json.dumps(job(prefix)))
    assert stack.record(prefix)["status"] == {"S": "COMPLETED"}
    assert stack.invoke(job(prefix))["replayed"]


def test_Q2_PoisonReachesTheDeadLetterQueueAfterFiveReceives(stack):
    stack.set_visibility(0)
    try:
        with stack.one_message_taken():
            stack.send("not a job")
    finally:
        stack.set_visibility(5400)
    stack.wait_until(lambda: stack.messages("DeadLetterQueueUrl") == 1)
    (dead,) = stack.sqs.receive_message(QueueUrl=stack["DeadLetterQueueUrl"], AttributeNames=["All"])["Messages"]
    assert dead["Body"] == "not a job"
    assert int(dead["Attributes"]["ApproximateReceiveCount"]) > RECEIVES


def test_MessageOfAJobThatRunsElsewhereIsHiddenUntilItsLockEnds(account, stack):
    prefix = stack.new_prefix()
    stack.hold(prefix, HELD_SECONDS)
    before = account.count("ChangeMessageVisibility")
    stack.send(json.dumps(job(prefix)))
    stack.wait_until(lambda: account.count("ChangeMessageVisibility") > before)
    (call,) = account.calls("ChangeMessageVisibility")[before:]
    assert HELD_SECONDS - LIMIT_SECONDS < json.loads(call.body)["VisibilityTimeout"] < HELD_SECONDS + MARGIN_SECONDS


def test_JobThatFailsLeavesNoUploadBehind(account, stack):
    prefix = stack.new_prefix()
    with account.proxy.refusing(lambda call: "partNumber" in call.query, 403):
        assert stack.invoke(job(prefix))["errorType"] == "Function.UpstreamError"
    assert stack.uploads() == []
    assert stack.invoke(job(prefix))["count"] == 1, "the lock was given back"


def test_RoleItselfRefusesWhatTheAllowListLetsThrough(stack):
    """A wrong variable does not widen what the function can do."""
    variables = stack.variables()
    stack.set_variables({**variables, "SIGNPOST_ALLOW": f"s3://{SOURCE}/"})
    try:
        answer = stack.invoke(job("2025/"))
    finally:
        stack.set_variables(variables)
    assert answer["errorType"] == "Function.UpstreamError"
    assert "AccessDenied" in answer["errorMessage"]
    assert stack.invoke(job("2025/"))["errorType"] == "Function.NotAllowed"


def test_ManifestBucketAndQueuesRefusePlainHttp(account, stack, first_answer):
    place = {"Bucket": first_answer["bucket"], "Key": first_answer["key"]}
    assert account.server.client().get_object(**place)["ContentLength"] == first_answer["manifest_bytes"]
    for refused in (lambda: account.plain.client().get_object(**place),
                    lambda: account.plain.client("sqs").receive_message(QueueUrl=stack["QueueUrl"]),
                    lambda: account.plain.client("sqs").receive_message(QueueUrl=stack["DeadLetterQueueUrl"])):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


def test_OneJobMakesTheRequestsThatItsCostIsComputedFrom(account, stack):
    usage = runpy.run_path(str(ROOT / "tools/check_costs.py"))["usage"](1)
    before = len(account.proxy.calls)
    stack.invoke(job(stack.new_prefix()))
    made = collections.Counter(
        iam_actions.of_call(call)[0] for call in account.proxy.calls[before:] if call.is_by("signpost-lambda"))
    assert made == {"s3:ListBucket": usage["LIST requests"], "s3:PutObject": usage["PUT requests"],
                    "dynamodb:PutItem": usage["record writes"], "sts:AssumeRole": 1}
