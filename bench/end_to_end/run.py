"""The whole command against a synthetic S3: speed, CPU, and memory that does not grow with the number of objects.

    cd bench && python3 -m end_to_end.run BIN_DIR [--shape uuid] [--small 2000000] [--large 20000000]
                                                  [--concurrency 64] [--lookahead 64MiB] [--repeat 1] [--most-mib 128]

For each size it starts `synthetic_s3_server` as a process of its own, runs `signpost create`, and checks the answer
before it believes any figure: the count, `signpost verify`, and the manifest read with Python's gzip. The smaller
bucket is listed so often that as many objects come of it as of the larger one: a peak is a matter of chance as well,
of which both then have as much. Every figure is the median of the runs, the peak of resident memory (wait4) the
highest. Neither bucket may take more than --most-mib, and the larger one not a byte more for each further object,
which is less than anything that could be kept of it, else the exit status is 1; --quick lists too little to fill the
look-ahead, and only tells the difference.
"""

import gzip
import json
import sys
import urllib.request

import measure

MOST_BYTES_PER_OBJECT = 1


def check_manifest(url, count):
    """Reads the manifest with Python's gzip: one JSON object a line, `count` lines, keys in order at both ends."""
    lines = 0
    first = last = b""
    with urllib.request.urlopen(url, timeout=measure.TIME_LIMIT_S) as answer, gzip.open(answer) as rows:
        for line in rows:
            lines += 1
            first = first or line
            last = line
    if lines != count:
        raise measure.Failure(f"the manifest has {lines} rows, not {count}")
    if count and not json.loads(first)["key"] <= json.loads(last)["key"]:
        raise measure.Failure("the manifest is not in key order")


def run_size(options, objects, times):
    """So many runs over `objects` objects, of which the last manifest is read; returns their figures."""
    bin_dir = options.bin_dir
    with measure.synthetic_s3(bin_dir, options.shape, objects, ["keep-uploads=1", *options.server]) as server:
        create = [bin_dir / "signpost", "create", f"s3://{measure.BUCKET}", "--endpoint-url", server.url, "--json",
                  "--quiet", "--concurrency", str(options.concurrency), "--lookahead", options.lookahead]
        runs = []
        for _ in range(times):
            used = measure.run(bin_dir, create)
            result = json.loads(used.output)
            if result["count"] != objects:
                raise measure.Failure(f"count is {result['count']}, not {objects}")
            runs.append({
                "objects": objects,
                "seconds": used.seconds,
                "objects_per_s": objects / used.seconds,
                "cpu_us_per_object": used.cpu_seconds / objects * 1e6,
                "peak_mib": used.peak_mib,
                "manifest_bytes_per_row": result["manifest_bytes"] / objects,
                "list_calls": result["list_calls"],
            })
        target = f"s3://{measure.BUCKET}/{result['key']}"
        measure.run(bin_dir, [bin_dir / "signpost", "verify", target, "--endpoint-url", server.url])
        check_manifest(result["manifest_url"], objects)
    return measure.medians(runs) | {"peak_mib": max(run["peak_mib"] for run in runs)}


def parse():
    parser = measure.parser(__doc__)
    parser.add_argument("--shape", default="uuid", choices=measure.SHAPES)
    parser.add_argument("--small", type=int, default=2_000_000)
    parser.add_argument("--large", type=int, default=20_000_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--lookahead", default="64MiB")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--most-mib", type=float, default=128)
    parser.add_argument("--server", action="append", default=[], metavar="NAME=N", help="a knob of synthetic_s3_server")
    options = parser.parse_args()
    if options.quick:
        options.small, options.large, options.repeat = 20_000, 400_000, 1
    if options.once:
        options.small, options.large, options.repeat = 1_001, 2_500, 1
    if not 0 < options.small < options.large:
        parser.error("--small has to be less than --large, and more than 0")
    return options


def main():
    options = parse()
    try:
        runs = [run_size(options, objects, options.repeat * options.large // objects)
                for objects in (options.small, options.large)]
    except measure.Failure as failure:
        print(f"end_to_end: {failure}", file=sys.stderr)
        return 1
    print(f"signpost create over a synthetic S3, shape {options.shape}, concurrency {options.concurrency}, "
          f"{options.repeat} x {options.large} objects of each size")
    print(f"{'objects':>10} {'seconds':>8} {'objects/s':>10} {'CPU us/object':>14} {'peak MiB':>9} "
          f"{'gzip bytes/row':>15} {'LIST calls':>11}")
    for run in runs:
        print(f"{run['objects']:>10.0f} {run['seconds']:>8.2f} {run['objects_per_s']:>10.0f} "
              f"{run['cpu_us_per_object']:>14.2f} {run['peak_mib']:>9.1f} {run['manifest_bytes_per_row']:>15.1f} "
              f"{run['list_calls']:>11.0f}")
    growth = (runs[1]["peak_mib"] - runs[0]["peak_mib"]) * 2**20 / (options.large - options.small)
    print(f"peak memory: at most {options.most_mib} MiB; bytes more for each further object: {growth:.2f}, at most "
          f"{MOST_BYTES_PER_OBJECT}")
    if options.results:
        measure.save(options.results, "end_to_end", {"shape": options.shape, "concurrency": options.concurrency,
                                                     "lookahead": options.lookahead, "runs": runs})
    small_enough = max(run["peak_mib"] for run in runs) <= options.most_mib
    return 0 if small_enough and (growth <= MOST_BYTES_PER_OBJECT or options.quick or options.once) else 1


if __name__ == "__main__":
    sys.exit(main())
