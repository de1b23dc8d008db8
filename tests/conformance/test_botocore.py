"""Signpost's signers against botocore's: random keys and requests, and the committed vectors."""

import json
import os
import pathlib
import random
import re
import subprocess
import urllib.parse

import make_vectors
import pytest
from botocore_oracle import presign, sign_request
from signing_cases import TOKEN, hostile_key, presign_cases, random_request

from services.process import BUILD

BIN = pathlib.Path(os.environ.get("SIGNPOST_BIN", BUILD / "release/bin"))
KEYS_PER_CASE = 1200  # 18 cases
REQUESTS_PER_CASE = 1000
SEED = int(os.environ.get("SIGNPOST_SEED", random.SystemRandom().getrandbits(32)))


@pytest.fixture
def numbers(request):
    print(f"SIGNPOST_SEED={SEED}")
    return random.Random(f"{SEED} {request.node.name}")


def run(program, options, lines):
    return subprocess.run([BIN / program, *map(str, options)], input=lines, capture_output=True, check=True).stdout


def options_of(case):
    options = ["--access-key", case["access_key"], "--secret-key", case["secret_key"], "--region", case["region"]]
    return [*options, "--token", case["token"]] if case["token"] else options


def presign_all(case, keys):
    """(canonical request, string to sign, URL) of each key."""
    options = [*options_of(case), "--host", case["host"], "--time", case["time"], "--expires-in", case["expires_in"]]
    if case["base_path"]:
        options += ["--base-path", case["base_path"]]
    for name, value in case["query"]:
        options += ["--query", name, value]
    texts = run("sign_keys", options, b"".join(key + b"\0" for key in keys)).decode("ascii").split("\0")
    assert texts.pop() == ""
    return list(zip(texts[::3], texts[1::3], texts[2::3], strict=True))


def taken_apart(url):
    """Scheme, host and path as they are; the query as a set, because only its canonical form has an order."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc, parts.path, sorted(parts.query.split("&"))


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in presign_cases()])
def test_presigns_random_keys_as_botocore_does(case, numbers):
    keys = [hostile_key(numbers) for _ in range(KEYS_PER_CASE)]
    for key, ours in zip(keys, presign_all(case, keys), strict=True):
        request_text, to_sign_text, url = presign(case, key)
        assert ours[0] == request_text, key
        assert ours[1] == to_sign_text, key
        assert taken_apart(ours[2]) == taken_apart(url), key
        assert ours[2][-64:] == re.search("X-Amz-Signature=([0-9a-f]{64})", url)[1], key


@pytest.mark.parametrize("service", ["s3", "sts"])
@pytest.mark.parametrize("token", ["", TOKEN], ids=["no-token", "token"])
def test_signs_random_requests_as_botocore_does(service, token, numbers):
    case = {"access_key": "AKIDEXAMPLE", "secret_key": "secret+/", "token": token, "region": "eu-central-1",
            "service": service}
    requests = [random_request(numbers, service) for _ in range(REQUESTS_PER_CASE)]
    lines = "".join(json.dumps(one) + "\n" for one in requests).encode()
    answers = run("sign_requests", [*options_of(case), "--service", service], lines).splitlines()
    for line, answer in zip(requests, answers, strict=True):
        assert json.loads(answer) == sign_request(case, line)[2], line


def test_the_committed_vectors_are_what_botocore_makes():
    assert make_vectors.FILE.read_text() == make_vectors.text()
