"""A few rounds of the race with each kind of store; race.py runs as many as one likes."""

import os
import random

import pytest
import race

ROUNDS = int(os.environ.get("SIGNPOST_RACE_ROUNDS", "4"))


@pytest.mark.parametrize("keeper", ["dynamodb_local", "s3_on_ministack"], indirect=True)
def test_c1_c2_c3_one_manifest_whoever_is_killed_or_frozen(world, keeper, tmp_path):
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    figures = race.run_rounds(world, keeper, tmp_path, ROUNDS, seed)
    print(dict(figures))
    assert figures["kill"] and figures["freeze"], "the dice hit nobody"
