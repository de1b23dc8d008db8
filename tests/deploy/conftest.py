"""Fixtures: MiniStack behind a proxy that records, and in it the stack, deployed as docs/deploy.md says."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import zipfile

import pytest
from deployed import BIN, OBJECTS, SOURCE, Stack

from services import ministack, process
from services.recording_proxy import RecordingProxy

LIMIT_SECONDS = 300
# Version 1 of the AWS CLI sends SQS commands elsewhere only when its command line says so.
PREAMBLE = 'set -euo pipefail\naws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\nartifacts=artifacts\n'


@dataclasses.dataclass
class Account:
    """The server seen through the proxy; `plain` is its own address, without TLS as the server sees it."""

    server: object
    plain: object
    proxy: RecordingProxy
    folder: object

    def calls(self, operation):
        """The recorded requests for this operation of a JSON service."""
        return [call for call in self.proxy.calls if call.operation == operation]

    def count(self, operation):
        return len(self.calls(operation))

    def through_proxy(self, url):
        """The same path at the proxy."""
        return self.proxy.url + urllib.parse.urlsplit(url).path

    def shell(self, script):
        """Runs lines of the documentation in the folder of the checkout's copy; returns what they print."""
        path = f"{BIN}:{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
        settings = {**self.server.environment(), "AWS_DEFAULT_REGION": "us-east-1", "HOME": str(self.folder)}
        done = subprocess.run(["bash", "-c", PREAMBLE + script], cwd=self.folder, capture_output=True, text=True,
                              timeout=LIMIT_SECONDS, check=False,
                              env=process.clean_environment(**{**settings, "PATH": path}))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def scripts(page):
    """The commands of a page of the documentation, block by block."""
    return re.findall(r"^```sh\n(.*?)^```", (process.ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="session")
def account(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkout")
    with RecordingProxy() as proxy, ministack.run(AWS_ENDPOINT_URL=proxy.url) as plain:
        proxy.upstream = plain.endpoint.removeprefix("http://")
        yield Account(dataclasses.replace(plain, endpoint=proxy.url), plain, proxy, folder)


def pack(path):
    """A zip like that of `./dev package`, of the program as it was built for the tests; or SIGNPOST_LAMBDA_ZIP's."""
    path.parent.mkdir()
    if "SIGNPOST_LAMBDA_ZIP" in os.environ:
        shutil.copy(os.environ["SIGNPOST_LAMBDA_ZIP"], path)
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        info = zipfile.ZipInfo("bootstrap")
        info.external_attr = 0o755 << 16
        archive.writestr(info, (BIN / "signpost-lambda").read_bytes())


@pytest.fixture(scope="session")
def stack(account):
    """The stack, after the commands of docs/deploy.md that end with the first manifest; its last ones remove it."""
    s3 = account.server.client()
    s3.create_bucket(Bucket=SOURCE)
    for key, body in OBJECTS.items():
        s3.put_object(Bucket=SOURCE, Key=key, Body=body)
    shutil.copytree(process.ROOT / "deploy/sam", account.folder / "deploy/sam")
    pack(account.folder / "dist/signpost-lambda-arm64.zip")
    commands, outputs, *_, removal = scripts("deploy.md")
    account.shell(commands + outputs)
    (found,) = account.server.client("cloudformation").describe_stacks(StackName="signpost")["Stacks"]
    deployed = Stack(account.server, {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]})
    deployed.turn_number_of_the_mapping_into_one()
    yield deployed
    account.shell(removal)
    assert deployed.what_is_left() == [SOURCE]


@pytest.fixture(scope="session")
def first_answer(account, stack):
    """What the function said to the documentation's own call."""
    return json.loads((account.folder / "answer.json").read_text())
