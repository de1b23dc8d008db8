"""Draws what the benchmarks wrote: peers.json and scaling.json of a folder, each as PNG and SVG beside it.

    cd bench && python3 -m peers.venv pictures.py FOLDER
"""

import json
import pathlib
import sys

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

OURS, THEIRS, INK = "#c2410c", "#64748b", "#334155"
SETTINGS = {
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": INK,
    "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "text.color": INK,
    "svg.hashsalt": "signpost",  # The same picture has the same bytes.
}


def finish(figure, machine, path):
    figure.text(0.01, 0.01, machine, fontsize=7, color=THEIRS)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path.with_suffix(".png"), dpi=110)
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
    plt.close(figure)


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def draw_peers(figures, path):
    """CPU for each object, a bar for each program, one panel for each server."""
    servers = [name for name in ("synthetic", "ceph") if figures.get(name)]
    titles = {"synthetic": "synthetic S3", "ceph": "Ceph RGW, 100,000 objects"}
    figure, panels = plt.subplots(1, len(servers), figsize=(4.6 * len(servers) + 1, 2.9), squeeze=False, sharey=True)
    for panel, server in zip(panels[0], servers, strict=True):
        rows = figures[server]
        names = [row["name"] + (" (lists only)" if row["job"] == "list only" else "") for row in rows]
        values = [row["cpu_us_per_object"] for row in rows]
        bars = panel.barh(names, values, color=[OURS if name.startswith("signpost") else THEIRS for name in names])
        panel.bar_label(bars, [number(value) for value in values], padding=4)
        panel.set_xscale("log")
        panel.set_xlim(0.5, max(values) * 4)
        panel.set_xlabel("CPU µs per object (logarithmic; less is better)")
        panel.set_title(titles[server], fontsize=10)
    panels[0][0].invert_yaxis()
    finish(figure, figures["machine"], path)


def draw_scaling(figures, path):
    """Objects a second over connections, beside what perfect scaling would be."""
    runs = figures["runs"]
    connections = [run["connections"] for run in runs]
    rates = [run["objects_per_s"] for run in runs]
    figure, panel = plt.subplots(figsize=(5.6, 3.4))
    panel.plot(connections, [rates[0] * count for count in connections], "--", color=THEIRS, linewidth=1)
    panel.plot(connections, rates, "o-", color=OURS)
    panel.annotate("in proportion", (connections[-2], rates[0] * connections[-2]), (-8, 4), ha="right",
                   textcoords="offset points", fontsize=8, color=THEIRS)
    for count, rate in zip(connections, rates, strict=True):
        panel.annotate(number(rate), (count, rate), (0, -14), ha="center", textcoords="offset points",
                       fontsize=8)
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    panel.set_ylim(rates[0] / 3, rates[0] * connections[-1] * 2)
    panel.set_xticks(connections, [str(count) for count in connections])
    panel.set_xlabel("--concurrency")
    panel.set_ylabel("objects per second")
    panel.set_title(f"signpost create, every answer after {figures['latency_ms']} ms", fontsize=10)
    finish(figure, figures["machine"], path)


def main(folder):
    drawings = {"peers": draw_peers, "scaling": draw_scaling}
    with mpl.rc_context(SETTINGS):
        for name, draw in drawings.items():
            path = folder / f"{name}.json"
            if path.exists():
                draw(json.loads(path.read_text()), path)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
