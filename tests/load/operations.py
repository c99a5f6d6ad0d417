"""T05, T17, T19, T20 and hedging: what a server does with too much work, new configurations, its own end and a full disk."""
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from support import client, configs
from support.processes import Process
from support.programs import FakeProvider, Maester, finish_loadgen, loadgen, maester_binary, start_loadgen, tool

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
import test_disk_full as disk_rig  # noqa: E402

SERVICE_MS, ROOM = 200, 40
CAPACITY = ROOM * 1000 // SERVICE_MS  # a second: the room is what is scarce, on any machine
LIFE_MS = 500


def acks_of(path: Path) -> list:
    return [json.loads(line) for line in path.read_text().splitlines()]


def chk(data: Path, acks: Path, provider: Path) -> list:
    done = subprocess.run([tool("chk"), "--data", data, "--acks", acks, "--provider", provider], capture_output=True, text=True)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()


def overload(directory: Path, full: bool) -> list:
    """Three times what there is room for: interactive requests below the capacity, batch far above it."""
    seconds = 300 if full else 10
    provider = FakeProvider(journal=directory / "provider.jsonl", log=directory / "provider.log")
    model = f"latency:{SERVICE_MS}"
    server = Maester(directory, f"[limits]\nconcurrency_total = {ROOM}\nconcurrency_per_key = 100000\n"
                     + configs.providers(provider.port) + configs.models(["plain", model]))
    try:
        alone = loadgen(server.port, "-c", ROOM, "-d", 10 if full else 4, "--model", model, "-H", "x-maester-priority: interactive")
        capacity = min(CAPACITY, alone["throughput_rps"])
        time.sleep(8)  # what those needed is kept from batch for some seconds
        before = server.memory_kib()["rss"]
        batch = start_loadgen(server.port, "-r", int(2.6 * CAPACITY), "-d", seconds, "-c", 2000, "--model", model,
                              "-H", "x-maester-priority: batch", "--acks", directory / "batch.acks")
        human = start_loadgen(server.port, "-r", int(0.4 * CAPACITY), "-d", seconds, "-c", 500, "--model", model,
                              "--acks", directory / "human.acks")
        shed_ms, statuses = [], set()
        until = time.monotonic() + seconds - 2
        while time.monotonic() < until:
            started = time.monotonic()
            answer = client.chat(server.port, model, headers={"x-maester-priority": "batch"})
            if answer.status != 200:
                shed_ms.append((time.monotonic() - started) * 1000)
                statuses.add((answer.status, "retry-after" in answer.headers))
            time.sleep(0.05)
        finish_loadgen(batch, seconds + 60)
        report = finish_loadgen(human, seconds + 60)
        grown = server.memory_kib()["rss"] - before
        started = time.monotonic()
        while client.chat(server.port, model, headers={"x-maester-priority": "batch"}).status != 200:
            assert time.monotonic() - started < 60
        calm = time.monotonic() - started
    finally:
        server.stop(60)
        provider.stop()
    human_acks, batch_acks = acks_of(directory / "human.acks"), acks_of(directory / "batch.acks")
    good = sum(one["status"] == 200 for one in human_acks + batch_acks)
    served = sum(one["status"] == 200 for one in human_acks)
    shed = sum(one["status"] == 503 for one in batch_acks)
    median = statistics.median(shed_ms) if shed_ms else 0
    late = sorted(shed_ms)[int(0.95 * len(shed_ms))] if shed_ms else 0
    return [
        ("goodput is at least 90 % of the capacity", good >= 0.9 * capacity * seconds,
         f"{good / seconds:.0f} a second; alone {alone['throughput_rps']:.0f}, by the room {CAPACITY}"),
        ("interactive requests succeed while batch is shed", served >= 0.99 * len(human_acks) and shed > 0,
         f"{served} of {len(human_acks)}, {shed} of {len(batch_acks)} of batch shed, p99 {report['latency_us']['p99'] / 1000:.0f} ms"),
        ("what is shed is told so with a retry-after", statuses == {(503, True)}, f"{len(shed_ms)} looked at: {statuses}"),
        ("and soon", not full or median <= 50, f"median {median:.0f} ms, 95 % within {late:.0f} ms"),
        ("memory stays", grown <= 32 * 1024, f"{grown / 1024:.1f} MiB"),
        ("back to normal when it is over", calm <= 10, f"{calm:.2f} s")]


def reload(directory: Path, full: bool) -> list:
    """A reload a second by SIGHUP, every tenth of a file that does not load."""
    count, rate = (100, 500) if full else (20, 100)
    provider = FakeProvider(journal=directory / "provider.jsonl", log=directory / "provider.log")
    server = Maester(directory, configs.NO_LIMITS + configs.providers(provider.port) + configs.models(["plain"]))
    good = server.config_path.read_text()
    acks = directory / "acks.jsonl"
    versions, prices, mixed, told = [], {}, [], 0

    def show() -> dict:
        return client.request(server.port, "GET", "/v1/config").json()

    def sample(stop: threading.Event) -> None:
        while not stop.is_set():
            answer = client.chat(server.port, "plain")
            versions.append((answer.status, answer.headers.get("x-maester-config"), answer.headers.get("x-maester-cost-usd"),
                             answer.json()["usage"]))
            time.sleep(0.02)
    try:
        prices[show()["config"]] = 1
        driver = start_loadgen(server.port, "-r", rate, "-d", count, "--model", "plain", "--acks", acks)
        stop = threading.Event()
        sampler = threading.Thread(target=sample, args=(stop,))
        sampler.start()
        for i in range(count):
            due = time.monotonic() + 0.9
            text = good.replace('input_per_mtok = "1.00"', f'input_per_mtok = "{i + 2}.00"')
            broken = i % 10 == 9
            server.config_path.write_text(text + ("nonsense = 1\n" if broken else ""))
            before = show()["version"]
            refused = server.log().count("config_refused")
            server.child.send_signal(signal.SIGHUP)
            until = time.monotonic() + 60
            while time.monotonic() < until:
                if broken and server.log().count("config_refused") > refused:
                    told += show()["version"] == before
                    break
                if not broken and (now := show())["version"] == before + 1:
                    prices[now["config"]] = i + 2
                    break
                time.sleep(0.02)
            time.sleep(max(0, due - time.monotonic()))
        stop.set()
        sampler.join()
        report = finish_loadgen(driver, count + 60)
    finally:
        server.stop(60)
        provider.stop()
    for status, config, cost, usage in versions:
        price = prices.get(config)
        exact = price is not None and abs(float(cost) - (usage["prompt_tokens"] * price + usage["completion_tokens"] * 4) / 1e6) < 1e-12
        if status != 200 or not exact:
            mixed.append((status, config, cost))
    return [
        ("no request is dropped or answered 5xx", report["failed"] == 0 and report["unsent"] == 0,
         f"{report['ok']} answered at {rate} a second, {report['errors']}, p99 {report['latency_us']['p99'] / 1000:.1f} ms"),
        ("every valid file is in force, every other refused with its reason", len(prices) == count - count // 10 + 1 and told == count // 10,
         f"{len(prices) - 1} taken, {told} refused of {count}"),
        ("no request sees a mixture: its cost is by the version it names", not mixed and len({v[1] for v in versions}) > count // 2,
         f"{len(versions)} looked at, {len({v[1] for v in versions})} versions, {mixed[:2]}")]


def drain(directory: Path, full: bool) -> list:
    """TERM under load with streams that last, the next process on the same listener."""
    streams, rate, chunks = (200, 200, 200) if full else (30, 50, 40)
    provider = FakeProvider(journal=directory / "provider.jsonl", log=directory / "provider.log")
    slow = f"stream:chunks={chunks}:interval_ms=100"
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    port = listener.getsockname()[1]
    config = directory / "maester.toml"
    config.write_text(f'listen = "127.0.0.1:{port}"\ndata_dir = "{directory}/data"\n' + configs.NO_LIMITS
                      + configs.providers(provider.port) + configs.models(["plain", slow]))

    def start(name: str) -> Process:
        os.set_inheritable(listener.fileno(), True)
        process = Process.__new__(Process)
        process.command = ["bash", "-c", f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1; exec "$@"', "bash", maester_binary(),
                           "serve", "--dev", "--config", config]
        process.log_path = directory / f"{name}.log"
        with open(process.log_path, "ab") as log:
            process.child = subprocess.Popen([str(part) for part in process.command], stdout=log, stderr=log, close_fds=False)
        process.wait_port(port, 60)
        return process

    first = start("first")
    acks = directory / "acks.jsonl"
    streamed: list = []
    try:
        threads = [threading.Thread(target=lambda: streamed.append(client.chat(port, slow, stream=True, timeout=300)))
                   for _ in range(streams)]
        for thread in threads:
            thread.start()
        life = chunks / 10 + 15
        driver = start_loadgen(port, "-r", rate, "-d", life, "-c", 500, "--model", "plain", "--acks", acks, "--timeout-ms", 120_000)
        time.sleep(3)
        first.child.send_signal(signal.SIGTERM)
        started = time.monotonic()
        code = first.child.wait(300)
        took = time.monotonic() - started
        second = start("second")
        for thread in threads:
            thread.join()
        report = finish_loadgen(driver, life + 200)
        provider.wait_idle(60)
        second.stop(60)
    finally:
        first.kill()
        listener.close()
        provider.stop()
    whole = sum(answer.status == 200 and answer.done() for answer in streamed)
    # A connection that is closed between two requests is opened again by any client; what the server read is answered.
    lost = {kind: n for kind, n in report["errors"].items() if n}
    faults = chk(directory / "data", acks, directory / "provider.jsonl")
    return [
        ("every stream ends whole", whole == streams, f"{whole} of {streams}"),
        ("no request is refused or cut", report["failed"] == 0, f"{report['ok']} answered, {lost}"),
        ("the first process ends by itself, with 0", code == 0, f"status {code} after {took:.1f} s"),
        ("all is settled, once", not faults, "; ".join(faults[:3]) or "chk finds nothing")]


def hedging(directory: Path, full: bool) -> list:
    """A provider of which one call in a hundred never answers, with and without a second call."""
    seconds = 60 if full else 8
    provider = FakeProvider(journal=directory / "provider.jsonl", log=directory / "provider.log")
    times = {"first_byte_ms": 2000, "total_ms": 20000}
    config = configs.FORGETFUL + configs.NO_LIMITS + configs.providers(provider.port)
    config += configs.models({"lame": "latency:20;fault:hang-headers;percent:1", "other": "latency:20"})
    config += configs.route("patient", ["lame", "other"], 3, **times)
    config += configs.route("hedged", ["lame", "other"], 3, **times) + "hedge = { after_ms = 200 }\n"
    server = Maester(directory, config)
    try:
        reports = {name: loadgen(server.port, "-r", 100, "-d", seconds, "-c", 400, "--model", name, timeout=seconds + 90)
                   for name in ("patient", "hedged")}
        text = client.request(server.port, "GET", "/metrics").body.decode()
        hedged = next(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith("maester_hedged_total"))
    finally:
        server.stop(60)
        provider.stop()
    asked = reports["hedged"]["ok"]
    figures = ", ".join(f"{name} p99 {report['latency_us']['p99'] / 1000:.0f} ms" for name, report in reports.items())
    return [
        ("all are answered", all(report["failed"] == 0 for report in reports.values()), figures),
        ("at most 2 % are hedged", 0 < hedged <= 0.02 * asked + 1, f"{hedged} of {asked}")]


def disk(directory: Path, full: bool) -> list:
    """A disk of 64 MiB that fills under load, and has space again."""
    if not disk_rig.may_mount():
        return [("this machine permits no mount", True, "not tried")]
    rate, seconds = (200, 40) if full else (50, 15)
    provider = FakeProvider(journal=directory / "provider.jsonl", log=directory / "provider.log")
    config = configs.NO_LIMITS + configs.providers(provider.port) + configs.models(["plain", disk_rig.SLOW])
    server = disk_rig.OnSmallDisk(directory, config, maester_binary())
    acks = directory / "acks.jsonl"
    try:
        streams: list = []
        threads = [threading.Thread(target=lambda: streams.append(client.chat(server.port, disk_rig.SLOW, stream=True, timeout=120)))
                   for _ in range(20)]
        for thread in threads:
            thread.start()
        driver = start_loadgen(server.port, "-r", rate, "-d", seconds, "-c", 400, "--model", "plain", "--acks", acks)
        time.sleep(2)
        server.fill()
        started = time.monotonic()
        while (refused := client.chat(server.port, "plain")).status == 200 and time.monotonic() - started < 60:
            time.sleep(0.02)
        noticed = time.monotonic() - started
        degraded = client.request(server.port, "GET", "/readyz").json().get("degraded")
        for thread in threads:
            thread.join()
        server.free()
        started = time.monotonic()
        while client.chat(server.port, "plain").status != 200 and time.monotonic() - started < 60:
            time.sleep(0.02)
        recovered = time.monotonic() - started
        finish_loadgen(driver, seconds + 90)
        provider.wait_idle(60)
        shutil.copytree(server.inside, directory / "copy")
        alive = server.alive()
    finally:
        server.stop(60)
        provider.stop()
    others = {one["status"] for one in acks_of(acks)}
    whole = sum(answer.status == 200 and answer.done() for answer in streams)
    faults = chk(directory / "copy", acks, directory / "provider.jsonl")
    return [
        ("what is new is refused as storage_full", refused.status in (503, 507) and refused.json()["error"]["code"] == "storage_full",
         f"status {refused.status} {noticed:.2f} s after the disk was full"),
        ("and soon", not full or noticed <= 1, f"{noticed:.2f} s"),
        ("health says so", bool(degraded), f"{degraded}"),
        ("what ran is answered and settled from the reserve", whole == len(streams), f"{whole} of {len(streams)} streams"),
        ("service returns by itself", alive and recovered <= (5 if full else 60), f"{recovered:.2f} s after there is space"),
        ("nobody sees another failure", others <= {200, 503, 507}, f"statuses {sorted(others)}"),
        ("the ledger holds", not faults, "; ".join(faults[:3]) or "chk finds nothing")]
