"""Writes the measured figures into the documents, as Markdown tables between `<!-- bench NAME -->` and `<!-- end -->`.

    cd bench && python3 tables.py FOLDER DOCUMENT...    FOLDER holds the JSON of the benchmarks

A table whose figures are not there stays as it is.
"""

import json
import pathlib
import re
import sys

BLOCK = re.compile(r"(<!-- bench (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def number(value):
    """As many digits as a reader can use."""
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def peers(rows):
    ours = rows[0]["cpu_us_per_object"]
    counted = "list_calls" in rows[0]
    head = ["program", "objects", "CPU µs per object", "times Signpost's", "objects/s", "peak memory"]
    cells = [[f"`{row['name']}`" + (" (lists only)" if row["job"] == "list only" else ""), f"{row['objects']:,.0f}",
              number(row["cpu_us_per_object"]), f"{number(row['cpu_us_per_object'] / ours)}×",
              number(row["objects_per_s"]), f"{row['peak_mib']:.0f} MiB",
              *([f"{row['list_calls']:,.0f}"] if counted else [])] for row in rows]
    return table([*head, "LIST calls"] if counted else head, cells)


def scaling(runs):
    head = ["connections", "objects", "objects/s", "times one connection's", "peak memory", "LIST calls"]
    return table(head, [[str(run["connections"]), f"{run['objects']:,}", number(run["objects_per_s"]),
                         f"{number(run['objects_per_s'] / runs[0]['objects_per_s'])}×", f"{run['peak_mib']:.0f} MiB",
                         f"{run['list_calls']:,}"] for run in runs])


def cost(credentials):
    head = ["credentials", "`signpost create`, CPU µs per object", "straight line", "ratio", "gzip bytes per row"]
    return table(head, [[name, number(one["signpost_cpu_us"]), number(one["straight_line_cpu_us"]),
                         f"{one['ratio']:.2f}", f"{one['signpost_bytes']:.1f}"]
                        for name, one in credentials.items()])


def end_to_end(runs):
    head = ["objects", "seconds", "objects/s", "CPU µs per object", "peak memory", "gzip bytes per row", "LIST calls"]
    return table(head, [[f"{run['objects']:,.0f}", number(run["seconds"]), number(run["objects_per_s"]),
                         number(run["cpu_us_per_object"]), f"{run['peak_mib']:.1f} MiB",
                         f"{run['manifest_bytes_per_row']:.1f}", f"{run['list_calls']:,.0f}"]
                        for run in runs])


TABLES = {  # name: file, the figures in it, what makes a table of them
    "peers_synthetic": ("peers", "synthetic", peers),
    "peers_ceph": ("peers", "ceph", peers),
    "scaling": ("scaling", "runs", scaling),
    "cost": ("cost", "credentials", cost),
    "end_to_end": ("end_to_end", "runs", end_to_end),
}


def filled(text, folder):
    """The document with every table as measured."""
    def fill(block):
        source, key, make = TABLES[block[2]]
        path = folder / f"{source}.json"
        figures = json.loads(path.read_text()).get(key) if path.exists() else None
        return block[1] + make(figures) + block[3] if figures else block[0]

    return BLOCK.sub(fill, text)


def main(folder, documents):
    for document in documents:
        document.write_text(filled(document.read_text(), folder))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), [pathlib.Path(name) for name in sys.argv[2:]])
