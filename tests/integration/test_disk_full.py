"""A full disk (T05): what is new is refused, what runs is settled, and space brings everything back without a restart."""
import os
import shutil
import subprocess
import threading
import time
import warnings

from support import client, configs
from support.processes import Process, free_port

SLOW = "stream:chunks=60:interval_ms=100"


def may_mount() -> bool:
    return shutil.which("unshare") is not None and subprocess.run(
        ["unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"], capture_output=True, check=False).returncode == 0


class OnSmallDisk(Process):
    """`maester serve` whose data directory is a tmpfs of 64 MiB that only it sees."""

    def __init__(self, directory, config: str, binary):
        self.port = free_port()
        data = directory / "data"
        data.mkdir(exist_ok=True)
        path = directory / "maester.toml"
        path.write_text(f'listen = "127.0.0.1:{self.port}"\ndata_dir = "{data}"\ncores = 1\n' + config)
        script = f'mount -t tmpfs -o size=64m tmpfs "{data}" && exec "$@"'
        super().__init__(["unshare", "--mount", "sh", "-c", script, "sh", binary, "serve", "--dev", "--config", path],
                         log=directory / "maester.log", pipe=False)
        self.wait_port(self.port, 60)
        self.inside = f"/proc/{self.pid}/root{data}"

    def fill(self) -> None:
        with open(self.inside + "/filler", "ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    continue

    def free(self) -> None:
        os.unlink(self.inside + "/filler")


def until(condition, seconds: float = 60):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return result


def test_a_full_disk_refuses_what_is_new_and_settles_what_runs(space, provider, binary, tmp_path):
    config = configs.NO_LIMITS + configs.providers(provider.port) + configs.models(["plain", SLOW])
    server = space.add(OnSmallDisk(tmp_path, config, binary))
    assert client.chat(server.port, "plain").status == 200
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(client.chat(server.port, SLOW, stream=True, timeout=120)))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: provider.stats()["active"] == 8)
    server.fill()

    def refused():
        answer = client.chat(server.port, "plain")
        return answer if answer.status != 200 else None
    answer = until(refused)
    assert answer.status in (503, 507) and answer.json()["error"]["code"] == "storage_full", answer.body
    calls = len(provider.calls())
    keyed = client.chat(server.port, "plain", headers={"idempotency-key": "full"})
    assert keyed.status == 503 and keyed.json()["error"]["code"] == "storage_full", keyed.body
    assert len(provider.calls()) == calls, "no provider sees what is refused"
    ready = client.request(server.port, "GET", "/readyz")
    assert ready.status == 503 and ready.json()["status"] == "storage_full" and "journal" in ready.json()["degraded"]
    for thread in threads:
        thread.join()
    assert all(a.status == 200 and a.done() for a in results), [(a.status, a.body[-200:]) for a in results]
    assert server.alive()
    server.free()
    until(lambda: client.request(server.port, "GET", "/readyz").status == 200)
    assert client.chat(server.port, "plain").status == 200
    assert client.chat(server.port, "plain", headers={"idempotency-key": "full"}).status == 200
    provider.wait_idle()
    usage = until(lambda: client.request(server.port, "GET", "/v1/usage?group_by=model", timeout=60).json())
    answered = 8 + 3
    assert usage["total"]["requests"] >= answered
    for answer in results:
        receipt = client.request(server.port, "GET", "/v1/requests/" + answer.headers["x-maester-request-id"])
        assert receipt.status == 200, receipt.body


if not may_mount():
    warnings.warn("this machine permits no mount of its own: a full disk (T05) is not tried", stacklevel=1)
    test_a_full_disk_refuses_what_is_new_and_settles_what_runs.__test__ = False
