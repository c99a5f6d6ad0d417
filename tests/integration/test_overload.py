"""What the server refuses when it has too much to do (RULES.md §9): by memory, and batch before interactive."""
import threading
import time

import pytest
from support import client, configs
from support.access import admin_of
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


def in_background(count: int, work) -> tuple:
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(work()), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, results


def test_a_burst_waits_its_turn_and_who_waits_too_long_is_refused(space, provider, binary, tmp_path):
    slow = "latency:1000"
    server = space.add(Maester(tmp_path, config_for(provider, "concurrency_total = 2\nqueue_ms = 10000")
                               + configs.models([slow])))
    threads, results = in_background(5, lambda: client.chat(server.port, slow).status)
    for thread in threads:
        thread.join()
    assert results == [200] * 5, "two ran, three waited"
    other = tmp_path / "impatient"
    other.mkdir()
    impatient = space.add(Maester(other, config_for(provider, "concurrency_total = 2\nqueue_ms = 200")))
    threads, results = in_background(2, lambda: client.chat(impatient.port, SLOW).status)
    wait_for(lambda: provider.stats()["active"] == 2)
    started = time.monotonic()
    refused = client.chat(impatient.port, "plain")
    assert time.monotonic() - started >= 0.19 and refused.status == 503, "it waited first"
    assert refused.json()["error"]["code"] == "overloaded" and refused.headers["retry-after"]
    for thread in threads:
        thread.join()
    assert results == [200, 200]
    assert "maester_queue_wait_seconds_count 1" in client.request(impatient.port, "GET", "/metrics").body.decode()


def test_a_tenant_that_floods_the_server_waits_behind_itself(space, provider, binary, tmp_path):
    quick = "latency:100"
    server = space.add(Maester(tmp_path, config_for(provider, "concurrency_total = 4\nqueue_ms = 10000")
                               + configs.models([quick]), dev=False))
    admin = admin_of(server)
    keys = {}
    for name in ("flood", "quiet"):
        admin.json("POST", "/v1/tenants", {"name": name}, 201)
        keys[name] = admin.mint(name=name, tenant=name, role="member")
    stop, served = threading.Event(), []

    def flood():
        while not stop.is_set():
            served.append(keys["flood"].chat(quick).status)
    threads, _ = in_background(40, flood)
    wait_for(lambda: 503 in served)
    answers = [keys["quiet"].chat(quick).status for _ in range(15)]
    stop.set()
    for thread in threads:
        thread.join()
    assert answers == [200] * 15
    assert served.count(503) > served.count(200) > 0, "the room was used, and the flood paid for itself"


def test_an_unknown_priority_is_told(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider, "concurrency_total = 10")))
    answer = client.chat(server.port, "plain", headers={"x-maester-priority": "urgent"})
    assert answer.status == 400 and answer.json()["error"]["param"] == "x-maester-priority"
    assert client.chat(server.port, "plain", headers={"x-maester-priority": "interactive"}).status == 200
