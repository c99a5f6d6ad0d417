"""A child process that a test owns: its log, its readiness, its resources. Always ended by its own process id."""
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def build_dir() -> Path:
    """Where the programs are: $MAESTER_BUILD, else the release build, else the development build."""
    if os.environ.get("MAESTER_BUILD"):
        return Path(os.environ["MAESTER_BUILD"]).resolve()
    release = ROOT / "build" / "release"
    return release if release.exists() else ROOT / "build" / "dev"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    """Starts `command`; standard error goes to `log`, standard output to a pipe or, with `pipe` false, to `log` too.
    `cpus` pins it."""

    def __init__(self, command: list, log: Path | None = None, cpus: list | None = None, env: dict | None = None,
                 pipe: bool = True):
        self.command = [str(c) for c in command]
        if cpus:
            self.command = ["taskset", "-c", ",".join(map(str, cpus)), *self.command]
        self.log_path = log
        error = open(log, "ab") if log else subprocess.DEVNULL
        self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stderr=error,
                                      stdout=subprocess.PIPE if pipe else error,
                                      env={**os.environ, "MAESTER_DUMPABLE": "1", **(env or {})})
        if log:
            error.close()

    @property
    def pid(self) -> int:
        return self.child.pid

    def alive(self) -> bool:
        return self.child.poll() is None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path and self.log_path.exists() else ""

    def wait_port(self, port: int, seconds: float = 10) -> None:
        """Until something listens; fails with the log when the process dies first."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.alive():
                raise RuntimeError(f"{self.command[0]} ended with {self.child.returncode}:\n{self.log()[-4000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
                return
            except OSError:
                time.sleep(0.005)
        raise RuntimeError(f"{self.command[0]} does not listen on {port}:\n{self.log()[-4000:]}")

    def stop(self, patience: float = 10) -> int:
        """SIGTERM, then SIGKILL to this process only. Answers the exit status."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                self.child.kill()
        status = self.child.wait()
        if self.child.stdout:
            self.child.stdout.close()
        return status

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        if self.alive():
            self.child.kill()
        self.child.wait()
        if self.child.stdout:
            self.child.stdout.close()

    def pids(self) -> list:
        """This process and its children."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [self.pid, *(int(p) for p in children.read_text().split())] if children.exists() else [self.pid]

    def cpu_seconds(self) -> float:
        total = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_kib(self) -> dict:
        """{"rss", "pss"} of the process and its children."""
        out = {"rss": 0, "pss": 0}
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, value = line.partition(":")
                if name.lower() in out:
                    out[name.lower()] += int(value.split()[0])
        return out


class Workspace:
    """A temporary directory and the processes in it; both go away at its end."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="maester-")
        self.path = Path(self._directory.name)
        self._processes: list[Process] = []

    def add(self, process):
        self._processes.append(process)
        return process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.stop()
        self._directory.cleanup()
