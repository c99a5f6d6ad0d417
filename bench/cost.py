#!/usr/bin/env python3
"""`bench/cost.py`: what one request costs the server, thread by thread, in CPU microseconds.

CPU time is what a busy machine distorts least, and still it distorts it: compare two builds by --against, whose rounds take turns.
A server runs on the first core, the driver and the provider on the others."""
import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from rigging import Rig  # noqa: E402
from support import client, programs  # noqa: E402

programs_binary = programs.maester_binary
ALL_OFF = {name: False for name in ("journal", "trace", "log_requests", "evaluate", "price")}


def threads(pid: int) -> dict:
    """Nanoseconds on a processor, by thread name."""
    out: dict = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            out[name] = out.get(name, 0) + int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return out


def governed(rig: Rig, server) -> None:
    """Two budgets and a limit, wide enough to refuse nothing."""
    everyone = {"scope": {"tenant": "default"}}
    key = (server.data / "admin.key").read_text().strip()
    for path, body in (("/v1/budgets", {**everyone, "name": "all", "window": "month", "limit_usd": "1000000", "hard": True}),
                       ("/v1/budgets", {"scope": {"key": "*"}, "name": "each key", "window": "day", "limit_usd": "1000000",
                                        "hard": True}),
                       ("/v1/limits", {**everyone, "requests_per_minute": 100_000_000, "tokens_per_minute": 1_000_000_000_000,
                                       "concurrency": 100_000})):
        made = client.request(server.port, "POST", path, body, {"authorization": f"Bearer {key}"})
        if made.status != 201:
            raise RuntimeError(f"{path}: {made.status} {made.body!r}")


def body_options(rig: Rig, hits: bool) -> list:
    if not hits:
        return ["--body-bytes", "1024"]
    same = rig.space.path / "same-request.json"
    text = "The same question, again and again. " * 27
    same.write_text(json.dumps({"model": "{{model}}", "max_tokens": 64, "messages": [{"role": "user", "content": text}]}))
    return ["--body-file", str(same), "--model", "kept"]


def round_of(rig: Rig, server, options: list) -> dict:
    """Microseconds a request, by thread. The projection, the spans and the log come behind: a moment for them is included."""
    before = threads(server.child.pid)
    report = rig.drive(server.port, *options)
    time.sleep(0.3)
    after = threads(server.child.pid)
    if report["failed"]:
        print(f"{report['failed']} failed: {report['errors']}", file=sys.stderr)
    cost = {name: (after[name] - before.get(name, 0)) / report["ok"] / 1000 for name in after}
    cost["all"] = sum(cost.values())
    return cost


def start(rig: Rig, args, name: str, binary: str | None):
    programs.maester_binary = (lambda: Path(binary)) if binary else programs_binary
    debug = ALL_OFF if args.variant == "off" else {feature: False for feature in args.off} or None
    server = rig.start_maester(name, debug)
    if args.variant == "governed":
        governed(rig, server)
    return server


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000, help="a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=int, default=0, help="open loop at so many a second instead of a closed one")
    parser.add_argument("--variant", choices=("on", "off", "governed", "hits"), default="on")
    parser.add_argument("--off", action="append", default=[], help="one feature: journal, trace, log_requests, evaluate, price")
    parser.add_argument("--binary", help="the server, when it is not the build's")
    parser.add_argument("--against", metavar="BINARY", help="another server, a round of it after each of ours")
    parser.add_argument("--perf", metavar="FILE", help="`perf record` of one more round")
    parser.add_argument("--strace", metavar="FILE", help="system calls of one more round of 2,000, counted")
    return parser.parse_args()


def observed(command: list, drive) -> None:
    """Runs a tool that attaches to the server beside a drive."""
    tool = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    time.sleep(1)
    drive()
    tool.send_signal(signal.SIGINT)
    tool.wait()


def main() -> int:
    args = parse()
    with Rig(chunks=10) as rig:
        servers = {"ours": start(rig, args, "ours", args.binary)}
        if args.against:
            servers["against"] = start(rig, args, "against", args.against)
        options = ["-c", str(args.connections), *body_options(rig, args.variant == "hits")]
        count = ["-n", str(args.requests)]
        if args.rate:
            count = ["-r", str(args.rate), "-d", str(max(1, args.requests // args.rate))]
        rounds: dict = {name: [] for name in servers}
        for number in range(args.rounds + 1):
            for name, server in servers.items():
                cost = round_of(rig, server, options + count)
                if number > 0:  # the first one warms up
                    rounds[name].append(cost)
        pid = str(servers["ours"].child.pid)
        if args.perf:
            observed(["perf", "record", "-q", "-F", "4999", "-g", "-e", "cpu-clock", "-p", pid, "-o", args.perf],
                     lambda: rig.drive(servers["ours"].port, *options, *count))
        if args.strace:
            observed(["strace", "-f", "-c", "-p", pid, "-o", args.strace],
                     lambda: rig.drive(servers["ours"].port, *options, "-n", "2000"))
        show(rounds)
    return 0


def show(rounds: dict) -> None:
    names = sorted(rounds["ours"][0], key=lambda one: -rounds["ours"][0][one])
    print(f"{'us a request: least (median)':32}" + "".join(f"{name:>18}" for name in rounds))
    for thread in names:
        cells = []
        for costs in rounds.values():
            values = [cost.get(thread, 0.0) for cost in costs]
            cells.append(f"{min(values):9.2f} ({statistics.median(values):6.2f})")
        if max(float(cell.split()[0]) for cell in cells) >= 0.05:
            print(f"{thread:32}" + "".join(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
