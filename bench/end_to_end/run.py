#!/usr/bin/env python3
"""The whole command against a synthetic S3: speed, CPU, and memory that does not grow with the number of objects.

    python3 bench/end_to_end/run.py BIN_DIR [--shape uuid] [--small 50000] [--large 2000000] [--concurrency 32]
                                       [--repeat 3]

For each size it starts `synthetic_s3_server` as a process of its own, runs `signpost create`, and checks the answer
before it believes any figure: the count, `signpost verify`, and the manifest read with Python's gzip. Every figure is
the median of the repetitions. The peak resident memory (wait4) of both sizes must lie within 10 % of each other, else
the exit status is 1.
"""

import argparse
import gzip
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import urllib.request

BUCKET = "bench"
TIME_LIMIT_S = 120
ENVIRONMENT = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": "/nonexistent",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Failure(Exception):
    """A run whose output is wrong; its figures mean nothing."""


def run_measured(bin_dir, command):
    """Runs `command`; returns its standard output, exit status, elapsed seconds, CPU seconds and peak KiB."""
    with tempfile.NamedTemporaryFile("r") as used:
        launcher = [bin_dir / "measured", str(TIME_LIMIT_S), used.name]
        done = subprocess.run([*launcher, *command], env=ENVIRONMENT, stdout=subprocess.PIPE, check=False, text=True)
        elapsed, cpu, peak = (float(word) for word in used.read().split())
    return done.stdout, done.returncode, elapsed, cpu, peak


def check_manifest(url, count):
    """Reads the manifest with Python's gzip: one JSON object a line, `count` lines, keys in order at both ends."""
    lines = 0
    first = last = b""
    with urllib.request.urlopen(url, timeout=TIME_LIMIT_S) as answer, gzip.open(answer) as rows:
        for line in rows:
            lines += 1
            first = first or line
            last = line
    if lines != count:
        raise Failure(f"the manifest has {lines} rows, not {count}")
    if count and not json.loads(first)["key"] <= json.loads(last)["key"]:
        raise Failure("the manifest is not in key order")


def run_size(bin_dir, options, objects):
    """One run over `objects` objects; returns its figures."""
    server = subprocess.Popen(
        [bin_dir / "synthetic_s3_server", options.shape, str(objects), "keep-uploads=1", *options.server],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        create = [bin_dir / "signpost", "create", f"s3://{BUCKET}", "--endpoint-url", url, "--json", "--quiet",
                  "--concurrency", str(options.concurrency)]
        output, status, elapsed, cpu, peak = run_measured(bin_dir, create)
        if status != 0:
            raise Failure(f"signpost create ended with {status}")
        result = json.loads(output)
        if result["count"] != objects:
            raise Failure(f"count is {result['count']}, not {objects}")
        target = f"s3://{BUCKET}/{result['key']}"
        _, status, *_ = run_measured(bin_dir, [bin_dir / "signpost", "verify", target, "--endpoint-url", url])
        if status != 0:
            raise Failure(f"signpost verify ended with {status}")
        check_manifest(result["manifest_url"], objects)
    finally:
        server.stdin.close()
        server.wait(timeout=30)
    return {
        "objects": objects,
        "seconds": elapsed,
        "objects_per_s": objects / elapsed,
        "cpu_us_per_object": cpu / objects * 1e6,
        "peak_mib": peak / 1024,
        "manifest_bytes_per_row": result["manifest_bytes"] / objects,
        "list_calls": result["list_calls"],
    }


def medians(runs):
    """The median of every figure over runs of one size."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir", type=pathlib.Path)
    parser.add_argument("--shape", default="uuid", choices=["sequence", "uuid", "dates", "skewed", "hostile"])
    parser.add_argument("--small", type=int, default=50_000)
    parser.add_argument("--large", type=int, default=2_000_000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--server", action="append", default=[], metavar="NAME=N", help="a knob of synthetic_s3_server")
    options = parser.parse_args()
    try:
        runs = [medians([run_size(options.bin_dir.resolve(), options, objects) for _ in range(options.repeat)])
                for objects in (options.small, options.large)]
    except Failure as failure:
        print(f"end_to_end: {failure}", file=sys.stderr)
        return 1
    print(f"signpost create over a synthetic S3, shape {options.shape}, concurrency {options.concurrency}, "
          f"median of {options.repeat}")
    print(f"{'objects':>10} {'seconds':>8} {'objects/s':>10} {'CPU us/object':>14} {'peak MiB':>9} "
          f"{'gzip bytes/row':>15} {'LIST calls':>11}")
    for run in runs:
        print(f"{run['objects']:>10} {run['seconds']:>8.2f} {run['objects_per_s']:>10.0f} "
              f"{run['cpu_us_per_object']:>14.2f} {run['peak_mib']:>9.1f} {run['manifest_bytes_per_row']:>15.1f} "
              f"{run['list_calls']:>11}")
    ratio = runs[1]["peak_mib"] / runs[0]["peak_mib"]
    flat = 1 / 1.1 <= ratio <= 1.1
    print(f"peak memory, large over small: {ratio:.3f} ({'within' if flat else 'NOT within'} 10 %)")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
