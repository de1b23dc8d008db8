"""The same manifest from Signpost and from what others would use, in the same run, against the same servers.

    cd bench && python3 -m peers.run BIN_DIR [--repeat 3] [--server NAME]... [--ceph-objects 100000]

Every program first lists a small bucket and is checked thoroughly; then it is timed, and its rows are counted. Against
the synthetic S3 the slow ones get fewer objects: what compares is CPU for each object, without the CPU of starting (the
same command over an empty prefix). Against Ceph all get the same objects. Figures are medians over the repetitions,
which are interleaved.
"""

import dataclasses
import sys

import measure
from peers import target as targets
from peers import venv
from peers.checks import check_count, check_keys
from peers.contenders import CONTENDERS, Folders

CHECKED_OBJECTS = 2_500


def run(folders, target, contender, prefix=None):
    ends_with = (0,) if prefix is None else (contender.empty_status,)
    command = contender.command(folders, target, target.prefix if prefix is None else prefix)
    return measure.run(folders.ours, command, target.environment, ends_with=ends_with)


def check(folders, target, contender):
    output = run(folders, target, contender).output
    check_count(folders, target, contender, output)
    check_keys(folders, target, contender, output)


def time_once(folders, target, contender):
    """One timed run, counted, and one over nothing."""
    empty = run(folders, target, contender, "none/")
    whole = run(folders, target, contender)
    check_count(folders, target, contender, whole.output)
    return {
        "cpu_us_per_object": (whole.cpu_seconds - empty.cpu_seconds) / target.objects * 1e6,
        "start_cpu_ms": empty.cpu_seconds * 1e3,
        "objects_per_s": target.objects / whole.seconds,
        "peak_mib": whole.peak_mib,
    }


def time_on_synthetic(options, folders, contender):
    """A server of its own for each run, so that its requests are counted."""
    with targets.synthetic(options.bin_dir, contender.objects) as target:
        figures = time_once(folders, target, contender)
        empty_lists = 1
        return {**figures, "objects": target.objects, "list_calls": target.count_requests()["lists"] - empty_lists}


def on_synthetic(options, folders, contenders):
    with targets.synthetic(options.bin_dir, CHECKED_OBJECTS) as target:
        for contender in contenders:
            check(folders, target, contender)
    if options.once:
        return []
    return interleaved(options, contenders, lambda contender: time_on_synthetic(options, folders, contender))


def on_ceph(options, folders, contenders):
    with targets.ceph(options.ceph_objects) as target:
        for contender in contenders:
            check(folders, target, contender)
        return interleaved(options, contenders, lambda contender: {**time_once(folders, target, contender),
                                                                   "objects": target.objects})


def interleaved(options, contenders, time):
    """A row for each contender: the medians of its runs, which take turns with the others'."""
    runs = {contender.name: [] for contender in contenders}
    for _ in range(options.repeat):
        for contender in contenders:
            runs[contender.name].append(time(contender))
    return [{"name": contender.name, "job": contender.job, **measure.medians(runs[contender.name])}
            for contender in contenders]


SERVERS = {"synthetic": on_synthetic, "ceph": on_ceph}


def show(title, rows):
    print(title)
    print(f"{'program':26} {'job':10} {'objects':>9} {'CPU us/object':>14} {'times ours':>11} {'objects/s':>10} "
          f"{'peak MiB':>9} {'LIST calls':>11}")
    for row in rows:
        calls = row.get("list_calls", "")
        ratio = row["cpu_us_per_object"] / rows[0]["cpu_us_per_object"]
        print(f"{row['name']:26} {row['job']:10} {row['objects']:>9} {row['cpu_us_per_object']:>14.2f} {ratio:>11.1f} "
              f"{row['objects_per_s']:>10.0f} {row['peak_mib']:>9.1f} {calls:>11}", flush=True)


def parse():
    parser = measure.parser(__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--server", action="append", choices=list(SERVERS), help="only this one")
    parser.add_argument("--ceph-objects", type=int, default=100_000)
    options = parser.parse_args()
    if options.quick or options.once:
        options.repeat, options.server = 1, ["synthetic"]
    return options


def main():
    options = parse()
    folders = Folders(options.bin_dir, venv.fill())
    shrink = 10 if options.quick else 1
    contenders = [dataclasses.replace(one, objects=one.objects // shrink) for one in CONTENDERS]
    figures = {}
    try:
        for server in options.server or SERVERS:
            figures[server] = SERVERS[server](options, folders, contenders)
            if figures[server]:
                show(f"against the {server} S3, median of {options.repeat}", figures[server])
    except measure.Failure as failure:
        print(f"peers: {failure}", file=sys.stderr)
        return 1
    if options.results:
        measure.save(options.results, "peers", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
