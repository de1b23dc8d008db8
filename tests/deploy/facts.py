"""What must be true of the stack, each fact a function that asserts it of an expanded template.

These are the facts that neither the expansion nor cfn-lint knows of: that the lifecycle is there at all, that the TTL
is on the attribute that the function writes, that a condition stands where it should.
"""

import json
import re

from templates import resolved

from services.process import ROOT

SOURCE = {"SourceBucket": "data", "SourcePrefix": "2026/"}
SENDER = "arn:aws:events:us-east-1:123456789012:rule/nightly"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0000-1111"
SIX_TIMES = 6
MANIFESTS = "${ManifestBucket.Arn}/manifests/*"
NOT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
TOO_OLD = {"NumericGreaterThan": {"s3:signatureAge": "3540000"}}
FACTS = []


def fact(assertion):
    """Puts a function among the facts."""
    FACTS.append(assertion)
    return assertion


def properties(template, name, **parameters):
    """The properties of one resource, its functions replaced by what they come to."""
    return resolved(template, name, **{**SOURCE, **parameters})["Properties"]


def as_list(value):
    return value if isinstance(value, list) else [value]


def grants(document, effect="Allow"):
    """{action: {(resource, condition as JSON)}} of a policy."""
    found = {}
    for statement in document["Statement"]:
        if statement["Effect"] == effect:
            condition = json.dumps(statement.get("Condition"), sort_keys=True)
            for action in as_list(statement["Action"]):
                found.setdefault(action, set()).update((one, condition) for one in as_list(statement["Resource"]))
    return found


def on(resource, condition=None):
    return {(resource, json.dumps(condition, sort_keys=True))}


@fact
def function_is_the_packaged_program_with_a_whole_processor_and_fifteen_minutes(template):
    function = properties(template, "Function")
    assert function["Architectures"] == ["arm64"]
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap")
    assert (function["MemorySize"], function["Timeout"]) == (1769, 900)
    assert function["Role"] == "${WorkerRole.Arn}"
    assert function["FunctionName"] == "signpost"


@fact
def function_is_told_the_stacks_own_resources(template):
    assert properties(template, "Function")["Environment"]["Variables"] == {
        "SIGNPOST_ALLOW": "s3://data/2026/", "SIGNPOST_OUTPUT": "s3://${ManifestBucket}/manifests/",
        "SIGNPOST_IDEMPOTENCY": "dynamodb://${Table}", "SIGNPOST_SIGNER_ROLE_ARN": "${SignerRole.Arn}",
        "SIGNPOST_MAX_EXPIRES_IN": "3540s", "SIGNPOST_LOG_LEVEL": "INFO"}


@fact
def every_variable_is_one_that_the_function_knows(template):
    known = set(re.findall(r"SIGNPOST_[A-Z_]+", (ROOT / "docs/lambda.md").read_text()))
    assert set(properties(template, "Function")["Environment"]["Variables"]) <= known


@fact
def whole_bucket_needs_no_condition_on_the_prefix(template):
    listing = grants(properties(template, "WorkerPolicy", SourcePrefix="")["PolicyDocument"])["s3:ListBucket"]
    assert listing == on("arn:aws:s3:::data")


@fact
def source_is_named_without_patterns(template):
    parameters = template["Parameters"]
    prefix, bucket = parameters["SourcePrefix"]["AllowedPattern"], parameters["SourceBucket"]["AllowedPattern"]
    assert all(re.fullmatch(prefix, good) for good in ("", "a/", "a/b_c/", "2026/é+%/"))
    assert not any(re.fullmatch(prefix, bad) for bad in ("a", "*/", "a?/", "a b/", "${aws:username}/", "*"))
    assert re.fullmatch(bucket, "my.bucket-1")
    assert not any(re.fullmatch(bucket, bad) for bad in ("*", "a/b", "Upper", "ab", "arn:aws:s3:::b"))
    assert "Default" not in parameters["SourceBucket"]


@fact
def mapping_reports_failures_one_message_at_a_time_with_a_bound(template):
    mapping = properties(template, "FunctionJobs", MaximumConcurrency=7)
    assert mapping["EventSourceArn"] == "${Queue.Arn}"
    assert mapping["FunctionName"] == "${Function}"
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 7}


@fact
def message_stays_hidden_for_six_timeouts_and_fails_five_times(template):
    queue = properties(template, "Queue")
    assert queue["VisibilityTimeout"] >= SIX_TIMES * properties(template, "Function")["Timeout"]
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": "${DeadLetterQueue.Arn}", "maxReceiveCount": 5}
    assert queue["SqsManagedSseEnabled"] is True


@fact
def dead_letters_are_kept_longer_and_come_from_this_queue_alone(template):
    queue, dead = properties(template, "Queue"), properties(template, "DeadLetterQueue")
    assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]
    assert dead["SqsManagedSseEnabled"] is True
    assert dead["RedriveAllowPolicy"] == {
        "redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:123456789012:signpost-jobs"]}
    assert queue["QueueName"] == "signpost-jobs"


@fact
def queues_take_only_tls_and_only_the_one_sender(template):
    for name, queue in (("QueuePolicy", "Queue"), ("DeadLetterQueuePolicy", "DeadLetterQueue")):
        policy = properties(template, name)
        assert policy["Queues"] == [f"${{{queue}}}"]
        assert grants(policy["PolicyDocument"], "Deny") == {"sqs:*": on(f"${{{queue}.Arn}}", NOT_TLS)}
        assert all(one["Principal"] == "*" for one in policy["PolicyDocument"]["Statement"])
        assert grants(policy["PolicyDocument"]) == {}
    policy = properties(template, "QueuePolicy", SenderArn=SENDER)["PolicyDocument"]
    assert grants(policy) == {"sqs:SendMessage": on("${Queue.Arn}", {"ArnEquals": {"aws:SourceArn": SENDER}})}


@fact
def table_is_on_demand_and_forgets_by_expiration(template):
    table = properties(template, "Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert table["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiration", "Enabled": True}


@fact
def point_in_time_recovery_is_a_choice(template):
    default, chosen = properties(template, "Table"), properties(template, "Table", PointInTimeRecovery="true")
    assert default["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "false"}
    assert chosen["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": "true"}


@fact
def manifests_are_encrypted_and_private(template):
    bucket = properties(template, "ManifestBucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"], True)
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "VersioningConfiguration" not in bucket, "a deleted manifest is gone"


@fact
def manifests_and_unfinished_uploads_end_after_a_day(template):
    rules = properties(template, "ManifestBucket")["LifecycleConfiguration"]["Rules"]
    assert all(rule.pop("Status") == "Enabled" and rule.pop("Id") for rule in rules)
    assert sorted(rules, key=len, reverse=True) == [
        {"Prefix": "manifests/", "ExpirationInDays": 1}, {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]


@fact
def manifest_bucket_refuses_plain_http_and_old_urls(template):
    policy = properties(template, "ManifestBucketPolicy")
    assert policy["Bucket"] == "${ManifestBucket}"
    everything = "${ManifestBucket.Arn}/*"
    assert all(one["Principal"] == "*" for one in policy["PolicyDocument"]["Statement"])
    assert grants(policy["PolicyDocument"], "Deny") == {
        "s3:*": on("${ManifestBucket.Arn}", NOT_TLS) | on(everything, NOT_TLS), "s3:GetObject": on(everything, TOO_OLD)}
    assert grants(policy["PolicyDocument"]) == {}


@fact
def worker_may_do_this_and_no_more(template):
    queue = on("${Queue.Arn}")
    log = on("arn:aws:logs:us-east-1:123456789012:log-group:${LogGroup}:*")
    assert grants(properties(template, "WorkerPolicy")["PolicyDocument"]) == {
        "s3:ListBucket": on("arn:aws:s3:::data", {"StringLike": {"s3:prefix": "2026/*"}}),
        "s3:AbortMultipartUpload": on(MANIFESTS), "s3:GetObject": on(MANIFESTS), "s3:PutObject": on(MANIFESTS),
        "dynamodb:GetItem": on("${Table.Arn}"), "dynamodb:PutItem": on("${Table.Arn}"),
        "sqs:ChangeMessageVisibility": queue, "sqs:DeleteMessage": queue, "sqs:GetQueueAttributes": queue,
        "sqs:ReceiveMessage": queue, "sts:AssumeRole": on("${SignerRole.Arn}"),
        "logs:CreateLogStream": log, "logs:PutLogEvents": log}
    assert properties(template, "WorkerPolicy")["Roles"] == ["${WorkerRole}"]
    assert not {"Policies", "ManagedPolicyArns"} & properties(template, "WorkerRole").keys()


@fact
def worker_is_assumed_by_lambda_alone(template):
    (statement,) = properties(template, "WorkerRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@fact
def signer_reads_by_young_urls_alone(template):
    role = properties(template, "SignerRole")
    (policy,) = role["Policies"]
    assert grants(policy["PolicyDocument"]) == {"s3:GetObject": on("arn:aws:s3:::data/2026/*") | on(MANIFESTS)}
    assert grants(policy["PolicyDocument"], "Deny") == {
        "s3:*": on("*", TOO_OLD) | on("*", {"StringEquals": {"s3:authType": ["REST-HEADER", "POST"]}})}
    assert "ManagedPolicyArns" not in role


@fact
def signer_decrypts_only_with_the_given_key_through_s3(template):
    (policy,) = properties(template, "SignerRole", SourceKeyArn=KEY)["Policies"]
    assert grants(policy["PolicyDocument"])["kms:Decrypt"] == on(
        KEY, {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}})


@fact
def signer_is_assumed_by_the_worker_alone(template):
    role = properties(template, "SignerRole")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {"Effect": "Allow", "Principal": {"AWS": "${WorkerRole.Arn}"}, "Action": "sts:AssumeRole"}
    assert role["MaxSessionDuration"] == 3600


@fact
def urls_end_before_the_signers_session(template):
    bounds = template["Parameters"]["MaxExpiresIn"]
    assert bounds["Default"] <= bounds["MaxValue"] <= 3600 - 60
    shorter = properties(template, "SignerRole", MaxExpiresIn=900)["Policies"][0]["PolicyDocument"]
    assert on("*", {"NumericGreaterThan": {"s3:signatureAge": "900000"}}) <= grants(shorter, "Deny")["s3:*"]


@fact
def log_is_kept_for_a_while_and_no_longer(template):
    group = properties(template, "LogGroup")
    assert group == {"LogGroupName": "/aws/lambda/signpost", "RetentionInDays": 30}
    assert properties(template, "Function")["LoggingConfig"] == {"LogGroup": "${LogGroup}"}


ALARMS = {
    "DeadLetterAlarm": (
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${DeadLetterQueue.QueueName}", 1),
    "OldestMessageAlarm": ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${Queue.QueueName}", 10800),
    "ErrorsAlarm": ("AWS/Lambda", "Errors", "FunctionName", "${Function}", 1),
    "ThrottlesAlarm": ("AWS/Lambda", "Throttles", "FunctionName", "${Function}", 1),
    "DurationAlarm": ("AWS/Lambda", "Duration", "FunctionName", "${Function}", 810000)}


@fact
def alarms_watch_what_goes_wrong(template):
    for name, (namespace, metric, dimension, value, threshold) in ALARMS.items():
        alarm = properties(template, name)
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == (namespace, metric, threshold)
        assert alarm["Dimensions"] == [{"Name": dimension, "Value": value}]
        assert alarm["Statistic"] == ("Sum" if metric in ("Errors", "Throttles") else "Maximum")
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"
    assert properties(template, "DurationAlarm")["Threshold"] == 900 * properties(template, "Function")["Timeout"]


@fact
def alarms_tell_the_topic_if_there_is_one(template):
    for name in ALARMS:
        assert "AlarmActions" not in properties(template, name)
        assert properties(template, name, AlarmTopicArn=TOPIC)["AlarmActions"] == [TOPIC]


@fact
def dashboard_shows_the_stacks_metrics(template):
    body = json.loads(properties(template, "Dashboard")["DashboardBody"])
    shown = {tuple(metric) for widget in body["widgets"] for metric in widget["properties"]["metrics"]}
    own = {metric[1] for metric in shown if metric[0] == "Signpost"}
    assert own <= set(re.findall(r"`([A-Z][a-z]+)`", (ROOT / "docs/lambda.md").read_text()))
    assert own >= {"Objects", "Failures", "Replayed"}
    assert shown >= {alarm[:4] for alarm in ALARMS.values()}
    assert all(widget["properties"]["region"] == "us-east-1" for widget in body["widgets"])


@fact
def nothing_is_left_when_the_stack_is_deleted(template):
    for name in ("LogGroup", "ManifestBucket", "Table", "Queue", "DeadLetterQueue"):
        assert template["Resources"][name]["DeletionPolicy"] == "Delete"


@fact
def no_permission_is_given_for_everything(template):
    for name in template["Resources"]:
        for document in _documents(properties(template, name, SenderArn=SENDER, SourceKeyArn=KEY)):
            for action, where in grants(document).items():
                assert "*" not in action, name
                assert "*" not in {one for one, _ in where}, name


def _documents(settings):
    """The identity and resource policies of a resource; trust policies have no resource."""
    yield from (one["PolicyDocument"] for one in settings.get("Policies", []))
    if "PolicyDocument" in settings:
        yield settings["PolicyDocument"]


@fact
def outputs_name_what_a_caller_needs(template):
    assert template["Outputs"].keys() == {
        "FunctionName", "QueueUrl", "QueueArn", "DeadLetterQueueUrl", "ManifestBucketName", "TableName",
        "WorkerRoleArn", "SignerRoleArn"}


@fact
def there_is_nothing_else(template):
    assert template["Resources"].keys() == {
        "Function", "FunctionJobs", "LogGroup", "WorkerRole", "WorkerPolicy", "SignerRole", "ManifestBucket",
        "ManifestBucketPolicy", "Table", "Queue", "QueuePolicy", "DeadLetterQueue", "DeadLetterQueuePolicy",
        "Dashboard", *ALARMS}
    assert template["Resources"]["Function"]["DependsOn"] == "WorkerPolicy", "the mapping needs the role's permissions"
