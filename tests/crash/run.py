#!/usr/bin/env python3
"""T01: kills the server under load, restarts it, compares its ledger with the journals of client and provider.

usage: run.py [--cycles N] [--full] [--build DIR] [--seed N] [--keep]

Each cycle: start on the same data directory, 200 requests a second (half of them streams), SIGKILL after 2-4 s (--full: 3-8 s), every
fifth time SIGKILL again 0-150 ms into the restart, restart, wait until ready, stop, `chk`. The seed is printed; it makes the
kill times and requests the same again. Closes with `N passed, N failed`; a failing run's files are kept.
"""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import configs  # noqa: E402
from support.programs import FakeProvider, Maester, finish_loadgen, start_loadgen, tool  # noqa: E402

RATE = 200
STREAM = "stream:chunks=6:interval_ms=25"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, help="20; with --full 200")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--build", type=Path, help="build directory with the programs")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="keep the files of a passing run too")
    arguments = parser.parse_args()
    arguments.cycles = arguments.cycles or (200 if arguments.full else 20)
    if arguments.build:
        os.environ["MAESTER_BUILD"] = str(arguments.build.resolve())
    return arguments


class Run:
    def __init__(self, directory: Path, seed: int, full: bool):
        self.directory, self.seed = directory, seed
        self.random = random.Random(seed)
        self.kill_after = (3.0, 8.0) if full else (2.0, 4.0)
        self.acks, self.calls = directory / "acks.jsonl", directory / "provider.jsonl"
        self.acks.touch()
        self.provider = FakeProvider("--fsync", "--seed", str(seed), journal=self.calls, log=directory / "provider.log")
        self.config = (configs.NO_LIMITS + configs.providers(self.provider.port) +
                       configs.models(["plain", STREAM]))
        self.ready_s: list = []
        self.server: Maester | None = None
        self.loader = None

    def start(self, wait: bool = True) -> Maester:
        began = time.monotonic()
        self.server = Maester(self.directory, self.config, wait=wait)
        if wait:
            self.ready_s.append(time.monotonic() - began)
        return self.server

    def load_and_kill(self, cycle: int) -> dict:
        server = self.start()
        self.loader = start_loadgen(server.port, "-r", RATE, "-c", 256, "-d", 60, "--stream-percent", 50,
                                    "--cancel-percent", 10, "--model", "plain", "--model", STREAM, "--acks", self.acks,
                                    "--fsync", "--seed", self.seed * 1000 + cycle, "--timeout-ms", 5000)
        time.sleep(self.random.uniform(*self.kill_after))
        server.kill()
        self.loader.child.terminate()
        report = finish_loadgen(self.loader)
        self.loader = None
        return report

    def kill_in_recovery(self) -> None:
        server = self.start(wait=False)
        time.sleep(self.random.uniform(0, 0.150))
        server.kill()

    def recover(self) -> None:
        self.start()
        self.server.stop()
        stats = self.provider.wait_idle()
        if stats["active"]:
            raise RuntimeError(f"the provider still has {stats['active']} calls under way though the server is gone")

    def check(self, acks: Path | None = None, calls: Path | None = None) -> list:
        """What chk finds wrong: a line each."""
        done = subprocess.run([tool("chk"), "--data", self.directory / "data", "--acks", acks or self.acks, "--provider",
                               calls or self.calls], capture_output=True, text=True)
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        if done.returncode == 0:
            return []
        return lines or [f"chk ended with {done.returncode}: {done.stderr.strip()[-500:]}"]

    def forge(self) -> list:
        """The judge must find a promise and a call that never were; answers what it overlooked."""
        overlooked = []
        forgeries = {
            "acks": {"request_id": "01900000-0000-7000-8000-00000000dead", "client_request_id": "forged", "status": 200,
                     "stream": False, "complete": True, "cancelled": False, "error": "", "end_ns": time.time_ns()},
            "calls": {"start_ns": time.time_ns(), "end_ns": time.time_ns(), "connection": 1, "number": 1,
                      "path": "/v1/chat/completions", "request_id": "01900000-0000-7000-8000-00000000beef", "attempt": "1",
                      "credential": "0001", "model": "plain", "stream": False, "status": 200, "input_tokens": 1,
                      "output_tokens": 1, "body_bytes": 1, "outcome": "complete"}}
        for name, line in forgeries.items():
            copy = self.directory / f"forged-{name}.jsonl"
            shutil.copy(getattr(self, name), copy)
            with open(copy, "a") as file:
                file.write(json.dumps(line) + "\n")
            if not self.check(**{name: copy}):
                overlooked.append(f"chk overlooked a forged line in {name}")
        return overlooked

    def close(self) -> None:
        for process in (self.loader, self.server, self.provider):
            if process:
                process.stop()


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def main() -> int:
    arguments = parse()
    directory = Path(tempfile.mkdtemp(prefix="maester-crash-"))
    print(f"seed {arguments.seed}, {arguments.cycles} cycles, files in {directory}", flush=True)
    run = Run(directory, arguments.seed, arguments.full)
    passed = failed = answered = 0
    try:
        for cycle in range(1, arguments.cycles + 1):
            report = run.load_and_kill(cycle)
            answered += report["ok"]
            if cycle % 5 == 0:
                run.kill_in_recovery()
            run.recover()
            faults = run.check()
            if report["ok"] == 0:
                faults.append(f"no request was answered: {report['errors']}")
            passed, failed = passed + (not faults), failed + bool(faults)
            print(f"{'FAILED' if faults else 'ok':6} cycle {cycle}: {report['ok']} answered, {report['failed']} broken off, "
                  f"{report['cancelled']} cancelled; ready in {run.ready_s[-1] * 1000:.0f} ms", flush=True)
            for fault in faults[:50]:
                print(f"       {fault}", flush=True)
            if failed >= 3:
                break
        overlooked = run.forge()
        passed, failed = passed + 2 - len(overlooked), failed + len(overlooked)
        for fault in overlooked:
            print(f"FAILED {fault}")
        print(f"{answered} answers read to their end, {lines_of(run.acks)} requests and {lines_of(run.calls)} calls "
              f"journalled; ready after {statistics.median(run.ready_s) * 1000:.0f} ms (median), "
              f"{max(run.ready_s) * 1000:.0f} ms at most")
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        failed += 1
        print(f"FAILED {error}")
    finally:
        run.close()
    if failed == 0 and not arguments.keep:
        shutil.rmtree(directory)
    else:
        print(f"files kept in {directory}; the same again: --seed {arguments.seed} --cycles {arguments.cycles}"
              + (" --full" if arguments.full else ""))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
