"""How long the function takes from exec to its first wait for an event, without any network but the Runtime API's.

    cd bench && python3 -m cold_start.run BIN_DIR [--repeat 60] [--program COMMAND]

Also how long `--version` takes from exec to exit. `--program` starts another function than BIN_DIR's: a packed
`bootstrap`, or one for another processor and what emulates it ("qemu-aarch64-static bootstrap").

A Runtime API on loopback takes the time at which the wait arrives. The environment is that of a function with every
feature configured. The exit status is 1 when the median is over 10 ms. `--once` only tells whether it works: one start,
and one event that is answered.
"""

import json
import os
import shlex
import signal
import socket
import statistics
import sys
import time

import measure

LIMIT_MS = 10.0
EVENT = b'{"Records":[]}'
ANSWER = {"batchItemFailures": []}
FUNCTION = {
    **measure.ENVIRONMENT,
    "AWS_SESSION_TOKEN": "token",
    "AWS_LAMBDA_FUNCTION_NAME": "cold-start",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "SIGNPOST_ALLOW": "s3://data/a/ s3://data/b/",
    "SIGNPOST_OUTPUT": "s3://out/manifests/",
    "SIGNPOST_IDEMPOTENCY": "dynamodb://jobs",
    "SIGNPOST_SIGNER_ROLE_ARN": "arn:aws:iam::123456789012:role/signer",
}


def read_request(connection):
    """Path and body of one request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return lines[0].split(" ")[1], body


def reply(connection, status, headers=(), body=b""):
    lines = [f"HTTP/1.1 {status} OK", *headers, f"Content-Length: {len(body)}"]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def wait_for_next(listener, waiting):
    """Answers what comes before the first wait for an event; returns its connection, and when it came."""
    connection, _ = listener.accept()
    while True:
        path, _ = read_request(connection)
        came = time.perf_counter()
        if path.endswith("/invocation/next"):
            return connection, came
        if path.endswith("/extension/register"):
            reply(connection, 200, ["Lambda-Extension-Identifier: one"])
            continue
        waiting.append(connection)  # The extension's own wait is not answered.
        connection, _ = listener.accept()


def answer_one_event(connection):
    """Hands out an event and checks what the function makes of it."""
    reply(connection, 200, ["Lambda-Runtime-Aws-Request-Id: id-1",
                            f"Lambda-Runtime-Deadline-Ms: {round(time.time() * 1000) + 60000}"], EVENT)
    path, body = read_request(connection)
    if not path.endswith("/invocation/id-1/response") or json.loads(body) != ANSWER:
        raise measure.Failure(f"the function answers {body!r} at {path}")


def exec_to_exit(program):
    """Milliseconds that `--version` takes."""
    with open(os.devnull, "wb") as nowhere:
        begun = time.perf_counter()
        process = os.posix_spawn(program[0], [*program, "--version"], {},
                                 file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)])
        _, status = os.waitpid(process, 0)
        took = time.perf_counter() - begun
    if status != 0:
        raise measure.Failure(f"--version ends with {status}")
    return took * 1000


def start_once(program, check):
    """Milliseconds from exec to the first wait."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(measure.TIME_LIMIT_S)
        environment = {**FUNCTION, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{listener.getsockname()[1]}"}
        waiting = []
        begun = time.perf_counter()
        process = os.posix_spawn(program[0], program, environment)
        try:
            connection, came = wait_for_next(listener, waiting)
            waiting.append(connection)
            if check:
                answer_one_event(connection)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            for one in waiting:
                one.close()
    return (came - begun) * 1000


def main(arguments):
    parser = measure.parser(__doc__)
    parser.add_argument("--repeat", type=int, default=60)
    parser.add_argument("--program", type=shlex.split, help="the function to start instead")
    options = parser.parse_args(arguments)
    program = options.program or [str(options.bin_dir / "signpost-lambda")]
    times = [start_once(program, check=True)]
    if options.once:
        return 0
    times = sorted(start_once(program, check=False) for _ in range(options.repeat))
    median = statistics.median(times)
    print(f"cold start, exec to first /next: median {median:.2f} ms, fastest {times[0]:.2f} ms, "
          f"slowest {times[-1]:.2f} ms of {len(times)}; limit {LIMIT_MS:.0f} ms")
    exits = sorted(exec_to_exit(program) for _ in range(options.repeat))
    print(f"--version, exec to exit: median {statistics.median(exits):.2f} ms, fastest {exits[0]:.2f} ms")
    if options.results:
        figures = {"median_ms": median, "fastest_ms": times[0], "slowest_ms": times[-1], "starts": len(times)}
        measure.save(options.results, "cold_start", figures)
    return 1 if median > LIMIT_MS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
