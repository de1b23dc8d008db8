"""Objects a second with more and more connections, when every answer takes its time.

    cd bench && python3 -m scaling.run BIN_DIR [--latency-ms 100] [--shape uuid] [--pages 100] [--most-pages 4000]

One connection gets `--pages` pages to list, more connections as many times more up to `--most-pages`, so that each run
takes seconds and its ends weigh little. Every run's count is checked, and `signpost verify` must find the manifest
complete.
"""

import json
import sys

import measure

CONNECTIONS = [1, 4, 16, 64, 256]
PAGE = 1000


def run_one(options, connections):
    """The figures of one run."""
    pages = min(options.pages * connections, options.most_pages)
    objects = pages * PAGE
    knobs = [f"latency-ms={options.latency_ms}", "keep-uploads=1"]
    with measure.synthetic_s3(options.bin_dir, options.shape, objects, knobs) as server:
        signpost = options.bin_dir / "signpost"
        used = measure.run(options.bin_dir, [
            signpost, "create", f"s3://{measure.BUCKET}", "--endpoint-url", server.url, "--json", "--quiet",
            "--concurrency", str(connections)])
        result = json.loads(used.output)
        if result["count"] != objects:
            raise measure.Failure(f"{result['count']} rows, not {objects}")
        target = f"s3://{measure.BUCKET}/{result['key']}"
        measure.run(options.bin_dir, [signpost, "verify", target, "--endpoint-url", server.url])
    return {
        "connections": connections,
        "objects": objects,
        "seconds": used.seconds,
        "objects_per_s": objects / used.seconds,
        "cpu_us_per_object": used.cpu_seconds / objects * 1e6,
        "peak_mib": used.peak_mib,
        "list_calls": result["list_calls"],
    }


def parse():
    parser = measure.parser(__doc__)
    parser.add_argument("--latency-ms", type=int, default=100)
    parser.add_argument("--shape", default="uuid", choices=measure.SHAPES)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--most-pages", type=int, default=4000)
    options = parser.parse_args()
    options.connections = CONNECTIONS
    if options.quick:
        options.pages, options.most_pages = 20, 100
    if options.once:
        options.pages, options.most_pages, options.latency_ms, options.connections = 2, 4, 1, [1, 64]
    return options


def main():
    options = parse()
    print(f"signpost create, every answer after {options.latency_ms} ms, keys like {options.shape}")
    print(f"{'connections':>11} {'objects':>8} {'seconds':>8} {'objects/s':>10} {'times one':>10} "
          f"{'CPU us/object':>14} {'peak MiB':>9} {'LIST calls':>11}")
    runs = []
    try:
        for connections in options.connections:
            runs.append(run_one(options, connections))
            run = runs[-1]
            print(f"{connections:>11} {run['objects']:>8} {run['seconds']:>8.2f} {run['objects_per_s']:>10.0f} "
                  f"{run['objects_per_s'] / runs[0]['objects_per_s']:>10.1f} {run['cpu_us_per_object']:>14.2f} "
                  f"{run['peak_mib']:>9.1f} {run['list_calls']:>11}", flush=True)
    except measure.Failure as failure:
        print(f"scaling: {failure}", file=sys.stderr)
        return 1
    if options.results:
        measure.save(options.results, "scaling", {"latency_ms": options.latency_ms, "shape": options.shape,
                                                  "runs": runs})
    return 0


if __name__ == "__main__":
    sys.exit(main())
