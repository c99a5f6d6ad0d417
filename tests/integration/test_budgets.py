"""Budgets over time, at the real binary: what a hard limit holds under a race, a cut, a crash (T08)."""
import collections
import json
import random
import tarfile
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
from support import client, configs
from support.programs import Maester

# Input is free here, so that a request costs exactly what is reserved for it: max_tokens times 4 USD a million.
PRICE = 'price = { input_per_mtok = "0", output_per_mtok = "4.00" }\n'
STREAM = "stream:chunks=20:interval_ms=10"
EXACT = "latency:300;text:20000"  # as long as it may be
HANG = "stream:chunks=2000:interval_ms=50"


def config_for(provider) -> str:
    out = configs.NO_LIMITS + configs.providers(provider.port)
    for name in ("plain", "latency:300", EXACT, STREAM, HANG, "fault:503"):
        out += (f"[[models]]\nname = {configs.quoted(name)}\nprovider = \"fake-openai\"\n"
                f"upstream_model = {configs.quoted(name)}\n{PRICE}")
    out += ('[[models]]\nname = "priced-input"\nprovider = "fake-openai"\nupstream_model = "plain"\n'
            'price = { input_per_mtok = "1.00", output_per_mtok = "4.00" }\n')
    out += '[[models]]\nname = "unpriced"\nprovider = "fake-openai"\nupstream_model = "plain"\n'
    out += configs.route("flaky", ["fault:503"], attempts=3)
    return out


@pytest.fixture
def server(space, provider, binary, tmp_path):
    return space.add(Maester(tmp_path, config_for(provider)))


def make_budget(server, name, limit, scope=None, window="total", **more):
    made = client.request(server.port, "POST", "/v1/budgets",
                          {"name": name, "scope": scope or {}, "window": window, "limit_usd": limit, **more})
    assert made.status == 201, made.body
    return made.json()


def budget(server, made):
    return client.request(server.port, "GET", f"/v1/budgets/{made['id']}").json()


def wait_released(server, made, seconds=30):
    """Until nothing is reserved; what the budget says then."""
    until = time.monotonic() + seconds
    while True:
        now = budget(server, made)
        if now["reserved_usd"] == "0" or time.monotonic() > until:
            return now
        time.sleep(0.05)


def wait_for(what, seconds=30):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def usd(tokens: int) -> str:
    return str(Decimal(tokens) * 4 / 1_000_000)


def in_parallel(count, work):
    out, start = [], threading.Barrier(count)

    def run(i):
        start.wait()
        out.append(work(i))
    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out


def test_a_budget_for_ten_lets_ten_of_five_hundred_through(server, provider):
    for repetition in range(3):
        scope = {"tag": {"run": str(repetition)}}
        made = make_budget(server, f"ten-{repetition}", usd(1000), scope)
        before = provider.stats()["requests"]
        answers = in_parallel(500, lambda _: client.chat(
            server.port, EXACT, max_tokens=100, timeout=60,
            maester={"metadata": {"run": str(repetition)}}))
        statuses = collections.Counter(answer.status for answer in answers)
        assert statuses == {200: 10, 402: 490}, statuses
        now = wait_released(server, made)
        spent = sum(Decimal(a.headers["x-maester-cost-usd"]) for a in answers if a.status == 200)
        assert Decimal(now["spent_usd"]) == spent <= Decimal(now["limit_usd"])
        refused = next(a for a in answers if a.status == 402)
        assert refused.headers["x-should-retry"] == "false"
        assert provider.stats()["requests"] - before == 10, "a refused request reaches no provider"


def test_the_refusal_names_everything(server):
    made = make_budget(server, "team", usd(100), {"key": "dev", "user": "ann"}, "day")
    answer = client.chat(server.port, "plain", max_tokens=101, user="ann")
    assert answer.status == 402
    error = answer.json()["error"]
    assert error["code"] == "budget_exceeded" and error["request_id"]
    said = error["budget"]
    assert said["id"] == made["id"] and said["name"] == "team" and said["window"] == "day"
    assert said["scope"] == {"tenant": "default", "key": "dev", "user": "ann"}
    assert (said["limit_usd"], said["spent_usd"], said["reserved_usd"]) == (usd(100), "0", "0")
    assert said["asked_usd"] == usd(101) and said["resets_at"].endswith("T00:00:00.000Z")
    for word in ("team", "day", usd(101), said["resets_at"]):
        assert word in error["message"]
    # Refused before any provider saw it, and on record.
    receipt = client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}")
    assert receipt.status == 200 and receipt.json()["decision"] == "refuse" and receipt.json()["attempts"] == []
    # The same on Maester's own routes, in their shape; a request budget's refusal keeps its own.
    body = {"prompt": "Say hi", "model": "plain", "max_tokens": 101}
    make_budget(server, "all", "0")
    own = client.request(server.port, "POST", "/v1/reliable_completion", body)
    assert own.status == 402 and own.json()["code"] == "budget_exceeded" and own.json()["budget"]["name"] == "all"
    blocked = client.request(server.port, "POST", "/v1/reliable_completion", {**body, "max_cost_usd": "0.0000001"})
    assert blocked.status == 409 and blocked.json()["detail"]["budget"]["reason"] == "estimate_exceeds_budget"


def test_mixed_sizes_never_pass_the_limit(server):
    made = make_budget(server, "mixed", usd(2000))
    sizes = [random.Random(7).randrange(1, 400) for _ in range(200)]
    answers = in_parallel(200, lambda i: client.chat(server.port, "latency:300", max_tokens=sizes[i], timeout=60))
    assert {answer.status for answer in answers} == {200, 402}
    now = wait_released(server, made)
    spent = sum(Decimal(a.headers["x-maester-cost-usd"]) for a in answers if a.status == 200)
    assert Decimal(now["spent_usd"]) == spent <= Decimal(now["limit_usd"])


def test_streams_cut_by_the_client_leave_nothing_reserved(server, provider):
    made = make_budget(server, "cut", usd(60_000))  # 100 at once; a stream costs 480 of its 600

    def one(i):
        body = {"model": STREAM, "stream": True, "max_tokens": 600,
                "messages": [{"role": "user", "content": "x"}]}
        stream = client.OpenStream(server.port, "/v1/chat/completions", body, timeout=60)
        if stream.response.status == 200:
            stream.read_events(2 if i % 5 == 0 else 1000)
        stream.close()
        return stream.response.status

    statuses = collections.Counter(in_parallel(200, one))
    assert set(statuses) == {200, 402} and statuses[200] >= 100
    provider.wait_idle()
    now = wait_released(server, made)
    assert now["reserved_usd"] == "0" and Decimal(now["spent_usd"]) <= Decimal(now["limit_usd"])
    usage = client.request(server.port, "GET", "/v1/usage").json()["total"]
    assert Decimal(usage["total_cost_usd"]) == Decimal(now["spent_usd"])


def test_the_first_request_of_an_unknown_user_is_covered(server):
    make_budget(server, "each-user", usd(100), {"user": "*"}, "month")
    assert client.chat(server.port, "plain", max_tokens=101, user="never-seen-1").status == 402
    assert client.chat(server.port, "plain", max_tokens=100, user="never-seen-2").status == 200
    assert client.chat(server.port, "plain", max_tokens=100, user="never-seen-3").status == 200
    answers = in_parallel(20, lambda _: client.chat(server.port, "latency:300", max_tokens=60, user="fresh"))
    assert collections.Counter(a.status for a in answers)[200] == 1
    assert client.chat(server.port, "plain", max_tokens=1000).status == 200, "a request without a user"


def test_what_is_reserved_is_what_is_sent(server, provider):
    make_budget(server, "hard", "1")
    assert client.chat(server.port, "plain").status == 200
    assert client.chat(server.port, "unpriced").status == 402
    answer = client.chat(server.port, "plain", max_tokens=7, n=1)
    assert answer.json()["usage"]["completion_tokens"] <= 7


def asked(server, content, **more):
    """What a request may cost by its refusal, in tokens of input and output."""
    body = {"model": "priced-input", "messages": [{"role": "user", "content": content}], **more}
    answer = client.request(server.port, "POST", "/v1/chat/completions", body)
    assert answer.status == 402, answer.body
    bound = answer.json()["error"]["budget"]["asked_usd"]
    return None if bound is None else Decimal(bound) * 1_000_000


def test_the_worst_case_is_the_bytes_of_the_text_and_the_limit_of_the_output(server):
    make_budget(server, "nothing", "0")
    assert asked(server, "x" * 100, max_tokens=10) == 100 + 16 + 4 * 10
    assert asked(server, "\u00e9" * 100, max_tokens=10) == 200 + 16 + 4 * 10
    assert asked(server, "x" * 100, max_tokens=10, n=3) == 100 + 16 + 4 * 30
    assert asked(server, "x") == 1 + 16 + 4 * 4096, "without a limit the policy's"
    image = [{"type": "image_url", "image_url": {"url": "https://images.example/a.png"}}]
    assert asked(server, image, max_tokens=1) >= 8192
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "description": "y" * 500}}}]
    assert asked(server, "x", max_tokens=1, tools=tools) > 500
    assert asked(server, [{"type": "file", "file": {"file_id": "file-1"}}], max_tokens=1) is None


def test_every_attempt_is_covered(server):
    made = make_budget(server, "retries", usd(150))
    answer = client.chat(server.port, "flaky", max_tokens=100)
    # Three attempts that fail cost nothing, so each had room.
    assert answer.status == 502, answer.body
    assert wait_released(server, made)["spent_usd"] == "0"


def test_a_soft_budget_warns_and_lets_pass(server):
    make_budget(server, "soft", usd(100), hard=False, warn_at=[50, 100])
    assert "x-maester-budget-warning" not in client.chat(server.port, "plain", max_tokens=10).headers
    warned = client.chat(server.port, "plain", max_tokens=500)
    assert warned.status == 200 and warned.headers["x-maester-budget-warning"].endswith("percent=100")
    wait_for(lambda: '"event":"budget_threshold"' in server.log())
    metrics = client.request(server.port, "GET", "/metrics").body.decode()
    assert "maester_budget_warnings_total 1" in metrics


def test_counters_survive_a_kill(server, provider):
    made = make_budget(server, "kept", usd(1000))
    each = make_budget(server, "each", usd(1000), {"user": "*"}, "month")
    assert client.chat(server.port, "plain", max_tokens=50, user="ann").status == 200
    spent = Decimal(wait_released(server, made)["spent_usd"])
    assert spent > 0
    stream = client.OpenStream(server.port, "/v1/chat/completions", {
        "model": HANG, "stream": True, "max_tokens": 300, "user": "ann",
        "messages": [{"role": "user", "content": "x"}]})
    stream.read_events(2)
    assert budget(server, made)["reserved_usd"] == usd(300)
    server.kill()
    server.child.wait()
    stream.close()
    again = Maester(server.directory, config_for(provider))
    try:
        # The intent without a settlement counts as its reservation, in each budget it names.
        for one in (made, each):
            now = budget(again, one)
            assert Decimal(now["spent_usd"]) == spent + Decimal(usd(300)) and now["reserved_usd"] == "0"
        assert client.chat(again.port, "plain", max_tokens=700, user="ann").status == 402
        assert client.chat(again.port, "plain", max_tokens=600, user="ann").status == 200
    finally:
        again.stop()
    # usage.db is made again from the journal.
    before = None
    for name in ("usage.db", "usage.db-wal", "usage.db-shm"):
        (server.data / name).unlink(missing_ok=True)
    third = Maester(server.directory, config_for(provider))
    try:
        before = Decimal(budget(third, made)["spent_usd"])
        assert before == Decimal(budget(third, each)["spent_usd"]) > spent + Decimal(usd(300))
    finally:
        third.stop()


def test_budgets_are_made_changed_listed_and_removed(server):
    made = make_budget(server, "b", "12.5", {"route": "support"}, "week", warn_at=[80])
    assert made["scope"] == {"tenant": "default", "route": "support"} and made["remaining_usd"] == "12.5"
    taken = client.request(server.port, "POST", "/v1/budgets",
                           {"name": "b", "window": "day", "limit_usd": "1"})
    assert taken.status == 409
    for body, param in (({"limit_usd": "1", "window": "year", "name": "x"}, "window"),
                        ({"window": "day", "name": "x"}, "limit_usd"),
                        ({"limit_usd": "-1", "window": "day", "name": "x"}, "limit_usd"),
                        ({"limit_usd": "1", "window": "day"}, "name"),
                        ({"limit_usd": "1", "window": "day", "name": "x", "scope": {"keys": "k"}}, "scope.keys"),
                        ({"limit_usd": "1", "window": "day", "name": "x", "warn_at": [90, 80]}, "warn_at")):
        answer = client.request(server.port, "POST", "/v1/budgets", body)
        assert (answer.status, answer.json().get("param")) == (400, param), answer.body
    path = f"/v1/budgets/{made['id']}"
    changed = client.request(server.port, "PATCH", path, {"limit_usd": "20", "hard": False})
    assert changed.status == 200 and changed.json()["limit_usd"] == "20" and changed.json()["hard"] is False
    assert client.request(server.port, "PATCH", path, {"window": "day"}).status == 400
    listed = client.request(server.port, "GET", "/v1/budgets").json()
    assert [b["name"] for b in listed["data"]] == ["b"]
    make_budget(server, "mine", "3", {"key": "dev"})
    mine = client.request(server.port, "GET", "/v1/me/usage").json()["budgets"]
    assert [b["name"] for b in mine] == ["b", "mine"]
    assert client.request(server.port, "DELETE", path).status == 200
    assert client.request(server.port, "GET", path).status == 404
    assert client.request(server.port, "DELETE", path).status == 404


def test_a_data_directory_of_the_foundation_opens(space, binary, tmp_path):
    here = Path(__file__).parent / "data"
    with tarfile.open(here / "foundation.tar.xz") as archive:
        archive.extractall(tmp_path)
    expected = json.loads((here / "foundation.json").read_text())
    config = (here / "foundation.toml").read_text()
    server = space.add(Maester(tmp_path, config, dev=False))
    key = {"authorization": "Bearer " + expected["key"]}
    usage = client.request(server.port, "GET", "/v1/usage?group_by=model", headers=key).json()
    rows = {row["model"]: row for row in usage["data"]}
    before = expected["usage_before"]["data"][0]
    assert {name: rows["gpt-4.1-mini"][name] for name in before} == before
    # The request that its kill interrupted is charged as it was reserved.
    assert rows["slow"]["requests"] == rows["slow"]["interrupted"] == 1
    assert Decimal(rows["slow"]["total_cost_usd"]) > 0
    shown = client.request(server.port, "GET", "/v1/prompts/greeting/versions", headers=key)
    assert [v["version"] for v in shown.json()["data"]] == ["v1", "v2"]
    replay = client.request(server.port, "GET", f"/v1/replays/{expected['replayable']}", headers=key)
    assert replay.status == 200
    made = client.request(server.port, "POST", "/v1/budgets",
                          {"name": "new", "window": "month", "limit_usd": "1"}, headers=key)
    assert made.status == 201 and made.json()["spent_usd"] == "0"
    chat = {"model": "gpt-4.1-mini", "max_tokens": 40, "messages": [{"role": "user", "content": "Hello"}]}
    assert client.request(server.port, "POST", "/v1/chat/completions", chat, headers=key).status == 200
