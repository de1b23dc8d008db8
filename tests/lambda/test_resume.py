"""A job that is too long for one invocation, in two."""

import gzip
import json
import random
import time
import urllib.request

import pytest
from slow_listing import PAGE, SlowListing

KEYS = [f"a/{number:03}" for number in range(6 * PAGE)]
WINDOWS = (8, 20, 36)  # Seconds that an invocation has; a busy machine gets more in the end.


def new_table(aws):
    name = f"resume-{random.randrange(2**40)}"
    aws.client("dynamodb").create_table(
        TableName=name, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    return name


@pytest.fixture
def listings(aws):
    both = [SlowListing(aws.endpoint, KEYS) for _ in range(2)]
    yield both
    for listing in both:
        listing.close()


def cut(functions, listings, event, seconds):
    """Invokes each function and holds its third page up until nothing new may be begun; the error messages."""
    # A quarter is the margin; half a margin earlier nothing new is begun.
    for listing in listings:
        listing.listed.clear()
        listing.hold_until = time.time() + seconds * 0.7
    sent = [function.api.send(event, seconds) for function in functions]
    answers = [function.api.answer(request_id) for function, request_id in zip(functions, sent, strict=True)]
    assert [answer.error_type for answer in answers] == ["Function.DeadlineExceeded"] * len(functions)
    return [answer.json()["errorMessage"] for answer in answers]


def test_p3_a_job_too_long_for_one_invocation_is_continued_by_the_next_whatever_the_store(
        aws, start, source, output, listings):
    stores = (f"dynamodb://{new_table(aws)}", f"s3://{output}/records/")
    functions = [start(AWS_ENDPOINT_URL_S3=listing.url, SIGNPOST_IDEMPOTENCY=store)
                 for listing, store in zip(listings, stores, strict=True)]
    event = {"bucket": source, "prefix": "a/", "concurrency": 1, "expires_in": 3600}
    left = list(zip(functions, listings, strict=True))
    for seconds in WINDOWS:
        messages = cut(*zip(*left, strict=True), event, seconds)
        # Without the time to send a part nothing is kept, and the next call begins at the beginning.
        left = [pair for pair, message in zip(left, messages, strict=True)
                if "rows are done and kept" not in message]
        if not left:
            break
    assert not left, messages
    assert len(aws.client().list_multipart_uploads(Bucket=output)["Uploads"]) == len(functions)
    for function, listing in zip(functions, listings, strict=True):
        result = function.invoke(event).json()
        assert result["count"] == len(KEYS)
        assert not result["replayed"]
        with urllib.request.urlopen(result["manifest_url"], timeout=30) as answer:
            rows = [json.loads(line) for line in gzip.decompress(answer.read()).splitlines()]
        assert [row["key"] for row in rows] == KEYS
        assert len({row["url"].split("X-Amz-Date=")[1][:16] for row in rows}) == 1, "one signing time"
        again = listing.listed[:2 * PAGE] + listing.listed[3 * PAGE:]
        assert KEYS in (listing.listed, again), "nothing is listed twice but, at most, the page at the cut"
        assert [line["Resumed"] for line in function.metrics()][-2:] == [0, 1]
        assert function.log_lines()[-1]["resumed"] == "true"
        assert function.invoke(event).json()["replayed"]
    assert not aws.client().list_multipart_uploads(Bucket=output).get("Uploads")
