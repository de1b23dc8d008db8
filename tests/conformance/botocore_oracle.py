"""What botocore signs: the canonical request, the string to sign and the result, at a time of our choosing.

botocore's signers run as they are; only the clock they ask is replaced. A presigned path is given percent-encoded,
byte by byte, because that is how S3 sees a key that is not UTF-8.
"""

import datetime
import hashlib
import urllib.parse
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FORM = "%Y%m%dT%H%M%SZ"
ADDED = ("X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token", "Authorization")
KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"


def encoded_path(key):
    return "".join(chr(byte) if byte in KEPT else f"%{byte:02X}" for byte in key)


def at_time(time):
    """Lets botocore believe that it is `time` ("20260101T000000Z")."""
    moment = datetime.datetime.strptime(time, FORM).replace(tzinfo=datetime.UTC)
    return mock.patch("botocore.auth.get_current_datetime", lambda: moment)


class Recorder:
    """A signer of botocore that keeps what it hashed."""

    def canonical_request(self, request):
        self.request_text = super().canonical_request(request)
        return self.request_text

    def string_to_sign(self, request, canonical_request):
        self.to_sign_text = super().string_to_sign(request, canonical_request)
        return self.to_sign_text


class UrlSigner(Recorder, botocore.auth.S3SigV4QueryAuth):
    """Presigned S3 URLs."""


class S3HeaderSigner(Recorder, botocore.auth.S3SigV4Auth):
    """Authorization headers of S3: the path stays as it is."""


class HeaderSigner(Recorder, botocore.auth.SigV4Auth):
    """Authorization headers of every other service."""


def presign(case, key):
    """(canonical request, string to sign, URL) of a GET of `key`, bytes."""
    credentials = Credentials(case["access_key"], case["secret_key"], case["token"] or None)
    signer = UrlSigner(credentials, "s3", case["region"], expires=case["expires_in"])
    query = urllib.parse.urlencode(dict(case["query"]), quote_via=urllib.parse.quote, safe="-_.~")
    url = f"https://{case['host']}{case['base_path']}/{encoded_path(key)}"
    request = AWSRequest(method="GET", url=f"{url}?{query}" if query else url)
    with at_time(case["time"]):
        signer.add_auth(request)
    return signer.request_text, signer.to_sign_text, request.url


def sign_request(case, line):
    """(canonical request, string to sign, headers that a signer adds) of a request with a body."""
    signer_class = S3HeaderSigner if case["service"] == "s3" else HeaderSigner
    credentials = Credentials(case["access_key"], case["secret_key"], case["token"] or None)
    signer = signer_class(credentials, case["service"], case["region"])
    headers = dict(line["headers"])
    url = f"https://{headers['host']}{line['path']}"
    if line["query"]:
        pairs = [[urllib.parse.quote(text, safe="-_.~") for text in pair] for pair in line["query"]]
        url += "?" + "&".join("=".join(pair) for pair in pairs)
    request = AWSRequest(method=line["method"], url=url, headers=headers, data=line["body"].encode())
    # The signer for S3 puts its own hash of the body here; the other one signs what it finds.
    request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(line["body"].encode()).hexdigest()
    with at_time(line["time"]):
        signer.add_auth(request)
    added = {name: request.headers[name] for name in ADDED if name in request.headers}
    return signer.request_text, signer.to_sign_text, added
