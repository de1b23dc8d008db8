"""The formulas of docs/cost.md, against figures worked out by hand. That the page has them, ./dev check tells."""

import runpy

import pytest

from services.process import ROOT

COSTS = runpy.run_path(str(ROOT / "tools/check_costs.py"))
MIB = 2**20


@pytest.mark.parametrize(("size", "parts"), [
    (0, 0), (1, 1), (8 * MIB, 1), (8 * MIB + 1, 2), (384 * 8 * MIB, 384), (384 * 8 * MIB + 16 * MIB, 385),
    (384 * 24 * MIB, 768), (384 * 24 * MIB + 1, 769)])
def test_PartsGrowAfterEach384(size, parts):
    assert COSTS["parts_of"](size) == parts


def test_MillionObjectsAreTwelveHundredLists():
    assert COSTS["usage"](10**6)["LIST requests"] == 1200
    assert COSTS["costs"](10**6)["LIST"] == pytest.approx(0.006)


def test_LargeListingsAreSeveralJobs():
    used = COSTS["usage"](10**10)
    assert (used["jobs"], used["record writes"], used["SQS requests"]) == (100, 300, 300)
    assert used["manifests, GB"] == 1050
    assert COSTS["costs"](10**10)["Lambda"] == pytest.approx(10**10 / 150_000 * 1.769 * 0.0000133334, rel=1e-3)


def test_StalePageIsNoticed(tmp_path):
    page = (ROOT / "docs/cost.md").read_text()
    assert COSTS["filled"](page) == page
    assert COSTS["filled"](page.replace("| 60.00 |", "| 61.00 |")) == page
