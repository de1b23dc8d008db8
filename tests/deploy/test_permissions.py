"""The roles of the deployed stack may do exactly what a run needs: every permission is used, every call permitted.

The run asks for what a function meets in its life: a new job, one that is done, one whose manifest is gone, one that
runs elsewhere, one that fails half-way, a table that takes no record, and messages. What it asked for comes from the
proxy's record, what is permitted from the deployed roles. The event source mapping is Lambda's, and MiniStack's own
makes no requests that could be recorded; that of `signpost local`, which does what Lambda's documentation says, stands
in for it.
"""

import fnmatch
import json

import iam_actions
import pytest
from deployed import BIN, SOURCE, fetch, rows_of

from local import local_function

HELD_SECONDS = 3000
TIMEOUT = "900s"
# Lambda writes the function's log as the function's role, itself: no request of the function's.
NOT_OURS = {"logs:CreateLogStream", "logs:PutLogEvents"}


def job(prefix):
    return {"bucket": SOURCE, "prefix": prefix}


def drive_function(account, stack):
    """Direct calls and messages, through MiniStack's Lambda."""
    done, waiting, failing, held = (stack.new_prefix() for _ in range(4))
    answer = stack.invoke(job(done))
    assert fetch(rows_of(answer)[0]["url"])
    assert stack.invoke(job(done))["replayed"]
    stack.delete_manifest(answer)
    assert not stack.invoke(job(done))["replayed"]
    with account.proxy.refusing(lambda call: "partNumber" in call.query, 403):
        assert stack.invoke(job(failing))["errorType"] == "Function.UpstreamError"
    with account.proxy.refusing(lambda call: call.operation == "PutItem", 500):
        assert "errorType" in stack.invoke(job(failing))
    with stack.one_message_taken():
        stack.send(json.dumps(job(waiting)))
    stack.hold(held, HELD_SECONDS)
    before = account.count("ChangeMessageVisibility")
    stack.send(json.dumps(job(held)))
    stack.wait_until(lambda: account.count("ChangeMessageVisibility") > before)


def drive_mapping(account, stack, folder):
    """A message through `signpost local`, with the variables of the deployed function.

    It signs with its own key: only the worker's role may become the signer. It is ended while it does not wait for
    messages, or the server would give its next one to nobody.
    """
    options = ("--timeout", TIMEOUT, "--sqs", account.through_proxy(stack["QueueUrl"]))
    environment = {**account.server.environment(), **stack.variables(), "SIGNPOST_SIGNER_ROLE_ARN": ""}
    with stack.mapping_paused(), local_function.running(
            folder, *options, command=(BIN / "signpost-lambda",), environment=environment) as function:
        function.wait_until(lambda: [one for one in account.proxy.waiting if one.operation == "ReceiveMessage"])
        with account.proxy.refusing(lambda call: call.operation == "ReceiveMessage", 503):
            with stack.one_message_taken():
                stack.send(json.dumps(job(stack.new_prefix())))
            assert function.stop() == 0


@pytest.fixture(scope="module")
def asked(account, stack, tmp_path_factory):
    """Whose permission was needed for what: {"worker" or "signer": {(action, resource)}}."""
    before = len(account.proxy.calls)
    drive_function(account, stack)
    by_function = [call for call in account.proxy.calls[before:] if call.is_by("signpost-lambda")]
    before = len(account.proxy.calls)
    drive_mapping(account, stack, tmp_path_factory.mktemp("mapping"))
    by_mapping = [call for call in account.proxy.calls[before:] if call.is_by("signpost") and call.scope[3] == "sqs"]
    presigned = [call for call in account.proxy.calls if call.is_presigned]
    assert len({call.scope[0] for call in by_function}) == 1, "one session of the worker's role made all of its calls"
    assert not {call.scope[0] for call in presigned} & {call.scope[0] for call in by_function}
    return {"worker": set(map(iam_actions.of_call, by_function + by_mapping)),
            "signer": set(map(iam_actions.of_call, presigned))}


def permitted(stack, role):
    """(action, resource pattern) of what a deployed role may do."""
    name = stack[role].rsplit("/", 1)[1]
    found = set()
    for policy in stack.iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = stack.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                found |= {(action, resource) for action in _as_list(statement["Action"])
                          for resource in _as_list(statement["Resource"])}
    return found


def _as_list(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(("who", "role"), [("worker", "WorkerRoleArn"), ("signer", "SignerRoleArn")])
def test_EveryCallIsPermittedAndEveryPermissionIsUsed(asked, stack, who, role):
    allowed = {one for one in permitted(stack, role) if one[0] not in NOT_OURS}
    used = {one for one in allowed for action, resource in asked[who]
            if one[0] == action and fnmatch.fnmatchcase(resource, one[1])}
    covered = {call for call in asked[who] for action, pattern in allowed
               if call[0] == action and fnmatch.fnmatchcase(call[1], pattern)}
    assert allowed - used == set(), "permitted, and never needed"
    assert asked[who] - covered == set(), "needed, and not permitted"


def test_NothingIsExceptedThatTheRolesDoNotHave(stack):
    assert {action for action, _ in permitted(stack, "WorkerRoleArn")} >= NOT_OURS


def test_ListingIsConfinedToThePrefix(stack):
    """The condition on the prefix, as it was deployed; MiniStack enforces it in every other test."""
    name = stack["WorkerRoleArn"].rsplit("/", 1)[1]
    document = stack.iam.get_role_policy(RoleName=name, PolicyName="worker")["PolicyDocument"]
    (listing,) = [one for one in document["Statement"] if one["Action"] == "s3:ListBucket"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "2026/*"}}
