"""SeaweedFS, which lists a bucket in directory order."""

import json
import pathlib
import sys

from . import process
from .server import Server

READY_SECONDS = 60
GRPC_DISTANCE = 10000  # It also takes each port + 10000.
ACCESS_KEY = "AKIASEAWEEDSEAWEED00"
SECRET_KEY = "seaweedSecretseaweedSecretseaweedSecret0"


def run():
    """A context manager that yields a Server."""
    return process.started("seaweedfs", _start)


def _start(group):
    s3, master, volume, filer = process.free_ports_with_twin(4, GRPC_DISTANCE)
    config = group.folder / "s3.json"
    config.write_text(json.dumps({"identities": [{
        "name": "tester", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
    data = group.folder / "data"
    data.mkdir()
    group.spawn([
        pathlib.Path(sys.executable).parent / "weed", "-logtostderr=true", "mini", f"-dir={data}", "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1", "-master.telemetry=false", "-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0",
        "-s3.port.lance=0", "-s3.autoCreateBucket=false", f"-s3.config={config}", f"-s3.port={s3}",
        f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}",
    ], process.clean_environment(HOME=str(group.folder), TMPDIR=str(group.folder)))
    server = Server("seaweedfs", f"http://127.0.0.1:{s3}", ACCESS_KEY, SECRET_KEY)
    group.wait_until(lambda: _stores(server), READY_SECONDS)
    return server


def _stores(server):
    """It answers before it can store: ready is when a bucket can be listed."""
    if not process.answers(server.endpoint):
        return False
    try:
        server.client().list_buckets()
    except Exception:
        return False
    return True
