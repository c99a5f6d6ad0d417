"""Hedging: a second call when the first is slow, for few requests, and both are in the ledger."""
import time

import pytest
from support import client, configs
from support.programs import Maester

SLOW_MS = 6000
TIMES = {"first_byte_ms": 20000, "idle_ms": 20000, "total_ms": 30000, "stream_total_ms": 30000}
SAVING = 50  # requests that earn one hedge


@pytest.fixture(scope="module")
def server(space, provider, binary):
    config = configs.NO_LIMITS + configs.providers(provider.port)
    config += configs.models({"sluggish": "sluggish", "brisk": "text:44"})
    config += configs.route("hedged", ["sluggish", "brisk"], 3, **TIMES) + "hedge = { after_ms = 150 }\n"
    config += configs.route("patient", ["sluggish", "brisk"], 3, **TIMES)
    return space.add(Maester(space.path, config))


def hedged_so_far(server) -> int:
    text = client.request(server.port, "GET", "/metrics").body.decode()
    return next(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith("maester_hedged_total"))


def save_up(server, provider, model="hedged"):
    provider.script({"models": {"sluggish": ""}})
    for _ in range(SAVING):
        assert client.chat(server.port, model).status == 200
    provider.script({"models": {"sluggish": f"latency:{SLOW_MS}"}})


@pytest.mark.parametrize("stream", [False, True])
def test_a_slow_first_call_is_overtaken_and_both_are_paid(server, provider, stream):
    save_up(server, provider)
    before = hedged_so_far(server)
    started = time.monotonic()
    answer = client.chat(server.port, "hedged", stream=stream)
    assert answer.status == 200 and answer.headers["x-maester-model"] == "brisk"
    assert answer.text() == "x" * 44 and (not stream or answer.done())
    assert time.monotonic() - started < SLOW_MS / 1000, "it did not wait for the slow one"
    assert hedged_so_far(server) == before + 1
    request_id = answer.headers["x-maester-request-id"]
    receipt = client.request(server.port, "GET", f"/v1/requests/{request_id}").json()
    slow, brisk = sorted(receipt["attempts"], key=lambda attempt: attempt["number"])
    assert (slow["model"], slow["error"]) == ("sluggish", "cancelled")
    assert (brisk["model"], brisk["error"]) == ("brisk", None)
    paid = {part["attempt"] for part in receipt["cost"]["parts"] if float(part["amount"]) > 0}
    assert paid == {1, 2}
    provider.wait_idle()
    calls = {call["model"]: call["outcome"] for call in provider.calls() if call["request_id"] == request_id}
    assert calls == {"sluggish": "client-closed", "text:44": "complete"}


def test_no_more_than_was_saved_up_is_hedged(server, provider):
    provider.script({"models": {"sluggish": "latency:800"}})
    before = hedged_so_far(server)
    for _ in range(4):
        answer = client.chat(server.port, "hedged")
        assert answer.status == 200 and answer.headers["x-maester-model"] == "sluggish"
    assert hedged_so_far(server) == before


def test_a_route_without_hedge_waits(server, provider):
    save_up(server, provider, "patient")
    provider.script({"models": {"sluggish": "latency:800"}})
    answer = client.chat(server.port, "patient")
    assert answer.headers["x-maester-model"] == "sluggish" and answer.headers["x-maester-attempts"] == "1"


def test_the_faster_of_two_failures_does_not_end_the_race(server, provider):
    save_up(server, provider)
    provider.script({"models": {"sluggish": "fault:503;latency:400"}})
    answer = client.chat(server.port, "hedged")
    assert answer.status == 200 and answer.headers["x-maester-model"] == "brisk"
