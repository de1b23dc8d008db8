"""signpost provision lifecycle against real servers; boto3 writes what was there before and reads what is there now."""

import os
import pty
import subprocess

import botocore.exceptions
import pytest
from buckets import client_of, new_bucket
from e2e.signpost_command import PROGRAM

from services.process import wait_for

EXPIRE, ABORT = "signpost-expire:manifests/", "signpost-abort:manifests/"
OURS = {
    EXPIRE: {"ID": EXPIRE, "Filter": {"Prefix": "manifests/"}, "Status": "Enabled", "Expiration": {"Days": 1}},
    ABORT: {"ID": ABORT, "Filter": {"Prefix": "manifests/"}, "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}}
LOGS = {"ID": "logs & <more>", "Filter": {"Prefix": "logs/ä b/"}, "Status": "Enabled", "Expiration": {"Days": 30}}
TAGGED = {"ID": "tagged", "Status": "Disabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
          "Filter": {"And": {"Prefix": "manifests/old/",
                             "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]}},
          "Expiration": {"Days": 2}}
BLANK = {"ID": "blank", "Filter": {"Prefix": "  "}, "Status": "Enabled",
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 9}}
EXPIRES_WITHIN_SECONDS = 300


def rules_of(server, bucket):
    """The rules by id, as botocore reads them."""
    try:
        answer = client_of(server).get_bucket_lifecycle_configuration(Bucket=bucket)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration"
        return {}
    return {rule["ID"]: rule for rule in answer["Rules"]}


def put_rules(server, bucket, rules):
    client_of(server).put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@pytest.fixture
def provision(signpost, server, bucket):
    """Runs the command on manifests/ of the bucket."""
    def run(*options, prefix="manifests/"):
        return signpost.at(server).run("provision", "lifecycle", f"s3://{bucket}/{prefix}", *options)
    return run


def test_both_rules_are_added_to_a_bucket_without_any(provision, server, bucket):
    done = provision()
    assert done.returncode == 0, done.stderr
    assert "read back the same" in done.stdout
    assert rules_of(server, bucket) == OURS


def test_other_rules_stay_and_the_second_run_writes_nothing(provision, server, bucket):
    put_rules(server, bucket, [LOGS, TAGGED, BLANK])
    before = rules_of(server, bucket)
    done = provision()
    assert done.returncode == 0, done.stderr
    assert "3 other rules kept" in done.stdout
    assert rules_of(server, bucket) == {**before, **OURS}
    again = provision()
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "nothing to change")
    assert rules_of(server, bucket) == {**before, **OURS}


def test_dry_run_shows_the_rules_and_writes_none(provision, server, bucket):
    done = provision("--dry-run")
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if EXPIRE in line] == [f"+   <ID>{EXPIRE}</ID>"]
    assert "--dry-run" in done.stdout
    assert rules_of(server, bucket) == {}


def test_changed_days_replace_our_rule_and_show_both(provision, server, bucket):
    assert provision().returncode == 0
    done = provision("--days", "8")
    assert [line[0] for line in done.stdout.splitlines() if "<Days>" in line] == ["-", "+"]
    assert rules_of(server, bucket)[EXPIRE]["Expiration"] == {"Days": 8}
    assert rules_of(server, bucket)[ABORT] == OURS[ABORT]


def test_two_prefixes_of_a_bucket_have_their_own_rules(provision, server, bucket):
    assert provision().returncode == 0
    assert provision(prefix="räume/").returncode == 0
    assert len(rules_of(server, bucket)) == 4
    assert provision().stdout.splitlines()[-1] == "nothing to change"


@pytest.mark.parametrize("rule", [
    {"Filter": {"Prefix": "manifests/"}, "Expiration": {"Days": 2}},
    {"Filter": {"Prefix": ""}, "Expiration": {"Days": 2}},
    {"Filter": {"Prefix": "manifests/of/one/"}, "Expiration": {"Days": 1}}])
def test_rule_that_expires_manifests_earlier_is_refused(provision, server, bucket, rule):
    put_rules(server, bucket, [{"ID": "early", "Status": "Enabled", **rule}])
    before = rules_of(server, bucket)
    done = provision("--days", "3")
    assert done.returncode == 1
    assert "'early' would expire" in done.stderr
    assert rules_of(server, bucket) == before


def test_versioned_bucket_is_not_touched_where_nobody_can_be_asked(provision, server, bucket):
    client_of(server).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    done = provision()
    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert rules_of(server, bucket) == {}
    assert provision("--yes").returncode == 0
    assert rules_of(server, bucket)[EXPIRE] == {**OURS[EXPIRE], "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}


@pytest.mark.parametrize(("answer", "status"), [(b"y\n", 0), (b"\n", 1), (b"no\n", 1)])
def test_versioned_bucket_is_written_when_somebody_agrees(signpost, ministack_server, answer, status):
    bucket = new_bucket(ministack_server)
    client_of(ministack_server).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    try:
        done = subprocess.run([PROGRAM, "provision", "lifecycle", f"s3://{bucket}/manifests/"], stdin=theirs,
                              stderr=theirs, stdout=subprocess.DEVNULL, timeout=60, check=False,
                              env=signpost.at(ministack_server).settings())
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == status
    assert bool(rules_of(ministack_server, bucket)) == (status == 0)


def test_ceph_expires_the_manifests_and_aborts_the_uploads_and_keeps_the_rest(signpost, ceph_server):
    client = client_of(ceph_server)
    for other in client.list_buckets()["Buckets"]:
        client.delete_bucket_lifecycle(Bucket=other["Name"])
    bucket = new_bucket(ceph_server)
    done = signpost.at(ceph_server).run("provision", "lifecycle", f"s3://{bucket}/manifests/")
    assert done.returncode == 0, done.stderr
    for key in ("manifests/a", "manifests-of-others/b", "data/c"):
        client.put_object(Bucket=bucket, Key=key, Body=b"x")
    for key in ("manifests/d", "data/e"):
        client.create_multipart_upload(Bucket=bucket, Key=key)

    def left():
        objects = client.list_objects_v2(Bucket=bucket).get("Contents", [])
        uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        return [one["Key"] for one in objects], [one["Key"] for one in uploads]

    def as_promised():
        ceph_server.process_lifecycle()
        return left() == (["data/c", "manifests-of-others/b"], ["data/e"])

    wait_for(as_promised, EXPIRES_WITHIN_SECONDS, left)


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["s3://bucket-x"], "every object of the bucket"), (["s3://bucket-x/manifests"], "does not end in '/'"),
    (["s3://bucket-x/m/", "--days", "0"], "--days"), (["s3://bucket-x/m\x01/"], "control characters"),
    (["bucket-x"], "TARGET")])
def test_usage_is_checked_before_any_request(signpost, arguments, complaint):
    done = signpost.run("provision", "lifecycle", *arguments, "--endpoint-url", "http://127.0.0.1:9")
    assert done.returncode == 2
    assert complaint in done.stderr
