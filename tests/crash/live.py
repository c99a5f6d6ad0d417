#!/usr/bin/env python3
"""T01's method for live rules: kills the server while what rules picked is graded, between what a grade says (the journal) and the end
of its task (work.db), restarts it on the same data, until everything is graded; then holds the feedback against the requests.

usage: live.py [--cycles N] [--build DIR] [--seed N] [--keep]

What must hold at the end of each cycle:
- every request has each rule's verdict and score exactly once, in its feedback and in the rule's counts and in the sums of usage;
- every request that a rule found wanting is in the review queue exactly once;
- what was said before a kill is the same after it.
"""
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import client, cycles  # noqa: E402
from support.access import SIMULATED  # noqa: E402
from support.programs import Maester  # noqa: E402

REQUESTS, KILLS = 240, 5
RULES = {"sunny": {"type": "contains", "value": "sun", "metric": "sun"}, "short": {"type": "contains", "value": "Generated", "metric": "form"}}


class Run:
    def __init__(self, directory: Path, seed: int):
        self.directory, self.random, self.faults = directory, random.Random(seed), []
        self.asked: dict = {}

    def start(self, name: str) -> None:
        self.server = Maester(self.directory, SIMULATED, name=name, wait=False)
        self.server.wait_ready(120)

    def call(self, method: str, path: str, body=None):
        answer = client.request(self.server.port, method, path, body)
        assert 200 <= answer.status < 300, (path, answer.status, answer.body)
        return answer.json()

    def fault(self, text: str) -> None:
        self.faults.append(text)
        print(f"FAULT {text}", flush=True)

    def ask(self, number: int) -> None:
        def some(thread: int) -> None:
            for i in range(thread, REQUESTS, 8):
                word = "sun" if i % 3 else "rain"
                answer = client.chat(self.server.port, "m", f"{word} {number}/{i}")
                assert answer.status == 200, answer.body
                self.asked[answer.headers["x-maester-request-id"]] = word == "sun"
        threads = [threading.Thread(target=some, args=(n,)) for n in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    def graded(self) -> int:
        return min(self.call("GET", f"/v1/evals/rules/{name}")["evaluated"] for name in RULES)

    def cycle(self, number: int) -> int:
        self.start(f"cycle-{number}-0")
        if number == 0:
            for name, assertion in RULES.items():
                self.call("POST", "/v1/evals/rules", {"name": name, "assertions": [assertion], "review": "failed"})
        self.ask(number)
        kills, began, until = 0, self.graded(), time.monotonic() + 300
        while (now := self.graded()) < len(self.asked):
            # As soon as a job is in the midst of its tasks, a few times.
            if kills < KILLS and now > began:
                time.sleep(self.random.uniform(0, 0.03))
                self.server.kill()
                kills += 1
                self.start(f"cycle-{number}-{kills}")
                began = self.graded()
            if time.monotonic() > until:
                self.fault(f"cycle {number}: {now} of {len(self.asked)} graded after five minutes")
                break
            time.sleep(self.random.uniform(0, 0.02))
        self.check(number, kills)
        self.server.stop()
        return kills

    def check(self, number: int, kills: int) -> None:
        twice = 0
        for request_id, sunny in self.asked.items():
            said = Counter(one["name"] for one in self.call("GET", f"/v1/requests/{request_id}")["feedback"])
            wanted = {"sunny": 1, "sunny/score": 1, "sunny/sun": 1, "short": 1, "short/score": 1, "short/form": 1}
            if said != wanted:
                twice += 1
                if twice < 4:
                    self.fault(f"cycle {number}: {request_id} was said of: {dict(said)}")
        if twice:
            self.fault(f"cycle {number}: {twice} of {len(self.asked)} requests have other feedback than one of each")
        good = sum(self.asked.values())
        for name, passed in (("sunny", good), ("short", len(self.asked))):
            rule = self.call("GET", f"/v1/evals/rules/{name}")
            if (rule["evaluated"], rule["passed"]) != (len(self.asked), passed):
                self.fault(f"cycle {number}: rule {name} says {rule}, {len(self.asked)} were asked, {passed} of them good")
        queue, cursor = [], ""
        while True:
            page = self.call("GET", "/v1/reviews?limit=200" + (f"&cursor={cursor}" if cursor else ""))
            queue += [one["request_id"] for one in page["data"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        if Counter(queue) != Counter(one for one, sunny in self.asked.items() if not sunny):
            self.fault(f"cycle {number}: {len(queue)} reviews for {len(self.asked) - good} bad answers")
        print(f"cycle {number}: {kills} kills, {len(self.asked)} requests", flush=True)

    def close(self) -> None:
        pass


if __name__ == "__main__":
    sys.exit(cycles.main(__doc__, "live", Run, 3))
