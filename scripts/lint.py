#!/usr/bin/env python3
"""Runs the quick checks: format, layers, sizes, banned constructs, each check's own self-test, shell and Python syntax, and
clang-tidy on the .cc files that differ from main (all with --all; none with --no-tidy).

usage: lint.py [--all | --no-tidy]        closes with `N passed, N failed`
"""
import concurrent.futures
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = ("layers", "sizes", "banned")


def git(*arguments: str) -> list:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else []


def all_files(*suffixes: str) -> list:
    names = git("ls-files", "-co", "--exclude-standard") or [
        str(p.relative_to(ROOT)) for d in ("src", "extract", "tests", "bench", "scripts") for p in (ROOT / d).rglob("*") if p.is_file()]
    return [n for n in names if n.endswith(suffixes) and (ROOT / n).is_file() and "node_modules" not in n]


def is_product_source(name: str) -> bool:
    """Tests are left to the compiler: an optional that is empty there is a failed test, which is what it is for."""
    return name.startswith(("src/", "extract/")) and name.endswith(".cc") and not name.endswith("_test.cc")


def changed_sources() -> list:
    base = git("merge-base", "HEAD", "main") or git("rev-parse", "HEAD~1")
    if not base:
        return []
    names = set(git("diff", "--name-only", base[0])) | set(git("ls-files", "-o", "--exclude-standard"))
    return sorted(n for n in names if is_product_source(n) and (ROOT / n).is_file())


def run(name: str, command: list) -> bool:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"{'ok' if done.returncode == 0 else 'FAILED':6} {name}", flush=True)
    if done.returncode != 0 or "--self-test" not in command:
        print("\n".join("       " + line for line in done.stdout.splitlines()[:100]), flush=True)
    return done.returncode == 0


def build_directory() -> Path:
    for preset in ("dev", "release", "asan"):
        if (ROOT / "build" / preset / "compile_commands.json").exists():
            return ROOT / "build" / preset
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ROOT / "build" / "release"


def tidy(names: list) -> list:
    build = build_directory()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda n: run(f"clang-tidy {n}", ["clang-tidy-19", "-p", str(build), "--quiet", n]), names))


def main() -> int:
    results = [run("format", ["clang-format-19", "--dry-run", "--Werror", *all_files(".cc", ".h")])]
    for check in CHECKS:
        results.append(run(f"{check} self-test", [sys.executable, f"scripts/check_{check}.py", "--self-test"]))
        results.append(run(check, [sys.executable, f"scripts/check_{check}.py"]))
    results.append(run("run_tests self-test", [sys.executable, "scripts/run_tests.py", "--self-test"]))
    for script in ["dev", ".ci/run", *all_files(".sh")]:
        results.append(run(f"bash -n {script}", ["bash", "-n", script]))
    results.append(run("python syntax", [sys.executable, "-W", "error", "-c",
                                         "import ast,sys\nfor n in sys.argv[1:]: ast.parse(open(n).read(), n)", *all_files(".py")]))
    if "--no-tidy" not in sys.argv:
        results += tidy([n for n in all_files(".cc") if is_product_source(n)] if "--all" in sys.argv else changed_sources())
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
