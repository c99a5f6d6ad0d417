#!/usr/bin/env python3
"""T01's method for the knowledge engine: kills the server while documents come in, change and go, while indexes are built, flipped
and rolled back; restarts it on the same data; compares what is found with what was acknowledged.

usage: knowledge.py [--cycles N] [--build DIR] [--seed N] [--keep]

What must hold after each restart, once the jobs are done:
- every document whose upload was acknowledged is found with its newest acknowledged content (or with one that was sent and whose
  answer was lost), once, and nothing of before;
- no document whose DELETE was acknowledged is found, in the live version or any other;
- every index version that can be asked is whole: it finds what is alive;
- every job that was acknowledged has ended.
"""
import json
import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import client, cycles  # noqa: E402
from support.access import SIMULATED  # noqa: E402
from support.knowledge import Collection  # noqa: E402
from support.programs import Maester  # noqa: E402

SOURCES = 60
ENDED = ("succeeded", "failed", "dead", "cancelled")


class Run:
    def __init__(self, directory: Path, seed: int):
        self.directory, self.random = directory, random.Random(seed)
        # By source: what may be found now. Several where an answer was lost; None = nothing.
        self.possible: dict = {}
        self.jobs: set = set()
        self.serial = 0
        self.faults: list = []
        self.server = None
        self.stopping = False

    def call(self, method, path, body=None, headers=None):
        return client.request(self.server.port, method, path, body, headers or {}, timeout=20)

    def start(self, name: str) -> None:
        self.server = Maester(self.directory, SIMULATED, name=name)

    # ---- what is done until the kill
    def put_one(self, rng) -> None:
        source = f"s{rng.randrange(SOURCES)}"
        self.serial += 1
        word = f"word{self.serial}x"
        self.possible.setdefault(source, {None}).add(word)
        answer = self.call("POST", "/v1/collections/c/documents", {"source_id": source, "text": f"common {word} " + "filler text " * rng.randrange(300)})
        if answer.status == 202:
            self.possible[source] = {word}
            self.jobs.add(answer.json()["job_id"])

    def put_many(self, rng) -> None:
        chosen = rng.sample(range(SOURCES), 20)
        lines = []
        words = {}
        for number in chosen:
            self.serial += 1
            words[f"s{number}"] = f"word{self.serial}x"
            self.possible.setdefault(f"s{number}", {None}).add(words[f"s{number}"])
            lines.append({"source_id": f"s{number}", "text": f"common {words[f's{number}']}"})
        answer = self.call("POST", "/v1/collections/c/documents", "\n".join(json.dumps(line) for line in lines).encode(),
                           {"content-type": "application/x-ndjson"})
        if answer.status == 202:
            for source, word in words.items():
                self.possible[source] = {word}
            self.jobs.add(answer.json()["job_id"])

    def delete(self, rng) -> None:
        source = f"s{rng.randrange(SOURCES)}"
        self.possible.setdefault(source, {None}).add(None)
        answer = self.call("DELETE", f"/v1/collections/c/documents?source_id={source}")
        if answer.status == 200:
            self.possible[source] = {None}

    def build(self, rng) -> None:
        answer = self.call("POST", "/v1/collections/c/versions", {"chunking": {"size": rng.choice([20, 50, 100]), "overlap": 0}, "flip": rng.random() < 0.5})
        if answer.status == 202:
            self.jobs.add(answer.json()["job_id"])

    def flip(self, rng) -> None:
        self.call("POST", "/v1/collections/c/rollback", {})

    def work(self) -> None:
        rng = self.random
        while not self.stopping:
            try:
                rng.choices([self.put_one, self.put_many, self.delete, self.build, self.flip], [50, 12, 20, 4, 4])[0](rng)
            except OSError:
                pass

    def cycle(self, number: int) -> None:
        self.start(f"cycle-{number}")
        if number == 0:
            assert self.call("POST", "/v1/collections", {"name": "c"}).status == 201
        self.stopping = False
        worker = threading.Thread(target=self.work)
        worker.start()
        time.sleep(self.random.uniform(0.3, 1.5))
        self.server.kill()
        self.stopping = True
        worker.join()
        self.start(f"check-{number}")
        self.check(number)
        self.server.kill() if self.random.random() < 0.3 else self.server.stop()

    # ---- what must hold
    def fault(self, text: str) -> None:
        self.faults.append(text)
        print(f"FAULT {text}", flush=True)

    def wait_for_jobs(self) -> None:
        until = time.monotonic() + 120
        for job in list(self.jobs):
            while True:
                state = self.call("GET", f"/v1/jobs/{job}").json().get("state", "unknown")
                if state in ENDED:
                    if state != "succeeded":
                        self.fault(f"job {job} is {state}: {self.call('GET', f'/v1/jobs/{job}').body.decode()}")
                    self.jobs.discard(job)
                    break
                if time.monotonic() > until:
                    self.fault(f"job {job} is still {state}")
                    return
                time.sleep(0.02)

    def check(self, number: int) -> None:
        self.wait_for_jobs()
        collection = Collection(self.call, "c", make=False)
        until = time.monotonic() + 60  # a catch-up after a rollback
        while any(job["state"] not in ENDED for job in self.call("GET", "/v1/jobs?limit=50").json()["data"]) and time.monotonic() < until:
            time.sleep(0.05)
        versions = [one["version"] for one in self.call("GET", "/v1/collections/c/versions").json()["data"] if one["state"] in ("live", "ready")]
        live = self.call("GET", "/v1/collections/c").json()["index_version"]
        for source, words in sorted(self.possible.items()):
            found = {}
            for word in sorted(word for word in words if word):
                found[word] = [hit["source_id"] for hit in collection.search(word, mode="lexical", top_k=50)["hits"]]
            present = [word for word, sources in found.items() if source in sources]
            if any(set(sources) - {source} for sources in found.values()):
                self.fault(f"cycle {number}: {source}: {found}")
            if len(present) > 1 or (not present and None not in words):
                self.fault(f"cycle {number}: {source} may be {words} and is {present} in {live}")
            if words == {None}:
                for version in versions:
                    if source in collection.sources("common", mode="lexical", top_k=200, index_version=version):
                        self.fault(f"cycle {number}: {source} was deleted and is found in {version}")
            self.possible[source] = {present[0]} if len(present) == 1 else {None}
        alive = {source for source, words in self.possible.items() if words != {None}}
        hits = collection.search("common", mode="lexical", top_k=200)["hits"]
        seen = {hit["source_id"] for hit in hits}
        if seen - alive:
            self.fault(f"cycle {number}: {seen - alive} are found and should not be")

    def close(self) -> None:
        print(f"{self.serial} contents, {len(self.possible)} sources")


if __name__ == "__main__":
    sys.exit(cycles.main(__doc__, "knowledge", Run, 10))
