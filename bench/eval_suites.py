#!/usr/bin/env python3
"""`maester eval run` beside promptfoo, in one run on this machine. See docs/benchmarks/eval.md.

usage: eval_suites.py [--tests 2000] [--repeats 5] [--many 100000] [--agreement]
"""
import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from eval import agreement, promptfoo

ROOT = Path(__file__).resolve().parent.parent
BINARY = ROOT / "build/release/maester"


def write_suite(folder: Path, tests: int) -> Path:
    """`tests` rows of a CSV file with three assertions each; every tenth fails."""
    with open(folder / f"tests{tests}.csv", "w") as out:
        out.write("name,city,__expected1,__expected2,__expected3\n")
        for i in range(tests):
            wanted = f"contains:name {i}" if i % 10 else "contains:nobody"
            out.write(f"name {i},city {i % 97},{wanted},icontains:CITY {i % 97},starts-with:Dear\n")
    suite = folder / f"suite{tests}.yaml"
    suite.write_text(f"prompts: ['Dear {{{{ name }}}} of {{{{ city }}}}: welcome.']\nproviders: [echo]\ntests: file://tests{tests}.csv\n")
    return suite


def measure(run, folder: Path, tests: int, repeats: int) -> dict:
    """Medians; what one test takes is start-up and is taken off."""
    def several(size: int) -> list:
        suite = write_suite(folder, size)
        out = []
        for _ in range(repeats):
            output = folder / "out.json"
            output.unlink(missing_ok=True)
            out.append(run(suite, output))
            assert output.is_file(), out[-1].said[-2000:]
            stats = promptfoo.results(output)["stats"]
            failed = (size + 9) // 10
            assert (stats["successes"], stats["failures"], stats["errors"]) == (size - failed, failed, 0), stats
        return out
    start = statistics.median(one.seconds for one in several(1))
    whole = several(tests)
    seconds = statistics.median(one.seconds for one in whole)
    return {"tests": tests, "startup_s": start, "seconds": seconds, "per_second": tests / max(seconds - start, 1e-4),
            "peak_mib": statistics.median(one.peak_mib for one in whole)}


def show(name: str, row: dict) -> None:
    print(f"| {name} | {row['tests']} | {row['startup_s']:.3f} | {row['seconds']:.3f} | {row['per_second']:,.0f} | {row['peak_mib']:.0f} |", flush=True)


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--tests", type=int, default=2000)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--many", type=int, default=100_000)
    options.add_argument("--agreement", action="store_true", help="compare verdicts, not speed")
    plan = options.parse_args()
    if not promptfoo.install():
        print(f"the registry does not give promptfoo {promptfoo.VERSION}: only Maester is measured", file=sys.stderr)
    if plan.agreement:
        return agreement.report(BINARY)
    print("| runner | tests x 3 assertions | start-up s | whole s | tests/s without start-up | peak MiB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-eval-") as name:
        folder = Path(name)
        ours = measure(lambda s, o: promptfoo.evaluate_ours(BINARY, s, o), folder, plan.tests, plan.repeats)
        show("maester", ours)
        if promptfoo.install():
            theirs = measure(lambda s, o: promptfoo.evaluate(s, o, folder), folder, plan.tests, plan.repeats)
            show(f"promptfoo {promptfoo.VERSION}", theirs)
            print(f"\nthroughput {ours['per_second'] / theirs['per_second']:.0f} x, memory 1 / {theirs['peak_mib'] / ours['peak_mib']:.1f}, "
                  f"whole time with start-up {theirs['seconds'] / ours['seconds']:.0f} x\n")
        if plan.many:
            print("| runner | tests x 3 assertions | start-up s | whole s | tests/s without start-up | peak MiB |\n|---|---|---|---|---|---|")
            show("maester", measure(lambda s, o: promptfoo.evaluate_ours(BINARY, s, o), folder, plan.many, min(plan.repeats, 3)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
