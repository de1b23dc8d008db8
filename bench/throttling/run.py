"""The whole command against an S3 that answers so many requests a second and no more: how close does it come?

    cd bench && python3 -m throttling.run BIN_DIR [--rates 100,300,1000] [--seconds 12] [--concurrency 64]

For each rate a synthetic S3 answers 503 SlowDown to every request above it (a token bucket that holds a tenth of a
second's). The job lists as many pages as the rate allows in the given time. Its count is checked. Shown: the pages a
second over the ceiling, and the share of requests refused after the first second (by the server's own count). Less than
0.85 of the ceiling or 5 % and more refused is an exit status of 1; --quick and --once only show.
"""

import json
import sys

import measure

LEAST_OF_CEILING = 0.85
MOST_REFUSED = 0.05
PAGE = 100


def run_rate(options, rate):
    """One job under one ceiling."""
    objects = rate * options.seconds * PAGE
    knobs = [f"max-rate={rate}", f"page-size={PAGE}", f"latency-ms={options.latency}"]
    with measure.synthetic_s3(options.bin_dir, options.shape, objects, knobs) as server:
        create = [options.bin_dir / "signpost", "create", f"s3://{measure.BUCKET}", "--endpoint-url", server.url,
                  "--json", "--quiet", "--concurrency", str(options.concurrency)]
        used = measure.run(options.bin_dir, create)
        result = json.loads(used.output)
        if result["count"] != objects:
            raise measure.Failure(f"count is {result['count']}, not {objects}")
        counts = server.counts()
    late = counts["requests"] - counts["requests_in_first_second"]
    refused = counts["faults"] - counts["faults_in_first_second"]
    return {
        "ceiling_per_s": rate,
        "seconds": used.seconds,
        "of_ceiling": (counts["requests"] - counts["faults"]) / used.seconds / rate,
        "refused": counts["faults"],
        "refused_after_first_second": refused / max(1, late),
        "list_calls": result["list_calls"],
        "least_list_calls": objects // PAGE,
    }


def parse():
    parser = measure.parser(__doc__)
    parser.add_argument("--shape", default="uuid", choices=measure.SHAPES)
    parser.add_argument("--rates", type=lambda text: [int(word) for word in text.split(",")], default=[100, 300, 1000])
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--latency", type=int, default=20, help="milliseconds before each answer")
    parser.add_argument("--concurrency", type=int, default=64)
    options = parser.parse_args()
    if options.quick:
        options.rates, options.seconds = [300], 5
    if options.once:
        options.rates, options.seconds = [300], 1
    return options


def main():
    options = parse()
    try:
        runs = [run_rate(options, rate) for rate in options.rates]
    except measure.Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    print("ceiling/s  of ceiling  refused  refused after 1 s  LIST calls/least")
    for figures in runs:
        calls = figures["list_calls"] / figures["least_list_calls"]
        print(f"{figures['ceiling_per_s']:9}  {figures['of_ceiling']:10.2f}  {figures['refused']:7}  "
              f"{figures['refused_after_first_second']:17.1%}  {calls:.2f}")
    if options.results:
        measure.save(options.results, "throttling", {"runs": runs})
    if options.quick or options.once:
        return 0
    close = all(run["of_ceiling"] >= LEAST_OF_CEILING for run in runs)
    seldom_refused = all(run["refused_after_first_second"] < MOST_REFUSED for run in runs)
    return 0 if close and seldom_refused else 1


if __name__ == "__main__":
    sys.exit(main())
