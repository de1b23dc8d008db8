"""The stack that was deployed, and what can be done to it."""

import contextlib
import dataclasses
import gzip
import hashlib
import itertools
import json
import time
import urllib.request

from botocore.exceptions import ClientError

from services import process

SOURCE = "photos"
OBJECTS = {"2026/a.jpg": b"picture a", "2026/b c.jpg": b"picture b", "2025/old.jpg": b"not to be had"}
BIN = process.BUILD / "release/bin"
LIMIT_SECONDS = 60
PREFIX_NUMBERS = itertools.count(1)


def fetch(url):
    """The body behind a URL; urllib keeps the path as it is."""
    with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as found:
        return found.read()


def rows_of(answer):
    """The rows behind an answer's manifest_url."""
    return [json.loads(line) for line in gzip.decompress(fetch(answer["manifest_url"])).splitlines()]


@dataclasses.dataclass
class Stack:
    """The stack's outputs, and clients of the server that it is in."""

    server: object
    outputs: dict

    def __post_init__(self):
        clients = {name: self.server.client(name) for name in ("s3", "sqs", "dynamodb", "lambda", "iam")}
        self.s3, self.sqs, self.dynamodb, self.functions, self.iam = clients.values()

    def turn_number_of_the_mapping_into_one(self):
        """CloudFormation's parameters are text; MiniStack leaves the mapping's bound so, and then polls no queue."""
        mapping = self._mapping()
        self.functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=mapping["ScalingConfig"])

    @contextlib.contextmanager
    def mapping_paused(self):
        """While the block lasts, nobody takes messages for the function."""
        identity = self._mapping()["UUID"]
        self.functions.update_event_source_mapping(UUID=identity, Enabled=False)
        try:
            yield
        finally:
            self.functions.update_event_source_mapping(UUID=identity, Enabled=True)

    def _mapping(self):
        (mapping,) = self.functions.list_event_source_mappings(FunctionName=self["FunctionName"])["EventSourceMappings"]
        return mapping

    def variables(self):
        """The environment of the deployed function."""
        return self.functions.get_function_configuration(
            FunctionName=self["FunctionName"])["Environment"]["Variables"]

    def set_variables(self, variables):
        self.functions.update_function_configuration(
            FunctionName=self["FunctionName"], Environment={"Variables": variables})

    def __getitem__(self, output):
        return self.outputs[output]

    def invoke(self, job):
        """The answer to a direct call; an error object when the function failed."""
        answer = self.functions.invoke(FunctionName=self["FunctionName"], Payload=json.dumps(job))
        return json.loads(answer["Payload"].read())

    def new_prefix(self):
        """A prefix of its own with one object below it, and so a job that nobody has asked for."""
        prefix = f"2026/{next(PREFIX_NUMBERS)}/"
        self.s3.put_object(Bucket=SOURCE, Key=f"{prefix}object", Body=prefix.encode())
        return prefix

    def send(self, body):
        self.sqs.send_message(QueueUrl=self["QueueUrl"], MessageBody=body)

    def set_visibility(self, seconds):
        self.sqs.set_queue_attributes(QueueUrl=self["QueueUrl"], Attributes={"VisibilityTimeout": str(seconds)})

    def messages(self, queue="QueueUrl"):
        """How many messages a queue has, hidden ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self[queue], AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    @contextlib.contextmanager
    def one_message_taken(self):
        """Waits at the block's end until the queue has as many messages as at its start."""
        before = self.messages()
        yield
        self.wait_until(lambda: self.messages() == before)

    def record(self, prefix):
        """The record of the job with default options for a prefix of the source; None without one."""
        found = self.dynamodb.get_item(TableName=self["TableName"], Key=self._key(prefix), ConsistentRead=True)
        return found.get("Item")

    def put_record(self, prefix, **attributes):
        """Sets attributes of a record; makes the record if there is none."""
        record = self.record(prefix) or self._key(prefix)
        self.dynamodb.put_item(TableName=self["TableName"], Item={**record, **attributes})

    def delete_record(self, prefix):
        self.dynamodb.delete_item(TableName=self["TableName"], Key=self._key(prefix))

    def hold(self, prefix, seconds):
        """Another worker's lock on a job."""
        now = time.time()
        self.put_record(prefix, status={"S": "INPROGRESS"}, owner={"S": "another"}, revision={"N": "1"},
                        in_progress_expiration={"N": str(round((now + seconds) * 1000))},
                        expiration={"N": str(round(now + 86400))})

    @staticmethod
    def _key(prefix):
        """The identity that the contract gives a job of default options."""
        return {"id": {"S": hashlib.sha256(f"{SOURCE}#{prefix}".encode()).hexdigest()[:32]}}

    def has_manifest(self, answer):
        try:
            self.s3.head_object(Bucket=answer["bucket"], Key=answer["key"])
        except ClientError:
            return False
        return True

    def delete_manifest(self, answer):
        self.s3.delete_object(Bucket=answer["bucket"], Key=answer["key"])

    def uploads(self):
        return self.s3.list_multipart_uploads(Bucket=self["ManifestBucketName"]).get("Uploads", [])

    def what_is_left(self):
        """The names of everything in the account that a stack may have made, and of the buckets."""
        return [
            *(one["Name"] for one in self.s3.list_buckets()["Buckets"]), *self.dynamodb.list_tables()["TableNames"],
            *self.sqs.list_queues().get("QueueUrls", []),
            *(one["FunctionName"] for one in self.functions.list_functions()["Functions"]),
            *(one["RoleName"] for one in self.iam.list_roles()["Roles"]),
            *(one["logGroupName"] for one in self.server.client("logs").describe_log_groups()["logGroups"]),
            *(one["AlarmName"] for one in self.server.client("cloudwatch").describe_alarms()["MetricAlarms"])]

    def wait_until(self, condition):
        process.wait_for(condition, LIMIT_SECONDS, lambda: {
            name: self.sqs.get_queue_attributes(QueueUrl=self[name], AttributeNames=["All"])["Attributes"]
            for name in ("QueueUrl", "DeadLetterQueueUrl")})
