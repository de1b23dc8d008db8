"""Writes sigv4_vectors.json: requests, and what botocore makes of them.

    python tests/conformance/make_vectors.py
"""

import json
import pathlib
import random
import re

import botocore
from botocore_oracle import presign, sign_request
from signing_cases import TOKEN, hostile_key, presign_cases, random_request

FILE = pathlib.Path(__file__).with_name("sigv4_vectors.json")
KEYS = [b"test.txt", b"a/../b", b"./a", b"a//b", b"/lead", b"trail/", b"%41", b"a+b c", b"a\x00b", "é日🎉".encode(),
        b"\xff\xfe", bytes(range(256)), b"k" * 1024]


def presigned():
    """Each key with one way to sign it, in turn, then some random keys for every way."""
    numbers = random.Random("sigv4 vectors")
    cases = list(presign_cases())
    pairs = [(key, *cases[i % len(cases)]) for i, key in enumerate(KEYS)]
    pairs += [(hostile_key(numbers), name, case) for name, case in cases for _ in range(3)]
    for key, name, case in pairs:
        request_text, to_sign_text, url = presign(case, key)
        yield {"name": name, **case, "key_hex": key.hex(), "canonical_request": request_text,
               "string_to_sign": to_sign_text, "signature": re.search("X-Amz-Signature=([0-9a-f]{64})$", url)[1]}


def in_headers():
    numbers = random.Random("sigv4 header vectors")
    for service in ("s3", "sts"):
        for token in ("", TOKEN):
            case = {"access_key": "AKIDEXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                    "token": token, "region": "eu-central-1", "service": service}
            for _ in range(20):
                line = random_request(numbers, service)
                request_text, to_sign_text, added = sign_request(case, line)
                yield {**case, **line, "canonical_request": request_text, "string_to_sign": to_sign_text,
                       "added": added}


def vectors():
    return {"made_by": f"botocore {botocore.__version__}", "presigned": list(presigned()),
            "in_headers": list(in_headers())}


def text():
    return json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
