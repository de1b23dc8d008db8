"""Fixed and random input for signers."""

import itertools
import string

TOKEN = "IQoJb3JpZ2luX2VjE+/=" * 50
HOSTILE_PIECES = [b"/", b"//", b"/./", b"/../", b"..", b"%41", b"%2F", b"%", b"+", b" ", b"?", b"#", b"&", b"=", b"~",
                  b"\\", b'"', b"'", b"<", b">", b"*", b"(", b")", b"!", b"\r\n", b"\t", b"\x7f", b"\xff", b"\x80",
                  "é".encode(), "e\u0301".encode(), "日本".encode(), "🎉".encode(), b"\xed\xa0\x80", b"\xc0\xaf"]
QUERIES = {
    "none": [],
    "overrides": [["response-content-disposition", 'attachment; filename="a b+c%20\u00fc.txt"'],
                  ["response-content-type", "text/plain; charset=utf-8"], ["versionId", "a/b+c=="]],
    "requester": [["x-amz-request-payer", "requester"]],
}
ENDPOINTS = {
    "virtual-hosted": ("data.s3.eu-central-1.amazonaws.com", ""),
    "path": ("s3.eu-central-1.amazonaws.com:8443", "/data"),
    "dotted": ("s3.eu-central-1.amazonaws.com", "/data.example.com"),
}


def presign_cases():
    """Every way to call a presigner, by name."""
    for (token, style, query) in itertools.product(["", TOKEN], ENDPOINTS, QUERIES):
        host, base_path = ENDPOINTS[style]
        yield f"{'token' if token else 'no-token'}-{style}-{query}", {
            "access_key": "AKIDEXAMPLE", "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token": token,
            "region": "eu-central-1", "host": host, "base_path": base_path, "time": "20260228T235959Z",
            "expires_in": 604800, "query": QUERIES[query]}


def hostile_key(random):
    """1 to 200 bytes, none of them 0: any bytes, or pieces that signers have stumbled over among plain ones."""
    if random.random() < 0.5:
        return bytes(random.choices(range(1, 256), k=random.randint(1, 200)))
    plain = [letter.encode() for letter in string.ascii_letters + string.digits]
    pieces = random.choices(HOSTILE_PIECES + plain, k=random.randint(1, 40))
    return b"".join(pieces)


def _text(random, alphabet, most):
    return "".join(random.choices(alphabet, k=random.randint(0, most)))


def random_request(random, service):
    """A request of any shape that a client of `service` could send."""
    words = string.ascii_letters + string.digits + "-_.~"
    path = "/"
    if service == "s3":
        path += "".join(random.choice(["a", "Z", "/", ".", "..", "%20", "%2B", "%25", "%C3%A9", "%FF", "~", "-"])
                        for _ in range(random.randint(0, 20)))
    names = {"x-amz-" + _text(random, string.ascii_letters + string.digits, 10) + "a"
             for _ in range(random.randint(0, 5))}
    unique = {name.lower(): name for name in sorted(names)}.values()
    headers = [[name, _text(random, words + " \t  ;,=/\"", 30)] for name in unique]
    headers.append(["host", f"{service}.eu-central-1.amazonaws.com"])
    random.shuffle(headers)
    return {
        "method": random.choice(["GET", "PUT", "POST", "HEAD", "DELETE"]),
        "path": path,
        "query": [[_text(random, words + " +/=&%é", 12) or "a", _text(random, words + " +/=&%日\n", 20)]
                  for _ in range(random.randint(0, 6))],
        "headers": headers,
        "body": _text(random, words + "é", 50),
        "time": f"{random.randint(2000, 2099)}{random.randint(1, 12):02}{random.randint(1, 28):02}"
                f"T{random.randint(0, 23):02}{random.randint(0, 59):02}{random.randint(0, 59):02}Z",
    }
