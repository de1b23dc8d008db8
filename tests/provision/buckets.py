"""Clients of the servers, and fresh buckets there."""

import functools
import itertools

NUMBERS = itertools.count(1)


@functools.cache
def client_of(server, service="s3"):
    """One client for all tests: making one takes longer than a test."""
    return server.client(service)


def new_bucket(server):
    """The name of a bucket of the test's own."""
    name = f"provision-{next(NUMBERS)}"
    client_of(server).create_bucket(Bucket=name)
    return name
