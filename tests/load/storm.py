"""T13: an upstream that fails whole, then in part and slowly, then heals. How often is it asked, and who is still answered?"""
import json
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from support import configs
from support.programs import FakeProvider, Maester, finish_loadgen, start_loadgen

WINDOW_S, FLOOR = 10, 10  # one repeat a second is always allowed
HEALTHY = "text:40"
ROUTES = {"with a fallback": ("storm-a", ["storm-a", "steady"]), "alone": ("storm-b", ["storm-b"])}


@dataclass
class Size:
    rate: int
    down_s: int
    brown_s: int
    healed_s: int
    open_ms: int


CI = Size(rate=50, down_s=12, brown_s=12, healed_s=14, open_ms=2000)
FULL = Size(rate=200, down_s=120, brown_s=120, healed_s=75, open_ms=30000)


def _times(path: Path, field: str, keep) -> list:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted(line[field] / 1e9 for line in lines if keep(line))


def _count(times: list, start: float, end: float) -> int:
    """Of sorted times."""
    return bisect_left(times, end) - bisect_left(times, start)


def _worst_window(calls: list, requests: list) -> tuple:
    """The largest excess of calls over 1.10 x requests + floor over all windows that begin with a call."""
    worst, seen = -float("inf"), (0, 0)
    for start in calls:
        # A request is noted when it ends, which may be a second after its first call.
        made, asked = _count(calls, start, start + WINDOW_S), _count(requests, start, start + WINDOW_S + 1)
        if made - 1.10 * asked - FLOOR > worst:
            worst, seen = made - 1.10 * asked - FLOOR, (made, asked)
    return worst, seen


def _run(directory: Path, size: Size) -> tuple:
    """Drives both routes through the phases; (start of the phases, {route: acks}, {model: calls})."""
    provider = FakeProvider(journal=directory / "provider.jsonl", log=directory / "provider.log")
    times = {"first_byte_ms": 5000, "idle_ms": 5000, "total_ms": 10000}
    config = f"[breaker]\nopen_ms = {size.open_ms}\nmax_open_ms = {size.open_ms}\n" + configs.NO_LIMITS
    config += configs.providers(provider.port)
    config += configs.models({"storm-a": "storm-a", "storm-b": "storm-b", "steady": HEALTHY})
    for name, (_, targets) in ROUTES.items():
        config += configs.route(name, targets, 3, **times)
    server = Maester(directory, config)
    try:
        provider.script({"default": "latency:20", "phases": [
            {"seconds": size.down_s, "default": "fault:503"},
            {"seconds": size.brown_s, "default": "latency:200;fault:503;percent:30"}]})
        drivers = [start_loadgen(server.port, "-r", size.rate, "-d", size.down_s + size.brown_s + size.healed_s,
                                 "-c", 400, "--model", name, "--acks", directory / f"{model}.acks")
                   for name, (model, _) in ROUTES.items()]
        for driver in drivers:
            finish_loadgen(driver, size.down_s + size.brown_s + size.healed_s + 120)
    finally:
        server.stop(30)
        provider.stop()
    acks = {name: [json.loads(line) for line in (directory / f"{model}.acks").read_text().splitlines()]
            for name, (model, _) in ROUTES.items()}
    calls = {model: _times(directory / "provider.jsonl", "start_ns", lambda call, m=model: call["model"] == m)
             for model, _ in ROUTES.values()}
    start = min(line["end_ns"] for lines in acks.values() for line in lines) / 1e9
    return start, acks, calls


def storm(directory: Path, full: bool) -> list:
    size = FULL if full else CI
    start, acks, calls = _run(directory, size)
    healed = start + size.down_s + size.brown_s
    end = healed + size.healed_s
    verdicts = []
    for name, (model, _) in ROUTES.items():
        requests = sorted(line["end_ns"] / 1e9 for line in acks[name])
        excess, (made, asked) = _worst_window(calls[model], requests)
        verdicts.append((f"{name}: attempts within 1.10 x requests + 10 in every 10 s", excess <= 0,
                         f"at worst {made} attempts for {asked} requests"))
        down = (start + 5, start + size.down_s)
        probes, due = _count(calls[model], *down), _count(requests, *down)
        verdicts.append((f"{name}: open within 5 s, then 5 % of probes at most", probes <= max(0.05 * due, 12),
                         f"{probes} attempts for {due} requests"))
        # Not to the very end: an attempt is noted when it begins and a request when it ends, which on a slow machine is after the load.
        back = (end - 8, end - 4)
        served, due = _count(calls[model], *back), _count(requests, *back)
        verdicts.append((f"{name}: full traffic after healing", served >= 0.95 * due > 0,
                         f"{served} attempts for {due} requests in 4 s"))
    lines = [line for line in acks["with a fallback"] if line["end_ns"] / 1e9 >= start + (10 if full else 0)]
    answered = sum(line["status"] == 200 and line["complete"] for line in lines)
    verdicts.append(("with a fallback: 99 % answered", answered >= 0.99 * len(lines), f"{answered} of {len(lines)}"))
    return verdicts
