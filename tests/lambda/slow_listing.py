"""An S3 whose listing is made up here and can be held up; everything else is another server's."""

import http.client
import http.server
import threading
import time
import urllib.parse

PAGE = 10


class SlowListing:
    """Lists `keys` of any bucket, ten a page. From the third page on it waits until `hold_until`."""

    def __init__(self, endpoint, keys):
        self.keys = keys
        self.listed = []
        self.hold_until = 0
        self.closing = threading.Event()
        outer = self
        target = urllib.parse.urlsplit(endpoint)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                if query.get("list-type") == "2":
                    answer = 200, {"Content-Type": "application/xml"}, outer.page(query)
                else:
                    answer = self.forward(body)
                self.reply(*answer)

            def forward(self, body):
                connection = http.client.HTTPConnection(target.hostname, target.port, timeout=30)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                return answer.status, dict(answer.getheaders()), content

            def reply(self, status, headers, content):
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # Who gives up waiting goes away.
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def page(self, query):
        after = query.get("start-after", "")
        first = int(query.get("continuation-token", sum(key <= after for key in self.keys)))
        keys = self.keys[first:first + PAGE]
        if first >= 2 * PAGE:
            self.closing.wait(max(0, self.hold_until - time.time()))
        self.listed += keys
        more = first + PAGE < len(self.keys)
        contents = "".join(f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
                           f"<ETag>&quot;{number:032x}&quot;</ETag><Size>{number}</Size></Contents>"
                           for number, key in enumerate(keys, first))
        token = f"<NextContinuationToken>{first + PAGE}</NextContinuationToken>" if more else ""
        return ('<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>'
                f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>").encode()
