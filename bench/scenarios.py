"""What is measured. Each section takes a Rig and a Plan and answers plain data; report.py shows it."""
import json
import statistics
import sys
import time
from dataclasses import dataclass

import programs
from rigging import STREAM_INTERVAL_MS, Rig, Target, stream_model
from support import client

FEATURES = ("journal", "trace", "log_requests", "evaluate", "price")
RATES = (500, 1000, 2000, 5000)


@dataclass
class Plan:
    seconds: float
    warmup: float
    repeats: int
    rates: tuple = RATES
    streams: tuple = (200, 1000)


def median_of(runs: list, *path: str) -> float:
    def pick(run: dict) -> float:
        for name in path:
            run = run[name]
        return run
    return statistics.median(pick(run) for run in runs)


def measured(rig: Rig, target: Target, *options) -> dict:
    """One run of the driver, with the server's CPU time for 10,000 requests."""
    before = target.process.cpu_seconds() if target.process else 0
    provider_before, asked_before = rig.provider.cpu_seconds(), rig.provider.stats()["requests"]
    began = time.monotonic()
    report = rig.drive(target.port, *options)
    elapsed = time.monotonic() - began
    asked = max(1, rig.provider.stats()["requests"] - asked_before)
    report["cpu_per_10k"] = (target.process.cpu_seconds() - before) / asked * 10_000 if target.process else 0.0
    report["provider_share"] = (rig.provider.cpu_seconds() - provider_before) / elapsed
    report["driver_share"] = report["cpu_seconds"] / max(report["seconds"], 0.001)
    if report["failed"] or report["unsent"]:
        print(f"!! {target.name}: {report['failed']} failed, {report['unsent']} not sent: {report['errors']}",
              file=sys.stderr, flush=True)
    return report


def throughput(rig: Rig, plan: Plan, maester) -> list:
    rows = []
    for size in (1024, 16384):
        row = {"body_bytes": size}
        for target in rig.targets(maester):
            runs = [measured(rig, target, "-c", "64", "-d", str(plan.seconds), "--warmup", str(plan.warmup),
                             "--body-bytes", str(size)) for _ in range(plan.repeats)]
            row[target.name] = {
                "rps": median_of(runs, "throughput_rps"), "p50_us": median_of(runs, "latency_us", "p50"),
                "p99_us": median_of(runs, "latency_us", "p99"), "cpu_per_10k": median_of(runs, "cpu_per_10k"),
                "failed": sum(run["failed"] for run in runs),
                "provider_share": median_of(runs, "provider_share"), "driver_share": median_of(runs, "driver_share")}
        for name in ("nginx", "maester"):
            if name in row:
                row[name]["to_nginx"] = row[name]["rps"] / row["nginx"]["rps"]
        rows.append(row)
    return rows


def latency(rig: Rig, plan: Plan, maester) -> list:
    rows = []
    for rate in plan.rates:
        row = {"rate": rate}
        for target in rig.targets(maester):
            runs = [measured(rig, target, "-r", str(rate), "-c", "512", "-d", str(plan.seconds), "--warmup",
                             str(plan.warmup), "--body-bytes", "1024") for _ in range(plan.repeats)]
            row[target.name] = {name: median_of(runs, "latency_us", name) for name in ("p50", "p99", "p999")}
            row[target.name]["cpu_per_10k"] = median_of(runs, "cpu_per_10k")
            row[target.name]["failed"] = sum(run["failed"] for run in runs)
        rows.append(row)
    return rows


def streams(rig: Rig, plan: Plan, maester) -> list:
    """So many streams at once: opened evenly over their lifetime, as clients do, and all in one instant."""
    rows = []
    life = rig.chunks * STREAM_INTERVAL_MS / 1000
    for count in plan.streams:
        evenly = ("-c", str(2 * count), "-r", str(round(count / life)), "--warmup", str(life), "-d", str(max(plan.seconds, 2 * life)))
        at_once = ("-c", str(count), "-d", str(max(plan.seconds, life + 1)))
        for opened, load in (("evenly", evenly), ("at once", at_once)):
            rows.append({"streams": count, "opened": opened, **_streams(rig, plan, maester, load)})
    return rows


def _streams(rig: Rig, plan: Plan, maester, load: tuple) -> dict:
    row = {}
    for target in rig.targets(maester):
        stream_target = Target(target.name, target.stream_port, target.stream_port, target.process)
        runs = [measured(rig, stream_target, *load, "--stream", "--model", stream_model(rig.chunks),
                         "--expect-chunks", str(rig.chunks)) for _ in range(plan.repeats)]
        chunks = runs[-1]["chunks"]
        row[target.name] = {
            "first_p50": median_of(runs, "first_chunk_us", "p50"), "first_p99": median_of(runs, "first_chunk_us", "p99"),
            "delay_p50": median_of(runs, "chunk_delay_us", "p50"), "delay_p99": median_of(runs, "chunk_delay_us", "p99"),
            "cpu_per_10k_chunks": median_of(runs, "cpu_per_10k") / rig.chunks,
            "wrong_chunks": sum(chunks[name] for name in ("lost", "repeated", "corrupt", "foreign")),
            "failed": sum(run["failed"] for run in runs)}
    return row


def idle(rig: Rig, plan: Plan, maester) -> dict:
    """Memory before any request and after 10,000, nginx beside it; time from start to the first answer."""
    out = {"nginx": {"idle": rig.nginx.memory_kib()}}
    if not maester:
        return out
    starts, fresh = [], []
    for i in range(plan.repeats):
        began = time.monotonic()
        server = rig.start_maester(f"start-{i}")
        report = rig.drive(server.port, "-c", "1", "-n", "1")
        starts.append((time.monotonic() - began) * 1000 if report["ok"] else float("nan"))
        server.stop()
        server = rig.start_maester(f"idle-{i}")
        time.sleep(0.5)
        fresh.append(server.memory_kib())
        if i + 1 == plan.repeats:
            rig.drive(server.port, "-c", "64", "-n", "10000")
            out["after_10k"] = server.memory_kib()
        server.stop()
    out["maester"] = {"idle": {name: statistics.median(m[name] for m in fresh) for name in ("rss", "pss")}}
    out["start_to_first_answer_ms"] = statistics.median(starts)
    return out


def features(rig: Rig, plan: Plan, maester) -> list:
    """Throughput and CPU with each feature switched off in turn, and with a key to check."""
    if not maester:
        return []
    variants = [("all on", None, True)]
    variants += [(f"{name} off", {name: False}, True) for name in FEATURES]
    variants += [("all off", {name: False for name in FEATURES}, True), ("all on, no key (--dev), bodies captured", None, False)]
    runs: dict = {name: [] for name, *_ in variants}
    for i in range(plan.repeats):  # in turn, so that a slow minute of the machine falls on all
        for name, debug, key in variants:
            server = rig.start_maester(f"feature-{i}-{name.replace(' ', '-').replace(',', '')}", debug, key)
            runs[name].append(measured(rig, Target(name, server.port, server.port, server), "-c", "64", "-d",
                                       str(plan.seconds), "--warmup", str(plan.warmup), "--body-bytes", "1024"))
            server.stop()
    base = median_of(runs["all on"], "cpu_per_10k")
    return [{"variant": name, "rps": median_of(reports, "throughput_rps"), "p99_us": median_of(reports, "latency_us", "p99"),
             "cpu_per_10k": median_of(reports, "cpu_per_10k"),
             "cpu_saved_us": (base - median_of(reports, "cpu_per_10k")) * 100,  # a request
             "failed": sum(r["failed"] for r in reports)} for name, reports in runs.items()]


def governance(rig: Rig, plan: Plan, maester) -> list:
    """What keys, budgets and limits cost: each switched on in turn, wide enough to refuse nothing."""
    if not maester:
        return []
    everyone = {"scope": {"tenant": "default"}}
    budgets = [{**everyone, "name": "all", "window": "month", "limit_usd": "1000000", "hard": True},
               {"scope": {"key": "*"}, "name": "each key", "window": "day", "limit_usd": "1000000", "hard": True}]
    limits = [{**everyone, "requests_per_minute": 100_000_000, "tokens_per_minute": 1_000_000_000_000, "concurrency": 100_000}]
    variants = {"key only": ([], []), "budgets": (budgets, []), "limits": ([], limits), "budgets and limits": (budgets, limits)}
    runs: dict = {name: [] for name in variants}
    for i in range(plan.repeats):
        for number, (name, (some_budgets, some_limits)) in enumerate(variants.items()):
            server = rig.start_maester(f"governance-{i}-{number}")
            key = (server.data / "admin.key").read_text().strip()
            for path, objects in (("/v1/budgets", some_budgets), ("/v1/limits", some_limits)):
                for one in objects:
                    made = client.request(server.port, "POST", path, one, {"authorization": f"Bearer {key}"})
                    if made.status != 201:
                        raise RuntimeError(f"{path}: {made.status} {made.body!r}")
            runs[name].append(measured(rig, Target(name, server.port, server.port, server), "-c", "64", "-d",
                                       str(plan.seconds), "--warmup", str(plan.warmup), "--body-bytes", "1024"))
            server.stop()
    base = median_of(runs["key only"], "throughput_rps")
    return [{"variant": name, "rps": median_of(reports, "throughput_rps"),
             "share": median_of(reports, "throughput_rps") / base, "cpu_per_10k": median_of(reports, "cpu_per_10k"),
             "failed": sum(r["failed"] for r in reports)} for name, reports in runs.items()]


def cache(rig: Rig, plan: Plan, maester) -> list:
    """Answers from the response cache beside the same requests through nginx and through Maester without it."""
    if not maester:
        return []
    direct, nginx, server = rig.targets(maester)
    same = rig.space.path / "same-request.json"  # the driver's own requests are all different
    text = "The same question, again and again. " * 27
    same.write_text(json.dumps({"model": "{{model}}", "max_tokens": 64, "messages": [{"role": "user", "content": text}]}))
    asked = {"nginx, asked": (nginx, "plain"), "maester, asked": (server, "plain"), "maester, exact hit": (server, "kept")}
    runs: dict = {name: [] for name in asked}
    for _ in range(plan.repeats):
        for name, (target, model) in asked.items():
            before = target.process.cpu_seconds()
            report = measured(rig, target, "-c", "64", "-d", str(plan.seconds), "--warmup", str(plan.warmup),
                              "--body-file", str(same), "--model", model)
            # A hit does not reach the provider, whose count is what others are divided by.
            driven = max(1, report["ok"]) * (plan.seconds + plan.warmup) / plan.seconds
            report["cpu_per_10k"] = (target.process.cpu_seconds() - before) / driven * 10_000
            runs[name].append(report)
    base = median_of(runs["nginx, asked"], "throughput_rps")
    return [{"variant": name, "rps": median_of(reports, "throughput_rps"), "to_nginx": median_of(reports, "throughput_rps") / base,
             "p99_us": median_of(reports, "latency_us", "p99"), "cpu_per_10k": median_of(reports, "cpu_per_10k"),
             "failed": sum(r["failed"] for r in reports)} for name, reports in runs.items()]


SECTIONS = {"throughput": throughput, "latency": latency, "streams": streams, "idle": idle, "features": features,
            "governance": governance, "cache": cache, **programs.SECTIONS}
