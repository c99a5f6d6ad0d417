"""The original, installed into .cache and run with nothing that leaves the machine."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = (ROOT / ".cache" / "promptfoo").resolve()
VERSION = "0.123.1"


@dataclass
class Ran:
    seconds: float
    peak_mib: float
    status: int
    said: str


def install() -> bool:
    """npm's package, once: 2 GB. False when the registry does not give it."""
    if (HOME / "node_modules/promptfoo/dist/src/main.js").is_file():
        return True
    print(f"installing promptfoo {VERSION} into {HOME} (2 GB)", file=sys.stderr)
    HOME.mkdir(parents=True, exist_ok=True)
    (HOME / "package.json").write_text('{"name": "oracle", "private": true, "version": "0.0.0"}')
    done = subprocess.run(["npm", "i", "node@22", f"promptfoo@{VERSION}", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HOME)
    return done.returncode == 0


def node() -> str:
    own = HOME / "node_modules/node/bin/node"
    return str(own) if own.is_file() else shutil.which("node") or "node"


def greatest_mib(pid: int) -> float:
    """Of the process as it is: what wait4() tells would include this program's own memory, from before the exec."""
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    return int(found[1]) / 1024 if found else 0


def run_measured(command: list, cwd: Path, env: dict, seconds: float = 1800) -> Ran:
    """Wall time and the greatest resident memory of the process itself, looked at every 2 ms."""
    peak = 0.0
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        child = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        until = begin + seconds
        while True:
            peak = max(peak, greatest_mib(child.pid))
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                child.kill()
            time.sleep(0.002)
        took = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return Ran(took, peak, child.returncode, out.read().decode(errors="replace"))


def environment(folder: Path) -> dict:
    """Its telemetry, updates and remote generation off; its own state in a folder that goes away."""
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR")}
    return keep | {"PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
                   "PROMPTFOO_CONFIG_DIR": str(folder / "state"), "NO_COLOR": "1"}


def evaluate(suite: Path, output: Path, folder: Path, *options: str) -> Ran:
    command = [node(), str(HOME / "node_modules/promptfoo/dist/src/main.js"), "eval", "-c", str(suite), "-o", str(output),
               "--no-write", "--no-table", "--no-cache", *options]
    return run_measured(command, suite.parent, environment(folder))


def evaluate_ours(binary: Path, suite: Path, output: Path, *options: str) -> Ran:
    env = {k: v for k, v in os.environ.items() if not k.startswith("MAESTER_")}
    return run_measured([str(binary), "eval", "run", str(suite), "-q", "-o", str(output), *options], suite.parent, env)


def results(output: Path) -> dict:
    return json.loads(output.read_text())["results"]
