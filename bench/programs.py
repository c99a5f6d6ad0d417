"""Sections that need no server: Google Benchmark's programs, and tiktoken beside the token counter. All figures are of one core's CPU time."""
import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

from support.processes import build_dir

ROOT = Path(__file__).resolve().parent.parent
RANKS = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
ENCODINGS = ("o200k_base", "cl100k_base")
TIKTOKEN = """
import json, sys, time, tiktoken
text = open(sys.argv[1], encoding="utf-8").read()
for name in sys.argv[2:]:
    encoding = tiktoken.get_encoding(name)
    tokens = len(encoding.encode_ordinary(text))
    best = None
    for _ in range(5):
        began = time.process_time()
        encoding.encode_ordinary(text)
        took = time.process_time() - began
        best = took if best is None else min(best, took)
    print(json.dumps({"encoding": name, "tokens": tokens, "seconds": best}))
"""


def benchmark(program: str, pattern: str, repeats: int, **environment: str) -> dict:
    """{name: the run whose CPU time is the median}."""
    done = subprocess.run([build_dir() / "src" / program / f"{program}_bench", f"--benchmark_filter={pattern}", "--benchmark_format=json",
                           f"--benchmark_repetitions={repeats}"], check=True, capture_output=True, text=True, env=dict(os.environ, **environment))
    runs: dict = {}
    for row in json.loads(done.stdout)["benchmarks"]:
        if row.get("run_type") == "iteration":
            runs.setdefault(row["run_name"], []).append(row)
    return {name: sorted(rows, key=lambda row: row["cpu_time"])[len(rows) // 2] for name, rows in runs.items()}


def corpora() -> dict:
    """Text of this checkout: its documentation, its code."""
    out = {}
    for name, folder, pattern in (("prose", "docs", "*.md"), ("code", "src", "*.cc")):
        out[name] = "".join(path.read_text() for path in sorted((ROOT / folder).rglob(pattern)))[:1_000_000]
    return out


def tiktoken(path: Path, folder: Path) -> dict:
    """By tiktoken, in an environment of its own, with the ranks that the build fetched."""
    source = Path(subprocess.run([ROOT / "scripts/fetch_ranks.sh"], check=True, capture_output=True, text=True).stdout.strip())
    for name in ENCODINGS:
        link = folder / hashlib.sha1(RANKS.format(name).encode()).hexdigest()
        if not link.exists():
            link.symlink_to(source / f"{name}.tiktoken")
    done = subprocess.run([ROOT / ".cache/bench/bin/python", "-c", TIKTOKEN, path, *ENCODINGS], check=True, capture_output=True, text=True,
                          env=dict(os.environ, TIKTOKEN_CACHE_DIR=str(folder)))
    return {row["encoding"]: row for row in map(json.loads, done.stdout.splitlines())}


def tokens(_rig, plan, _maester) -> list:
    rows = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name, text in corpora().items():
            path = folder / name
            path.write_text(text)
            theirs = tiktoken(path, folder)
            ours = benchmark("codec", "count_file", plan.repeats, MAESTER_TOKENS_TEXT=str(path))
            for encoding in ENCODINGS:
                run = ours[f"count_file/{encoding}"]
                rows.append({"text": name, "bytes": path.stat().st_size, "encoding": encoding, "tokens": int(run["tokens"]),
                             "tiktoken_tokens": theirs[encoding]["tokens"], "per_second": run["items_per_second"],
                             "tiktoken_per_second": theirs[encoding]["tokens"] / theirs[encoding]["seconds"]})
    return rows


def guard(_rig, plan, _maester) -> list:
    runs = benchmark("gateway", "_per_kib$", plan.repeats)
    return [{"rule": name.removesuffix("_per_kib"), "us_per_kib": run["cpu_time"] / 1000} for name, run in runs.items()]


SECTIONS = {"tokens": tokens, "guard": guard}
