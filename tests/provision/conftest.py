"""Fixtures: servers, buckets, and the release command."""

import itertools

import pytest
from e2e.signpost_command import Signpost

from services import ceph, dynamodb, ministack

NUMBERS = itertools.count(1)
SECONDS_OF_A_DAY = 3


@pytest.fixture(scope="session")
def ministack_server():
    with ministack.run() as server:
        yield server


@pytest.fixture(scope="session")
def dynamodb_server():
    with dynamodb.run() as server:
        yield server


@pytest.fixture(scope="session")
def ceph_server():
    """A gateway whose lifecycle takes a few seconds for a day."""
    with ceph.run(gateway={"rgw lc debug interval": SECONDS_OF_A_DAY}) as server:
        yield server


@pytest.fixture(params=["ministack", "ceph"])
def server(request):
    return request.getfixturevalue(f"{request.param}_server")


def new_bucket(server):
    name = f"provision-{next(NUMBERS)}"
    server.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def bucket(server):
    return new_bucket(server)


@pytest.fixture
def signpost(tmp_path):
    """The command with an empty home; say signpost.at(server)."""
    return Signpost(tmp_path)
