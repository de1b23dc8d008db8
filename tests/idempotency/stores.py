"""What the tests set up, and how they look at what the command left behind."""

import dataclasses
import gzip
import json

from e2e.signpost_command import Signpost

from services.server import Server

TABLE = "signpost-jobs"
LOCKS = "signpost-locks"
SOURCE = "race-source"
OUTPUT = "race-output"
ROWS = 5


class DynamoDbKeeper:
    """Records in a table."""

    address = f"dynamodb://{TABLE}"

    def __init__(self, server):
        self.endpoint = server.endpoint
        self.client = server.client("dynamodb")
        self.client.create_table(TableName=TABLE, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                                 AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                                 BillingMode="PAY_PER_REQUEST")

    def records(self):
        """All records, each a dict of plain values; the numbers as text."""
        pages = self.client.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return [{name: next(iter(value.values())) for name, value in item.items()} for item in items]


class S3Keeper:
    """Records as objects."""

    address = f"s3://{LOCKS}/jobs/"

    def __init__(self, server):
        self.endpoint = server.endpoint
        self.client = server.client()
        self.client.create_bucket(Bucket=LOCKS)

    def records(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=LOCKS)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return [json.loads(self.client.get_object(Bucket=LOCKS, Key=key)["Body"].read()) for key in keys]


@dataclasses.dataclass
class World:
    """The S3 side."""

    server: Server

    def __post_init__(self):
        self.client = self.server.client()
        for bucket in (SOURCE, OUTPUT):
            self.client.create_bucket(Bucket=bucket)
        for number in range(ROWS):
            self.client.put_object(Bucket=SOURCE, Key=f"data/{number}", Body=b"x")

    def command(self, folder, keeper):
        """The command with S3 here and its records there."""
        return Signpost(folder).at(self.server, AWS_ENDPOINT_URL_DYNAMODB=keeper.endpoint)

    def manifests(self, prefix):
        """The keys below `prefix` in the output bucket."""
        listing = self.client.list_objects_v2(Bucket=OUTPUT, Prefix=prefix)
        return [entry["Key"] for entry in listing.get("Contents", [])]

    def uploads(self, prefix):
        """The unfinished uploads below `prefix`."""
        listing = self.client.list_multipart_uploads(Bucket=OUTPUT, Prefix=prefix)
        return [upload["Key"] for upload in listing.get("Uploads", []) if upload["Key"].startswith(prefix)]

    def rows(self, key):
        """How many rows the manifest has; it must be whole."""
        body = self.client.get_object(Bucket=OUTPUT, Key=key)["Body"].read()
        return len(gzip.decompress(body).splitlines())

    def delete(self, key):
        self.client.delete_object(Bucket=OUTPUT, Key=key)


def record_of(keeper, prefix):
    """The one record whose manifest lies below `prefix`."""
    found = []
    for record in keeper.records():
        if json.loads(record["data"] or "{}").get("key", "").startswith(prefix):
            found.append(record)
    assert len(found) == 1, found
    return found[0]
