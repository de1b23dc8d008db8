"""Races of many processes of the real command for one job, with kills and freezes.

    cd tests && PYTHONPATH=. ../build/venv/bin/python idempotency/race.py [ROUNDS [SEED]]

runs them with both kinds of stores and prints the figures. In a round sixteen workers ask for one job at once. Some are
killed, some are frozen for longer than the lock lives and then go on. Who is told that the job runs elsewhere, or that
it has lost its lock, asks again, as a client would. Then there must be exactly one manifest, all answers must name it,
at most one worker may claim to have made it, and the record must be complete ("adopted": who made it was killed before
it could say so). Every few rounds the manifest is deleted and the next generation is raced for.
"""

import collections
import dataclasses
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

from stores import OUTPUT, ROWS, DynamoDbKeeper, S3Keeper, World, record_of

from services import dynamodb, ministack

WORKERS = 16
LOCK_SECONDS = 1
FROZEN_SECONDS = (1.4, 2.2)  # Longer than the lock and its margin, a quarter of it.
PATIENCE_SECONDS = 60
MOST_HITS = 12  # In one race; then all that is left goes on in peace.
EXPECTED_REFUSALS = ("the same job runs elsewhere", "was lost to another worker")


class RaceError(AssertionError):
    """A promise was broken."""


@dataclasses.dataclass
class Fate:
    """What happens to a worker's first process, and when."""

    kind: str = "none"
    after: float = 0.0
    frozen: float = 0.0


def draw_fate(dice):
    """Most of what matters happens within the first fractions of a second."""
    kind = dice.choices(["none", "kill", "freeze"], [0.6, 0.22, 0.18])[0]
    return Fate(kind, min(dice.expovariate(8.0), 1.0), dice.uniform(*FROZEN_SECONDS))


def outlives(process, seconds):
    """Waits for the process to end, for so long; whether it has not."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


class Race:
    """One generation of one job."""

    def __init__(self, world, keeper, folder, prefix, dice):
        self.world, self.prefix, self.dice = world, prefix, dice
        self.command = world.command(folder, keeper)
        self.arguments = ["create", "s3://race-source/data/", "--output", f"s3://{OUTPUT}/{prefix}", "--idempotency",
                          keeper.address, "--lock-for", f"{LOCK_SECONDS}s", "--json"]
        self.answers, self.problems, self.counts = [], [], collections.Counter()
        self.mutex, self.answered = threading.Lock(), threading.Event()
        self.orphans = len(world.uploads(prefix))  # Of the generation before.

    def run(self):
        threads = [threading.Thread(target=self._worker, args=(draw_fate(self.dice),)) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not self.answers:
            self._worker(Fate())  # All were killed: somebody comes later.
        self._check()

    def _worker(self, fate):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            process = self.command.start(*self.arguments, text=True)
            self._meet(process, fate)
            out, error = process.communicate(timeout=PATIENCE_SECONDS)
            if process.returncode == -signal.SIGKILL:
                return
            if self._took(process.returncode, out, error):
                return
            with self.mutex:
                fate = draw_fate(self.dice) if self.counts["kill"] + self.counts["freeze"] < MOST_HITS else Fate()
            self.answered.wait(0.1)
        self._note_problem("a worker had no answer in time")

    def _meet(self, process, fate):
        """Does to the process what its fate says, if it still runs then."""
        if fate.kind == "none" or not outlives(process, fate.after):
            return
        with self.mutex:
            self.counts[fate.kind] += 1
        if fate.kind == "kill":
            process.send_signal(signal.SIGKILL)
            return
        process.send_signal(signal.SIGSTOP)
        outlives(process, fate.frozen)
        process.send_signal(signal.SIGCONT)

    def _took(self, status, out, error):
        """Takes note of how a process ended; whether its worker is done."""
        with self.mutex:
            if status == 0:
                answer = json.loads(out)
                self.answers.append(answer)
                self.answered.set()
                self.counts["replayed" if answer["replayed"] else "made"] += 1
                return True
        for refusal in EXPECTED_REFUSALS:
            if refusal in error:
                with self.mutex:
                    self.counts[refusal] += 1
                return False
        self._note_problem(f"exit {status}: {error}")
        return True

    def _note_problem(self, problem):
        with self.mutex:
            self.problems.append(problem)

    def _check(self):
        self.expect(not self.problems, "no failure but the expected ones")
        manifests = self.world.manifests(self.prefix)
        self.expect(len(manifests) == 1, "exactly one manifest is published")
        self.expect({answer["key"] for answer in self.answers} == set(manifests), "all answers name it")
        self.expect(self.counts["made"] <= 1, "at most one worker says that it made it")
        self.expect(self.world.rows(manifests[0]) == ROWS, "it is whole")
        orphans = len(self.world.uploads(self.prefix)) - self.orphans
        self.expect(orphans <= self.counts["kill"], "only the killed leave uploads behind")

    def expect(self, condition, promise):
        if not condition:
            raise RaceError(f"{self.prefix}: broken: {promise}\nmanifests: {self.world.manifests(self.prefix)}\n"
                            f"counts: {dict(self.counts)}\nproblems: {self.problems}\n"
                            f"answers: {[(a['key'], a['replayed']) for a in self.answers]}")


def run_rounds(world, keeper, folder, rounds, seed):
    """Runs the rounds; returns the figures."""
    dice = random.Random(seed)
    figures = collections.Counter()
    for number in range(rounds):
        prefix = f"{type(keeper).__name__}-{seed}-{number}/"
        for generation in range(2 if number % 4 == 3 else 1):
            race = Race(world, keeper, folder, prefix, dice)
            race.run()
            figures.update(race.counts)
            figures["generations"] += 1
            figures["adopted"] += not race.counts["made"]
            record = record_of(keeper, prefix)
            race.expect(record["status"] == "COMPLETED", "the record is complete")
            race.expect("X-Amz" not in json.dumps(record), "the record holds no URL")
            if generation == 0 and number % 4 == 3:
                world.delete(world.manifests(prefix)[0])
        figures["rounds"] += 1
    return figures


def main(arguments):
    rounds = int(arguments[0]) if arguments else 200
    seed = int(arguments[1]) if len(arguments) > 1 else random.randrange(1_000_000)
    with ministack.run() as s3, dynamodb.run() as table, tempfile.TemporaryDirectory() as folder:
        world = World(s3)
        for keeper, share in ((DynamoDbKeeper(table), rounds - rounds // 2), (S3Keeper(s3), rounds // 2)):
            started = time.monotonic()
            figures = run_rounds(world, keeper, pathlib.Path(folder), share, seed)
            print(f"{keeper.address}: seed {seed}, {dict(figures)}, {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
