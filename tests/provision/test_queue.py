"""signpost provision queue on MiniStack; boto3 reads what is there."""

import itertools
import json

import pytest
from buckets import client_of

NAMES = (f"queue-{number}" for number in itertools.count(1))


@pytest.fixture
def sqs(ministack_server):
    return client_of(ministack_server, "sqs")


@pytest.fixture
def name():
    return next(NAMES)


@pytest.fixture
def provision(signpost, ministack_server, name):
    def run(*options, queue=None):
        return signpost.at(ministack_server).run("provision", "queue", queue or name, *options)
    return run


def attributes_of(sqs, name):
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def redrive_of(sqs, name):
    policy = json.loads(attributes_of(sqs, name)["RedrivePolicy"])
    return policy["deadLetterTargetArn"], int(policy["maxReceiveCount"])


@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_both_queues_are_made_and_the_second_run_changes_nothing(provision, sqs, name, suffix):
    done = provision(queue=name + suffix)
    assert done.returncode == 0, done.stderr
    queue, dead = attributes_of(sqs, name + suffix), attributes_of(sqs, f"{name}-dlq{suffix}")
    assert queue["VisibilityTimeout"] == "5400"
    assert redrive_of(sqs, name + suffix) == (dead["QueueArn"], 5)
    assert int(dead["MessageRetentionPeriod"]) == 1209600 > int(queue["MessageRetentionPeriod"])
    again = provision(queue=name + suffix)
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")


def test_function_timeout_decides_how_long_a_message_is_hidden(provision, sqs, name):
    assert provision("--function-timeout", "1m").returncode == 0
    assert attributes_of(sqs, name)["VisibilityTimeout"] == "360"
    done = provision("--function-timeout", "2m")
    assert [line[0] for line in done.stdout.splitlines() if "VisibilityTimeout" in line] == ["-", "+"]
    assert attributes_of(sqs, name)["VisibilityTimeout"] == "720"
    assert provision("--function-timeout", "1m").stdout == "nothing to change\n"


def test_dry_run_makes_no_queue(provision, sqs, name):
    done = provision("--dry-run")
    assert done.returncode == 0, done.stderr
    assert f"+ queue '{name}-dlq'" in done.stdout
    assert not sqs.list_queues(QueueNamePrefix=name).get("QueueUrls")


def test_queue_that_is_there_keeps_what_is_better_and_all_else(provision, sqs, name):
    sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "43200", "DelaySeconds": "7",
                                                 "MessageRetentionPeriod": "86400"})
    dead = sqs.create_queue(QueueName=f"{name}-dlq", Attributes={"MessageRetentionPeriod": "86400"})["QueueUrl"]
    done = provision()
    assert done.returncode == 0, done.stderr
    queue = attributes_of(sqs, name)
    kept = {"VisibilityTimeout": "43200", "DelaySeconds": "7", "MessageRetentionPeriod": "86400"}
    assert {attribute: queue[attribute] for attribute in kept} == kept
    assert sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["MessageRetentionPeriod"])["Attributes"] == {
        "MessageRetentionPeriod": "1209600"}


def test_queue_with_another_dead_letter_queue_is_refused(provision, sqs, name):
    sqs.create_queue(QueueName=f"other-{name}")
    arn = attributes_of(sqs, f"other-{name}")["QueueArn"]
    sqs.create_queue(QueueName=name, Attributes={
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})})
    done = provision()
    assert done.returncode == 1
    assert arn in done.stderr
    assert redrive_of(sqs, name) == (arn, 3)


def test_queue_that_keeps_messages_as_long_as_any_can_is_refused(provision, sqs, name):
    sqs.create_queue(QueueName=name, Attributes={"MessageRetentionPeriod": "1209600"})
    done = provision()
    assert done.returncode == 1
    assert "MessageRetentionPeriod" in done.stderr


def test_message_that_is_never_deleted_ends_in_the_dead_letter_queue(provision, sqs, name):
    assert provision().returncode == 0
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    dead = sqs.get_queue_url(QueueName=f"{name}-dlq")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(5):
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "poison"


@pytest.mark.parametrize("arguments", [["bad name"], ["x" * 77], [".fifo"], ["jobs", "--function-timeout", "16m"]])
def test_usage_is_checked_before_any_request(signpost, arguments):
    done = signpost.run("provision", "queue", *arguments)
    assert done.returncode == 2
    assert "signpost: NAME" in done.stderr or "--function-timeout" in done.stderr
