"""How soon the command stops on a signal at any moment, and what it leaves behind.

    cd bench && python3 -m interrupt.run BIN_DIR [--signals 200] [--objects 200000] [--latency-ms 20] [--seed N]

Half of the runs get SIGINT, half SIGTERM, each at a random moment of a run's whole time. The server's own count must
show no upload that nobody ended, and an object for each run that said it succeeded. Shown is the time from the signal
to the end of the process, for the runs that were interrupted.
"""

import random
import signal
import statistics
import subprocess
import sys
import time

import measure

INTERRUPTED = 130
LIMIT_S = 60


def start(options, url):
    command = [options.bin_dir / "signpost", "create", f"s3://{measure.BUCKET}", "--endpoint-url", url, "--compress",
               "none", "--quiet"]
    return subprocess.Popen(command, env=measure.ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def whole_time(options, url):
    started = time.monotonic()
    process = start(options, url)
    _, errors = process.communicate(timeout=LIMIT_S)
    if process.returncode != 0:
        raise measure.Failure(f"a run without a signal failed: {errors.decode()}")
    return time.monotonic() - started


def interrupt_one(options, url, number, after):
    """Exit status, and seconds from the signal to the end."""
    process = start(options, url)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    sent = time.monotonic()
    _, errors = process.communicate(timeout=LIMIT_S)
    if process.returncode not in (0, INTERRUPTED, -number):
        raise measure.Failure(f"ended with {process.returncode}: {errors.decode()}")
    return process.returncode, time.monotonic() - sent


def measure_stops(options):
    """Seconds of each interrupted run."""
    chance = random.Random(options.seed)
    knobs = [f"latency-ms={options.latency_ms}"]
    with measure.synthetic_s3(options.bin_dir, "uuid", options.objects, knobs) as server:
        whole = whole_time(options, server.url)
        published = 1
        stops = []
        for i in range(options.signals):
            number = (signal.SIGINT, signal.SIGTERM)[i % 2]
            status, seconds = interrupt_one(options, server.url, number, chance.uniform(0, whole))
            published += status == 0
            if status == INTERRUPTED:
                stops.append(seconds)
        counts = server.counts()
    if counts["uploads_in_progress"] or counts["objects"] != published:
        raise measure.Failure(f"{published} runs succeeded, and the server has {counts}")
    if not stops and not options.once:
        raise measure.Failure("no run was interrupted")
    return stops


def parse():
    parser = measure.parser(__doc__)
    parser.add_argument("--signals", type=int, default=200)
    parser.add_argument("--objects", type=int, default=200_000)
    parser.add_argument("--latency-ms", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    if options.quick:
        options.signals = 40
    if options.once:
        options.signals, options.objects = 4, 20_000
    return options


def main():
    options = parse()
    print(f"seed {options.seed}")
    try:
        stops = measure_stops(options)
    except measure.Failure as failure:
        print(f"interrupt: {failure}", file=sys.stderr)
        return 1
    if options.once:
        return 0
    figures = {"signals": options.signals, "interrupted": len(stops), "median_ms": statistics.median(stops) * 1000,
               "most_ms": max(stops) * 1000}
    print(f"{figures['signals']} signals, {figures['interrupted']} runs interrupted: stopped after "
          f"{figures['median_ms']:.0f} ms in the median, {figures['most_ms']:.0f} ms at most; nothing left behind")
    if options.results:
        measure.save(options.results, "interrupt", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
