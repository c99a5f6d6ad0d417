"""The programs of the rig and the server, started on free ports."""
import json
import subprocess
import time
from pathlib import Path

from . import client
from .processes import Process, build_dir, free_port


def tool(name: str) -> Path:
    return build_dir() / "tests" / "tools" / name


def maester_binary() -> Path:
    """Where the server is; `./dev build` puts it at the top of the build directory."""
    found = [p for p in (build_dir() / "maester", build_dir() / "src" / "app" / "maester") if p.is_file()]
    return found[0] if found else build_dir() / "maester"


class FakeProvider(Process):
    def __init__(self, *options, journal: Path | None = None, log: Path | None = None, cpus: list | None = None):
        self.journal = journal
        more = ["--journal", journal] if journal else []
        super().__init__([tool("fakeprovider"), *more, *options], log=log, cpus=cpus)
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError(f"fakeprovider did not start: {self.log()}")
        self.port = json.loads(line)["port"]

    def stats(self) -> dict:
        return client.request(self.port, "GET", "/__stats").json()

    def reset(self) -> None:
        client.request(self.port, "POST", "/__reset", {})

    def script(self, script: dict) -> None:
        answer = client.request(self.port, "POST", "/__script", script)
        assert answer.status == 200, answer.body

    def calls(self) -> list:
        """What the journal holds so far."""
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def wait_idle(self, seconds: float = 30) -> dict:
        """Until no call is under way; the statistics then."""
        until = time.monotonic() + seconds
        while True:
            stats = self.stats()
            if stats["active"] == 0 or time.monotonic() > until:
                return stats
            time.sleep(0.01)


class Maester(Process):
    """`maester serve` with a configuration text. Ready when constructed unless `wait` is false."""

    def __init__(self, directory: Path, config: str, *options, dev: bool = True, cpus: list | None = None,
                 env: dict | None = None, wait: bool = True, name: str = "maester"):
        self.directory = directory
        self.port = free_port()
        self.data = directory / "data"
        self.config_path = directory / f"{name}.toml"
        self.config_path.write_text(f'listen = "127.0.0.1:{self.port}"\ndata_dir = "{self.data}"\n' + config)
        more = ["--dev"] if dev else []
        super().__init__([maester_binary(), "serve", "--config", self.config_path, *more, *options],
                         log=directory / f"{name}.log", cpus=cpus, env=env, pipe=False)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds: float = 10) -> None:
        self.wait_port(self.port, seconds)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if client.request(self.port, "GET", "/readyz", timeout=1).status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.005)
        raise RuntimeError(f"maester is not ready:\n{self.log()[-4000:]}")


class Nginx(Process):
    """nginx as a bare proxy: `port` buffers answers, `stream_port` passes them on as they come."""

    def __init__(self, directory: Path, upstream_port: int, workers: int = 1, cpus: list | None = None):
        directory.mkdir(parents=True, exist_ok=True)
        self.port, self.stream_port = free_port(), free_port()
        config = directory / "nginx.conf"
        temp = "".join(f"  {kind}_temp_path {directory}/{kind};\n"
                       for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        proxy = ('proxy_pass http://fake; proxy_http_version 1.1; proxy_set_header Connection ""; '
                 "proxy_set_header Host $host;")
        config.write_text(f"""daemon off;
worker_processes {workers};
pid {directory}/nginx.pid;
error_log {directory}/error.log;
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_buffer_size 128k;
  client_max_body_size 20m;
  keepalive_requests 1000000000;
{temp}  upstream fake {{ server 127.0.0.1:{upstream_port}; keepalive 1024; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{self.port} backlog=4096; location / {{ {proxy} }} }}
  server {{ listen 127.0.0.1:{self.stream_port} backlog=4096; location / {{ {proxy} proxy_buffering off; }} }}
}}
""")
        super().__init__(["/usr/sbin/nginx", "-p", directory, "-e", directory / "error.log", "-c", config],
                         log=directory / "nginx.log", cpus=cpus, pipe=False)
        self.wait_port(self.port)


def loadgen(port: int, *options, cpus: list | None = None, timeout: float = 300) -> dict:
    """Runs the load driver to its end; its JSON report."""
    process = start_loadgen(port, *options, cpus=cpus)
    output, _ = process.child.communicate(timeout=timeout)
    if process.child.returncode != 0:
        raise RuntimeError(f"loadgen failed with {process.child.returncode}")
    return json.loads(output)


def start_loadgen(port: int, *options, cpus: list | None = None) -> Process:
    return Process([tool("loadgen"), "--url", f"http://127.0.0.1:{port}", "-o", "json", *options], cpus=cpus)


def finish_loadgen(process: Process, timeout: float = 60) -> dict:
    try:
        output, _ = process.child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return json.loads(output)
