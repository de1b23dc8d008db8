"""What jobs cost on AWS: the tables of docs/cost.md, computed from named inputs.

    python tools/check_costs.py            says where the page differs from what is computed
    python tools/check_costs.py --write    puts the computed tables into the page
"""

import math
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/cost.md"
SIZES = {"1 M": 10**6, "100 M": 10**8, "10 G": 10**10}
MIB = 2**20

# Dollars, us-east-1, without free tiers and discounts: name, price, what for.
PRICES = [
    ("list", 0.005 / 1000, "S3: a LIST request"),
    ("put", 0.005 / 1000, "S3: a request that creates, sends a part of or completes an upload"),
    ("storage", 0.023 / 30, "S3 Standard: a GB for a day"),
    ("compute", 0.0000133334, "Lambda arm64: a GB-second"),
    ("invocation", 0.20 / 10**6, "Lambda: an invocation"),
    ("write", 0.625 / 10**6, "DynamoDB on demand: a write of up to 1 KB"),
    ("message", 0.40 / 10**6, "SQS standard: a request"),
]
# What a job is like: name, value, where it is from.
INPUTS = [
    ("page", 1000, "objects in a LIST answer, S3's limit"),
    ("extra_lists", 0.2, "LIST requests of parallel listing beyond one a page, as a share; `./dev bench end_to_end`"),
    ("rate", 150_000, "objects a second of one function, 1,769 MB, 32 connections; measure your own"),
    ("row", 105, "bytes of a gzip row with a session token in its URL; `./dev bench end_to_end`, `./dev bench cost`"),
    ("memory", 1.769, "GB, as the template has it"),
    ("job", 10**8, "objects in a job at most: what `rate` lists within the timeout of 900 s, with room"),
    ("writes", 3, "writes of a job's record: claimed, noted, completed"),
    ("messages", 3, "SQS requests for a job: sent, received, deleted"),
]
PRICE = {name: price for name, price, _ in PRICES}
INPUT = {name: value for name, value, _ in INPUTS}
PARTS_OF_A_SIZE = 384


def parts_of(size):
    """How many parts a manifest of `size` bytes has: 384 of 8 MiB, then 384 of 16 MiB, and so on."""
    parts, step = 0, 0
    while size > 0:
        step += 1
        taken = min(PARTS_OF_A_SIZE, math.ceil(size / (8 * MIB * step)))
        parts += taken
        size -= taken * 8 * MIB * step
    return parts


def usage(objects):
    """What is asked of AWS to make the manifests of so many objects."""
    jobs = math.ceil(objects / INPUT["job"])
    in_each = objects / jobs
    return {
        "jobs": jobs,
        "LIST requests": jobs * math.ceil(in_each / INPUT["page"] * (1 + INPUT["extra_lists"])),
        "PUT requests": jobs * (parts_of(in_each * INPUT["row"]) + 2),
        "manifests, GB": objects * INPUT["row"] / 10**9,
        "function, s": objects / INPUT["rate"],
        "record writes": jobs * INPUT["writes"],
        "SQS requests": jobs * INPUT["messages"]}


def costs(objects):
    """Dollars, by service."""
    used = usage(objects)
    found = {
        "LIST": used["LIST requests"] * PRICE["list"], "PUT": used["PUT requests"] * PRICE["put"],
        "storage for a day": used["manifests, GB"] * PRICE["storage"],
        "Lambda": used["function, s"] * INPUT["memory"] * PRICE["compute"] + used["jobs"] * PRICE["invocation"],
        "DynamoDB": used["record writes"] * PRICE["write"], "SQS": used["SQS requests"] * PRICE["message"]}
    return {**found, "all": sum(found.values())}


def _number(value):
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.2g}"


def _dollars(value):
    """To the cent, or to two digits where that would be nothing."""
    return f"{value:,.2f}" if value >= 0.1 else f"{value:.2g}" if value >= 0.0001 else f"{value:.7f}"


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _by_size(compute, show):
    columns = [compute(objects) for objects in SIZES.values()]
    return [[name, *(show(column[name]) for column in columns)] for name in columns[0]]


def tables():
    """{name: the table as it stands in the page}."""
    return {
        "usage": _table(["objects", *SIZES], _by_size(usage, _number)),
        "costs": _table(["dollars for", *SIZES], _by_size(costs, _dollars)),
        "prices": _table(["price", "dollars", "for"], [[f"`{name}`", f"{price:.10f}".rstrip("0"), what]
                                                       for name, price, what in PRICES]),
        "inputs": _table(["input", "value", "what it is"], [[f"`{name}`", f"{value:,}", what]
                                                            for name, value, what in INPUTS])}


def filled(page):
    """The page with the tables of today."""
    for name, table in tables().items():
        page = re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda found, table=table: found[1] + table + found[2],
                      page, flags=re.DOTALL)
    return page


def check():
    """All problems."""
    page = PAGE.read_text()
    missing = [f"docs/cost.md: no place for the table '{name}'" for name in tables() if f"<!-- {name} -->" not in page]
    stale = page != filled(page)
    return missing + ["docs/cost.md: run python tools/check_costs.py --write"] * stale


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(filled(PAGE.read_text()))
    problems = check()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
