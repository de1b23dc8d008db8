"""MiniStack: S3, IAM and STS in one process, signatures enforced."""

import json
import sys

from . import process
from .server import Server

READY_SECONDS = 30
ROOT_KEY = "AKIAROOTROOTROOTROOT"
ROOT_SECRET = "rootSecretrootSecretrootSecretrootSecret"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def run(**settings):
    """A context manager that yields a Server with the key of an IAM user. `settings` join the server's environment."""
    return process.started("ministack", lambda group: _start(group, settings))


def _start(group, settings):
    (port,) = process.free_ports(1)
    group.spawn([sys.executable, "-m", "ministack"], process.clean_environment(
        HOME=str(group.folder), TMPDIR=str(group.folder), BIND_HOST="127.0.0.1", GATEWAY_PORT=str(port),
        MINISTACK_HOST="127.0.0.1", AUTH="true", IOT_MTLS_ENABLED="0", SFTP_ENABLED="0",
        DOCKER_HOST="unix:///nonexistent", AWS_ACCESS_KEY_ID=ROOT_KEY, AWS_SECRET_ACCESS_KEY=ROOT_SECRET,
        **settings))
    endpoint = f"http://127.0.0.1:{port}"
    group.wait_until(lambda: process.answers(endpoint + "/_ministack/health"), READY_SECONDS)
    return _with_user(Server("ministack", endpoint, ROOT_KEY, ROOT_SECRET))


def _with_user(root):
    """The server does not check the root key's header signatures; those of a user it does."""
    iam = root.client("iam")
    iam.create_user(UserName="tester")
    iam.put_user_policy(UserName="tester", PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    key = iam.create_access_key(UserName="tester")["AccessKey"]
    return Server("ministack", root.endpoint, key["AccessKeyId"], key["SecretAccessKey"])
