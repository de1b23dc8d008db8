"""Fixtures: a server with buckets, and the kinds of stores that the command can keep its records in."""

import pytest
from stores import DynamoDbKeeper, S3Keeper, World

from services import dynamodb, ministack


@pytest.fixture(scope="session")
def ministack_server():
    with ministack.run() as server:
        yield server


@pytest.fixture(scope="session")
def dynamodb_server():
    with dynamodb.run() as server:
        yield server


@pytest.fixture(scope="session")
def world(ministack_server):
    """A source of a few objects, and a bucket for manifests."""
    return World(ministack_server)


@pytest.fixture(scope="session", params=["dynamodb_local", "dynamodb_on_ministack", "s3_on_ministack"])
def keeper(request, ministack_server):
    """Where records are kept, and how a test looks into it."""
    if request.param == "s3_on_ministack":
        return S3Keeper(ministack_server)
    if request.param == "dynamodb_on_ministack":
        return DynamoDbKeeper(ministack_server)
    return DynamoDbKeeper(request.getfixturevalue("dynamodb_server"))
