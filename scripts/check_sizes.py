#!/usr/bin/env python3
"""Refuses source files of more than 900 lines and tells the median and 95th percentile.

usage: check_sizes.py [ROOT] | --self-test
"""
import subprocess
import sys
import tempfile
from pathlib import Path

LIMIT = 900
EXPLAIN = 600  # explains itself in review
SUFFIXES = {".cc", ".h", ".py", ".mjs", ".sh"}


def sources(root: Path) -> list:
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    if not names:
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
    return [root / n for n in names if Path(n).suffix in SUFFIXES and (root / n).is_file()]


def sizes_of(root: Path) -> dict:
    return {path: path.read_bytes().count(b"\n") for path in sources(root)}


def report(root: Path) -> int:
    sizes = sizes_of(root)
    too_long = {p: n for p, n in sizes.items() if n > LIMIT}
    for path, n in sorted(sizes.items(), key=lambda item: -item[1]):
        if n > EXPLAIN:
            print(f"{path.relative_to(root)}: {n} lines{' (refused: over 900)' if n > LIMIT else ' (over 600: say why)'}")
    counts = sorted(n for p, n in sizes.items() if p.suffix in (".cc", ".h"))
    if counts:
        print(f"sizes: {len(counts)} C++ files, median {counts[len(counts) // 2]} lines, "
              f"p95 {counts[min(len(counts) - 1, len(counts) * 95 // 100)]}, longest {counts[-1]}")
    return 1 if too_long else 0


def self_test() -> int:
    failed = 0
    for lines, refused in ((LIMIT, 0), (LIMIT + 1, 1)):
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "a.cc").write_text("x\n" * lines)
            failed += report(Path(directory)) != refused
    print(f"check_sizes self-test: {2 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if "--self-test" in sys.argv:
        sys.exit(self_test())
    sys.exit(report(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent))
