"""Ceph RGW: a production S3 server, strict on signatures and payload hashes, from Debian's packages.

The packages are unpacked below build/ceph, not installed. One monitor, one OSD in memory and one gateway run in the
foreground as children of the tests; state and logs go with them.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sysconfig
import uuid

from . import process
from .server import Server

STEP_SECONDS = 30
READY_SECONDS = 90
PACKAGES = ["radosgw", "ceph-mon", "ceph-osd"]
TOOLS = ["python3-rados", "python3-ceph-argparse", "python3-ceph-common", "python3-prettytable"]
UNPACKED = process.BUILD / "ceph"
ACCESS_KEY = "AKIACEPHCEPHCEPHCEPH"
SECRET_KEY = "cephSecretcephSecretcephSecretcephSecret"


@dataclasses.dataclass(frozen=True)
class CephServer(Server):
    """With what its administrator can do."""

    cluster: "_Cluster"

    def process_lifecycle(self):
        """By the gateway's settings; of buckets that share a shard only the first that has rules."""
        self.cluster.step([*self.cluster.program("radosgw-admin"), "-n", "client.rgw", "lc", "process"])


def run(gateway=None):
    """A context manager that yields a CephServer. `gateway`: further settings of the gateway, by their names."""
    return process.started("ceph", lambda group: _start(group, gateway or {}))


def unpack():
    """Downloads and unpacks the packages once; returns the folder that stands for '/'."""
    root = UNPACKED / "root"
    if root.exists():
        return root
    shutil.rmtree(UNPACKED, ignore_errors=True)
    downloads, fresh = UNPACKED / "packages", UNPACKED / "root.new"
    downloads.mkdir(parents=True)
    _download(downloads)
    for package in sorted(downloads.glob("*.deb")):
        subprocess.run(["dpkg", "-x", package, fresh], check=True)
    shutil.rmtree(downloads)
    fresh.rename(root)
    return root


def _download(folder):
    """apt-get names what the packages need beyond what this machine has; "download" then fetches without installing."""
    os.chmod(folder, 0o777)  # apt-get's own user writes there.
    plan = subprocess.run(["apt-get", "install", "--no-install-recommends", "--print-uris", "-y", *PACKAGES],
                          check=True, capture_output=True, text=True).stdout
    names = set(re.findall(r"^'[^']*' ([^_]*)_", plan, re.MULTILINE)) | set(PACKAGES) | set(TOOLS)
    subprocess.run(["apt-get", "download", "-qq", *sorted(names)], check=True, cwd=folder, stdout=subprocess.DEVNULL)


def _start(group, gateway):
    # A gateway whose lifecycle is at work takes its time to end; nothing of it is kept.
    group.stop_seconds = 1
    cluster = _Cluster(unpack(), group)
    cluster.configure(gateway)
    cluster.start_monitor()
    cluster.start_osd()
    return cluster.start_gateway()


class _Cluster:
    def __init__(self, root, group):
        self.root, self.group, self.state = root, group, group.folder
        self.triplet = sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu"
        lib = root / "usr/lib" / self.triplet
        self.environment = process.clean_environment(
            HOME=str(self.state), LD_LIBRARY_PATH=f"{lib}:{lib}/ceph:{root}/lib/{self.triplet}",
            PYTHONPATH=str(root / "usr/lib/python3/dist-packages"))
        # Messenger ports: the OSD wants a handful in one range.
        self.mon_port, self.rgw_port, self.osd_port = process.free_ports(3)
        self.fsid = str(uuid.uuid4())

    def configure(self, gateway):
        for name in ("mon", "osd", "run", "log", "rgw"):
            (self.state / name).mkdir()
        values = {"FSID": self.fsid, "MON_PORT": self.mon_port, "RGW_PORT": self.rgw_port, "STATE": self.state,
                  "OSD_PORT_MIN": self.osd_port, "OSD_PORT_MAX": self.osd_port + 200, "ROOT": self.root,
                  "TRIPLET": self.triplet}
        template = pathlib.Path(__file__).with_name("ceph.conf").read_text()
        text = re.sub(r"@(\w+)@", lambda match: str(values[match[1]]), template)
        # The template ends with the gateway's section.
        text += "".join(f"{name} = {value}\n" for name, value in gateway.items())
        (self.state / "ceph.conf").write_text(text)

    def program(self, name):
        return [self.root / "usr/bin" / name, "-c", self.state / "ceph.conf"]

    def step(self, command):
        try:
            done = subprocess.run(command, env=self.environment, cwd=self.state, capture_output=True, text=True,
                                  timeout=STEP_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise process.ServiceError(f"{command[0]} took more than {STEP_SECONDS} s") from error
        if done.returncode != 0:
            raise process.ServiceError(f"{command[0]} failed: {done.stderr[-2000:]}")

    def start_monitor(self):
        monmap = self.state / "monmap"
        self.step([self.root / "usr/bin/monmaptool", "--create", "--addv", "a", f"[v1:127.0.0.1:{self.mon_port}]",
                   "--fsid", self.fsid, monmap])
        self.step([*self.program("ceph-mon"), "-i", "a", "--mkfs", "--monmap", monmap])
        self.group.spawn([*self.program("ceph-mon"), "-i", "a", "-f"], self.environment)

    def start_osd(self):
        osd = str(uuid.uuid4())
        ceph = ["/usr/bin/python3", *self.program("ceph")]
        self.step([*ceph, "osd", "new", osd])
        # An OSD that does this itself may ask before it has learnt the cluster's fsid, and ends: "wrong fsid".
        self.step([*ceph, "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=tests"])
        self.step([*self.program("ceph-osd"), "-i", "0", "--mkfs", "--osd-uuid", osd])
        self.group.spawn([*self.program("ceph-osd"), "-i", "0", "-f"], self.environment)

    def start_gateway(self):
        self.group.spawn([*self.program("radosgw"), "-n", "client.rgw", "-f"], self.environment)
        endpoint = f"http://127.0.0.1:{self.rgw_port}"
        self.group.wait_until(lambda: process.answers(endpoint), READY_SECONDS)
        self.step([*self.program("radosgw-admin"), "user", "create", "--uid=tester", "--display-name=tester",
                   f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}"])
        return CephServer("ceph", endpoint, ACCESS_KEY, SECRET_KEY, self)
