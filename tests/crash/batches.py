#!/usr/bin/env python3
"""T01's method for batches: kills the server while batches run, again and again on one data directory, and compares what their files
say with what the provider, which is never killed, was asked.

usage: batches.py [--cycles N] [--build DIR] [--seed N] [--keep]

What must hold once all batches have ended:
- every line of every batch that was acknowledged stands once in its output or its error file, in the input's order;
- the provider was asked no line twice, and every line that is answered once;
- an unanswered line says `outcome_unknown`, and only lines that were under way at a kill do;
- no upload that broke off has left a body, no ended batch a row of a line.
"""
import collections
import json
import os
import random
import sqlite3
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import batches, client, configs, cycles  # noqa: E402
from support.programs import FakeProvider, Maester  # noqa: E402

CONCURRENCY = 16


class Run:
    def __init__(self, directory: Path, seed: int):
        self.directory, self.random = directory, random.Random(seed)
        self.provider = FakeProvider(journal=directory / "calls.jsonl", log=directory / "provider.log")
        self.config = (configs.NO_LIMITS + configs.FORGETFUL + configs.providers(self.provider.port)
                       + '[[models]]\nname = "m/*"\nprovider = "fake-openai"\n' + configs.PRICE)
        self.made: dict = {}  # batch id -> its custom ids
        self.kills = 0
        self.serial = 0
        self.faults: list = []
        self.server = None
        self.stopping = False

    def call(self, method, path, body=None, headers=None, **_):
        return client.request(self.server.port, method, path, body, headers or {}, timeout=30)

    def start(self, name: str) -> None:
        self.server = Maester(self.directory, self.config, name=name)

    def add(self) -> None:
        """A model of its own for each line, so that the provider's journal tells how often it was asked."""
        rows = []
        for _ in range(self.random.randrange(20, 400)):
            self.serial += 1
            rows.append(batches.request(self.serial, f"m/latency:{self.random.choice([0, 5, 40])};text:{self.serial + 100}", max_tokens=5))
        try:
            made = batches.create(self.call, batches.jsonl(rows))
        except (AssertionError, OSError, ValueError):
            return  # not acknowledged: it may run all the same, which the provider's side of the check allows
        self.made[made["id"]] = [row["custom_id"] for row in rows]

    def work(self) -> None:
        while not self.stopping:
            if len(self.live()) < 4:
                self.add()
            time.sleep(0.02)

    def live(self) -> list:
        out = []
        for batch in self.made:
            try:
                if json.loads(self.call("GET", f"/v1/batches/{batch}").body)["status"] not in batches.ENDED:
                    out.append(batch)
            except (OSError, ValueError, KeyError):
                out.append(batch)
        return out

    def cycle(self, number: int) -> None:
        self.start(f"cycle-{number}")
        self.stopping = False
        worker = threading.Thread(target=self.work)
        worker.start()
        time.sleep(self.random.uniform(0.3, 2.0))
        self.server.kill()
        self.kills += 1
        self.stopping = True
        worker.join()

    def fault(self, text: str) -> None:
        self.faults.append(text)
        print(f"FAULT {text}", flush=True)

    def close(self) -> None:
        self.start("check")
        unknown = 0
        for batch, ids in self.made.items():
            done = batches.wait(self.call, batch, 300)
            out, failed = batches.lines(self.call, done["output_file_id"]), batches.lines(self.call, done["error_file_id"])
            if done["status"] != "completed":
                self.fault(f"{batch} is {done['status']}: {done['errors']}")
            said = {line["custom_id"]: line for line in out + failed}
            if sorted(said) != sorted(ids) or len(said) != len(out) + len(failed):
                self.fault(f"{batch}: {len(out)} + {len(failed)} lines of {len(ids)}")
            if [one for one in ids if said.get(one) in out] != [line["custom_id"] for line in out]:
                self.fault(f"{batch}: the output is not in the order of its input")
            codes = {line["error"]["code"] if line["error"] else line["response"]["status_code"] for line in failed}
            if codes - {"outcome_unknown"}:
                self.fault(f"{batch}: lines failed with {codes}")
            unknown += len(failed)
        # Under way at a kill: what every live batch may have, and there are at most four that run.
        if unknown > self.kills * CONCURRENCY * 4:
            self.fault(f"{unknown} lines are unknown after {self.kills} kills")
        self.provider.wait_idle()
        asked = collections.Counter(call["model"] for call in self.provider.calls())
        twice = [model for model, times in asked.items() if times > 1]
        if twice:
            self.fault(f"{len(twice)} lines were asked twice: {twice[:3]}")
        self.server.stop()
        with sqlite3.connect(self.server.data / "work.db") as db:
            left = db.execute("SELECT count(*) FROM batch_lines").fetchone()[0]
            rows = {row[0] for row in db.execute("SELECT id FROM files")}
            ended = db.execute("SELECT count(*) FROM batches WHERE completed + failed = total AND status = 'completed'").fetchone()[0]
        if left:
            self.fault(f"{left} rows of lines are left")
        bodies = set(os.listdir(self.server.data / "files"))
        if bodies != rows:
            self.fault(f"bodies without a row: {bodies - rows}, rows without a body: {rows - bodies}")
        self.provider.stop()
        print(f"{ended} batches, {sum(map(len, self.made.values()))} lines, {unknown} unknown, {sum(asked.values())} asks, {self.kills} kills")


if __name__ == "__main__":
    sys.exit(cycles.main(__doc__, "batches", Run, 10))
