#!/usr/bin/env python3
"""Measures how soon the real server answers from a large collection after a start.

usage: cold_start.py --index DIRECTORY [--dimensions 0|384] [--directory WORK] [--repeats 3] [-o json|table]
DIRECTORY is an index that `bench_lexical --keep 0 --directory DIRECTORY` left (with `--embed 1`: --dimensions 384). A data directory is
made around it: a server makes the collection, the index takes the place of its empty one, and work.db gets a row for each document.
Cold: the files of the data directory are dropped from the page cache before each start. The clock runs from the process's start to the
first answer to a search; the processor time is the server's up to then, all threads.
"""
import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from support import client  # noqa: E402
from support.programs import Maester, maester_binary  # noqa: E402

CHUNKS_PER_DOCUMENT = 10  # of bench_lexical
CONFIG = """default_model = "m"
[[providers]]
name = "sim"
kind = "simulated"
[[models]]
name = "m"
provider = "sim"
"""


def search(server: Maester):
    return client.request(server.port, "POST", "/v1/collections/big/search", {"query": "zero dimensional biomaterials", "top_k": 10})


def make(work: Path, index: Path, dimensions: int) -> int:
    """Fills work/data; returns the number of documents."""
    server = Maester(work, CONFIG, name="first")
    kind = "local-hash" if dimensions else "none"
    made = client.request(server.port, "POST", "/v1/collections", {"name": "big", "embedding": {"kind": kind}})
    assert made.status == 201, made.body
    identity = made.json()["id"]
    server.stop()
    place = work / "data/knowledge" / identity / "v1"
    shutil.rmtree(place)
    place.symlink_to(index.resolve())
    chunks = json.loads((index / "chunks.json").read_text())["chunks"] if (index / "chunks.json").exists() else 1_000_000
    database = sqlite3.connect(work / "data/work.db")
    now = time.time_ns()

    def rows():
        for chunk in range(0, chunks, CHUNKS_PER_DOCUMENT):
            name = f"document {min(chunk + CHUNKS_PER_DOCUMENT, chunks)}"
            yield ("default", identity, chunk.to_bytes(8, "little") + bytes(8), f"{name}/{chunk}", "", "text/plain", "", "", None, "", "ready", 1,
                   chunk // CHUNKS_PER_DOCUMENT + 1, hashlib.sha256(name.encode()).hexdigest(), None, None, None, "", "", now, now)
    with database:
        database.executemany(f"INSERT INTO documents VALUES ({', '.join('?' * 21)})", rows())
        count = database.execute("SELECT count(*) FROM documents").fetchone()[0]
        database.execute("UPDATE collections SET change = ?", (count,))
        database.execute("UPDATE index_versions SET change = ?", (count,))
    database.close()
    return count


def forget(directory: Path) -> None:
    os.sync()
    for path in directory.rglob("*"):
        files = path.resolve().iterdir() if path.is_symlink() else [path]
        for file in files:
            if file.is_file():
                descriptor = os.open(file, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)


def start(work: Path, name: str) -> dict:
    began = time.monotonic()
    server = Maester(work, CONFIG, name=name, wait=False)
    ready = None
    while True:
        try:
            if ready is None and client.request(server.port, "GET", "/readyz", timeout=1).status == 200:
                ready = time.monotonic() - began
            if ready is not None:
                answer = search(server)
                assert answer.status == 200 and answer.json()["hits"], answer.body
                break
        except OSError:
            assert time.monotonic() - began < 120, server.log()
            time.sleep(0.002)
    answered = time.monotonic() - began
    fields = Path(f"/proc/{server.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = Path(f"/proc/{server.child.pid}/status").read_text()
    anonymous = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon"))
    server.stop()
    ticks = os.sysconf("SC_CLK_TCK")
    return {"ready_ms": ready * 1e3, "answer_ms": answered * 1e3, "cpu_ms": (int(fields[11]) + int(fields[12])) * 1e3 / ticks,
            "private_mib": anonymous / 1024}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--dimensions", type=int, default=0)
    parser.add_argument("--directory", type=Path, default=Path("/tmp/maester-cold-start"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    plan = parser.parse_args()
    shutil.rmtree(plan.directory, ignore_errors=True)
    plan.directory.mkdir(parents=True)
    documents = make(plan.directory, plan.index, plan.dimensions)
    out = {"binary": str(maester_binary()), "documents": documents, "load": os.getloadavg()[0]}
    for kind in ("cold", "warm"):
        runs = []
        for repeat in range(plan.repeats):
            if kind == "cold":
                forget(plan.directory / "data")
            runs.append(start(plan.directory, f"{kind}{repeat}"))
        out[kind] = {name: round(statistics.median(run[name] for run in runs), 1) for name in runs[0]}
    print(json.dumps(out, indent=1) if plan.output == "json" else "\n".join(
        f"{kind}: ready after {out[kind]['ready_ms']} ms, first answer after {out[kind]['answer_ms']} ms; {out[kind]['cpu_ms']} ms of processor time, "
        f"{out[kind]['private_mib']} MiB of its own" for kind in ("cold", "warm")) + f"\n{documents} documents; load {out['load']:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
