"""Faults put into the template on purpose: the expansion, the facts or the linter find each."""

import copy

import facts
import templates
from samtranslator.model.exceptions import InvalidDocumentException

GONE = object()
FUNCTION = ("Function", "Properties")
MAPPING = (*FUNCTION, "Events", "Jobs", "Properties")
BUCKET = ("ManifestBucket", "Properties")
WORKER = ("WorkerPolicy", "Properties", "PolicyDocument", "Statement")
SIGNER = ("SignerRole", "Properties", "Policies", 0, "PolicyDocument", "Statement")
FAULTS = {
    "an architecture that is none": ((*FUNCTION, "Architectures"), ["arm65"]),
    "another architecture than the program's": ((*FUNCTION, "Architectures"), ["x86_64"]),
    "a runtime that is none": ((*FUNCTION, "Runtime"), "provided.al2029"),
    "no runtime": ((*FUNCTION, "Runtime"), GONE),
    "too little memory": ((*FUNCTION, "MemorySize"), 64),
    "a timeout that Lambda refuses": ((*FUNCTION, "Timeout"), 901),
    "no table for the records": ((*FUNCTION, "Environment", "Variables", "SIGNPOST_IDEMPOTENCY"), GONE),
    "a variable misspelt": ((*FUNCTION, "Environment", "Variables", "SIGNPOST_MAX_EXPIRY"), "900"),
    "the function in front of its permissions": (("Function", "DependsOn"), GONE),
    "a response type misspelt": ((*MAPPING, "FunctionResponseTypes"), ["ReportBatchItemFailurez"]),
    "no response type": ((*MAPPING, "FunctionResponseTypes"), GONE),
    "more messages at once": ((*MAPPING, "BatchSize"), 10001),
    "no bound on jobs at once": ((*MAPPING, "ScalingConfig"), GONE),
    "visibility below the timeout": (("Queue", "Properties", "VisibilityTimeout"), 30),
    "visibility of five timeouts": (("Queue", "Properties", "VisibilityTimeout"), 4500),
    "a dead-letter queue that forgets as soon": (("DeadLetterQueue", "Properties", "MessageRetentionPeriod"), 345600),
    "one receive too few": (("Queue", "Properties", "RedrivePolicy", "maxReceiveCount"), 4),
    "a time to live without its attribute": (("Table", "Properties", "TimeToLiveSpecification", "AttributeName"), GONE),
    "a time to live on another attribute": (
        ("Table", "Properties", "TimeToLiveSpecification", "AttributeName"), "in_progress_expiration"),
    "a key that no attribute defines": (("Table", "Properties", "KeySchema", 0, "AttributeName"), "key"),
    "manifests that expire after no day": ((*BUCKET, "LifecycleConfiguration", "Rules", 0, "ExpirationInDays"), 0),
    "manifests elsewhere expire": ((*BUCKET, "LifecycleConfiguration", "Rules", 0, "Prefix"), "manifest/"),
    "a lifecycle that is off": ((*BUCKET, "LifecycleConfiguration", "Rules", 0, "Status"), "Disabled"),
    "a lifecycle rule misspelt": ((*BUCKET, "LifecycleConfiguration", "Rules", 1, "AbortIncompleteUpload"), {}),
    "uploads that stay": ((*BUCKET, "LifecycleConfiguration", "Rules", 1), GONE),
    "a bucket that may be made public": ((*BUCKET, "PublicAccessBlockConfiguration", "RestrictPublicBuckets"), False),
    "plain HTTP": (("ManifestBucketPolicy", "Properties", "PolicyDocument", "Statement", 0, "Effect"), "Allow"),
    "plain HTTP for the objects": (("ManifestBucketPolicy", "Properties", "PolicyDocument", "Statement", 0, "Resource"),
                                   {"Fn::GetAtt": ["ManifestBucket", "Arn"]}),
    "the guard the wrong way round": ((*SIGNER, 4, "Condition"),
                                      {"NumericLessThan": {"s3:signatureAge": "3540000"}}),
    "the guard in seconds": ((*SIGNER, 4, "Condition", "NumericGreaterThan", "s3:signatureAge"),
                             {"Ref": "MaxExpiresIn"}),
    "a listing of everything": ((*WORKER, 0, "Condition"), GONE),
    "one action too many": ((*WORKER, 1, "Action", 3), "s3:DeleteObject"),
    "one action too few": ((*WORKER, 3, "Action", 0), GONE),
    "a signer for anybody": (("SignerRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Principal"),
                             {"AWS": "*"}),
    "a sender that is anybody": (
        ("QueuePolicy", "Properties", "PolicyDocument", "Statement", 1, "Fn::If", 1, "Condition"), GONE),
    "an alarm on another queue": (("DeadLetterAlarm", "Properties", "Dimensions", 0, "Value"),
                                  {"Fn::GetAtt": ["Queue", "QueueName"]}),
    "a log for ever": (("LogGroup", "Properties", "RetentionInDays"), GONE),
    "an attribute that is none": (("ManifestBucketPolicy", "Properties", "Bucket"), {"Fn::GetAtt": ["Bucket", "Arn"]}),
    "an alarm's period that is none": (("ErrorsAlarm", "Properties", "Period"), 61),
    "an alarm's property misspelt": (("ThrottlesAlarm", "Properties", "TreatMissing"), "ignore"),
    "a table's property misspelt": (("Table", "Properties", "BilingMode"), "PROVISIONED"),
    "a dashboard's name that is none": (("Dashboard", "Properties", "DashboardName"), {"Ref": "StackName"}),
    "a queue's delay that is none": (("Queue", "Properties", "DelaySeconds"), 901),
}


def seed(template, path, value):
    """Changes one place of a template; a list takes a new last item."""
    *way, last = path
    node = template["Resources"]
    for step in way:
        node = node[step]
    if value is GONE:
        del node[last]
    elif isinstance(node, list) and last == len(node):
        node.append(value)
    else:
        node[last] = value


def breaks_a_fact(template):
    """Whether a SAM template cannot be expanded, or some fact is not so of what it expands to."""
    try:
        expanded = templates.expand(template)
    except InvalidDocumentException:
        return True
    return not all(holds(fact, expanded) for fact in facts.FACTS)


def holds(fact, template):
    try:
        fact(copy.deepcopy(template))
    except (AssertionError, KeyError, IndexError):
        return False
    return True


def with_fault(name):
    template = templates.read()
    seed(template, *FAULTS[name])
    return template


def test_LinterNamesThePlaceOfEachFaultThatBreaksNoFact():
    """Those that break a fact are found when seeded alone; one run of the linter has to tell the others apart."""
    assert not breaks_a_fact(templates.read())
    left = [name for name in FAULTS if not breaks_a_fact(with_fault(name))]
    assert 0 < len({FAULTS[name][0][0] for name in left}) == len(left) < len(FAULTS), left
    template = templates.read()
    for name in left:
        seed(template, *FAULTS[name])
    problems = templates.lint_problems(templates.expand(template))
    missed = [name for name in left if not any(f"Resources/{FAULTS[name][0][0]}/" in one for one in problems)]
    assert not missed, problems
