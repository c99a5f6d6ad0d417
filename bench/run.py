#!/usr/bin/env python3
"""Measures Maester against nginx and the bare fake provider, in one run on one machine. See bench/README.md.

usage: run.py [--quick] [--only throughput,latency,streams,idle,features,governance,cache,tokens,guard] [-o json|table] [--save NAME]
"""
import argparse
import dataclasses
import json
import os
import platform
import sys
import time
from pathlib import Path

import report
from rigging import Rig, have_maester
from scenarios import RATES, SECTIONS, Plan


def machine() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return f"{os.cpu_count()} x {line.partition(':')[2].strip()}, Linux {platform.release()}"
    return f"{os.cpu_count()} cores, Linux {platform.release()}"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="under a minute: short runs, one repeat, fewer rates")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, parted by commas")
    parser.add_argument("--repeats", type=int, help="runs whose median counts (3)")
    parser.add_argument("--seconds", type=float, help="of each run (5)")
    parser.add_argument("--cores", type=int, default=1, help="of the measured server")
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    parser.add_argument("--save", metavar="NAME", help="also write bench/results/NAME.{json,md}")
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    unknown = [name for name in arguments.only if name not in SECTIONS]
    if unknown:
        parser.error(f"unknown section {unknown[0]}; there are: {', '.join(SECTIONS)}")
    return arguments


def main() -> int:
    arguments = parse()
    plan = Plan(1.0, 0.3, 1, rates=(500, 2000), streams=(200,)) if arguments.quick else Plan(5.0, 1.0, 3, rates=RATES)
    plan = dataclasses.replace(plan, repeats=arguments.repeats or plan.repeats, seconds=arguments.seconds or plan.seconds)
    results = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "machine": machine(),
               "repeats": plan.repeats, "load": os.getloadavg()[0]}
    with Rig(chunks=10 if arguments.quick else 30, server_cores=arguments.cores) as rig:
        results["cores"] = dataclasses.asdict(rig.cores)
        maester = rig.start_maester() if have_maester() else None
        if not maester:
            print("no maester binary in the build: only direct and nginx", file=sys.stderr)
        for name in arguments.only:
            began = time.monotonic()
            print(f"== {name}", file=sys.stderr, flush=True)
            results[name] = SECTIONS[name](rig, plan, maester)
            print(f"   {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    text = report.markdown(results)
    print(json.dumps(results, indent=1) if arguments.output == "json" else text)
    if arguments.save:
        folder = Path(__file__).resolve().parent / "results"
        folder.mkdir(exist_ok=True)
        (folder / f"{arguments.save}.json").write_text(json.dumps(results, indent=1) + "\n")
        (folder / f"{arguments.save}.md").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
