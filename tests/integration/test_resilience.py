"""Breakers, cool-downs, credentials and the retry budget, as a caller and the provider's journal see them."""
import time

import pytest
from support import client, configs
from support.programs import Maester

OPEN_MS = 1500
FAST = {"first_byte_ms": 2000, "idle_ms": 2000, "total_ms": 20000, "stream_total_ms": 20000}


def wait_until(condition, seconds: float = 20):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


def two_keys(port: int, names=("0001", "0002")) -> str:
    keys = ", ".join(f'"sk-fake-credential-{name}"' for name in names)
    return f"""
[[providers]]
name = "two-keys"
kind = "openai"
base_url = "http://127.0.0.1:{port}/v1"
api_keys = [ {keys} ]
"""


@pytest.fixture(scope="module")
def server(space, provider, binary):
    config = f"[breaker]\nopen_ms = {OPEN_MS}\nmax_open_ms = {OPEN_MS}\n" + configs.providers(provider.port)
    config += two_keys(provider.port)
    single = {"down": "flaky-one", "down-second": "flaky-two", "limited": "fault:429:retry-after=1;times:1",
              "limited-long": "fault:429:retry-after=30", "budget": "fault:503:retry-after=0;text:11",
              "healthy": "plain"}
    config += configs.models(single)
    config += configs.models({"keys-429": "fault:429:retry-after=30;only:0001"}, "two-keys")
    config += configs.models({"keys-403": "fault:403;only:0002"}, "two-keys")
    config += configs.route("alone", ["down"], 1, **FAST)
    config += configs.route("with-fallback", ["down-second", "healthy"], 3, **FAST)
    config += configs.route("limited-with-fallback", ["limited-long", "healthy"], 3, **FAST)
    config += configs.route("budgeted", ["budget"], 3, **FAST)
    return space.add(Maester(space.path, config))


def receipt(server, answer) -> dict:
    return client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()


def calls(provider, model: str) -> list:
    provider.wait_idle()
    return [call for call in provider.calls() if call["model"] == model]


def test_a_failing_model_is_left_alone_and_comes_back(server, provider):
    provider.script({"models": {"flaky-one": "fault:503"}})
    for _ in range(5):
        assert client.chat(server.port, "alone").status == 502
    started = time.monotonic()
    refused = client.chat(server.port, "alone")
    assert refused.status == 503 and refused.json()["error"]["code"] == "no_target"
    assert 1 <= int(refused.headers["retry-after"]) <= 3
    assert time.monotonic() - started < 1, "refused at once"
    assert len(calls(provider, "flaky-one")) == 5, "nothing was sent"
    # It is no call, and yet it is explained.
    told = receipt(server, refused)
    assert (told["error"]["code"], told["attempts"], told["cost"]["parts"]) == ("no_target", [], [])
    assert [one["reason_skipped"] for one in told["routing"]["candidates"]] == ["breaker_open"]
    usage = client.request(server.port, "GET", "/v1/usage?group_by=route").json()["data"]
    assert [one["requests"] for one in usage if one["route"] == "alone"] == [5]
    provider.script({"models": {"flaky-one": ""}})
    wait_until(lambda: client.chat(server.port, "alone").status == 200)
    for _ in range(6):  # the probes' second stage, then closed
        assert client.chat(server.port, "alone").status == 200


def test_an_open_breaker_sends_traffic_to_the_fallback_without_trying(server, provider):
    provider.script({"models": {"flaky-two": "fault:500"}})
    for _ in range(5):
        answer = client.chat(server.port, "with-fallback")
        assert answer.status == 200 and answer.headers["x-maester-attempts"] == "2"
    answer = client.chat(server.port, "with-fallback")
    assert answer.status == 200 and answer.headers["x-maester-attempts"] == "1"
    assert answer.headers["x-maester-model"] == "healthy"
    text = client.request(server.port, "GET", "/metrics").body.decode()
    opened = [line for line in text.splitlines() if line.startswith("maester_breaker_opened_total")]
    assert float(opened[0].split()[-1]) >= 1


def test_a_short_retry_after_is_waited_for(server, provider):
    started = time.monotonic()
    answer = client.chat(server.port, "limited")
    assert answer.status == 200 and answer.headers["x-maester-attempts"] == "2"
    assert time.monotonic() - started >= 1
    assert [c["status"] for c in calls(provider, "fault:429:retry-after=1;times:1")] == [429, 200]


def test_a_long_retry_after_sends_the_request_elsewhere_and_spares_the_provider(server, provider):
    for attempts in ("2", "1", "1"):
        answer = client.chat(server.port, "limited-with-fallback")
        assert answer.status == 200 and answer.headers["x-maester-attempts"] == attempts
    assert len(calls(provider, "fault:429:retry-after=30")) == 1
    alone = client.chat(server.port, "limited-long")
    assert alone.status == 429 and alone.json()["error"]["code"] == "rate_limited"
    assert 20 <= int(alone.headers["retry-after"]) <= 30
    assert len(calls(provider, "fault:429:retry-after=30")) == 1


def test_a_limited_credential_gives_way_to_the_other(server, provider):
    for _ in range(6):
        assert client.chat(server.port, "keys-429").status == 200
    by_key = [(call["credential"], call["status"]) for call in calls(provider, "fault:429:retry-after=30;only:0001")]
    assert by_key.count(("0001", 429)) == 1, "asked once, then left alone for its 30 s"
    assert by_key.count(("0002", 200)) == 6


def test_a_refused_credential_is_taken_out_and_told_to_the_operator(server, provider):
    answers = [client.chat(server.port, "keys-403") for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 6
    by_key = [(call["credential"], call["status"]) for call in calls(provider, "fault:403;only:0002")]
    assert by_key.count(("0002", 403)) == 1
    wait_until(lambda: "credential_refused" in server.log())


def test_repeats_at_a_failing_upstream_are_bounded(space, provider, binary):
    """T13's bound without breakers' help: a tenth of the first attempts, and one a second."""
    model = "fault:503;text:13"
    config = "[breaker]\nconsecutive_failures = 1000\nminimum_calls = 100000\n" + configs.providers(provider.port)
    config += configs.models({"storm": model}) + configs.route("storm-route", ["storm"], 3, **FAST)
    (space.path / "storm").mkdir()
    server = space.add(Maester(space.path / "storm", config))
    started = time.monotonic()
    requests = 300
    for _ in range(requests):
        assert client.chat(server.port, "storm-route").status == 502
    elapsed = time.monotonic() - started
    repeats = len(calls(provider, model)) - requests
    windows = elapsed / 10 + 1
    assert 0 < repeats <= requests * 0.10 + 10 * windows, (repeats, elapsed)
    server.stop()
