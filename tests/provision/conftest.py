"""Fixtures: servers, buckets, and the release command."""

import pytest
from buckets import new_bucket
from e2e.signpost_command import Signpost

from services import ceph, dynamodb, ministack

# Its days take three seconds, and rounds are made when a test asks: the gateway's own threads begin anew each day, and
# may never come to a bucket behind others.
QUICK_LIFECYCLE = {"rgw lc debug interval": 3, "rgw enable lc threads": "false"}


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
    """A gateway whose lifecycle takes a few seconds for a day; say process_lifecycle()."""
    with ceph.run(gateway=QUICK_LIFECYCLE) as server:
        yield server


@pytest.fixture(params=["ministack", "ceph"])
def server(request):
    return request.getfixturevalue(f"{request.param}_server")


@pytest.fixture
def bucket(server):
    return new_bucket(server)


@pytest.fixture
def signpost(tmp_path):
    """The command with an empty home; say signpost.at(server)."""
    return Signpost(tmp_path)
