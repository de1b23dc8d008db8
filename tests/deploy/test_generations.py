"""Manifest and record end each in its own time, and whatever is left of the two, a request gets the right answer.

The lifecycle rule deletes a manifest after a day, DynamoDB a record some time after its `expiration`; here both are
done by hand, at the deployed stack. With a clock moved instead, the same is asked of run_once in its unit tests.
"""

import time

import pytest
from deployed import SOURCE, fetch, rows_of

HOUR = 3600


@pytest.fixture
def prefix(stack):
    return stack.new_prefix()


@pytest.fixture
def ask(stack, prefix):
    """Asks for the same job each time; the URLs of the answer must work."""

    def run():
        answer = stack.invoke({"bucket": SOURCE, "prefix": prefix})
        assert "errorType" not in answer, answer
        (row,) = rows_of(answer)
        assert fetch(row["url"]) == prefix.encode()
        return answer

    return run


def test_RetryWithinTheLifeGetsTheSameManifestAndAFreshUrl(stack, ask):
    first, second = ask(), ask()
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second["key"] == first["key"]
    assert second["manifest_url"] != first["manifest_url"], "signed anew, with a session of its own"
    assert second["expires_at"] <= first["expires_at"], "no longer than the URLs within"


def test_C4_ManifestThatTheLifecycleDeletedIsMadeAnew(stack, ask):
    first = ask()
    stack.delete_manifest(first)
    second = ask()
    assert not second["replayed"]
    assert second["key"] != first["key"]
    assert ask()["key"] == second["key"], "the new generation is the one that is remembered"


def test_C4_RecordThatExpiredIsReplacedThoughItIsStillThere(stack, ask, prefix):
    first = ask()
    stack.put_record(prefix, expiration={"N": str(round(time.time()) - HOUR)})
    second = ask()
    assert not second["replayed"]
    assert second["key"] != first["key"]
    assert int(stack.record(prefix)["expiration"]["N"]) > time.time() + HOUR


def test_ManifestWithoutItsRecordIsLeftAloneAndANewOneMade(stack, ask, prefix):
    first = ask()
    stack.delete_record(prefix)
    second = ask()
    assert not second["replayed"]
    assert second["key"] != first["key"]
    assert stack.has_manifest(first), "its URL may still be in somebody's hands"
    assert ask()["key"] == second["key"]


def test_BothGoneIsAFirstRequestAgain(stack, ask, prefix):
    first = ask()
    stack.delete_manifest(first)
    stack.delete_record(prefix)
    second = ask()
    assert not second["replayed"]
    assert ask()["replayed"]


def test_RecordOfAnUnfinishedJobWhoseLockEndedIsTakenOver(stack, ask, prefix):
    stack.hold(prefix, -HOUR)
    assert not ask()["replayed"]
    assert stack.record(prefix)["status"] == {"S": "COMPLETED"}


def test_RecordOfAJobUnderWayIsNotTakenOver(stack, prefix):
    stack.hold(prefix, HOUR)
    answer = stack.invoke({"bucket": SOURCE, "prefix": prefix})
    assert answer["errorType"] == "Function.InProgress"
    assert stack.record(prefix)["owner"] == {"S": "another"}
