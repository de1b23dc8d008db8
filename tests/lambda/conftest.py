"""Fixtures: the function on a Runtime API of its own, with a real S3, SQS, DynamoDB and STS behind it."""

import itertools
import re

import pytest
import source_bucket
from runtime_api import Function, RuntimeApi

from services import ministack

NUMBERS = itertools.count(1)
BETRAYERS = ["X-Amz-Signature", "X-Amz-Security-Token", "AWS4-HMAC", "[0-9a-f]{64}", "PLANTED", r"https?://[^ ]*\?"]


@pytest.fixture(scope="session")
def aws():
    with ministack.run() as server:
        yield server


@pytest.fixture(scope="session")
def source(aws):
    return source_bucket.make(aws.client())


@pytest.fixture
def output(aws):
    name = f"lambda-out-{next(NUMBERS)}"
    aws.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def start(aws, source, output, tmp_path):
    """start(NAME=value...) starts the function. In the end it is killed and all that it has logged searched."""
    started = []

    def start_function(**more):
        api = RuntimeApi()
        variables = {**aws.environment(), "AWS_LAMBDA_FUNCTION_NAME": "jobs", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                     "SIGNPOST_ALLOW": f"s3://{source}/", "SIGNPOST_OUTPUT": f"s3://{output}/manifests/",
                     "SIGNPOST_LOG_LEVEL": "DEBUG", **more}
        started.append((api, Function(api, tmp_path, variables)))
        return started[-1][1]

    yield start_function
    for api, function in started:
        function.end()
        api.close()
    for _, function in started:
        expect_no_secret(function.log(), aws.secret_key)


def expect_no_secret(log, secret_key):
    assert secret_key not in log
    for betrayer in BETRAYERS:
        assert not re.search(betrayer, log), betrayer
