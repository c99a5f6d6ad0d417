"""What the server refuses when it has too much to do (RULES.md §9): by memory, and batch before interactive."""
import threading
import time

import pytest
from support import client, configs
from support.programs import Maester

SLOW = "latency:3000"


def config_for(provider, limits: str) -> str:
    return f"[limits]\n{limits}\n" + configs.providers(provider.port) + configs.models(["plain", SLOW])


def wait_for(what, seconds=30):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_server_without_memory_refuses_requests_and_stays_manageable(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider, "memory_mb = 1")))
    wait_for(lambda: client.chat(server.port, "plain").status == 503)
    before = provider.stats()["requests"]
    refused = client.chat(server.port, "plain")
    assert refused.status == 503 and refused.json()["error"]["code"] == "overloaded"
    assert int(refused.headers["retry-after"]) >= 1 and "x-should-retry" not in refused.headers
    assert provider.stats()["requests"] == before
    assert client.request(server.port, "GET", "/healthz").status == 200
    assert client.request(server.port, "GET", "/readyz").json()["degraded"] == ["overloaded"]
    assert client.request(server.port, "GET", "/v1/budgets").status == 200
    assert client.request(server.port, "POST", "/v1/budgets",
                          {"name": "b", "window": "day", "limit_usd": "1"}).status == 201
    metrics = client.request(server.port, "GET", "/metrics").body.decode()
    assert 'maester_shed_total{priority="interactive"}' in metrics
    wait_for(lambda: '"event":"overloaded"' in server.log())


def test_a_tenth_is_kept_for_interactive_requests(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider, "concurrency_total = 10")))
    batch = {"x-maester-priority": "batch"}
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(client.chat(server.port, SLOW, headers=batch)))
               for _ in range(9)]
    for thread in threads:
        thread.start()
    wait_for(lambda: provider.stats()["active"] == 9)
    refused = client.chat(server.port, "plain", headers=batch)
    assert refused.status == 503 and refused.json()["error"]["code"] == "overloaded" and refused.headers["retry-after"]
    assert client.chat(server.port, "plain").status == 200
    for thread in threads:
        thread.join()
    assert [answer.status for answer in results] == [200] * 9
    assert client.chat(server.port, "plain", headers=batch).status == 200


def test_an_unknown_priority_is_told(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider, "concurrency_total = 10")))
    answer = client.chat(server.port, "plain", headers={"x-maester-priority": "urgent"})
    assert answer.status == 400 and answer.json()["error"]["param"] == "x-maester-priority"
    assert client.chat(server.port, "plain", headers={"x-maester-priority": "interactive"}).status == 200
