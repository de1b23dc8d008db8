"""A manifest from the fastest parts that Python users have: Rust's object_store lists, signs and uploads, zlib packs.

    obstore_manifest.py ENDPOINT BUCKET PREFIX EXPIRES_S

Prints the key of what it uploaded. Credentials and region from AWS_*.
"""

import datetime
import gzip
import json
import sys
import uuid

import obstore
from obstore.store import S3Store

PAGE = 1000
LEVEL = 1  # The fastest of zlib.


def rows(entries, urls):
    """The page as NDJSON."""
    lines = []
    for entry, url in zip(entries, urls, strict=True):
        row = {"key": entry["path"], "size": entry["size"], "etag": entry["e_tag"].strip('"'),
               "last_modified": entry["last_modified"].isoformat(), "url": url}
        lines.append(json.dumps(row) + "\n")
    return "".join(lines).encode()


def make(endpoint, bucket, prefix, expires):
    store = S3Store(bucket, endpoint=endpoint, virtual_hosted_style_request=False, client_options={"allow_http": True})
    key = f"manifests/{uuid.uuid4()}.ndjson.gz"
    life = datetime.timedelta(seconds=expires)
    with (obstore.open_writer(store, key) as upload,
          gzip.GzipFile(fileobj=upload, mode="wb", compresslevel=LEVEL) as file):
        for entries in obstore.list(store, prefix or None, chunk_size=PAGE):
            urls = obstore.sign(store, "GET", [entry["path"] for entry in entries], life)
            file.write(rows(entries, urls))
    return key


if __name__ == "__main__":
    print(make(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
