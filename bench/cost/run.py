"""What the whole command costs, over the least that the same manifest can cost.

    cd bench && python3 -m cost.run BIN_DIR [--objects 2000000] [--repeat 5] [--shape sequence] [--concurrency 64]

`signpost create` (everything on: checks, gzip NDJSON, multipart upload) and `straight_line` (one connection, no checks,
no upload) list the same synthetic S3 in turns, without and with a session token of 1,000 bytes. First both must make
the same rows, byte for byte. The figure is user and system CPU of the client process for each object; the ratio is the
median of those of neighbouring runs.
"""

import gzip
import json
import pathlib
import statistics
import sys
import tempfile

import measure

SIGNING_TIME = "20260101T000000Z"
EXPIRES_S = "900"
TOKENS = {"no token": None, "1,000-byte token": "T" * 1000}


def environment(token):
    return {**measure.ENVIRONMENT, **({"AWS_SESSION_TOKEN": token} if token else {})}


def create(options, url, *more):
    return [options.bin_dir / "signpost", "create", f"s3://{measure.BUCKET}", "--endpoint-url", url, "--json",
            "--quiet", "--signing-time", SIGNING_TIME, "--expires-in", EXPIRES_S,
            "--concurrency", str(options.concurrency), *more]


def straight_line(options, url, *more):
    return [options.bin_dir / "straight_line", url, measure.BUCKET, SIGNING_TIME, EXPIRES_S, *more]


def check_same_rows(options):
    """Both programs must make the same rows before either is timed."""
    with (tempfile.TemporaryDirectory() as folder,
          measure.synthetic_s3(options.bin_dir, options.shape, min(options.objects, 20_500)) as server):
        whole, least = pathlib.Path(folder, "whole"), pathlib.Path(folder, "least.gz")
        for token in TOKENS.values():
            command = create(options, server.url, "--compress", "none", "--output", whole)
            measure.run(options.bin_dir, command, environment(token))
            measure.run(options.bin_dir, straight_line(options, server.url, least), environment(token))
            if whole.read_bytes() != gzip.decompress(least.read_bytes()):
                raise measure.Failure("signpost and straight_line do not make the same rows")


def cpu_of_signpost(options, url, token):
    """Microseconds of CPU and compressed bytes for each object."""
    run = measure.run(options.bin_dir, create(options, url), environment(token))
    answer = json.loads(run.output)
    return per_object(options, run, answer["count"], answer["manifest_bytes"])


def cpu_of_straight_line(options, url, token):
    run = measure.run(options.bin_dir, straight_line(options, url), environment(token))
    return per_object(options, run, *map(int, run.output.split()))


def per_object(options, run, count, size):
    if count != options.objects:
        raise measure.Failure(f"{count} rows, not {options.objects}")
    return run.cpu_seconds / count * 1e6, size / count


def compare(options, url, token):
    """Interleaved runs; the medians, and the median of the pairs' ratios."""
    pairs = [(cpu_of_signpost(options, url, token), cpu_of_straight_line(options, url, token))
             for _ in range(options.repeat)]
    return {
        "signpost_cpu_us": statistics.median(whole[0] for whole, _ in pairs),
        "straight_line_cpu_us": statistics.median(least[0] for _, least in pairs),
        "ratio": statistics.median(whole[0] / least[0] for whole, least in pairs),
        "signpost_bytes": pairs[0][0][1],
        "straight_line_bytes": pairs[0][1][1],
    }


def parse():
    parser = measure.parser(__doc__)
    parser.add_argument("--objects", type=int, default=2_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--shape", default="sequence", choices=["sequence", "uuid", "dates"])
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    if options.quick:
        options.objects, options.repeat = 400_000, 3
    if options.once:
        options.objects, options.repeat = 2_500, 1
    return options


def main():
    options = parse()
    try:
        check_same_rows(options)
        with measure.synthetic_s3(options.bin_dir, options.shape, options.objects) as server:
            figures = {name: compare(options, server.url, token) for name, token in TOKENS.items()}
    except measure.Failure as failure:
        print(f"cost: {failure}", file=sys.stderr)
        return 1
    print(f"CPU us per object over {options.objects} objects, keys like {options.shape}, {options.concurrency} "
          f"connections, {options.repeat} pairs of runs")
    print(f"{'':18} {'signpost':>9} {'straight line':>14} {'ratio':>6} {'gzip bytes/row':>15}")
    for name, one in figures.items():
        print(f"{name:18} {one['signpost_cpu_us']:>9.3f} {one['straight_line_cpu_us']:>14.3f} {one['ratio']:>6.2f} "
              f"{one['signpost_bytes']:>15.1f}")
    if options.results:
        settings = {name: getattr(options, name) for name in ("objects", "repeat", "shape", "concurrency")}
        measure.save(options.results, "cost", {**settings, "credentials": figures})
    return 0


if __name__ == "__main__":
    sys.exit(main())
