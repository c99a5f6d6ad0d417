"""Interactive requests while a long batch runs: what the batch costs them, what it costs the server."""
import threading
import time
from pathlib import Path

from support import batches, configs
from support.batches import Server
from support.programs import FakeProvider, Maester, loadgen

MODEL = "latency:20"
RATE = 100


def batch(directory: Path, full: bool) -> list:
    lines, seconds = (50_000, 30) if full else (5_000, 8)
    provider = FakeProvider(log=directory / "provider.log")
    server = Maester(directory, configs.NO_LIMITS + configs.providers(provider.port) + configs.models([MODEL]))
    call = Server(server).call
    try:
        loadgen(server.port, "-r", RATE, "-d", 3, "--model", MODEL)  # warm
        alone = loadgen(server.port, "-r", RATE, "-d", seconds, "--model", MODEL)
        content = batches.jsonl(batches.request(n, MODEL, user="u" * 200) for n in range(lines))
        before = server.memory_kib()["rss"]
        most = [before]
        over = threading.Event()

        def watch():
            while not over.wait(0.2):
                most.append(server.memory_kib()["rss"])

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.monotonic()
        made = batches.create(call, content)
        batches.wait(call, made, 120, until=("in_progress",))
        beside = loadgen(server.port, "-r", RATE, "-d", seconds, "--model", MODEL)
        done = batches.wait(call, made, 3_600)
        took = time.monotonic() - began
        over.set()
        watcher.join()
        out = batches.lines(call, done["output_file_id"])
        answered = sum(row["requests"] for row in call("GET", "/v1/usage?group_by=model").json()["data"])
    finally:
        server.stop(60)
        provider.stop()
    grown = (max(most) - before) / 1024
    figure = "p50 {0:.1f} ms, p99 {1:.1f} ms".format
    return [
        ("every line is answered once, in its order", done["status"] == "completed" and len(out) == lines
         and [line["custom_id"] for line in out] == [f"r{n}" for n in range(lines)], f"{lines} lines, {lines / took:.0f} a second beside {RATE} others"),
        ("no interactive request fails beside a batch", not beside["errors"] and beside["ok"] > 0,
         f"alone {figure(alone['latency_us']['p50'] / 1000, alone['latency_us']['p99'] / 1000)}; beside "
         f"{figure(beside['latency_us']['p50'] / 1000, beside['latency_us']['p99'] / 1000)}"),
        ("the server's memory does not grow with the batch", grown < 96, f"{grown:.0f} MiB more at most, input of {len(content) >> 20} MiB"),
        ("the ledger has every request", answered >= lines, f"{answered} requests"),
    ]
