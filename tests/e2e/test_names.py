"""Names that cannot be looked up, in a network where only our name server is."""

import json
import pathlib
import subprocess
import sys

from signpost_command import LIMIT_SECONDS, PROGRAM

from services.process import BUILD

SCRIPT = pathlib.Path(__file__).with_name("without_network.py")
ENDPOINT = "http://s3.example.test"
MOST_TRIES = 8
# Each try asks for an IPv4 and an IPv6 address.
QUESTIONS_A_TRY = 2


def run_there(signpost, servfails, address, command):
    settings = {**signpost.settings(), "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "us-east-1"}
    done = subprocess.run(["unshare", "--net", "--mount", sys.executable, SCRIPT, str(servfails), address, *command],
                          env=settings, cwd=signpost.folder, capture_output=True, text=True, timeout=LIMIT_SECONDS,
                          check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_N13_ANameThatDoesNotExistIsTriedAFewTimesThenNamed(signpost):
    found = run_there(signpost, 0, "", [PROGRAM, "create", "s3://bucket", "--endpoint-url", ENDPOINT])
    assert found["status"] == 1
    assert found["output"] == ""
    assert found["errors"].count("\n") == 1
    assert "s3.example.test" in found["errors"]
    assert QUESTIONS_A_TRY <= found["questions"] <= MOST_TRIES * QUESTIONS_A_TRY


def test_N13_AServerThatFailsToLookANameUpIsAskedAgain(signpost):
    serve = f"""
exec 3< <(exec {BUILD}/release/bin/synthetic_s3_server uuid 10 2> /dev/null < <(exec tail --pid=$$ -f /dev/null))
read -r url <&3
exec {PROGRAM} create s3://bucket --endpoint-url "{ENDPOINT}:${{url##*:}}" --output - --compress none
"""
    found = run_there(signpost, 2 * QUESTIONS_A_TRY, "127.0.0.1", ["bash", "-c", serve])
    assert found["status"] == 0, found["errors"]
    assert found["output"].count("\n") == 10
    assert found["questions"] > 2 * QUESTIONS_A_TRY
