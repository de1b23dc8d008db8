"""Runs a command while a server is up:  python -m services ministack|ceph|seaweedfs|dynamodb [COMMAND [ARGUMENT...]]

The command sees the server in AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and in any
argument that says {endpoint}, {access_key}, {secret_key} or {name}. Without a command the server runs until standard
input ends. The exit status is the command's.
"""

import os
import subprocess
import sys

from . import ceph, dynamodb, ministack, seaweedfs

SERVICES = {"ministack": ministack.run, "ceph": ceph.run, "seaweedfs": seaweedfs.run,
            "dynamodb": dynamodb.run}


def main(arguments):
    if not arguments or arguments[0] not in SERVICES:
        print(__doc__, file=sys.stderr)
        return 2
    with SERVICES[arguments[0]]() as server:
        if len(arguments) == 1:
            for name, value in server.environment().items():
                print(f"export {name}={value}", flush=True)
            sys.stdin.read()
            return 0
        values = {"endpoint": server.endpoint, "access_key": server.access_key, "secret_key": server.secret_key,
                  "name": server.name}
        command = [argument.format(**values) if argument.startswith("{") else argument for argument in arguments[1:]]
        return subprocess.run(command, env={**os.environ, **server.environment()}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
