"""A Runtime API in a few lines, and the function's process on it. Written from Lambda's documentation alone."""

import collections
import contextlib
import dataclasses
import http.server
import json
import os
import pathlib
import queue
import subprocess
import threading
import time
import uuid

from services.process import BUILD, clean_environment

PROGRAM = pathlib.Path(os.environ.get("SIGNPOST_LAMBDA", BUILD / "release/bin/signpost-lambda"))
LIMIT_SECONDS = 60
LAMBDA_SECONDS = 30


@dataclasses.dataclass
class Answer:
    """What the function posted for an event."""

    kind: str  # "response", "error", or "init/error"
    body: bytes
    error_type: str

    def json(self):
        return json.loads(self.body)


class RuntimeApi:
    """Hands out events one at a time, takes their answers."""

    def __init__(self):
        self.events = queue.Queue()
        self.answers = collections.defaultdict(queue.Queue)
        self.paths = []
        self.failing_waits = 0
        self.closing = threading.Event()
        self.asked = threading.Event()  # Somebody has waited for an event.
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.serve_wait(self)

            def do_POST(self):
                outer.serve_post(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # The function is killed with connections open.
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def authority(self):
        return f"127.0.0.1:{self.server.server_port}"

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def serve_wait(self, handler):
        self.paths.append(handler.path)
        if handler.path == "/2020-01-01/extension/event/next":
            self.closing.wait()
            return
        self.asked.set()
        if self.failing_waits:
            self.failing_waits -= 1
            reply(handler, 500)
            return
        while not self.closing.is_set():
            with contextlib.suppress(queue.Empty):
                request_id, payload, deadline = self.events.get(timeout=0.05)
                reply(handler, 200, payload, {
                    "Lambda-Runtime-Aws-Request-Id": request_id, "Lambda-Runtime-Deadline-Ms": str(deadline),
                    "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:jobs"})
                return

    def serve_post(self, handler):
        self.paths.append(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        if handler.path == "/2020-01-01/extension/register":
            reply(handler, 200, b"{}", {"Lambda-Extension-Identifier": str(uuid.uuid4())})
            return
        parts = handler.path.removeprefix("/2018-06-01/runtime/").split("/")
        answer = Answer("/".join(parts[-2:]) if parts[0] == "init" else parts[-1], body,
                        handler.headers.get("Lambda-Runtime-Function-Error-Type", ""))
        reply(handler, 202)
        self.answers["init" if parts[0] == "init" else parts[1]].put(answer)

    def send(self, event, seconds=LAMBDA_SECONDS):
        """Puts an event in; returns its request id."""
        request_id = str(uuid.uuid4())
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.events.put((request_id, payload, round((time.time() + seconds) * 1000)))
        return request_id

    def answer(self, request_id):
        return self.answers[request_id].get(timeout=LIMIT_SECONDS)

    def invoke(self, event, seconds=LAMBDA_SECONDS):
        return self.answer(self.send(event, seconds))


def reply(handler, status, body=b"", headers=None):
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Function:
    """The program under way. `variables` are all that it sees beside the Runtime API's address."""

    def __init__(self, api, folder, variables):
        self.api = api
        self.log_path = folder / f"function-{uuid.uuid4()}.log"
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [PROGRAM], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                env=clean_environment(AWS_LAMBDA_RUNTIME_API=api.authority, **variables))

    def invoke(self, event, seconds=LAMBDA_SECONDS):
        return self.api.invoke(event, seconds)

    def log(self):
        return self.log_path.read_text()

    def log_lines(self):
        """The log's objects but for the metrics."""
        return [line for line in map(json.loads, self.log().splitlines()) if "_aws" not in line]

    def metrics(self):
        return [line for line in map(json.loads, self.log().splitlines()) if "_aws" in line]

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait(LIMIT_SECONDS)
