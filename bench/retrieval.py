#!/usr/bin/env python3
"""Measures the retrieval engine beside SQLite FTS5, Xapian, hnswlib and FAISS, in one run on one core. See bench/README.md.

usage: retrieval.py [--sizes 5183,100000] [--only quality,lexical,hybrid,vectors] [--clock cpu|wall] [-o json|table] [--save NAME]
`--sizes 5183,100000,1000000` is the whole of it: half an hour and 12 GB of memory. The programs are built by `./dev bench retrieval`.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from run import machine

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "build/release/bench/retrieval"
SHARED = next((parent / "shared" for parent in ROOT.parents if (parent / "shared/data").is_dir()), ROOT.parent / "shared")
SECTIONS = ("quality", "lexical", "hybrid", "vectors")


def run(program: str, *options) -> list:
    """The program's lines of JSON; it runs on one core, and so do the libraries that would take more."""
    command = [str(PROGRAMS / program), *map(str, options)]
    if hasattr(os, "sched_getaffinity") and subprocess.run(["which", "taskset"], capture_output=True).returncode == 0:
        command = ["taskset", "-c", str(max(os.sched_getaffinity(0))), *command]
    print(f"   {program} {' '.join(map(str, options))}", file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if done.returncode != 0:
        print(f"!! {program} ended with {done.returncode}", file=sys.stderr, flush=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def quality(plan: argparse.Namespace) -> list:
    folders = [SHARED / "data/retrieval" / name for name in ("scifact", "cranfield")]
    return run("bench_quality", *[folder for folder in folders if folder.is_dir()])


def lexical(plan: argparse.Namespace) -> list:
    rows = []
    for size in plan.sizes:
        for program in ("bench_lexical", "bench_lexical_fts5", "bench_lexical_xapian"):
            with tempfile.TemporaryDirectory(prefix="bench-lexical-") as directory:
                rows += run(program, "--chunks", size, "--directory", f"{directory}/index", "--clock", plan.clock,
                            "--collection", SHARED / "data/retrieval/scifact")
    return rows


def hybrid(plan: argparse.Namespace) -> list:
    """Words and vectors of `local-hash` in one index; the question's own vector is made within the time."""
    rows = []
    for size in plan.sizes:
        with tempfile.TemporaryDirectory(prefix="bench-hybrid-") as directory:
            rows += run("bench_lexical", "--chunks", size, "--directory", f"{directory}/index", "--clock", plan.clock, "--embed", 1,
                        "--collection", SHARED / "data/retrieval/scifact")
    return rows


def vectors(plan: argparse.Namespace) -> list:
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-vectors-") as directory:
        for size in plan.sizes:
            for program in ("bench_vectors", "bench_vectors_hnswlib", "bench_vectors_faiss"):
                rows += [{"count": size, **row} for row in run(
                    program, "--count", size, "--clock", plan.clock, "--truth", f"{directory}/truth-{size}")]
    return rows


def show(results: dict) -> str:
    out = [f"# Retrieval, {results['date']}\n\n{results['machine']}; one core; {results['clock']} clock; "
           f"load before {results['load']:.1f}\n"]
    if rows := results.get("quality"):
        out.append("## Quality: `local-hash` beside words\n\n" + report.table(
            ["collection", "queries", "way", "nDCG@10", "MRR@10", "recall@100", "MAP", "nDCG over lexical", "95 %"],
            [[r["collection"], r["queries"], r["way"], r["ndcg"], r["mrr"], r["recall"], r["map"], f"{r['over_lexical']:+.4f}",
              f"{r['low']:+.4f} .. {r['high']:+.4f}"] for r in rows]))
    for name, title in (("lexical", "Lexical leg"), ("hybrid", "Words and vectors in one index")):
        if rows := results.get(name):
            names = list(dict.fromkeys(name for row in rows for name in row if name != "clock"))
            out.append(f"## {title}, SciFact's 300 queries, top 10\n\n" + report.table(
                [name.replace("_", " ") for name in names], [[row.get(name, "") for name in names] for row in rows]))
    if rows := results.get("vectors"):
        built = {(r["count"], r["subject"]): r for r in rows if "build_s" in r}
        out.append("## Vector leg, 384 dimensions, top 10\n\n" + report.table(
            ["vectors", "subject", "way", "allowed", "queries/s", "p50", "p99", "recall@10", "build", "bytes/vector"],
            [[f"{r['count']:,}", r["subject"], r["way"], f"{r['share'] * 100:g} %", f"{r['qps']:,}", report.us(r["p50_us"]),
              report.us(r["p99_us"]), r["recall"] if r["recall"] else "", *([f"{b['build_s']} s", b["bytes_per_vector"]] if (
                  b := built.get((r["count"], r["subject"]))) and r["share"] == 1 and r["way"] != "float scan" else ["", ""])]
             for r in rows if "qps" in r]))
    return "\n".join(out)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="5183,100000", help="chunks, parted by commas")
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, parted by commas")
    parser.add_argument("--clock", choices=("cpu", "wall"), default="wall", help="cpu: what other programs disturb less")
    parser.add_argument("-o", "--output", choices=("table", "json"), default="table")
    parser.add_argument("--save", metavar="NAME", help="also write bench/results/NAME.{json,md}")
    arguments = parser.parse_args()
    arguments.sizes = [int(size) for size in arguments.sizes.split(",")]
    arguments.only = arguments.only.split(",")
    unknown = [name for name in arguments.only if name not in SECTIONS]
    if unknown:
        parser.error(f"unknown section {unknown[0]}; there are: {', '.join(SECTIONS)}")
    return arguments


def main() -> int:
    plan = parse()
    results = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "machine": machine(), "clock": plan.clock,
               "load": os.getloadavg()[0]}
    for name in plan.only:
        print(f"== {name}", file=sys.stderr, flush=True)
        results[name] = {"quality": quality, "lexical": lexical, "hybrid": hybrid, "vectors": vectors}[name](plan)
    text = show(results)
    print(json.dumps(results, indent=1) if plan.output == "json" else text)
    if plan.save:
        folder = ROOT / "bench/results"
        folder.mkdir(exist_ok=True)
        (folder / f"{plan.save}.json").write_text(json.dumps(results, indent=1) + "\n")
        (folder / f"{plan.save}.md").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
