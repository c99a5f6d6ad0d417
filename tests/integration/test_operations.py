"""Stopping, slow readers and odd clients: the server as its operator sees it."""
import os
import signal
import threading
import time

import pytest
from support import client, configs
from support.programs import Maester

SECOND = "stream:chunks=20:interval_ms=50"
LONG = "stream:chunks=2000:interval_ms=50"
FLOOD = "stream:chunks=4000:interval_ms=0:pad=4096"


def config_for(provider) -> str:
    return (configs.NO_LIMITS + configs.providers(provider.port) +
            configs.models(["plain", "latency:700", SECOND, LONG, FLOOD]))


@pytest.fixture
def server(space, provider, binary, tmp_path):
    return space.add(Maester(tmp_path, config_for(provider)))


def in_background(count: int, work) -> tuple:
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, results


def test_sigterm_lets_what_runs_end_well(server, provider):
    threads, results = in_background(10, lambda: client.chat(server.port, SECOND, stream=True))
    more, whole = in_background(10, lambda: client.chat(server.port, "latency:700"))
    time.sleep(0.3)
    server.child.send_signal(signal.SIGTERM)
    for thread in threads + more:
        thread.join()
    assert len(results) == 10 and all(answer.complete and answer.done() for answer in results)
    assert [answer.status for answer in whole] == [200] * 10
    assert server.child.wait(10) == 0, server.log()[-2000:]


def test_a_second_sigterm_stops_now_and_still_settles(server, provider):
    # The settlement shows after a restart on the same data.
    stream = client.OpenStream(server.port, "/v1/chat/completions",
                               {"model": LONG, "stream": True, "messages": [{"role": "user", "content": "x"}]})
    request_id = stream.response.getheader("x-maester-request-id")
    stream.read_events(3)
    began = time.monotonic()
    server.child.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert server.alive()
    server.child.send_signal(signal.SIGTERM)
    server.child.wait(30)
    assert time.monotonic() - began < 30
    stream.close()
    again = Maester(server.directory, config_for(provider))
    try:
        receipt = client.request(again.port, "GET", f"/v1/requests/{request_id}")
        assert receipt.status == 200, receipt.body
    finally:
        again.stop()


def test_a_reader_that_stops_holds_up_only_itself(server, provider):
    client.chat(server.port, "plain")
    before = server.memory_kib()["rss"]
    body = {"model": FLOOD, "stream": True, "messages": [{"role": "user", "content": "x"}]}
    streams = [client.OpenStream(server.port, "/v1/chat/completions", body) for _ in range(10)]
    time.sleep(1.5)
    assert provider.stats()["active"] == 10, "back-pressure reaches the provider: none of the 17 MB answers is sent off"
    grown = server.memory_kib()["rss"] - before
    assert grown < 10 * 1024, f"{grown} KiB for ten readers that do not read"
    began = time.monotonic()
    assert client.chat(server.port, "plain").status == 200
    assert time.monotonic() - began < 10
    rest = streams[0].read_events(4003)  # with its finish and its end
    assert rest.count(b"[id=") == 4000 and b"[DONE]" in rest
    for stream in streams:
        stream.close()
    assert provider.wait_idle(20)["active"] == 0


def test_the_data_directory_belongs_to_one_process(server, provider, tmp_path):
    other = Maester(tmp_path, config_for(provider), wait=False, name="second")
    try:
        assert other.child.wait(10) != 0
    finally:
        other.stop()
    assert "in use" in other.log() or "lock" in other.log(), other.log()
    assert client.chat(server.port, "plain").status == 200


def test_a_crash_loses_no_call_that_the_provider_saw(server, provider, tmp_path):
    provider.wait_idle()
    threads, _ = in_background(8, lambda: client.chat(server.port, LONG, stream=True))
    time.sleep(0.5)
    os.kill(server.pid, signal.SIGKILL)
    server.child.wait()
    for thread in threads:
        thread.join()
    provider.wait_idle()
    seen = {call["request_id"] for call in provider.calls() if call["model"] == LONG and call["outcome"] == "client-closed"}
    again = Maester(tmp_path, config_for(provider))
    try:
        known = [client.request(again.port, "GET", f"/v1/requests/{request_id}").status for request_id in sorted(seen)[-8:]]
        assert known == [200] * 8
    finally:
        again.stop()
