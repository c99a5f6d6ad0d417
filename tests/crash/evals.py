#!/usr/bin/env python3
"""T01's method for evaluation runs: kills the server while runs ask, restarts it on the same data, until they have ended; compares
what they say with what the provider wrote down.

usage: evals.py [--cycles N] [--build DIR] [--seed N] [--keep]

What must hold at the end:
- every run that was accepted has ended, with one result for each case and repeat, and none besides;
- the provider was called at most once for each case and repeat (a call that a crash cut off is an error, and not made again);
- what the usage says that was sent is what the provider was sent, and the sum of the results' costs is no more than what was charged;
- a result that was seen before a kill is the same after it.
"""
import random
import sys
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import configs, cycles  # noqa: E402
from support.access import admin_of  # noqa: E402
from support.evals import ENDED, results  # noqa: E402
from support.programs import FakeProvider, Maester  # noqa: E402

CASES, REPEATS = 120, 2


class Run:
    def __init__(self, directory: Path, seed: int):
        self.directory, self.random, self.faults = directory, random.Random(seed), []
        self.provider = FakeProvider(journal=directory / "calls.jsonl", log=directory / "provider.log")
        self.config = configs.providers(self.provider.port) + configs.models({"m": "echo;latency:40-120"}) + configs.NO_LIMITS
        self.seen: dict = {}
        self.calls_before = 0

    def start(self, name: str) -> None:
        self.server = Maester(self.directory, self.config, dev=False, name=name, wait=False)
        self.server.wait_ready(120)
        self.admin = admin_of(self.server)

    def fault(self, text: str) -> None:
        self.faults.append(text)
        print(f"FAULT {text}", flush=True)

    def begin(self, number: int) -> str:
        """A dataset of its own, so that every call names its case."""
        name = f"d{number}"
        self.admin.json("POST", "/v1/datasets", {"name": name, "cases": [
            {"id": f"c{i}", "messages": [{"role": "user", "content": f"<{number}/{i}>"}]} for i in range(CASES)]}, 201)
        return self.admin.json("POST", "/v1/evals/runs", {"dataset": name, "candidate": {"model": "m"}, "repeats": REPEATS, "concurrency": 6,
                                                           "assertions": [{"type": "contains", "value": f"<{number}/"}]}, 202)["id"]

    def look(self, run: str) -> None:
        """What was told must stay."""
        for one in results(self.admin, run):
            key = (run, one["case_id"], one["repeat"])
            kept = self.seen.setdefault(key, one)
            if kept != one:
                self.fault(f"{key} was {kept} and is {one}")

    def cycle(self, number: int) -> None:
        self.start(f"cycle-{number}-0")
        run = self.begin(number)
        kills = 0
        while True:
            # Kills while answers come in; then it may end.
            time.sleep(self.random.uniform(0.15, 0.9))
            state = self.admin.json("GET", f"/v1/evals/runs/{run}")
            self.look(run)
            if state["state"] in ENDED:
                break
            if kills < 5:
                self.server.kill()
                kills += 1
                self.start(f"cycle-{number}-{kills}")
                self.look(run)
        self.check(number, run, state, kills)
        self.server.stop()

    def check(self, number: int, run: str, state: dict, kills: int) -> None:
        if state["state"] != "succeeded":
            return self.fault(f"run {run} of cycle {number} is {state['state']}: {state.get('error')}")
        told = results(self.admin, run)
        keys = Counter((one["case_id"], one["repeat"]) for one in told)
        if len(keys) != CASES * REPEATS or set(keys.values()) != {1}:
            self.fault(f"cycle {number}: {len(keys)} results of {CASES * REPEATS}, {keys.most_common(2)}")
        errors = [one for one in told if one["verdict"] == "error"]
        for one in errors:
            if "whether the provider answered is not known" not in one["reason"]:
                self.fault(f"cycle {number}: {one}")
        receipts = [one["request_id"] for one in told if one["verdict"] != "error"]
        calls = [one for one in self.provider.calls() if one["start_ns"]]
        made = Counter(one["request_id"] for one in calls)
        if set(made.values()) - {1}:
            self.fault(f"cycle {number}: the provider was called several times for one request: {made.most_common(2)}")
        if set(receipts) - set(made):
            self.fault(f"cycle {number}: receipts that no call was made for: {list(set(receipts) - set(made))[:3]}")
        # By cases: no case and repeat was answered twice.
        so_far = len(calls) - self.calls_before
        if so_far > CASES * REPEATS:
            self.fault(f"cycle {number}: {so_far} calls for {CASES * REPEATS} answers")
        usage = self.admin.json("GET", "/v1/usage")["total"]
        if usage["requests"] != len(calls):
            self.fault(f"cycle {number}: {usage['requests']} requests charged, {len(calls)} calls made")
        spent = sum(Decimal(one["cost_usd"]) for one in self.seen.values() if one["cost_usd"])
        if spent > Decimal(usage["total_cost_usd"]):
            self.fault(f"cycle {number}: results cost {spent}, charged were {usage['total_cost_usd']}")
        print(f"cycle {number}: {kills} kills, {so_far} calls, {len(errors)} errors of {len(told)}", flush=True)
        self.calls_before = len(calls)

    def close(self) -> None:
        self.provider.stop()


if __name__ == "__main__":
    sys.exit(cycles.main(__doc__, "evals", Run, 5))
