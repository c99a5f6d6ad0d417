#!/usr/bin/env python3
"""Long load runs against the real binary: T05, T13-T17, T19, T20 of TESTS.md.

usage: run.py [connections|streams|slow|storm|overload|reload|drain|hedge|disk|batch]... [--full] [--build DIR]

Closes with `N passed, N failed`, a case being one promise of a scenario.
"""
import argparse
import os
import resource
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import scenarios  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="*", choices=[*scenarios.ALL, []], help="when none is named: those that ./dev test does not have in short")
    parser.add_argument("--full", action="store_true", help="the sizes of TESTS.md instead of CI's")
    parser.add_argument("--build", type=Path, help="build directory with the programs")
    arguments = parser.parse_args()
    if arguments.build:
        os.environ["MAESTER_BUILD"] = str(arguments.build.resolve())
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    passed = failed = 0
    for name in arguments.scenario or [name for name in scenarios.ALL if name not in scenarios.ALSO_TESTS]:
        print(f"== {name}", flush=True)
        with tempfile.TemporaryDirectory(prefix=f"maester-load-{name}-") as directory:
            verdicts = scenarios.ALL[name](Path(directory), arguments.full)
        for promise, kept, figure in verdicts:
            print(f"{'ok    ' if kept else 'FAILED'} {promise}: {figure}", flush=True)
            passed, failed = passed + kept, failed + (not kept)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
