"""Reads the same manifest with zcat, Python, Node and Java: each must see the uncompressed manifest's bytes.

Also checks the rows with Python's own json and csv: every key must come back exactly.
"""

import base64
import csv
import gzip
import io
import json
import pathlib
import subprocess
import sys
import tempfile

READERS = {
    "zcat": ["zcat"],
    "node": [
        "node",
        "-e",
        "process.stdout.write(require('zlib').gunzipSync(require('fs').readFileSync(process.argv[1])))",
    ],
    "java": ["java", str(pathlib.Path(__file__).with_name("Reader.java"))],
}
KEYS = [b'%06d/ +%%"\\,\r\n\xe2\x80\xa8\xc2\x85\xc3\xa9' % i + bytes([i % 256]) for i in range(5000)]


def keys_of_ndjson(content):
    lines = content.decode().splitlines()  # splits at U+2028 and U+0085 too: a row must be one line even so
    for row in map(json.loads, lines):
        yield base64.b64decode(row["key_base64"]) if "key_base64" in row else row["key"].encode()


def keys_of_csv(content):
    rows = list(csv.reader(io.StringIO(content.decode("latin-1"), newline=""), strict=True))
    assert rows[0] == ["key", "size", "etag", "last_modified", "url", "error"]
    for row in rows[1:]:
        assert len(row) == 6
        yield row[0].encode("latin-1")


def check(program, name, folder):
    paths = {kind: folder / f"{name}.{kind}" for kind in ("none", "gzip")}
    for kind, path in paths.items():
        subprocess.run([program, name, kind, path], check=True, timeout=60)
        assert path.stat().st_mode & 0o777 == 0o600, "a manifest is for its owner alone"
    # zcat insists on a suffix.
    packed = paths["gzip"].rename(folder / f"{name}.gz")
    content = paths["none"].read_bytes()
    assert gzip.decompress(packed.read_bytes()) == content, f"python, {name}"
    for reader, command in READERS.items():
        read = subprocess.run([*command, packed], check=True, timeout=60, stdout=subprocess.PIPE).stdout
        assert read == content, f"{reader}, {name}: {len(read)} bytes instead of {len(content)}"
    if name == "ndjson":
        assert list(keys_of_ndjson(content)) == KEYS
    elif name == "csv":
        assert list(keys_of_csv(content)) == KEYS
    else:
        assert content.count(b"\n") == len(KEYS) - 50
    print(f"{name}: {len(content)} bytes, {packed.stat().st_size} packed, the same for Python and {', '.join(READERS)}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("ndjson", "csv", "urls"):
            check(sys.argv[1], name, pathlib.Path(folder))


if __name__ == "__main__":
    main()
