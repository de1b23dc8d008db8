#!/usr/bin/env python3
"""A Lambda function for the tests: a custom runtime in a page that does what its events say.

A direct event is obeyed by its "do", and echoed. A message's body is obeyed likewise; the messages that failed are
reported, in a FIFO batch with all after the first. Every record goes as a line of JSON into the file SEEN, if that is
set.
"""

import http.client
import json
import os
import socket
import sys
import threading

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
INVOCATION = "/2018-06-01/runtime/invocation/"
SEEN = os.environ.get("SEEN")


class Failure(Exception):
    """What the function reports as its error."""


def call(method, path, body=None, headers=None):
    line = http.client.HTTPConnection(API)
    line.request(method, path, body, headers or {})
    answer = line.getresponse()
    return answer.status, answer.headers, answer.read()


def obey(order):
    """Does what one order says."""
    do = order.get("do") if isinstance(order, dict) else None
    if do == "fail":
        raise Failure(order.get("why", "as asked"))
    if do == "exit":
        os._exit(order.get("status", 7))
    if do == "hang":
        threading.Event().wait()
    if do == "print":
        print(order["text"], flush=True)


def foreign_sockets():
    """Descriptors of connections that are not this process's own with the Runtime API."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(name))) as one:
                if one.getpeername()[1] != int(API.rsplit(":", 1)[1]):
                    found.append(int(name))
        except OSError:
            continue
    return found


def note(record):
    if SEEN:
        with open(SEEN, "a", encoding="utf-8") as seen:
            seen.write(json.dumps(record) + "\n")


def failed(record):
    try:
        order = json.loads(record["body"])
        if order["do"] == "fail once" and record["attributes"]["ApproximateReceiveCount"] == "1":
            return True
        obey(order)
    except (Failure, ValueError):
        return True
    return False


def batch(records):
    """The answer to a batch, as text: what a message asks for, or the list of those that failed."""
    in_order = records[0]["eventSourceARN"].endswith(".fifo")
    failures = []
    for record in records:
        note(record)
        if '"answer"' in record["body"]:
            return json.loads(record["body"])["answer"]
        if (in_order and failures) or failed(record):
            failures.append({"itemIdentifier": record["messageId"]})
    return json.dumps({"batchItemFailures": failures})


def handle(event):
    if isinstance(event, dict) and "Records" in event:
        return batch(event["Records"])
    obey(event)
    if isinstance(event, dict) and "size" in event:
        return "x" * event["size"]
    if event == "sockets":
        return json.dumps(foreign_sockets())
    return json.dumps({"echo": event})


def main():
    if os.environ.get("START") == "error":
        call("POST", "/2018-06-01/runtime/init/error", '{"errorType":"Runtime.InitError","errorMessage":"no start"}',
             {"Lambda-Runtime-Function-Error-Type": "Runtime.InitError"})
        sys.exit(1)
    while True:
        status, headers, body = call("GET", INVOCATION + "next")
        if status != 200:
            sys.exit(9)
        here = INVOCATION + headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            status, _, _ = call("POST", here + "/response", handle(json.loads(body)))
        except Failure as failure:
            error = json.dumps({"errorType": "Function.Failed", "errorMessage": str(failure)})
            status, _, _ = call("POST", here + "/error", error,
                                {"Lambda-Runtime-Function-Error-Type": "Function.Failed"})
        if status not in (202, 413):
            sys.exit(4)


if __name__ == "__main__":
    main()
