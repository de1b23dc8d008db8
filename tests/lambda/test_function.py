"""The function as Lambda runs it: events in, answers out, signals at any moment."""

import contextlib
import gzip
import hashlib
import json
import random
import re
import signal
import statistics
import subprocess
import time
import urllib.request

from source_bucket import OBJECTS

STOP_SECONDS = 0.3
SIGNALS = 12
TRUST = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
READING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
LONG_DISPOSITION = "attachment; filename=" + "f" * 200


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def rows_of(result):
    return [json.loads(line) for line in gzip.decompress(fetch(result["manifest_url"])).splitlines()]


def job(source, **more):
    return {"bucket": source, "prefix": "a/", **more}


def record_id(source, prefix="a/"):
    """The identity that the contract gives a job of default options."""
    return hashlib.sha256(f"{source}#{prefix}".encode()).hexdigest()[:32]


def new_table(aws):
    name = f"jobs-{random.randrange(2**40)}"
    aws.client("dynamodb").create_table(
        TableName=name, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    return name


def sqs_event(queue_arn, *messages):
    return {"Records": [{
        "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}, "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs", "eventSourceARN": queue_arn, "awsRegion": "us-east-1"} for message in messages]}


def test_a_direct_event_is_answered_with_a_manifest_whose_urls_work(start, source, output):
    answer = start().invoke(job(source))
    assert answer.kind == "response", answer.body
    result = answer.json()
    assert result["count"] == OBJECTS
    assert result["bucket"] == output
    rows = rows_of(result)
    assert [row["key"] for row in rows] == [f"a/{number:03}" for number in range(OBJECTS)]
    assert fetch(rows[7]["url"]) == b"body 7"


def test_the_log_is_json_with_request_id_cold_start_and_job_id(start, source):
    function = start()
    function.invoke(job(source))
    function.invoke(job(source, prefix="none/"))
    lines = function.log_lines()
    done = [line for line in lines if line["message"] == "done"]
    assert [line["cold_start"] for line in done] == [True, False]
    assert done[0]["job_id"] == record_id(source)
    assert all({"timestamp", "level", "message", "request_id"} <= line.keys() for line in lines)
    metrics = function.metrics()
    assert [line["Objects"] for line in metrics] == [OBJECTS, 0]
    assert metrics[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["FunctionName"]]


def test_a_refused_event_is_an_error_of_its_own_type(start, source):
    function = start()
    refused = function.invoke({"bucket": source, "concurrency": "many", "tokn": "PLANTED"})
    assert (refused.kind, refused.error_type) == ("error", "Function.InvalidRequest")
    assert "concurrency" in refused.json()["errorMessage"]
    assert "'tokn'" in refused.json()["errorMessage"]
    denied = function.invoke({"bucket": "elsewhere"})
    assert denied.error_type == denied.json()["errorType"] == "Function.NotAllowed"
    assert function.invoke(job(source)).kind == "response"


def test_upstream_errors_carry_the_services_own_code(start, source):
    answer = start(SIGNPOST_OUTPUT="s3://no-such-bucket-at-all/x/").invoke(job(source))
    assert answer.error_type == "Function.UpstreamError"
    assert "NoSuchBucket" in answer.json()["errorMessage"]


def test_six_megabytes_of_event_are_refused_not_fatal(start, source):
    function = start()
    assert function.invoke({"bucket": source, "junk": "x" * (6 << 20)}).error_type == "Function.InvalidRequest"
    assert function.invoke(b"[" * (6 << 20)).error_type == "Function.InvalidRequest"
    assert function.invoke(job(source)).kind == "response"


def test_the_same_job_is_replayed_with_a_fresh_url_and_no_url_is_stored(aws, start, source):
    table = new_table(aws)
    function = start(DEDUP_TABLE=table)
    first, second = function.invoke(job(source)).json(), function.invoke(job(source)).json()
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert (first["bucket"], first["key"], first["count"]) == (second["bucket"], second["key"], second["count"])
    assert len(rows_of(second)) == OBJECTS
    items = aws.client("dynamodb").scan(TableName=table)["Items"]
    assert [item["id"]["S"] for item in items] == [record_id(source)]
    assert "http" not in json.dumps(items)
    assert [line["Replayed"] for line in function.metrics()] == [0, 1]


def test_a_manifest_that_is_gone_is_made_again(aws, start, source):
    function = start(DEDUP_TABLE=new_table(aws))
    first = function.invoke(job(source)).json()
    aws.client().delete_object(Bucket=first["bucket"], Key=first["key"])
    second = function.invoke(job(source)).json()
    assert not second["replayed"]
    assert len(rows_of(second)) == OBJECTS


def hold(aws, table, source, seconds):
    """Another worker's lock on the job."""
    now = time.time()
    aws.client("dynamodb").put_item(TableName=table, Item={
        "id": {"S": record_id(source)}, "status": {"S": "INPROGRESS"}, "owner": {"S": "another"},
        "in_progress_expiration": {"N": str(round((now + seconds) * 1000))},
        "expiration": {"N": str(round(now + 86400))}})


def test_a_job_that_runs_elsewhere_is_in_progress(aws, start, source):
    table = new_table(aws)
    hold(aws, table, source, 100)
    answer = start(DEDUP_TABLE=table).invoke(job(source))
    assert answer.error_type == "Function.InProgress"
    assert any(f"{seconds} s" in answer.json()["errorMessage"] for seconds in range(80, 110))


def test_a_message_whose_job_runs_elsewhere_stays_hidden_until_the_lock_ends(aws, start, source):
    table = new_table(aws)
    hold(aws, table, source, 100)
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=f"jobs-{random.randrange(2**40)}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(job(source)))
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=1)["Messages"]
    answer = start(DEDUP_TABLE=table).invoke(sqs_event(arn, message))
    assert answer.json() == {"batchItemFailures": [{"itemIdentifier": message["MessageId"]}]}
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)


def test_a_batch_reports_the_poison_and_does_the_rest(aws, start, source):
    function = start()
    messages = [{"MessageId": f"m{number}", "ReceiptHandle": "r", "MD5OfBody": "", "Body": body}
                for number, body in enumerate([json.dumps(job(source)), "{", json.dumps(job(source, format="csv"))])]
    answer = function.invoke(sqs_event("arn:aws:sqs:us-east-1:123456789012:jobs", *messages))
    assert answer.json() == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert [line["Failures"] for line in function.metrics()] == [0, 1, 0]


def test_a_signer_role_tells_the_urls_true_end(aws, start, source):
    iam, name = aws.client("iam"), f"signer-{random.randrange(2**40)}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=json.dumps(READING))
    function = start(SIGNPOST_SIGNER_ROLE_ARN=role)
    result = function.invoke(job(source, expires_in=600)).json()
    assert not result["expires_at_is_upper_bound"]
    url = rows_of(result)[0]["url"]
    assert "X-Amz-Security-Token=" in url
    assert aws.access_key not in url


def test_a_proxy_is_not_asked_for_the_runtime_api(start, source):
    dead = "http://127.0.0.1:9"
    function = start(http_proxy=dead, all_proxy=dead, ALL_PROXY=dead)
    assert function.invoke(job(source)).kind == "response"


def test_a_wrong_variable_is_an_init_error(start):
    function = start(SIGNPOST_ALLOW="*", AWS_LAMBDA_MAX_CONCURRENCY="2")
    answer = function.api.answer("init")
    assert (answer.kind, answer.error_type) == ("init/error", "Runtime.InitError")
    assert function.process.wait(10) == 1


def test_p5_three_failed_waits_end_the_process(start):
    function = start()
    function.api.failing_waits = 3
    function.api.send({})  # wakes it out of the wait that it may be in
    assert function.process.wait(10) == 1


def test_p10_a_frozen_function_goes_on_when_it_is_thawed(start, source):
    function = start()
    for _ in range(3):
        assert function.invoke(job(source)).kind == "response"
        function.process.send_signal(signal.SIGSTOP)
        request_id = function.api.send(job(source))
        function.process.send_signal(signal.SIGCONT)
        assert function.api.answer(request_id).kind == "response"


def seconds_to_stop(function):
    begun = time.monotonic()
    function.process.terminate()
    assert function.process.wait(10) == 0
    return time.monotonic() - begun


def test_p1_sigterm_ends_an_idle_function_at_once(start, source):
    stops = []
    for _ in range(3):
        function = start()
        function.invoke(job(source))
        stops.append(seconds_to_stop(function))
    assert min(stops) < STOP_SECONDS, stops


def test_p1_sigterm_at_any_moment_stops_cleanly(aws, start, source, output):
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    table = new_table(aws)
    stops = []
    for _ in range(SIGNALS):
        function = start(DEDUP_TABLE=table)
        request_id = function.api.send(job(source, compress="none", response_content_disposition=LONG_DISPOSITION))
        assert function.api.asked.wait(10)
        with contextlib.suppress(subprocess.TimeoutExpired):
            function.process.wait(chance.uniform(0, 0.15))
        stops.append(seconds_to_stop(function))
        assert request_id not in function.api.answers or function.api.answer(request_id).kind in ("response", "error")
    assert statistics.median(stops) < STOP_SECONDS, stops
    assert not aws.client().list_multipart_uploads(Bucket=output).get("Uploads")
    held = [item for item in aws.client("dynamodb").scan(TableName=table)["Items"]
            if item["status"]["S"] == "INPROGRESS" and int(item["in_progress_expiration"]["N"]) > time.time() * 1000]
    assert not held, "the lock was not given back"


def test_p3_the_function_answers_before_its_time_out(start, source):
    function = start()
    begun = time.monotonic()
    answer = function.invoke(job(source), seconds=0.2)
    assert time.monotonic() - begun < 1
    assert answer.kind == "response" or answer.error_type == "Function.DeadlineExceeded"
    assert function.invoke(job(source), seconds=-1).error_type == "Function.DeadlineExceeded"
    assert function.invoke(job(source)).kind == "response"


def test_start_warns_when_openssl_does_not_use_the_sha_instructions_of_the_processor(start, source):
    with open("/proc/cpuinfo", encoding="ascii") as file:
        has_instructions = re.search(r"\bsha_ni\b|\bsha2\b", file.read()) is not None
    for settings, warned in [({}, False), ({"OPENSSL_ia32cap": ":0", "OPENSSL_armcap": "0"}, has_instructions)]:
        function = start(**settings)
        assert function.invoke(job(source)).kind == "response"
        assert ("SHA instructions" in function.log()) == warned
