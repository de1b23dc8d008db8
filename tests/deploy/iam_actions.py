"""What a recorded request needs permission for: an IAM action, and the resource that it is asked of.

From the tables of "Actions, resources, and condition keys" of S3, DynamoDB, SQS and STS in AWS's Service Authorization
Reference. A request that is not in them is an error, so that a new kind of call cannot go unnoticed.
"""

import json
import urllib.parse

ACCOUNT = "000000000000"


def of_call(call):
    """(action, resource)."""
    service = call.scope[3]
    return {"s3": _of_s3, "dynamodb": _of_dynamodb, "sqs": _of_sqs, "sts": _of_sts}[service](call, call.scope[2])


def _of_s3(call, _):
    bucket, _, key = call.path.lstrip("/").partition("/")
    if not key:
        return {"GET": "s3:ListBucket"}[call.method], f"arn:aws:s3:::{bucket}"
    if "uploadId" in call.query:
        # A part is written, the upload completed, with s3:PutObject.
        action = {"PUT": "s3:PutObject", "POST": "s3:PutObject", "DELETE": "s3:AbortMultipartUpload",
                  "GET": "s3:ListMultipartUploadParts"}[call.method]
    else:
        action = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "POST": "s3:PutObject",
                  "DELETE": "s3:DeleteObject"}[call.method]
    return action, f"arn:aws:s3:::{bucket}/{key}"


def _of_dynamodb(call, region):
    table = json.loads(call.body)["TableName"]
    return f"dynamodb:{call.operation}", f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}"


def _of_sqs(call, region):
    name = json.loads(call.body)["QueueUrl"].rsplit("/", 1)[1]
    # The permission for the batch form of an operation is that for the single one.
    return f"sqs:{call.operation.removesuffix('Batch')}", f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"


def _of_sts(call, _):
    form = dict(urllib.parse.parse_qsl(call.body.decode() or "&".join(f"{n}={v}" for n, v in call.query.items())))
    return f"sts:{form['Action']}", form["RoleArn"]
