"""Runs a command in a network of its own, with nothing in it but this program's name server.

    unshare --net --mount python3 without_network.py SERVFAILS ADDRESS COMMAND...

The name server answers the first SERVFAILS questions with SERVFAIL, and the others with ADDRESS, or NXDOMAIN when that
is empty. Prints what became of the command as one JSON object: status, output, errors, and the questions asked.
"""

import fcntl
import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading

LIMIT_SECONDS = 100
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
SERVFAIL, NXDOMAIN = 2, 3
TYPE_A = 1


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))


def ask_here():
    """Puts files in the place of those that say whom to ask (resolv.conf(5), nsswitch.conf(5))."""
    folder = pathlib.Path(tempfile.mkdtemp())
    for name, text in [("resolv.conf", "nameserver 127.0.0.1\noptions timeout:5 attempts:1\n"),
                       ("nsswitch.conf", "hosts: dns\n")]:
        (folder / name).write_text(text)
        subprocess.run(["mount", "--bind", folder / name, f"/etc/{name}"], check=True)


class NameServer:
    """RFC 1035 4.1: the header, the question as it came, and at most one answer."""

    def __init__(self, servfails, address):
        self.servfails = servfails
        self.address = address
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, sender = self.socket.recvfrom(512)
            end = query.index(b"\0", 12) + 5
            question = query[12:end]
            self.asked.append(question[:-4].decode("latin-1"))
            code, answer = self.answer_to(struct.unpack(">H", question[-4:-2])[0])
            head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, 1 if answer else 0, 0, 0)
            self.socket.sendto(head + question + answer, sender)

    def answer_to(self, kind):
        if len(self.asked) <= self.servfails:
            return SERVFAIL, b""
        if not self.address:
            return NXDOMAIN, b""
        if kind != TYPE_A:
            return 0, b""
        return 0, struct.pack(">HHHIH", 0xC00C, TYPE_A, 1, 60, 4) + socket.inet_aton(self.address)


def main(servfails, address, *command):
    bring_loopback_up()
    ask_here()
    server = NameServer(int(servfails), address)
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    print(json.dumps({"status": done.returncode, "output": done.stdout, "errors": done.stderr,
                      "questions": len(server.asked)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
