"""What the drivers of the benchmarks share: a synthetic S3 to run against, and what a command costs."""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUCKET = "bench"
TIME_LIMIT_S = 600
SHAPES = ["sequence", "uuid", "dates", "skewed", "hostile"]
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def parser(description):
    """The options that every driver takes."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("bin_dir", type=lambda text: pathlib.Path(text).resolve(), help="where the programs are")
    made.add_argument("--quick", action="store_true", help="fewer objects, rougher figures")
    made.add_argument("--once", action="store_true", help="a few objects, once: whether it works, not how fast")
    made.add_argument("--results", type=pathlib.Path, help="folder for the figures as JSON")
    return made


class Failure(Exception):
    """A run whose output is wrong; its figures mean nothing."""


@dataclasses.dataclass(frozen=True)
class Run:
    """What one command printed, and what it used (wait4): itself and the children that it waited for."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_mib: float


def run(bin_dir, command, environment=None, limit_s=TIME_LIMIT_S, ends_with=(0,)):
    """Runs `command`, which must end with one of these statuses."""
    with tempfile.NamedTemporaryFile("r") as used, tempfile.TemporaryFile("w+") as printed:
        launcher = [bin_dir / "measured", str(limit_s), used.name]
        done = subprocess.run([*launcher, *command], env=environment or ENVIRONMENT, stdout=printed,
                              stderr=subprocess.PIPE, check=False, text=True)
        figures = [float(word) for word in used.read().split()]
        if done.returncode not in ends_with or len(figures) != 3:
            raise Failure(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        printed.seek(0)
        return Run(printed.read(), figures[0], figures[1], figures[2] / 1024)


class SyntheticS3:
    """A synthetic S3 in a process of its own."""

    def __init__(self, process):
        self._process = process
        self.url = process.stdout.readline().strip()
        self._counts = None

    def counts(self):
        """Ends the server; how many requests of each kind it has seen."""
        if self._counts is None:
            self._process.stdin.close()
            words = self._process.stdout.read().split()
            self._process.wait(timeout=30)
            self._counts = {name: int(value) for name, value in (word.split("=") for word in words)}
        return self._counts


@contextlib.contextmanager
def synthetic_s3(bin_dir, shape, objects, knobs=()):
    """Yields a SyntheticS3 with so many objects; `knobs` as synthetic_s3_server takes them ("latency-ms=100")."""
    process = subprocess.Popen([bin_dir / "synthetic_s3_server", shape, str(objects), *knobs],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    server = SyntheticS3(process)
    try:
        yield server
    finally:
        server.counts()


def medians(runs):
    """The median of every figure over dictionaries of the same names."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def machine():
    """This machine in a line, for those who read the figures elsewhere."""
    model = "unknown processor"
    with contextlib.suppress(OSError):
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    system = "unknown system"
    with contextlib.suppress(OSError):
        system = platform.freedesktop_os_release()["PRETTY_NAME"].replace("GNU/Linux ", "")
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores of {model}, {gib:.0f} GiB, {system}, client and server on the same machine"


def rounded(figures):
    """Four digits of every number that is no integer, however deep."""
    if isinstance(figures, dict):
        return {name: rounded(value) for name, value in figures.items()}
    if isinstance(figures, list):
        return [rounded(value) for value in figures]
    return float(f"{figures:.4g}") if isinstance(figures, float) else figures


def save(folder, name, figures):
    """Writes `figures` with the machine's name to folder/name.json."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine(), **rounded(figures)}, indent=1)
    (folder / f"{name}.json").write_text(text + "\n")
