#!/usr/bin/env python3
"""Runs every test of a build and counts test cases, not programs.

usage: run_tests.py BUILD_DIR [--only PATTERN] [--no-python] [--jobs N] | --self-test

Three kinds: GoogleTest programs and fuzz-corpus replays (as ctest lists them), and pytest below tests/. One line per
program, the output of those that failed, then `N passed, N failed` as the last line. Skipped cases are told apart; with CI
set they count as failed, for a test that did not run proves nothing. Exit status 1 when anything failed or nothing ran.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_TIMEOUT_S = 600


@dataclass
class Outcome:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    faults: list = field(default_factory=list)  # names of failed and skipped cases
    output: str = ""  # shown when something failed


def count_gtest(report: dict, outcome: Outcome) -> None:
    for suite in report["testsuites"]:
        for case in suite["testsuite"]:
            name = f'{case["classname"]}.{case["name"]}'
            if case["status"] == "NOTRUN":
                continue  # DISABLED_ or filtered away
            if case.get("failures"):
                outcome.failed += 1
                outcome.faults.append(name)
            elif case["result"] == "SKIPPED":
                outcome.skipped += 1
                outcome.faults.append(f"{name} (skipped)")
            else:
                outcome.passed += 1


def run_program(test: dict, directory: str) -> Outcome:
    outcome = Outcome(test["name"])
    command = list(test["command"])
    properties = {p["name"]: p["value"] for p in test.get("properties", [])}
    report = Path(directory) / (re.sub(r"\W", "_", test["name"]) + ".json")
    is_gtest = "--gtest_brief=1" in command
    if is_gtest:
        command.append(f"--gtest_output=json:{report}")
    environment = dict(os.environ)
    for setting in properties.get("ENVIRONMENT", []):
        name, _, value = setting.partition("=")
        environment[name] = value
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, cwd=properties.get("WORKING_DIRECTORY", ROOT), env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=float(properties.get("TIMEOUT", DEFAULT_TIMEOUT_S)))
        outcome.output = done.stdout.decode(errors="replace")
        status = done.returncode
    except subprocess.TimeoutExpired as expired:
        outcome.output = (expired.stdout or b"").decode(errors="replace") + "\ntimed out"
        status = -1
    outcome.seconds = time.monotonic() - started
    if is_gtest and report.exists():
        count_gtest(json.loads(report.read_text()), outcome)
        if status != 0 and outcome.failed == 0:  # a sanitizer's report at exit, say
            outcome.failed, outcome.faults = 1, [f"exit status {status}"]
    elif status == 0 and not is_gtest:
        outcome.passed = 1
    else:  # died before it could report
        outcome.failed, outcome.faults = 1, [f"exit status {status}"]
    return outcome


def run_pytest(folder: Path, build: Path, directory: str) -> Outcome:
    outcome = Outcome("pytest " + str(folder.relative_to(ROOT)))
    report = Path(directory) / f"pytest_{folder.name}.xml"
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", str(folder)], cwd=ROOT, stdin=subprocess.DEVNULL,
        env=dict(os.environ, MAESTER_BUILD=str(build)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    outcome.output = done.stdout.decode(errors="replace")
    outcome.seconds = time.monotonic() - started
    if report.exists():
        for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
            name = f'{case.get("classname")}.{case.get("name")}'
            if case.find("failure") is not None or case.find("error") is not None:
                outcome.failed += 1
                outcome.faults.append(name)
            elif case.find("skipped") is not None:
                outcome.skipped += 1
                outcome.faults.append(f"{name} (skipped)")
            else:
                outcome.passed += 1
    if done.returncode not in (0, 1, 5) or (done.returncode == 1 and outcome.failed == 0):
        outcome.failed += 1
        outcome.faults.append(f"pytest exit status {done.returncode}")
    return outcome


def show(outcome: Outcome) -> None:
    word = "FAILED" if outcome.failed else "ok"
    print(f"{word:6} {outcome.name:32} {outcome.passed:5} passed {outcome.failed:3} failed "
          f"{outcome.skipped:3} skipped {outcome.seconds:7.1f} s", flush=True)
    for fault in outcome.faults:
        print(f"         {fault}")
    if outcome.failed:
        print("\n".join("  | " + line for line in outcome.output.splitlines()[-200:]), flush=True)


def programs_of(build: Path) -> list:
    listing = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True, capture_output=True)
    return [test for test in json.loads(listing.stdout)["tests"] if test.get("command")]


def pytest_folders() -> list:
    folders = {path.parent for pattern in ("test_*.py", "*_test.py") for path in (ROOT / "tests").rglob(pattern)
               if "node_modules" not in path.parts}
    return sorted(folders)


def self_test() -> int:
    """Programs that pass, fail, skip, die and hang must be counted for what they did."""
    def gtest(directory: str, name: str, report: dict | None, status: int) -> dict:
        script = Path(directory) / name
        text = json.dumps({"testsuites": [{"testsuite": [report]}]}) if report else None
        write = f"import sys; open(sys.argv[2].partition(':')[2], 'w').write({text!r})\n" if text else ""
        script.write_text(f"{write}raise SystemExit({status})\n")
        return {"name": name, "command": [sys.executable, str(script), "--gtest_brief=1"]}

    case = {"classname": "A", "name": "b", "status": "RUN", "result": "COMPLETED"}
    with tempfile.TemporaryDirectory() as directory:
        plants = [  # program, expected (passed, failed, skipped)
            (gtest(directory, "passes", case, 0), (1, 0, 0)),
            (gtest(directory, "fails", case | {"failures": [{"failure": "x"}]}, 1), (0, 1, 0)),
            (gtest(directory, "skips", case | {"result": "SKIPPED"}, 0), (0, 0, 1)),
            (gtest(directory, "is disabled", case | {"status": "NOTRUN"}, 0), (0, 0, 0)),
            (gtest(directory, "leaks at exit", case, 23), (1, 1, 0)),
            (gtest(directory, "dies before its report", None, 139), (0, 1, 0)),
            ({"name": "replays", "command": ["true"]}, (1, 0, 0)),
            ({"name": "replay fails", "command": ["false"]}, (0, 1, 0)),
            ({"name": "hangs", "command": ["sleep", "60"], "properties": [{"name": "TIMEOUT", "value": 0.2}]}, (0, 1, 0)),
        ]
        wrong = 0
        for test, expected in plants:
            outcome = run_program(test, directory)
            found = (outcome.passed, outcome.failed, outcome.skipped)
            if found != expected:
                wrong += 1
                print(f"self-test: a program that {test['name']} counts as {found} instead of {expected}")
    print(f"run_tests self-test: {len(plants) - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


def main() -> int:
    if "--self-test" in sys.argv:
        return self_test()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--only", default="", help="run only programs whose name contains one of these, parted by commas")
    parser.add_argument("--no-python", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    build = arguments.build.resolve()

    outcomes = []
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        wanted = [test for test in programs_of(build) if any(part in test["name"] for part in arguments.only.split(","))]
        running = [pool.submit(run_program, test, directory) for test in wanted]
        for future in concurrent.futures.as_completed(running):
            outcomes.append(future.result())
            show(outcomes[-1])
        if not arguments.no_python:
            for folder in pytest_folders():  # one after another: they start servers and measure time
                if any(part in "pytest " + str(folder.relative_to(ROOT)) for part in arguments.only.split(",")):
                    outcomes.append(run_pytest(folder, build, directory))
                    show(outcomes[-1])

    passed, failed, skipped = (sum(getattr(o, name) for o in outcomes) for name in ("passed", "failed", "skipped"))
    if skipped:
        print(f"{skipped} skipped" + (": counted as failed, because CI is set" if os.environ.get("CI") else ""))
    if os.environ.get("CI"):
        failed += skipped
    if passed == 0:
        failed += 1
        print("no test ran")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
