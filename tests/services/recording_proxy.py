"""A proxy in front of a server: it keeps what was asked, and can refuse a request that it is told of.

To the server it is what ends TLS in front of it: every request goes on with `X-Forwarded-Proto: https`.
"""

import contextlib
import dataclasses
import http.client
import http.server
import re
import threading
import urllib.parse

LIMIT_SECONDS = 60
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "x-forwarded-proto"}


@dataclasses.dataclass(frozen=True)
class Call:
    """One request, and the status that it was answered with."""

    method: str
    path: str
    query: dict
    headers: dict  # The names in lower case.
    body: bytes
    status: int = 0

    @property
    def is_presigned(self):
        return "X-Amz-Signature" in self.query

    @property
    def operation(self):
        """The operation of a JSON service, as in "SendMessage"; empty for another service."""
        return self.headers.get("x-amz-target", "").rpartition(".")[2]

    def is_by(self, program):
        """Whether a program of ours made it, by its User-Agent."""
        return self.headers.get("user-agent", "").startswith(program + "/")

    @property
    def scope(self):
        """Access key, day, region and service of the signature; nothing for a request without one."""
        credential = self.query.get("X-Amz-Credential") or "".join(
            re.findall(r"Credential=([^,]+)", self.headers.get("authorization", "")))
        return credential.split("/")


class RecordingProxy:
    """Listens on a free loopback port while its block lasts; set `upstream` (host:port) before the first request."""

    def __init__(self):
        self.upstream = None
        self.calls = []
        self.waiting = []  # Calls that the server has not answered yet.
        self._refusal = None
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    @contextlib.contextmanager
    def refusing(self, condition, status):
        """While the block lasts, calls that `condition(call)` holds for get `status` and are not passed on."""
        self._refusal = (condition, status)
        try:
            yield
        finally:
            self._refusal = None

    def refusal_of(self, call):
        """The status that a call is to be refused with, or nothing."""
        refusal = self._refusal
        return refusal[1] if refusal and refusal[0](call) else None

    def record(self, call):
        with self._lock:
            self.calls.append(call)

    def _handler(self):
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """One connection from a client."""

            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def _answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
                call = Call(self.command, urllib.parse.unquote(parts.path), query,
                            {name.lower(): value for name, value in self.headers.items()}, body)
                refused = proxy.refusal_of(call)
                status, headers, data = (refused, [], b"") if refused else self._ask(call)
                proxy.record(dataclasses.replace(call, status=status))
                self._send(status, headers, data)

            def _ask(self, call):
                connection = http.client.HTTPConnection(proxy.upstream, timeout=LIMIT_SECONDS)
                proxy.waiting.append(call)
                try:
                    headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
                    connection.request(self.command, self.path, call.body, {
                        **headers, "Content-Length": str(len(call.body)), "X-Forwarded-Proto": "https"})
                    answer = connection.getresponse()
                    return answer.status, answer.getheaders(), answer.read()
                finally:
                    proxy.waiting.remove(call)
                    connection.close()

            def _send(self, status, headers, data):
                self.send_response_only(status)
                length = str(len(data))
                for name, value in headers:
                    if name.lower() == "content-length" and self.command == "HEAD":
                        length = value
                    elif name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", length)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer

            def log_message(self, *_):
                """What was asked is in `calls`."""

        return Handler
