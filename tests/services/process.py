"""A server process that is waited for, and ended whatever happens."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
POLL_SECONDS = 0.05
STOP_SECONDS = 10


class ServiceError(Exception):
    """A server did not start; the message ends with its log."""


def free_ports(count):
    """Ports on 127.0.0.1 that nobody listened on a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def free_ports_with_twin(count, distance):
    """Ports that are free together with the port `distance` above each."""
    found = []
    for _ in range(1000):
        (port,) = free_ports(1)
        if port + distance < 65536 and port not in found and _is_free(port + distance):
            found.append(port)
        if len(found) == count:
            return found
    raise ServiceError("no free pair of ports")


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(url):
    """Whether an HTTP server answers there, whatever the status."""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def wait_for(condition, seconds, tell):
    """Polls `condition` until it is true; ServiceError with what `tell` says after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServiceError(f"not so within {seconds} s: {tell()}")
        time.sleep(POLL_SECONDS)


def clean_environment(**more):
    """The little that a server needs; nothing of the caller's AWS settings."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", **more}


class ProcessGroup:
    """The processes of one service and its scratch folder. stop() ends and removes all of it."""

    def __init__(self, name):
        scratch = BUILD / "services"
        scratch.mkdir(parents=True, exist_ok=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=scratch))
        self.processes = []
        self.stop_seconds = STOP_SECONDS

    def spawn(self, command, environment):
        """Starts a process that is killed, too, when this one dies."""
        log = self.folder / f"log-{len(self.processes)}"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env=environment, cwd=self.folder, start_new_session=True)
        self.processes.append((process, log))
        return process

    def wait_until(self, ready, seconds):
        """Polls `ready` until it is true; ServiceError after `seconds`, or once a process has ended."""
        deadline = time.monotonic() + seconds
        while not ready():
            ended = [log for process, log in self.processes if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = ended or [log for _, log in self.processes]
                raise ServiceError("server not ready:\n" + "\n".join(_tail(log) for log in logs))
            time.sleep(POLL_SECONDS)

    def stop(self):
        """Ends every process, the last started first, and removes the folder."""
        for process, _ in reversed(self.processes):
            end(process, self.stop_seconds)
        self.processes = []
        shutil.rmtree(self.folder, ignore_errors=True)


def _tail(log):
    return log.read_text(errors="replace")[-4000:]


def end(process, seconds=STOP_SECONDS):
    _signal_group(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process, number):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def started(name, start, attempts=3):
    """Yields start(group). Tries again when a port was taken between choosing and binding it."""
    for attempt in range(attempts):
        group = ProcessGroup(name)
        try:
            try:
                server = start(group)
            except ServiceError:
                if attempt + 1 == attempts:
                    raise
                continue
            yield server
            return
        finally:
            group.stop()
