"""Synthesises the CDK app of deploy/cdk. npm fetches the CDK below build/cdk once; after that nothing is fetched."""

import fcntl
import json
import shutil
import subprocess

from services import process

APP = process.ROOT / "deploy/cdk"
FETCHED = process.BUILD / "cdk"
FETCH_SECONDS = 600
LIMIT_SECONDS = 120


def fetch():
    """The folder of the packages that package-lock.json names."""
    FETCHED.mkdir(parents=True, exist_ok=True)
    lock, stamp = APP / "package-lock.json", FETCHED / "fetched-lock.json"
    with (FETCHED / ".lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(APP / name, FETCHED)
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                                  cwd=FETCHED, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
            if done.returncode != 0:
                raise process.ServiceError(f"npm could not fetch the CDK:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            shutil.copy(lock, stamp)
    return FETCHED / "node_modules"


def synthesise(folder, **context):
    """The template that the app makes in `folder`, cut off from the network."""
    zip_file = folder / "function.zip"
    zip_file.write_bytes(b"")
    done = run(folder, {"code": str(zip_file), **context})
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "cdk.out/signpost.template.json").read_text())


def run(folder, context):
    """Runs the app as the CDK's command line would."""
    return subprocess.run(
        ["unshare", "--map-root-user", "--net", "node", APP / "app.js"], cwd=folder, capture_output=True, text=True,
        timeout=LIMIT_SECONDS, check=False, env=process.clean_environment(
            HOME=str(folder), NODE_PATH=str(fetch()), CDK_OUTDIR=str(folder / "cdk.out"),
            CDK_CONTEXT_JSON=json.dumps(context)))
