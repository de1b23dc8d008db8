"""Shows Signpost at work: a local S3 with awkward keys, one manifest of them, and what its URLs can and cannot do.

Everything started here is stopped here. The exit status is 1 when anything is not as it should be.
"""

import concurrent.futures
import gzip
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from services import ministack, process  # noqa: E402 - found through the line above

SIGNPOST = ROOT / "build/release/bin/signpost"
BUCKET = "demo"
PREFIX = "sample tree/"
PLAIN_OBJECTS = 3000
AWKWARD = [
    "summer holiday.jpg", "C++/a+b.txt", "100%/50%25.csv", "already%20encoded.txt", "日本語/ファイル.txt",
    "naïve café/ünïcödé.md", "emoji-😀.png", "e\u0301 is not é.txt", "double//slash", "dots/../and/./dots",
    "/".join(f"level {depth}" for depth in range(40)) + "/deep.txt", "tab\there and\nnewline", "quotes \"'`.txt",
    "a&b<c>.xml", "query?like=this&x=1#fragment", "trailing space ", "back\\slash", "(1) [2] {3}!*$;:@=,~",
]


class Wrong(Exception):
    """Something is not as the demo promises."""


def say(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def check(condition, what):
    if not condition:
        raise Wrong(what)
    print(f"   ok: {what}", flush=True)


def body_of(key):
    return f"the body of {key}\n".encode()


def sample_keys():
    plain = [f"{PREFIX}logs/2026-{month:02}/host+{host}/part {number:03}.log"
             for month in range(1, 13) for host in range(5) for number in range(PLAIN_OBJECTS // 60)]
    return [PREFIX + key for key in AWKWARD] + plain


def load(server, keys):
    client = server.client()
    client.create_bucket(Bucket=BUCKET)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: client.put_object(Bucket=BUCKET, Key=key, Body=body_of(key)), keys))


def signpost(server, home, *arguments):
    """Runs the command with the server's key; returns its standard output."""
    print(f"   $ signpost {' '.join(short(argument) for argument in arguments)}", flush=True)
    done = subprocess.run([SIGNPOST, *arguments], env=process.clean_environment(HOME=home, **server.environment()),
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Wrong(f"signpost ended with {done.returncode}: {done.stderr}")
    return done.stdout


def curl(url):
    """Status and body, by curl and with no credentials."""
    command = ["curl", "-sS", "--path-as-is", "--globoff", "--max-time", "20", "-w", "%{stderr}%{http_code}", url]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    return int(done.stderr or 0), done.stdout


def short(text, limit=110):
    return text if len(text) <= limit else text[:limit - 3] + "..."


def show_rows(rows):
    for row in random.sample(rows, 4):
        print("   " + short(json.dumps(row, ensure_ascii=False), 170))


def create(server, home):
    answer = json.loads(signpost(server, home, "create", f"s3://{BUCKET}/{PREFIX}", "--json"))
    for name, value in answer.items():
        print(f"   {name}: {short(str(value))}")
    return answer


def download(rows):
    """Every awkward key and some plain ones, fetched and compared."""
    awkward, plain = [], []
    for row in rows:
        (plain if "/logs/" in row["key"] else awkward).append(row)
    chosen = awkward + random.sample(plain, 10)
    for row in chosen:
        status, body = curl(row["url"])
        if (status, body) != (200, body_of(row["key"])):
            raise Wrong(f"{row['key']!r} answered {status}: {body[:200]!r}")
    check(len(awkward) == len(AWKWARD), f"curl fetched {len(chosen)} objects, each with the right body")


def tamper(rows):
    """A URL is good for its object, its time and its host, and for nothing else."""
    url = random.choice(rows)["url"]
    last = "0" if url[-1] != "0" else "1"
    for what, changed in {
        "another signature": url[:-1] + last,
        "a longer life": url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000"),
        "another object": url.replace("?", "x?", 1),
        "one more parameter": url + "&versionId=1",
    }.items():
        check(changed != url and curl(changed)[0] == 403, f"{what}: refused with 403")


def tour(server, home):
    keys = sample_keys()
    say(f"Loading {len(keys)} objects with spaces, plus and percent signs, Unicode and deep folders")
    started = time.monotonic()
    load(server, keys)
    print(f"   {time.monotonic() - started:.1f} s")
    say("One manifest of all of them")
    answer = create(server, home)
    check(answer["count"] == len(keys) and answer["error_count"] == 0, "every object has a URL")
    say("Some of its rows")
    status, manifest = curl(answer["manifest_url"])
    check(status == 200, f"curl fetched the manifest: {len(manifest)} bytes")
    rows = [json.loads(line) for line in gzip.decompress(manifest).decode().split("\n")[:-1]]
    show_rows(rows)
    check([row["key"] for row in rows] == sorted(keys, key=str.encode), "every key is there once, in byte order")
    say("Downloading without credentials")
    download(rows)
    say("A changed URL is worth nothing")
    tamper(rows)
    say("Is the manifest complete, and for how long is it good?")
    print("   " + signpost(server, home, "verify", answer["manifest_url"]).replace("\n", "\n   ").rstrip())


def main():
    started = time.monotonic()
    try:
        say("Starting MiniStack, a local S3 that checks signatures")
        with ministack.run() as server, tempfile.TemporaryDirectory() as home:
            print(f"   {server.endpoint}")
            tour(server, home)
    except (Wrong, process.ServiceError) as error:
        print(f"demo failed: {error}", file=sys.stderr)
        return 1
    say(f"All as promised, in {time.monotonic() - started:.0f} s. The server is stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
