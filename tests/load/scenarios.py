"""The scenarios. Each takes a directory and whether to run in full; answers [(promise, kept, figure)]."""
import json
import selectors
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import bulk
import operations
from storm import storm
from support import client, configs
from support.programs import FakeProvider, Maester, finish_loadgen, loadgen, start_loadgen, tool

CHUNK_MS = 100
SLOW_READER_BYTES = 100  # a second
NOISE_KIB = 8 * 1024  # what the caches and threads behind the requests grow by meanwhile
FLOOD = "stream:chunks=4000:interval_ms=0:pad=4096"


@contextmanager
def served(directory: Path, models: list, limits: str = ""):
    """A fake provider with a journal, and the server before it."""
    journal = directory / "provider.jsonl"
    provider = FakeProvider(journal=journal, log=directory / "provider.log")
    config = configs.NO_LIMITS + limits + configs.providers(provider.port) + configs.models(models)
    server = Maester(directory, config)
    try:
        yield server, provider
    finally:
        server.stop(60)
        provider.stop()


def worked_in(server, model: str) -> int:
    """RSS after some thousand requests: what is kept from then on belongs to no single connection."""
    loadgen(server.port, "-c", 64, "-n", 4000, "--model", model)
    return server.memory_kib()["rss"]


def mib(kib: float) -> str:
    return f"{kib / 1024:.1f} MiB"


def opened(port: int, count: int) -> list:
    """Connections from many addresses of the loopback net, as from many clients."""
    out = []
    for i in range(count):
        out.append(socket.create_connection(("127.0.0.1", port), timeout=30,
                                            source_address=(f"127.0.{1 + i // 20000}.{1 + i % 200}", 0)))
    return out


def ledger_faults(directory: Path, acks: Path) -> list:
    done = subprocess.run([tool("chk"), "--data", directory / "data", "--acks", acks, "--provider",
                           directory / "provider.jsonl"], capture_output=True, text=True)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()


def connections(directory: Path, full: bool) -> list:
    count, seconds = (9_900, 30) if full else (2_000, 3)
    with served(directory, ["plain"]) as (server, _):
        before = worked_in(server, "plain")
        idle = opened(server.port, count)
        for connection in idle:  # each has been used once: it is kept alive, not merely accepted
            connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        for connection in idle:
            connection.recv(4096)
        report = loadgen(server.port, "-r", 200, "-d", seconds, "--model", "plain")
        grown = server.memory_kib()["rss"] - before
        verdicts = [
            (f"{count} idle connections take at most 10 KiB each", grown <= 10 * count + NOISE_KIB,
             f"{mib(grown)}, {1024 * grown / count:.0f} bytes each"),
            ("200 requests a second beside them are all answered", report["failed"] == 0 and report["unsent"] == 0,
             f"{report['ok']} answered, p99 {report['latency_us']['p99'] / 1000:.1f} ms")]
        if full:
            more = opened(server.port, 150)
            refused = sum(_ended(connection) for connection in more)
            verdicts.append(("connections over the limit of 10,000 are closed", refused >= 50, f"{refused} of 150"))
            for connection in more:
                connection.close()
        for connection in idle:
            connection.close()
        answered = client.chat(server.port, "plain").status
        verdicts.append(("after they closed it serves on", answered == 200, f"status {answered}"))
    return verdicts


def _ended(connection: socket.socket) -> bool:
    """Whether the server closed it, refusing or not, instead of waiting for a request."""
    connection.settimeout(2)
    try:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        answer = connection.recv(4096)
        return not answer or not answer.startswith(b"HTTP/1.1 200")
    except (TimeoutError, ConnectionError):
        return True


def streams(directory: Path, full: bool) -> list:
    count, seconds = (1_000, 120) if full else (100, 10)
    chunks = 100 if full else 40
    model = f"stream:chunks={chunks}:interval_ms={CHUNK_MS}"
    acks = directory / "acks.jsonl"  # of the streams alone: chk asks that each of them is in the ledger
    with served(directory, ["plain", model]) as (server, provider):
        before = worked_in(server, "plain")
        most = _Peak(server)
        report = loadgen(server.port, "-c", count, "-d", seconds, "--stream", "--model", model, "--expect-chunks", chunks,
                         "--cancel-percent", 5, "--acks", acks, "--timeout-ms", 120_000, timeout=seconds + 300)
        grown = most.end() - before
        gone = time.monotonic()
        left = provider.wait_idle(60)["active"]
        waited = time.monotonic() - gone
    wrong = {name: report["chunks"][name] for name in ("lost", "repeated", "corrupt", "foreign")}
    faults = ledger_faults(directory, acks)
    return [
        ("no event is lost, repeated, merged or foreign", sum(wrong.values()) == 0,
         f"{report['chunks']['stamped']} events, {wrong}"),
        ("no stream fails", report["failed"] == 0, f"{report['ok']} whole, {report['cancelled']} left, {report['errors']}"),
        ("a stream takes at most 64 KiB", grown <= 64 * count + NOISE_KIB, f"{mib(grown)} at most, {grown / count:.1f} KiB each"),
        ("the provider is told of every client that left", left == 0, f"none under way {waited:.1f} s after the end"),
        ("every stream is settled once, also those that were left", not faults, "; ".join(faults[:3]) or "chk finds nothing"),
        ("delay of a chunk", True, "p50 {p50:.0f} us, p99 {p99:.0f} us".format(**report["chunk_delay_us"]))]


class _Peak:
    """The most memory that a process had, looked at twice a second."""

    def __init__(self, process):
        self._process, self._most, self._stop = process, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self._most = max(self._most, self._process.memory_kib()["rss"])

    def end(self) -> int:
        self._stop.set()
        self._thread.join()
        return self._most


def slow(directory: Path, full: bool) -> list:
    """Slow heads, slow bodies and slow readers, with good traffic beside them."""
    senders, readers, seconds = (4_000, 200, 240) if full else (200, 20, 25)
    with served(directory, ["plain", FLOOD]) as (server, provider):
        before = worked_in(server, "plain")
        good = start_loadgen(server.port, "-r", 50, "-d", seconds, "--model", "plain", "--timeout-ms", 60_000)
        heads = opened(server.port, senders // 2)
        bodies = opened(server.port, senders // 2)
        for connection in bodies:
            connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n{")
        body = json.dumps({"model": FLOOD, "stream": True, "messages": [{"role": "user", "content": "x"}]})
        trickles = opened(server.port, readers)
        for connection in trickles:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                               f"content-length: {len(body)}\r\n\r\n{body}".encode())
        closed = _drip(heads, bodies, trickles, seconds)
        grown = server.memory_kib()["rss"] - before
        report = finish_loadgen(good, seconds + 60)
        for connection in heads + bodies + trickles:
            connection.close()
        left = provider.wait_idle(60)["active"]
    return [
        ("good traffic beside them is all answered", report["failed"] == 0 and report["unsent"] == 0,
         f"{report['ok']} answered, p99 {report['latency_us']['p99'] / 1000:.1f} ms"),
        ("slow heads are closed", closed["heads"] == len(heads), f"{closed['heads']} of {len(heads)}"),
        ("slow bodies are closed", closed["bodies"] == len(bodies), f"{closed['bodies']} of {len(bodies)}"),
        ("a slow reader takes at most 256 KiB", grown <= 256 * readers + 10 * senders + NOISE_KIB,
         f"{mib(grown)} for {readers} readers and {senders} senders"),
        ("the provider is left when they are", left == 0, f"{left} under way")]


def _drip(heads: list, bodies: list, trickles: list, seconds: float) -> dict:
    """A byte a second to each sender, 100 bytes a second from each reader. Answers how many senders the server closed."""
    watch = selectors.DefaultSelector()
    for connection in heads + bodies:
        connection.setblocking(False)
        watch.register(connection, selectors.EVENT_READ)
    closed = {"heads": 0, "bodies": 0}
    kinds = {connection: "heads" for connection in heads} | {connection: "bodies" for connection in bodies}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        tick = time.monotonic() + 1
        for connection, kind in list(kinds.items()):
            try:
                connection.send(b"G" if kind == "heads" else b" ")
            except OSError:
                pass
        for connection in trickles:
            try:
                connection.settimeout(0.01)
                connection.recv(SLOW_READER_BYTES)
            except OSError:
                pass
        while (left := tick - time.monotonic()) > 0:
            for key, _ in watch.select(left):
                _take(key.fileobj, watch, kinds, closed)
    return closed


def _take(connection: socket.socket, watch, kinds: dict, closed: dict) -> None:
    try:
        if connection.recv(4096):
            return
    except BlockingIOError:
        return
    except OSError:
        pass
    watch.unregister(connection)
    closed[kinds.pop(connection)] += 1


ALL = {"connections": connections, "streams": streams, "slow": slow, "storm": storm, "overload": operations.overload,
       "reload": operations.reload, "drain": operations.drain, "hedge": operations.hedging, "disk": operations.disk,
       "batch": bulk.batch}
# Those that ./dev test has in short, and so CI does not run again.
ALSO_TESTS = ("storm", "reload", "drain", "hedge", "disk")
