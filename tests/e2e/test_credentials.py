"""Keys from the AWS CLI's files, and from a role of STS, on a server that checks them."""

import json

import pytest
from odd_keys import body_of, put_all
from signpost_command import fetch, manifest_rows

from services.server import REGION

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture
def loaded(ministack_server, ministack_bucket):
    put_all(ministack_server.client(), ministack_bucket, ["a b"])
    return ministack_bucket


@pytest.fixture
def role(ministack_server):
    iam = ministack_server.client("iam")
    name = "reader"
    if name not in [one["RoleName"] for one in iam.list_roles()["Roles"]]:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    return iam.get_role(RoleName=name)["Role"]["Arn"]


def without_keys(signpost, server, **more):
    """The command with nothing in the environment but `more`; `write` fills ~/.aws."""
    command = signpost.at(server)
    command.environment = {"AWS_EC2_METADATA_DISABLED": "true", **more}
    (command.folder / ".aws").mkdir()
    return command


def write(command, name, text):
    (command.folder / ".aws" / name).write_text(text)


def keys_of(server):
    return f"aws_access_key_id = {server.access_key}\naws_secret_access_key = {server.secret_key}\n"


def fetches(result):
    (row,) = manifest_rows(result)
    return fetch(row["url"]) == (200, body_of("a b"))


def test_ProfileOfTheCredentialsFileAndItsEndpoint(ministack_server, loaded, signpost):
    command = without_keys(signpost, ministack_server)
    write(command, "credentials", "[default]\naws_access_key_id = AKIANOBODY\naws_secret_access_key = x\n"
          f"[tester]\n{keys_of(ministack_server)}")
    write(command, "config", f"[profile tester]\nregion = {REGION}\nendpoint_url = {ministack_server.endpoint}\n")
    assert fetches(command.json("create", f"s3://{loaded}", "--profile", "tester"))
    command.environment["AWS_PROFILE"] = "tester"
    assert fetches(command.json("create", f"s3://{loaded}"))


def test_CredentialProcess(ministack_server, loaded, signpost):
    command = without_keys(signpost, ministack_server)
    answer = {"Version": 1, "AccessKeyId": ministack_server.access_key, "SecretAccessKey": ministack_server.secret_key}
    (command.folder / "answer.json").write_text(json.dumps(answer))
    write(command, "config", f"[default]\nregion = {REGION}\nendpoint_url = {ministack_server.endpoint}\n"
          f"credential_process = cat {command.folder}/answer.json\n")
    assert fetches(command.json("create", f"s3://{loaded}"))


def test_AssumedRoleSignsWithItsToken(ministack_server, loaded, role, signpost):
    command = without_keys(signpost, ministack_server)
    write(command, "credentials", f"[base]\n{keys_of(ministack_server)}")
    write(command, "config", f"[profile base]\nregion = {REGION}\n"
          f"[profile worker]\nregion = {REGION}\nendpoint_url = {ministack_server.endpoint}\n"
          f"source_profile = base\nrole_arn = {role}\nrole_session_name = signpost\nduration_seconds = 3600\n")
    result = command.json("create", f"s3://{loaded}", "--profile", "worker")
    (row,) = manifest_rows(result)
    assert "X-Amz-Security-Token=" in row["url"]
    assert fetch(row["url"]) == (200, body_of("a b"))
    assert not result["expires_at_is_upper_bound"]
    assert fetch(row["url"].replace("X-Amz-Security-Token=", "X-Amz-Security-Token=A"))[0] in (400, 403)


def test_UrlsThatWouldOutliveTheRoleAreRefused(ministack_server, loaded, role, signpost):
    command = without_keys(signpost, ministack_server)
    write(command, "credentials", f"[base]\n{keys_of(ministack_server)}")
    write(command, "config", f"[profile base]\nregion = {REGION}\n[default]\nregion = {REGION}\n"
          f"endpoint_url = {ministack_server.endpoint}\nsource_profile = base\nrole_arn = {role}\n"
          "duration_seconds = 900\n")
    refused = command.run("create", f"s3://{loaded}", "--expires-in", "12h")
    assert refused.returncode == 1
    assert "--allow-short-lived" in refused.stderr
    result = command.json("create", f"s3://{loaded}", "--expires-in", "12h", "--allow-short-lived")
    assert fetches(result)


def test_NoCredentialsIsToldInOneLine(ministack_server, loaded, signpost):
    command = without_keys(signpost, ministack_server, AWS_REGION=REGION, AWS_ENDPOINT_URL=ministack_server.endpoint)
    done = command.run("create", f"s3://{loaded}")
    assert done.returncode == 1
    assert "credentials" in done.stderr
    assert done.stderr.count("\n") == 1


def test_TheSecretNeverShows(ministack_server, loaded, signpost):
    command = signpost.at(ministack_server)
    for arguments in (["create", f"s3://{loaded}", "-v"], ["create", "s3://no-such-bucket-here", "-v"]):
        done = command.run(*arguments)
        assert ministack_server.secret_key not in done.stdout + done.stderr
        assert "X-Amz-Signature" not in done.stderr
