"""Fixtures: real S3 servers for the session, a bucket for each test, and the release command."""

import itertools

import pytest
from signpost_command import Signpost

from services import ceph, ministack, seaweedfs

BUCKET_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def ministack_server():
    with ministack.run() as server:
        yield server


@pytest.fixture(scope="session")
def ceph_server():
    with ceph.run() as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs_server():
    with seaweedfs.run() as server:
        yield server


@pytest.fixture(params=["ministack", "ceph"])
def server(request):
    """Both servers whose listing order and signatures are as S3's."""
    return request.getfixturevalue(f"{request.param}_server")


def new_bucket(server):
    name = f"e2e-{next(BUCKET_NUMBERS)}"
    server.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def bucket(server):
    return new_bucket(server)


@pytest.fixture
def ministack_bucket(ministack_server):
    return new_bucket(ministack_server)


@pytest.fixture
def signpost(tmp_path):
    """The command with an empty home; say signpost.at(server)."""
    return Signpost(tmp_path)
