"""Shadow traffic: a request once more to a model on trial, after its answer; never in the client's way, always in the ledger."""
import signal
import time
from decimal import Decimal

import pytest
from support import client, configs
from support.access import admin_of
from support.programs import Maester

SLOW = "latency:2500;text:40"
HANG = "fault:hang-headers"
SHADOWS = {"twin": "text:80", "slow": SLOW, "hanging": HANG, "failing": "fault:503", "foreign": "text:80"}


def config_for(provider, drain_seconds: int = 2) -> str:
    out = f'drain_seconds = {drain_seconds}\n[capture]\nreplay = "full"\n[limits]\nconcurrency_shadow = 2\n' + configs.providers(provider.port)
    out += configs.models({"plain": "text:40", **{name: name for name in SHADOWS.values()}})
    out += configs.models({name: upstream for name, upstream in SHADOWS.items() if name != "foreign"})
    out += configs.models({"foreign": "text:80"}, "fake-anthropic")
    for name in SHADOWS:
        out += configs.route(f"with-{name}", ["plain"])
        out += f"shadow = {{ model = {configs.quoted(name)}, percent = 100 }}\n"
    return out


@pytest.fixture
def server(space, provider, binary, tmp_path):
    return space.add(Maester(tmp_path, config_for(provider)))


def count(server, metric: str) -> int:
    text = client.request(server.port, "GET", "/metrics").body.decode()
    return sum(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith(metric))


def wait_for(what, seconds: float = 30):
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "did not happen"
        time.sleep(0.02)
    return found


def id_of(answer) -> str:
    return answer.headers["x-maester-request-id"]


def receipts(server) -> list:
    listed = client.request(server.port, "GET", "/v1/requests?limit=100").json()["data"]
    return [client.request(server.port, "GET", f"/v1/requests/{one['request_id']}").json() for one in listed]


def shadows_of(server, answer) -> list:
    return [receipt for receipt in receipts(server) if receipt.get("shadow_of") == id_of(answer)]


def shadow_of(server, answer) -> dict:
    return wait_for(lambda: shadows_of(server, answer))[0]


@pytest.mark.parametrize("name", ["twin", "foreign"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_shadow_is_a_request_of_its_own_charged_to_the_same_budgets(server, provider, name, stream):
    made = client.request(server.port, "POST", "/v1/budgets", {"name": "all", "scope": {"route": f"with-{name}"}, "window": "total",
                                                               "limit_usd": "1"}).json()
    before = count(server, "maester_requests_total")
    answer = client.chat(server.port, f"with-{name}", stream=stream, user="u-1")
    assert answer.status == 200 and answer.text() == "x" * 40 and answer.headers["x-maester-attempts"] == "1"
    shadow = shadow_of(server, answer)
    assert shadow["request_id"] != id_of(answer) and shadow["trace_id"] != answer.headers["x-maester-trace-id"]
    assert (shadow["model"]["resolved"], shadow["route"], shadow["user"]) == (name, f"with-{name}", "u-1")
    assert not shadow["stream"] and shadow["usage"]["output_tokens"] == 20 and len(shadow["attempts"]) == 1
    original = client.request(server.port, "GET", f"/v1/requests/{id_of(answer)}").json()
    assert "shadow_of" not in original
    call = [one for one in provider.calls() if one["request_id"] == shadow["request_id"]]
    assert len(call) == 1 and not call[0]["stream"] and call[0]["outcome"] == "complete"
    assert call[0]["input_tokens"] == original["usage"]["input_tokens"], "the same prompt"
    both = Decimal(original["cost"]["total"]) + Decimal(shadow["cost"]["total"])
    spent = client.request(server.port, "GET", f"/v1/budgets/{made['id']}").json()
    assert (Decimal(spent["spent_usd"]), spent["reserved_usd"]) == (both, "0")
    usage = client.request(server.port, "GET", "/v1/usage?group_by=model").json()["data"]
    assert {one["model"]: one["requests"] for one in usage} == {f"with-{name}": 1, name: 1}
    assert count(server, "maester_requests_total") == before + 1, "clients' requests only"
    assert count(server, 'maester_shadow_requests_total{outcome="answered"}') == 1


def test_what_a_shadow_does_is_nothing_to_its_client(server):
    for name in ("hanging", "failing"):
        started = time.monotonic()
        answer = client.chat(server.port, f"with-{name}")
        assert answer.status == 200 and answer.text() == "x" * 40
        assert time.monotonic() - started < 10, "it did not wait for the shadow (60 s to a first byte)"
    failed = shadow_of(server, answer)
    assert [one["status"] for one in failed["attempts"]] == [503], "tried once"
    assert count(server, 'maester_shadow_requests_total{outcome="failed"}') == 1


def test_more_shadows_than_may_run_are_left_out_and_counted(server, provider):
    calls = len(provider.calls())
    for _ in range(8):
        assert client.chat(server.port, "with-slow").status == 200
    assert count(server, 'maester_shadow_dropped_total{reason="busy"}') == 6
    wait_for(lambda: count(server, "maester_shadow_requests_total") == 2)
    assert sum(one["model"] == SLOW for one in provider.calls()[calls:]) == 2
    assert client.chat(server.port, "with-slow").status == 200, "places are given back"
    wait_for(lambda: count(server, "maester_shadow_requests_total") == 3)


def test_replays_have_no_shadow_and_a_shadow_can_be_replayed(server):
    answer = client.chat(server.port, "with-twin")
    shadow = shadow_of(server, answer)
    for request_id in (id_of(answer), shadow["request_id"]):
        run = client.request(server.port, "POST", f"/v1/replays/{request_id}/run", {})
        assert run.status == 200, run.body
    time.sleep(0.5)
    assert count(server, "maester_shadow_requests_total") == 1 and count(server, "maester_shadow_dropped_total") == 0


def test_an_answer_of_the_cache_has_no_shadow(server):
    cached = {"maester": {"cache": {"mode": "exact"}}}
    first = client.chat(server.port, "with-twin", content="Again.", temperature=0, **cached)
    assert first.headers["x-maester-cache"] == "miss"
    shadow_of(server, first)
    again = client.chat(server.port, "with-twin", content="Again.", temperature=0, **cached)
    assert (again.status, again.headers["x-maester-cache"]) == (200, "hit")
    time.sleep(0.5)
    assert count(server, "maester_shadow_requests_total") == 1 and not shadows_of(server, again)


def test_a_keys_models_and_limits_are_its_own(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider), dev=False))
    admin = admin_of(server)
    narrow = admin.mint(name="narrow", role="member", models=["plain", "with-twin"])
    assert narrow.chat("with-twin").status == 200
    text = lambda: admin.call("GET", "/metrics").body.decode()  # noqa: E731
    assert 'maester_shadow_dropped_total{reason="not_allowed"} 1' in text()
    wide = admin.mint(name="wide", role="member")
    admin.json("POST", "/v1/limits", {"scope": {"key": wide.id}, "requests_per_minute": 2, "burst": 2}, 201)
    assert [wide.chat("with-twin").status for _ in range(3)] == [200, 200, 429], "shadows take nothing of a key's rate"
    wait_for(lambda: 'maester_shadow_requests_total{outcome="answered"} 2' in text())


def chat_with_a_shadow(server, route: str):
    """A server on a machine that has no time makes no shadows: once more, until it had some."""
    for _ in range(100):
        dropped = count(server, "maester_shadow_dropped_total")
        answer = client.chat(server.port, route)
        time.sleep(0.1)
        if count(server, "maester_shadow_dropped_total") == dropped:
            return answer
    raise AssertionError("every shadow was dropped")


def test_draining_waits_for_a_shadow_and_cuts_one_that_lasts(space, provider, binary, tmp_path):
    server = Maester(tmp_path, config_for(provider, drain_seconds=30))
    slow = chat_with_a_shadow(server, "with-slow")
    server.child.send_signal(signal.SIGTERM)
    assert server.child.wait(90) == 0, server.log()[-2000:]
    server = Maester(tmp_path, config_for(provider, drain_seconds=1))
    done = shadow_of(server, slow)
    assert done["error"] is None and done["usage"]["output_tokens"] == 10
    hanging = chat_with_a_shadow(server, "with-hanging")
    started = time.monotonic()
    server.child.send_signal(signal.SIGTERM)
    assert server.child.wait(90) == 0 and time.monotonic() - started < 30, server.log()[-2000:]
    server = space.add(Maester(tmp_path, config_for(provider), name="again"))
    # A receipt is written by a settlement; what is left to the next start to settle has none.
    assert shadow_of(server, hanging)["error"]["code"] == "cancelled"


def test_a_shadow_that_a_crash_interrupts_is_in_the_ledger(space, provider, binary, tmp_path):
    server = Maester(tmp_path, config_for(provider))
    before = len(provider.calls())
    assert client.chat(server.port, "with-slow").status == 200
    time.sleep(0.5)  # it sleeps for 2.5 s
    server.kill()
    cut = wait_for(lambda: [one for one in provider.calls()[before:] if one["model"] == SLOW])
    assert [one["outcome"] for one in cut] == ["client-closed"]
    server = space.add(Maester(tmp_path, config_for(provider), name="again"))
    usage = client.request(server.port, "GET", "/v1/usage?group_by=model").json()["data"]
    assert [one["interrupted"] for one in usage if one["model"] == "slow"] == [1], usage
