"""Both runners on the same configurations: every verdict side by side, each disagreement shown."""
import io
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from pathlib import Path

from . import promptfoo

ARCHIVE = f"https://codeload.github.com/promptfoo/promptfoo/tar.gz/refs/tags/{promptfoo.VERSION}"
WANTED = ("/test/smoke/fixtures/", "/examples/")
OWN = Path(__file__).resolve().parent / "suites"


def fetch_configs() -> Path:
    """The original's smoke fixtures and examples (MIT), into .cache; the npm package does not have them."""
    folder = promptfoo.HOME / "configs"
    if folder.is_dir():
        return folder
    try:
        with urllib.request.urlopen(ARCHIVE, timeout=60) as answer:
            archive = tarfile.open(fileobj=io.BytesIO(answer.read()))
            members = [m for m in archive.getmembers() if m.isfile() and any(w in m.name for w in WANTED)]
            archive.extractall(folder, members, filter="data")
    except OSError as error:
        print(f"!! {ARCHIVE}: {error}; only our own suites are compared", file=sys.stderr)
    return folder


def rows_of(output: Path) -> dict:
    out = {}
    for row in promptfoo.results(output)["results"]:
        named = {name: round(score, 9) for name, score in (row.get("namedScores") or {}).items()}
        shown = (row.get("response") or {}).get("output")
        # What is an error has no output that counts.
        out[(row["testIdx"], row["promptIdx"])] = {
            "success": row["success"], "failureReason": row["failureReason"], "score": round(row["score"] or 0, 9),
            "namedScores": named, "output": None if row["failureReason"] == 2 else shown}
    return out


def sums_of(output: Path) -> list:
    keys = ("testPassCount", "testFailCount", "testErrorCount", "namedScores", "namedScoresCount")
    return [{key: {n: v if v is None else round(v, 9) for n, v in value.items()} if isinstance(value, dict) else value
             for key in keys for value in [(prompt.get("metrics") or {}).get(key)]} for prompt in promptfoo.results(output)["prompts"]]


def compare(binary: Path, suite: Path, folder: Path) -> dict:
    theirs, ours = folder / "theirs.json", folder / "ours.json"
    for old in (theirs, ours):
        old.unlink(missing_ok=True)
    own = promptfoo.evaluate_ours(binary, suite, ours)
    out = {"suite": suite.name, "rows": 0, "equal": 0, "differences": [], "refused": ""}
    if not ours.is_file():
        out["refused"] = own.said.strip().splitlines()[0].replace(str(suite.parent) + "/", "")
        # Not run is not the same as not known: what they make of it is told, too.
        ran = promptfoo.evaluate(suite, theirs, folder)
        out["theirs"] = f"exit {ran.status}" + (f", {len(rows_of(theirs))} rows" if theirs.is_file() else ", no rows")
        return out
    ran = promptfoo.evaluate(suite, theirs, folder)
    if not theirs.is_file():
        out["differences"].append({"row": "all", "theirs": f"exit {ran.status}: {ran.said[-300:]}", "ours": f"exit {own.status}"})
        return out
    left, right = rows_of(theirs), rows_of(ours)
    out["rows"] = len(left)
    for key in sorted(set(left) | set(right)):
        if left.get(key) == right.get(key):
            out["equal"] += 1
            continue
        a, b = left.get(key) or {}, right.get(key) or {}
        out["differences"].append({"row": key, "theirs": {k: v for k, v in a.items() if b.get(k) != v}, "ours": {k: v for k, v in b.items() if a.get(k) != v}})
    if sums_of(theirs) != sums_of(ours):
        out["differences"].append({"row": "sums", "theirs": sums_of(theirs), "ours": sums_of(ours)})
    return out


def suites(configs: Path) -> list:
    found = sorted(OWN.glob("*.yaml")) + sorted(configs.rglob("*.yaml"))
    # A suite names providers; other YAML files are parts of one.
    return [path for path in found if any(line.startswith(("providers:", "targets:", "prompts:"))
                                          for line in path.read_text(errors="replace").splitlines())]


def report(binary: Path) -> int:
    compared = different = refused = 0
    rows = equal = 0
    print("| suite | rows | equal | what differs |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="agreement-") as name:
        for suite in suites(fetch_configs()):
            one = compare(binary, suite, Path(name))
            where = suite.name if suite.parent == OWN else f"{suite.parent.name}/{suite.name}"
            if one["refused"]:
                refused += 1
                print(f"| {where} | - | - | refused: {one['refused']} (the original: {one['theirs']}) |", flush=True)
                continue
            compared += 1
            rows += one["rows"]
            equal += one["equal"]
            different += bool(one["differences"])
            shown = "; ".join(f"{d['row']}: theirs {d['theirs']}, ours {d['ours']}" for d in one["differences"])
            print(f"| {where} | {one['rows']} | {one['equal']} | {shown} |", flush=True)
    print(f"\n{compared} suites compared, {rows} rows, {equal} equal in success, failureReason, score, namedScores and output; "
          f"{different} suites with a difference, {refused} refused by name.")
    return 0
