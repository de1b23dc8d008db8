"""docs/local.md works as written."""

import subprocess
import sys

from services import process

LIMIT_SECONDS = 240


def test_EveryCommandOfThePageWorksAndDoesWhatItSays():
    done = subprocess.run([sys.executable, process.ROOT / "tools/lambda_demo.py"], capture_output=True, text=True,
                          timeout=LIMIT_SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert "All as promised" in done.stdout
