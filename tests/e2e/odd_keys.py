"""Keys that break careless code, and many plain ones."""

import concurrent.futures

ODD = [
    "plain", "with space", " leading space", "trailing space ", "plus+plus", "percent%25", "%41", "%", "%%zz", "a//b",
    "/leading", "//", "./dot", "../up", "a/./b", "a/../b", ".", "..", "trailing/", "new\nline", "tab\there",
    "cr\rreturn", "\x01control", "\x1f", "\x7fdelete", "amp&lt;<>\"'", "quote\"quote", "back\\slash", "ünïcödé",
    "日本語/ファイル", "emoji-😀", "e\u0301 decomposed", "é composed", "semi;colon,comma", "=equals", "@at", "-dash",
    "hash#tag", "query?x=1&y=2", "tilde~star*excl!", "(paren)[brack]{brace}", "$dollar^caret`tick|pipe", "col:on",
    "s3://looks/like/uri", "2026-01-01T00:00:00Z", "deep/" * 40 + "leaf", "x" * 1024, "ж" * 512,
]


def body_of(key):
    return b"body of " + key.encode()


def put_all(client, bucket, keys, threads=16):
    """Stores each key with the body that body_of() says."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(client.put_object, Bucket=bucket, Key=key, Body=body_of(key)) for key in keys]:
            done.result()


def in_byte_order(keys):
    return sorted(keys, key=str.encode)
