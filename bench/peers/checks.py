"""Whether a program did its job: its figures count only then."""

import gzip
import json
import subprocess
import urllib.parse
import urllib.request

import measure


def presign(folders, target, key, *more):
    """Signpost's URL for `key`."""
    command = [folders.ours / "signpost", "presign", f"s3://{target.bucket}/{key}", "--endpoint-url", target.url, *more]
    done = subprocess.run(command, env=target.environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise measure.Failure(f"signpost presign: {done.stderr.strip()}")
    return done.stdout.strip()


def lines_of(folders, target, key):
    """The lines of an uploaded manifest, one after the other."""
    with urllib.request.urlopen(presign(folders, target, key), timeout=measure.TIME_LIMIT_S) as answer:
        yield from gzip.GzipFile(fileobj=answer) if key.endswith(".gz") else answer


def parts_of(url):
    """Path and query of a URL, decoded: writers differ in what they escape and in the order of parameters."""
    split = urllib.parse.urlsplit(url)
    return urllib.parse.unquote(split.path), dict(urllib.parse.parse_qsl(split.query, strict_parsing=True))


def check_url(folders, target, row):
    """The row's URL must be Signpost's for the same key and signing time, signature included."""
    path, query = parts_of(row["url"])
    ours = presign(folders, target, row["key"], "--signing-time", query["X-Amz-Date"],
                   "--expires-in", query["X-Amz-Expires"])
    if parts_of(ours) != (path, query):
        raise measure.Failure(f"the URL of {row['key']} differs from Signpost's")


def check_count(folders, target, contender, output):
    """A line for each object."""
    lines = output.splitlines()
    if contender.manifest_key is not None:
        lines = lines_of(folders, target, contender.manifest_key(output))
    count = sum(1 for _ in lines)
    if count != target.objects:
        raise measure.Failure(f"{contender.name}: {count} rows, not {target.objects}")


def check_keys(folders, target, contender, output):
    """Each key once; in a manifest, the URLs at both ends and in the middle are right."""
    if contender.manifest_key is None:
        keys = {line.split(maxsplit=3)[3] for line in output.splitlines()}
    else:
        lines = lines_of(folders, target, contender.manifest_key(output))
        rows = sorted((json.loads(line) for line in lines), key=lambda row: row["key"])
        keys = {row["key"] for row in rows}
        for row in rows[0], rows[len(rows) // 2], rows[-1]:
            check_url(folders, target, row)
    if len(keys) != target.objects:
        raise measure.Failure(f"{contender.name}: {len(keys)} different keys, not {target.objects}")
