"""signpost provision table on DynamoDB Local and MiniStack; boto3 reads what is there."""

import itertools

import pytest
from buckets import client_of

NAMES = (f"jobs-{number}" for number in itertools.count(1))


@pytest.fixture(params=["dynamodb", "ministack"])
def tables(request):
    """A server that has tables."""
    return request.getfixturevalue(f"{request.param}_server")


@pytest.fixture
def name():
    return next(NAMES)


@pytest.fixture
def provision(signpost, tables, name):
    def run(*options, table=None):
        return signpost.at(tables).run("provision", "table", table or f"dynamodb://{name}", *options)
    return run


def facts_of(server, name):
    client = client_of(server, "dynamodb")
    table = client.describe_table(TableName=name)["Table"]
    ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    return (table["TableStatus"], table["KeySchema"], table["AttributeDefinitions"],
            table.get("BillingModeSummary", {}).get("BillingMode"), ttl)


WANTED = ("ACTIVE", [{"AttributeName": "id", "KeyType": "HASH"}], [{"AttributeName": "id", "AttributeType": "S"}],
          "PAY_PER_REQUEST", {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiration"})


def make_table(server, name, key="id", kind="S"):
    client_of(server, "dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind}])


def test_table_is_made_once_and_the_second_run_changes_nothing(provision, tables, name):
    done = provision()
    assert done.returncode == 0, done.stderr
    assert [line[0] for line in done.stdout.splitlines()[:2]] == ["+", "+"]
    assert facts_of(tables, name) == WANTED
    again = provision()
    assert (again.returncode, again.stdout) == (0, "nothing to change\n")


def test_dry_run_makes_no_table(provision, tables, name):
    done = provision("--dry-run")
    assert done.returncode == 0, done.stderr
    assert name in done.stdout
    assert name not in client_of(tables, "dynamodb").list_tables()["TableNames"]


def test_table_that_is_there_gets_its_time_to_live(provision, tables, name):
    make_table(tables, name)
    done = provision()
    assert done.returncode == 0, done.stderr
    assert len([line for line in done.stdout.splitlines() if line[0] == "+"]) == 1
    assert facts_of(tables, name) == WANTED


@pytest.mark.parametrize(("key", "kind"), [("pk", "S"), ("id", "N")])
def test_table_with_another_key_is_refused(provision, tables, name, key, kind):
    make_table(tables, name, key, kind)
    before = facts_of(tables, name)
    done = provision()
    assert done.returncode == 1
    assert f"{key} ({kind})" in done.stderr
    assert facts_of(tables, name) == before


def test_time_to_live_on_something_else_is_refused(provision, tables, name):
    make_table(tables, name)
    client_of(tables, "dynamodb").update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "dies"})
    done = provision()
    assert done.returncode == 1
    assert "'dies'" in done.stderr


def test_table_that_was_made_keeps_jobs(provision, signpost, ministack_server, tables, name):
    """The store's own contract: the same job is not run twice."""
    assert provision().returncode == 0
    client = client_of(ministack_server)
    client.create_bucket(Bucket=f"source-{name}")
    client.put_object(Bucket=f"source-{name}", Key="data/a", Body=b"x")
    command = signpost.at(ministack_server, AWS_ENDPOINT_URL_DYNAMODB=tables.endpoint)
    arguments = ("create", f"s3://source-{name}/data/", "--idempotency", f"dynamodb://{name}")
    assert [command.json(*arguments)["replayed"] for _ in range(2)] == [False, True]


@pytest.mark.parametrize("table", ["jobs", "dynamodb://x", "s3://bucket/jobs/", "off"])
def test_usage_is_checked_before_any_request(signpost, table):
    done = signpost.run("provision", "table", table)
    assert done.returncode == 2
    assert "TABLE" in done.stderr
