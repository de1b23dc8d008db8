"""The function for arm64 does what the one for this machine does: events and queues, behind both emulators of Lambda.

Started by tools/test_arm64.py.
"""

import base64
import gzip
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import urllib.request

import pytest
from conftest import FUNCTIONS, KEYS
from local_function import invoke

EMULATORS = ["ours", "official"]
JOB = {"bucket": "source", "prefix": "a/", "compress": "none"}
# What two runs at different times do not have in common.
TIMES = re.compile(r"X-Amz-Date=\w+|X-Amz-Signature=\w+|\"(created|expires)\w*\":\"[^\"]*\"|\"manifest_id\":\"\w+\"")
# Of the fingerprints that https://www.amazontrust.com/repository/ tells, the beginning.
AMAZON_ROOTS = ["8ECDE688", "1BA5B2AA", "18CE6CFE", "E35D2841", "568D6905"]
EMULATOR = shlex.split(os.environ["ARM64_EMULATOR"])
WRITERS = {name: pathlib.Path(os.environ[f"{name.upper()}_WRITE_MANIFEST"]) for name in ("arm64", "native")}


def fetch(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def ask(base, event):
    done = invoke("--endpoint-url", base, "--event", json.dumps(event), "--no-log")
    assert done.returncode == 0, done
    return json.loads(done.stdout)


@pytest.mark.parametrize("emulator", EMULATORS)
def test_DirectEventIsAnsweredWithTheManifestThatTheOtherProcessorMakes(start, emulator):
    manifests = {name: fetch(ask(start(emulator, name), JOB)["manifest_url"]).decode() for name in FUNCTIONS}
    assert TIMES.sub("", manifests["arm64"]) == TIMES.sub("", manifests["native"])
    rows = [json.loads(line) for line in manifests["arm64"].splitlines()]
    assert [row["key"] for row in rows if "url" in row] == sorted(KEYS, key=str.encode)
    for row in rows[:6] + rows[-3:]:
        assert "url" not in row or fetch(row["url"]) == row["key"].encode(), "the server takes the signature"


@pytest.mark.parametrize("emulator", EMULATORS)
def test_CompressedManifestIsReadByOthers(start, emulator):
    manifest = fetch(ask(start(emulator, "arm64"), {**JOB, "compress": "gzip"})["manifest_url"])
    assert sum(b'"url"' in line for line in gzip.decompress(manifest).splitlines()) == len(KEYS)


def test_PackedFunctionTrustsTheFiveRootsOfAmazonAndNoOthers():
    program = pathlib.Path(FUNCTIONS["arm64"][-1]).read_bytes()
    found = re.findall(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", program, re.DOTALL)
    assert [hashlib.sha256(base64.b64decode(pem)).hexdigest()[:8].upper() for pem in found] == AMAZON_ROOTS


class Queue:
    """A queue and its dead-letter queue."""

    def __init__(self, server):
        self.sqs = server.client("sqs")
        self.dead_url = self.sqs.create_queue(QueueName="arm64-dead")["QueueUrl"]
        arn = self._attribute(self.dead_url, "QueueArn")
        self.url = self.sqs.create_queue(QueueName="arm64", Attributes={"VisibilityTimeout": "60", "RedrivePolicy": (
            json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))})["QueueUrl"]

    def _attribute(self, url, name):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]

    def event(self, bodies):
        """What Lambda's mapping makes of the messages, which are sent and received."""
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)
        messages = []
        while len(messages) < len(bodies):
            messages += self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        return {"Records": [{
            "messageId": one["MessageId"], "receiptHandle": one["ReceiptHandle"], "body": one["Body"],
            "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}, "md5OfBody": one["MD5OfBody"],
            "eventSource": "aws:sqs", "eventSourceARN": self._attribute(self.url, "QueueArn"), "awsRegion": "us-east-1"}
            for one in messages]}


@pytest.mark.parametrize("emulator", EMULATORS)
def test_BatchOfMessagesMakesItsManifestsAndReportsThePoison(start, server, variables, emulator):
    event = Queue(server).event([json.dumps(JOB), "poison", json.dumps({**JOB, "format": "csv"})])
    (poison,) = [record["messageId"] for record in event["Records"] if record["body"] == "poison"]
    answer = ask(start(emulator, "arm64"), event)
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison}]}
    output = variables["SIGNPOST_OUTPUT"].removeprefix("s3://").rstrip("/")
    assert len(server.client().list_objects_v2(Bucket=output)["Contents"]) == 2


@pytest.mark.parametrize("form", ["ndjson", "csv", "urls"])
def test_SameRowsAndTimeMakeTheSameBytesOnBothProcessors(tmp_path, form):
    written = []
    for name, emulator in [("arm64", EMULATOR), ("native", [])]:
        path = tmp_path / name
        subprocess.run([*emulator, WRITERS[name], form, "none", path], check=True)
        written.append(path.read_bytes())
    assert len(written[0]) > 5000 * 300
    assert written[0] == written[1]


def trace_of(folder, emulator, program, cpu):
    """Writes a compressed manifest on an emulated processor; returns the instructions that were met, and its rows."""
    trace, manifest = folder / "trace", folder / "manifest"
    options = ["-cpu", cpu, "-d", "in_asm", "-D", trace]
    subprocess.run([*emulator, *options, program, "ndjson", "gzip", manifest], check=True)
    rows = gzip.decompress(manifest.read_bytes()).splitlines()[:5000]
    return trace.read_text(errors="replace"), hashlib.sha256(b"\n".join(rows)).hexdigest()


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The hash of the rows as this machine writes them."""
    path = tmp_path_factory.mktemp("rows") / "manifest"
    subprocess.run([WRITERS["native"], "ndjson", "none", path], check=True)
    return hashlib.sha256(b"\n".join(path.read_bytes().splitlines()[:5000])).hexdigest()


# Processors with the instructions for SHA-256 and carry-less multiplication (for CRC-32), and one without.
@pytest.mark.parametrize(("cpu", "fast"), [("max", True), ("cortex-a57", True), ("max", False)])
def test_InstructionsForHashesAreChosenByTheProcessor(tmp_path, rows, monkeypatch, cpu, fast):
    if not fast:
        monkeypatch.setenv("OPENSSL_armcap", "0")
    text, written = trace_of(tmp_path, EMULATOR, WRITERS["arm64"], cpu)
    assert (re.search(r"\bsha256h\b", text) is not None) == fast
    assert re.search(r"\b(pmull2?|crc32\w*)\b", text) is not None
    assert written == rows


@pytest.mark.parametrize(("cpu", "fast"), [("max", True), ("Nehalem", False)])
def test_InstructionsForCrcAreChosenByTheProcessorOnX86Too(tmp_path, rows, cpu, fast):
    text, written = trace_of(tmp_path, ["/usr/bin/qemu-x86_64-static"], WRITERS["native"], cpu)
    assert (re.search(r"\bv?pclmul\w*dq\b", text) is not None) == fast
    assert written == rows
