"""Rate and concurrency limits at the real binary (T11 in short; the five minutes run on a simulated clock in meter_test)."""
import threading
import time

import pytest
from support import client, configs
from support.programs import Maester

HANG = "latency:20000"


def config_for(provider) -> str:
    return (configs.NO_LIMITS + configs.providers(provider.port) +
            configs.models(["plain", "latency:300", HANG]))


@pytest.fixture
def server(space, provider, binary, tmp_path):
    return space.add(Maester(tmp_path, config_for(provider)))


def make_limit(server, scope, **rates):
    made = client.request(server.port, "POST", "/v1/limits", {"scope": scope, **rates})
    assert made.status == 201, made.body
    return made.json()


def drive(port, seconds, workers, per_second):
    """So many requests a second, evenly, from some workers: [(time, status, retry-after)]."""
    out, begin = [], time.monotonic()

    def work(k):
        for i in range(k, int(seconds * per_second), workers):
            wait = begin + i / per_second - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            answer = client.chat(port, "plain")
            out.append((time.monotonic() - begin, answer.status, answer.headers.get("retry-after")))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(out), time.monotonic() - begin


def test_a_rate_is_held_at_three_times_its_load(server):
    make_limit(server, {"key": "dev"}, requests_per_minute=600, burst=20)
    seen, took = drive(server.port, 6, 8, 30)
    admitted = sum(1 for _, status, _ in seen if status == 200)
    assert {status for _, status, _ in seen} == {200, 429}
    # 10 a second and the burst; a machine that stalls drives less, never more than it is entitled to.
    assert admitted <= 20 + 10 * took + 1
    assert admitted >= 0.8 * min(len(seen), 20 + 10 * min(took, 6))
    assert {wait for _, status, wait in seen if status == 429} == {"1"}


def test_a_refusal_says_what_and_when(server):
    made = make_limit(server, {"user": "*"}, requests_per_minute=2)
    first = client.chat(server.port, "plain", user="ann")
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert first.headers["x-ratelimit-reset-requests"].endswith("s")
    client.chat(server.port, "plain", user="ann")
    refused = client.chat(server.port, "plain", user="ann")
    assert refused.status == 429 and 1 <= int(refused.headers["retry-after"]) <= 31
    error = refused.json()["error"]
    assert error["code"] == "rate_limited" and error["limit"]["id"] == made["id"]
    assert error["limit"]["kind"] == "requests" and error["limit"]["limit"] == 2
    assert "x-should-retry" not in refused.headers
    assert client.chat(server.port, "plain", user="bob").status == 200
    # Elsewhere in the standard's words and problem+json.
    body = {"prompt": "Say hi", "model": "plain"}
    make_limit(server, {"key": "dev"}, requests_per_minute=1)
    own = client.request(server.port, "POST", "/v1/reliable_completion", body)
    assert own.status == 200 and own.headers["ratelimit-limit"] == "1" and own.headers["ratelimit-remaining"] == "0"
    own = client.request(server.port, "POST", "/v1/reliable_completion", body)
    assert own.status == 429 and own.json()["code"] == "rate_limited" and own.json()["limit"]["kind"] == "requests"


def test_tokens_are_taken_at_the_estimate_and_corrected(server):
    made = make_limit(server, {}, tokens_per_minute=1000)
    answer = client.chat(server.port, "plain", max_tokens=900)
    assert answer.status == 200 and answer.headers["x-ratelimit-limit-tokens"] == "1000"
    used = answer.json()["usage"]["total_tokens"]
    assert used < 200
    # What was not used came back (and a little flows in while this test runs).
    left = client.request(server.port, "GET", f"/v1/limits/{made['id']}").json()["remaining"]["tokens"]
    assert left >= 1000 - used - 1
    assert client.chat(server.port, "plain", max_tokens=700).status == 200
    refused = client.chat(server.port, "plain", max_tokens=1000)
    assert refused.status == 429 and refused.json()["error"]["limit"]["kind"] == "tokens"


def test_concurrency_is_bounded_and_comes_back(server, provider):
    make_limit(server, {"key": "dev"}, concurrency=2)
    threads = [threading.Thread(target=lambda: client.chat(server.port, HANG, timeout=5)) for _ in range(2)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 20
    while provider.stats()["active"] < 2 and time.monotonic() < until:
        time.sleep(0.02)
    refused = client.chat(server.port, "plain")
    assert refused.status == 429 and refused.json()["error"]["code"] == "concurrency_limited"
    assert refused.headers["retry-after"] == "1" and refused.json()["error"]["limit"]["kind"] == "concurrency"
    for thread in threads:
        thread.join()  # the clients leave
    until = time.monotonic() + 20
    while client.chat(server.port, "plain").status != 200:
        assert time.monotonic() < until, "the slots come back"
        time.sleep(0.05)


def test_a_model_has_a_limit_of_its_own(server):
    make_limit(server, {"model": "plain"}, requests_per_minute=1)
    assert client.chat(server.port, "plain").status == 200
    assert client.chat(server.port, "plain").status == 429
    assert client.chat(server.port, "latency:300").status == 200


def test_limits_are_made_changed_listed_and_removed(server, provider):
    made = make_limit(server, {"key": "dev"}, requests_per_minute=1)
    assert made["scope"] == {"tenant": "default", "key": "dev"} and made["remaining"] == {"requests": 1}
    for body, param in (({"scope": {}}, "requests_per_minute"),
                        ({"requests_per_minute": 0}, "requests_per_minute"),
                        ({"requests_per_minute": 1.5}, "requests_per_minute"),
                        ({"concurrency": 1, "burst": 2}, "burst"),
                        ({"scope": {"keys": "x"}, "concurrency": 1}, "scope.keys")):
        answer = client.request(server.port, "POST", "/v1/limits", body)
        assert (answer.status, answer.json().get("param")) == (400, param), answer.body
    assert client.chat(server.port, "plain").status == 200
    assert client.chat(server.port, "plain").status == 429
    path = f"/v1/limits/{made['id']}"
    assert client.request(server.port, "PATCH", path, {"scope": {}}).status == 400
    changed = client.request(server.port, "PATCH", path, {"requests_per_minute": 1000, "concurrency": 5})
    assert changed.json()["requests_per_minute"] == 1000
    assert client.chat(server.port, "plain").status == 200
    mine = client.request(server.port, "GET", "/v1/me/usage").json()["limits"]
    assert [limit["id"] for limit in mine] == [made["id"]] and mine[0]["remaining"]["concurrency"] == 5
    server.stop()
    again = Maester(server.directory, config_for(provider))
    try:
        listed = client.request(again.port, "GET", "/v1/limits").json()["data"]
        assert [(limit["id"], limit["concurrency"]) for limit in listed] == [(made["id"], 5)]
        assert client.request(again.port, "DELETE", path).status == 200
        assert client.request(again.port, "GET", path).status == 404
    finally:
        again.stop()
