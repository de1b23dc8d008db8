"""Fixtures: MiniStack for the session, queues with their dead-letter queues, functions that run here."""

import contextlib
import io
import itertools
import json
import zipfile

import local_function
import pytest

from services import ministack

QUEUE_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def server():
    with ministack.run() as running:
        yield running


class Queue:
    """A queue, its dead-letter queue, and what is in them."""

    def __init__(self, server, visibility_seconds=3, most_receives=1, fifo=False):
        self.sqs = server.client("sqs")
        name = f"local-{next(QUEUE_NUMBERS)}"
        kind, suffix = ({"FifoQueue": "true"}, ".fifo") if fifo else ({}, "")
        self.fifo = fifo
        self.dead_url = self.sqs.create_queue(QueueName=f"{name}-dead{suffix}", Attributes=kind)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=["QueueArn"])
        redrive = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": most_receives}
        self.url = self.sqs.create_queue(QueueName=name + suffix, Attributes={
            "VisibilityTimeout": str(visibility_seconds), "RedrivePolicy": json.dumps(redrive), **kind})["QueueUrl"]

    def arn(self):
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        return answer["Attributes"]["QueueArn"]

    def send(self, *bodies, group="g"):
        """Sends one message for each body; what is not text goes as JSON. Returns their ids."""
        ids = []
        for number, body in enumerate(bodies):
            text = body if isinstance(body, str) else json.dumps(body)
            more = {"MessageGroupId": group, "MessageDeduplicationId": f"{group}-{number}"} if self.fifo else {}
            ids.append(self.sqs.send_message(QueueUrl=self.url, MessageBody=text, **more)["MessageId"])
        return ids

    def count(self, url=None):
        """Messages that are there, hidden ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def dead(self):
        """The bodies in the dead-letter queue."""
        bodies = []
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.dead_url, MaxNumberOfMessages=10, VisibilityTimeout=600)
            if not answer.get("Messages"):
                return sorted(bodies)
            bodies += [message["Body"] for message in answer["Messages"]]

    def dead_count(self):
        return self.count(self.dead_url)


def deploy(server, name, timeout_seconds, **environment):
    """Makes the test function a Lambda function of MiniStack's."""
    iam = server.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName=f"role-of-{name}", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=f"role-of-{name}", PolicyName="everything",
                        PolicyDocument=json.dumps(ministack.EVERYTHING))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo("bootstrap")
        info.external_attr = 0o755 << 16
        archive.writestr(info, local_function.FUNCTION.read_text())
    server.client("lambda").create_function(
        FunctionName=name, Runtime="provided.al2023", Role=role, Handler="bootstrap",
        Code={"ZipFile": packed.getvalue()}, Timeout=timeout_seconds, Environment={"Variables": environment})
    return name


@pytest.fixture
def make_queue(server):
    return lambda **options: Queue(server, **options)


@pytest.fixture
def run_local(tmp_path, server):
    """Starts functions that end with the test: run_local("--timeout", "2s"). They have the server's key."""
    numbers = itertools.count(1)
    with contextlib.ExitStack() as stack:

        def run(*options, environment=None, **more):
            settings = {**server.environment(), **(environment or {})}
            return stack.enter_context(local_function.running(tmp_path, *options, environment=settings,
                                                              name=f"local-{next(numbers)}", **more))

        yield run
