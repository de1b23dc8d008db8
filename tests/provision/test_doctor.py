"""signpost doctor: every check, good and bad, on real servers, which must be the same afterwards."""

import itertools
import json

import pytest
from buckets import client_of, new_bucket
from e2e.signpost_command import Signpost

NUMBERS = itertools.count(1)


class Account:
    """A bucket with an object, and doctor run on it."""

    def __init__(self, server, signpost):
        self.server, self.bucket = server, new_bucket(server)
        self.client = client_of(server)
        self.client.put_object(Bucket=self.bucket, Key="data/a", Body=b"x")
        self.command = signpost.at(server)

    def lifecycle(self):
        done = self.command.run("provision", "lifecycle", f"s3://{self.bucket}/manifests/")
        assert done.returncode == 0, done.stderr

    def deny(self, action):
        """For everybody, the owner too."""
        resources = [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]
        self.client.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resources}]}))

    def state(self):
        """Everything that doctor could have changed in the bucket."""
        uploads = self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        objects = self.client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [(one["Key"], one["ETag"], one["LastModified"]) for one in objects], [one["Key"] for one in uploads]

    def examine(self, *options, prefix="data/", **settings):
        """Verdicts by check, and the exit status; the bucket must be as before."""
        before = self.state()
        command = self.command.at(self.server, **settings)
        done = command.run("doctor", f"s3://{self.bucket}/{prefix}", "--json", *options)
        assert done.stderr == ""
        assert self.state() == before
        answer = json.loads(done.stdout)
        assert answer["ok"] == all(one["verdict"] != "fail" for one in answer["checks"]) == (done.returncode == 0)
        assert all(bool(one.get("advice")) == (one["verdict"] != "ok") for one in answer["checks"])
        return {one["check"]: one for one in answer["checks"]}, done.returncode


@pytest.fixture
def account(server, signpost):
    return Account(server, signpost)


@pytest.fixture
def on_ministack(ministack_server, signpost):
    return Account(ministack_server, signpost)


def verdicts(checks):
    return {name: one["verdict"] for name, one in checks.items()}


def test_all_is_good_once_it_is_provisioned(account):
    account.lifecycle()
    checks, status = account.examine(SIGNPOST_ALLOW=f"s3://{account.bucket}/data/")
    assert status == 0
    assert verdicts(checks) == dict.fromkeys(
        ["allow-list", "credentials", "list", "read", "write", "abort", "lifecycle", "clock", "region"], "ok")


def test_lifecycle_that_is_missing_fails_and_says_how_to_mend_it(account):
    checks, status = account.examine()
    assert status == 1
    assert checks["lifecycle"]["verdict"] == "fail"
    assert checks["lifecycle"]["advice"] == f"signpost provision lifecycle s3://{account.bucket}/manifests/"


@pytest.mark.parametrize(("action", "check"), [
    ("s3:ListBucket", "list"), ("s3:GetObject", "read"), ("s3:PutObject", "write"),
    ("s3:AbortMultipartUpload", "abort")])
def test_permission_that_is_missing_fails_its_check(account, action, check):
    account.lifecycle()
    before = account.state()
    account.deny(action)
    done = account.command.run("doctor", f"s3://{account.bucket}/data/", "--json")
    checks = {one["check"]: one for one in json.loads(done.stdout)["checks"]}
    account.client.delete_bucket_policy(Bucket=account.bucket)
    assert account.state() == before
    assert done.returncode == 1
    assert [name for name, one in checks.items() if one["verdict"] == "fail"] == [check]
    assert action in checks[check]["advice"]


def test_one_line_for_each_check(on_ministack):
    done = on_ministack.command.run("doctor", f"s3://{on_ministack.bucket}/data/")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == 9
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in lines)


def test_prefix_without_objects_warns_that_reading_was_not_tried(on_ministack):
    on_ministack.lifecycle()
    checks, status = on_ministack.examine(prefix="nothing/")
    assert status == 0
    assert (checks["list"]["verdict"], checks["read"]["verdict"]) == ("ok", "warn")


def test_bucket_that_is_not_there_fails(on_ministack, signpost):
    done = on_ministack.command.run("doctor", "s3://no-such-bucket-anywhere/", "--json")
    assert done.returncode == 1
    failed = [one["check"] for one in json.loads(done.stdout)["checks"] if one["verdict"] == "fail"]
    assert failed[:2] == ["list", "write"]


def test_nothing_is_sent_without_credentials(signpost):
    nobody = Signpost(signpost.folder, {"AWS_EC2_METADATA_DISABLED": "true"})
    done = nobody.run("doctor", "s3://bucket-x/", "--endpoint-url", "http://127.0.0.1:9", "--json")
    checks = {one["check"]: one["verdict"] for one in json.loads(done.stdout)["checks"]}
    assert (done.returncode, checks) == (1, {"allow-list": "warn", "credentials": "fail"})


@pytest.mark.parametrize(("allow", "verdict"), [
    (None, "warn"), ("s3://{bucket}/data/", "ok"), ("s3://{bucket}/dat/", "fail"), ("s3://other-bucket/", "fail")])
def test_allow_list_is_compared_as_the_function_does(on_ministack, allow, verdict):
    on_ministack.lifecycle()
    settings = {"SIGNPOST_ALLOW": allow.format(bucket=on_ministack.bucket)} if allow else {}
    checks, status = on_ministack.examine(**settings)
    assert checks["allow-list"]["verdict"] == verdict
    assert status == (1 if verdict == "fail" else 0)


def test_variable_that_the_function_would_refuse_fails(on_ministack):
    checks, status = on_ministack.examine(SIGNPOST_ALLOW="no-uri", SIGNPOST_MAX_EXPIRES_IN="8d")
    assert status == 1
    assert "SIGNPOST_ALLOW" in checks["variables"]["what"]
    assert "SIGNPOST_MAX_EXPIRES_IN" in checks["variables"]["what"]


@pytest.fixture(params=["dynamodb", "ministack"])
def tables(request):
    return request.getfixturevalue(f"{request.param}_server")


def test_table_is_looked_at_and_not_written(on_ministack, tables):
    name = f"doctor-{next(NUMBERS)}"
    on_ministack.lifecycle()

    def examine():
        checks, _ = on_ministack.examine("--idempotency", f"dynamodb://{name}",
                                         AWS_ENDPOINT_URL_DYNAMODB=tables.endpoint)
        return {check: checks[check]["verdict"] for check in ("table", "record") if check in checks}

    assert examine() == {"table": "fail"}
    client = client_of(tables, "dynamodb")
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    assert examine() == {"table": "warn", "record": "ok"}
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiration"})
    assert examine() == {"table": "ok", "record": "ok"}
    assert client.scan(TableName=name, ConsistentRead=True)["Items"] == []


def test_table_with_another_key_fails(on_ministack, ministack_server):
    name = f"doctor-{next(NUMBERS)}"
    client_of(ministack_server, "dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    checks, _ = on_ministack.examine(SIGNPOST_IDEMPOTENCY=f"dynamodb://{name}")
    assert checks["table"]["verdict"] == "fail"


def test_records_in_s3_are_tried_and_not_written(account):
    account.lifecycle()
    checks, status = account.examine("--idempotency", f"s3://{account.bucket}/jobs/")
    assert status == 0
    assert checks["record"]["verdict"] == "ok"


def test_queue_is_compared_with_what_the_function_needs(on_ministack, ministack_server):
    sqs, name = client_of(ministack_server, "sqs"), f"doctor-{next(NUMBERS)}"
    on_ministack.lifecycle()
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    done = on_ministack.command.run("doctor", "--queue", url, "--json")
    lines = [one for one in json.loads(done.stdout)["checks"] if one["check"] == "queue"]
    assert (done.returncode, [one["verdict"] for one in lines]) == (1, ["fail", "fail"])
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] == before
    assert on_ministack.command.run("provision", "queue", name).returncode == 0
    done = on_ministack.command.run("doctor", "--queue", url, "--json")
    lines = [one for one in json.loads(done.stdout)["checks"] if one["check"] == "queue"]
    assert (done.returncode, [one["verdict"] for one in lines]) == (0, ["ok", "ok"])


@pytest.mark.parametrize("arguments", [
    ["no-uri"], ["s3://bucket-x", "--output", "here.gz"], ["--idempotency", "redis://x"], ["--queue", "jobs"],
    ["--function-timeout", "0"]])
def test_usage_is_checked_before_any_request(signpost, arguments):
    done = signpost.run("doctor", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
