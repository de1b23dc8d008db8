"""A manifest the way a Python service makes it: a paginator, a queue, consumers that presign, a file, one PUT.

    aiobotocore_manifest.py ENDPOINT BUCKET PREFIX EXPIRES_S

Prints the key of what it uploaded. Credentials and region from AWS_*.
"""

import asyncio
import json
import sys
import tempfile
import uuid

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

CONSUMERS = 10
CONFIG = AioConfig(signature_version="s3v4", s3={"addressing_style": "path"},
                   request_checksum_calculation="when_required")


async def produce(client, bucket, prefix, queue):
    paginator = client.get_paginator("list_objects_v2")
    async for page in paginator.paginate(Bucket=bucket, Prefix=prefix, PaginationConfig={"PageSize": 1000}):
        for entry in page.get("Contents", []):
            await queue.put(entry)
    for _ in range(CONSUMERS):
        await queue.put(None)


async def consume(client, bucket, expires, queue, file):
    while (entry := await queue.get()) is not None:
        url = await client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": entry["Key"]}, ExpiresIn=expires)
        row = {"key": entry["Key"], "size": entry["Size"], "etag": entry["ETag"].strip('"'),
               "last_modified": entry["LastModified"].isoformat(), "url": url}
        file.write(json.dumps(row) + "\n")


async def make(endpoint, bucket, prefix, expires):
    async with get_session().create_client("s3", endpoint_url=endpoint, config=CONFIG) as client:
        with tempfile.NamedTemporaryFile("w+") as file:
            queue = asyncio.Queue(maxsize=1000)
            consumers = [consume(client, bucket, expires, queue, file) for _ in range(CONSUMERS)]
            await asyncio.gather(produce(client, bucket, prefix, queue), *consumers)
            file.flush()
            key = f"manifests/{uuid.uuid4()}.ndjson"
            with open(file.name, "rb") as body:
                await client.put_object(Bucket=bucket, Key=key, Body=body)
            return key


if __name__ == "__main__":
    print(asyncio.run(make(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
