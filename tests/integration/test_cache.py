"""The response cache at the real binary: what is given again, to whom, and what it costs."""
import threading
import time

import pytest
from support import client, configs
from support.access import Caller, admin_of
from support.programs import Maester

SLOW = "latency:700"
ASK = {"cache": {"mode": "exact", "ttl_s": 60}}


def config_for(provider) -> str:
    return (configs.NO_LIMITS + configs.FORGETFUL + configs.providers(provider.port) +
            configs.models(["plain", "other", SLOW, "fault:500", "tools:1"]) +
            configs.route("kept", ["plain"]) + 'cache = { mode = "exact", ttl_s = 60 }\n' + configs.route("loose", ["plain"]))


@pytest.fixture
def server(space, provider, binary, tmp_path):
    provider.reset()
    return space.add(Maester(tmp_path, config_for(provider)))


def calls(provider) -> int:
    return provider.wait_idle()["requests"]


def cache_of(answer) -> str:
    return answer.headers["x-maester-cache"]


def test_a_second_request_is_answered_without_a_call(server, provider):
    before = calls(provider)
    first = client.chat(server.port, "plain", "Capital of France?", maester=ASK)
    second = client.chat(server.port, "plain", "Capital of France?", maester=ASK)
    assert (cache_of(first), cache_of(second)) == ("miss", "hit")
    assert calls(provider) == before + 1
    own, kept = first.json(), second.json()
    assert kept["choices"] == own["choices"] and kept["usage"] == own["usage"]
    assert own["maester"]["cache"] == "miss" and kept["maester"]["cache"] == "hit"
    assert kept["maester"]["attempts"] == [] and float(kept["maester"]["cost"]["total_cost_usd"]) == 0
    assert second.headers["x-maester-attempts"] == "0" and second.headers["x-maester-cost-usd"] == "0"
    # Its receipt says whose answer it was, and the sums hold one call.
    receipt = client.request(server.port, "GET", f"/v1/requests/{kept['maester']['request_id']}").json()
    source = receipt["cache_source"]
    assert receipt["cache"] == "hit" and source["request_id"] == own["maester"]["request_id"]
    assert source["saved_usd"] == own["maester"]["cost"]["total_cost_usd"] and receipt["attempts"] == []
    total = client.request(server.port, "GET", "/v1/usage").json()["total"]
    assert total["requests"] == 1 and total["total_cost_usd"] == source["saved_usd"]
    stats = client.request(server.port, "GET", "/v1/cache").json()
    assert (stats["hits"], stats["misses"], stats["saved_usd"]) == (1, 1, source["saved_usd"]) and stats["hit_rate"] == 0.5


def test_the_order_of_members_is_no_difference_and_everything_else_is(server, provider):
    def ask(**body):
        return cache_of(client.request(server.port, "POST", "/v1/chat/completions", {"maester": ASK, **body}))

    messages = [{"role": "user", "content": "Same?"}]
    assert ask(model="plain", messages=messages, temperature=0.5, top_p=0.9) == "miss"
    assert ask(top_p=0.9, messages=[{"content": "Same?", "role": "user"}], temperature=0.5, model="plain") == "hit"
    assert ask(model="plain", messages=messages, temperature=0.5, top_p=0.9, user="ann") == "hit"
    for other in ({"temperature": 0.6}, {"top_p": 0.8}, {"max_tokens": 9}, {"seed": 1}, {"model": "other"},
                  {"messages": [{"role": "system", "content": "x"}, *messages]}, {"stop": ["a"]}, {"logit_bias": {"1": 2}},
                  {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]},
                  {"response_format": {"type": "json_object"}}):
        assert ask(**{"model": "plain", "messages": messages, "temperature": 0.5, "top_p": 0.9, **other}) == "miss", other


def test_streams_are_given_again_as_streams(server, provider):
    before = calls(provider)
    streamed = client.chat(server.port, "plain", "Stream it", maester=ASK, stream=True, stream_options={"include_usage": True})
    again = client.chat(server.port, "plain", "Stream it", maester=ASK, stream=True, stream_options={"include_usage": True})
    whole = client.chat(server.port, "plain", "Stream it", maester=ASK)
    assert [cache_of(a) for a in (streamed, again, whole)] == ["miss", "hit", "hit"]
    assert again.done() and again.text() == streamed.text() == whole.text() != ""
    assert again.headers["content-type"].startswith("text/event-stream")
    usage = [c["usage"] for c in again.chunks() if c.get("usage")]
    assert usage and usage[0]["total_tokens"] == whole.json()["usage"]["total_tokens"]
    assert [c["maester"]["cache"] for c in again.chunks() if "maester" in c] == ["hit"]
    assert calls(provider) == before + 1


def test_who_wants_a_fresh_answer_gets_one(server, provider):
    def ask(headers=None, **cache):
        return cache_of(client.chat(server.port, "plain", "Fresh?", headers, maester={"cache": cache} if cache else {"metadata": {}}))

    assert ask() == "off" and ask(mode="off") == "off"
    assert ask(mode="exact") == "miss" and ask(mode="exact") == "hit"
    assert ask({"cache-control": "no-store"}, mode="exact") == "off"
    before = calls(provider)
    assert ask({"cache-control": "no-cache"}, mode="exact") == "miss"  # and kept anew
    assert calls(provider) == before + 1
    assert ask(mode="exact") == "hit"
    time.sleep(1.1)
    assert ask(mode="exact", ttl_s=1) == "miss"  # older than this one wants


def test_an_answer_expires(server, provider):
    ask = {"cache": {"mode": "exact", "ttl_s": 1}}
    assert cache_of(client.chat(server.port, "plain", "Short life", maester=ask)) == "miss"
    time.sleep(1.2)
    assert cache_of(client.chat(server.port, "plain", "Short life", maester=ASK)) == "miss"


def test_a_route_offers_it_to_those_who_do_not_ask(server):
    assert [cache_of(client.chat(server.port, "kept", "By route")) for _ in range(2)] == ["miss", "hit"]
    assert [cache_of(client.chat(server.port, "loose", "By route")) for _ in range(2)] == ["off", "off"]
    off = client.chat(server.port, "kept", "By route", maester={"cache": {"mode": "off"}})
    assert cache_of(off) == "off"
    refused = client.chat(server.port, "kept", "x", maester={"cache": {"mode": "semantic"}})
    assert refused.status == 400 and refused.json()["error"]["param"] == "maester.cache.mode"
    wrong = client.chat(server.port, "kept", "x", maester={"cache": {"mode": "fuzzy"}})
    assert wrong.status == 400 and "semantic" in wrong.json()["error"]["message"]


def together(count, work):
    out = [None] * count
    threads = [threading.Thread(target=lambda k=k: out.__setitem__(k, work(k))) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out


def test_a_hundred_equal_requests_make_one_call(server, provider):
    before = calls(provider)
    answers = together(100, lambda k: client.chat(server.port, SLOW, "All at once", maester=ASK, stream=k % 3 == 0))
    assert {a.status for a in answers} == {200} and len({a.text() for a in answers}) == 1
    assert calls(provider) == before + 1
    assert sorted(map(cache_of, answers)) == ["hit"] * 99 + ["miss"]
    assert client.request(server.port, "GET", "/v1/cache").json()["shared"] > 0


def test_when_the_first_one_leaves_another_takes_its_place(server, provider):
    before = calls(provider)
    body = {"model": SLOW, "messages": [{"role": "user", "content": "Who leads?"}], "maester": ASK}
    with pytest.raises(TimeoutError):
        leaving = client.OpenStream(server.port, "/v1/chat/completions", body, timeout=0.2)
        leaving.close()
    answers = together(5, lambda k: client.chat(server.port, SLOW, "Who leads?", maester=ASK))
    assert {a.status for a in answers} == {200}
    assert calls(provider) <= before + 3  # the one that left, and the one that took over; a late one more


def test_a_failure_is_not_kept(server, provider):
    before = calls(provider)
    answers = [client.chat(server.port, "fault:500", "Fail", maester=ASK) for _ in range(2)]
    assert {a.status for a in answers} == {502} and {cache_of(a) for a in answers} == {"miss"}
    assert calls(provider) > before + 1


def test_checks_judge_a_kept_answer_too(server):
    client.chat(server.port, "plain", "Judge", maester=ASK)
    checked = {**ASK, "checks": [{"type": "contains", "value": "surely not in it", "on_fail": "refuse"}]}
    refused = client.chat(server.port, "plain", "Judge", maester=checked)
    assert refused.status == 422 and cache_of(refused) == "hit"
    graded = client.chat(server.port, "plain", "Judge", maester={**ASK, "checks": [{"type": "non_empty"}]}).json()
    assert graded["maester"]["cache"] == "hit" and graded["maester"]["evaluation"]["status"] == "pass"


def test_a_used_up_budget_does_not_stop_what_costs_nothing(server):
    client.chat(server.port, "plain", "Free", maester=ASK)
    made = client.request(server.port, "POST", "/v1/budgets", {"name": "none", "scope": {"key": "dev"}, "window": "total", "limit_usd": "0.000000001"})
    assert made.status == 201, made.body
    assert client.chat(server.port, "plain", "Not free", maester=ASK).status == 402
    assert cache_of(client.chat(server.port, "plain", "Free", maester=ASK)) == "hit"


def test_answers_outlive_a_restart_and_can_be_let_go_of(space, provider, binary, tmp_path):
    first = space.add(Maester(tmp_path, config_for(provider)))
    for question in ("Kept?", "Kept too?"):
        client.chat(first.port, "plain", question, maester=ASK)
    first.stop()
    second = space.add(Maester(tmp_path, config_for(provider)))
    before = calls(provider)
    for _ in range(2):  # from the file, then from memory
        assert cache_of(client.chat(second.port, "plain", "Kept?", maester=ASK)) == "hit"
    assert calls(provider) == before
    assert client.request(second.port, "DELETE", "/v1/cache?model=other").status == 200
    assert cache_of(client.chat(second.port, "plain", "Kept?", maester=ASK)) == "hit"
    assert client.request(second.port, "DELETE", "/v1/cache").status == 200
    assert cache_of(client.chat(second.port, "plain", "Kept?", maester=ASK)) == "miss"
    assert cache_of(client.chat(second.port, "plain", "Kept too?", maester=ASK)) == "miss"
    assert b"Capital" not in (second.data / "cache.db").read_bytes()


def test_tenants_share_nothing(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider), dev=False))
    admin = admin_of(server)
    for name in ("elm", "fir"):
        admin.json("POST", "/v1/tenants", {"name": name}, 201)
    elm, fir = (admin.mint(tenant=name, role="admin", name=name) for name in ("elm", "fir"))
    same = admin.mint(tenant="elm", role="member", name="elm-2")

    def ask(who: Caller) -> str:
        return cache_of(who.chat("plain", "Whose?", maester=ASK))

    assert [ask(elm), ask(fir), ask(elm), ask(same)] == ["miss", "miss", "hit", "hit"]
    assert fir.json("GET", "/v1/cache")["hits"] == 0
    fir.json("DELETE", "/v1/cache")
    assert ask(elm) == "hit" and ask(fir) == "miss"
    # An erased tenant's answers are gone, also for a tenant of the same name.
    admin.json("DELETE", "/v1/tenants/elm")
    admin.json("POST", "/v1/tenants", {"name": "elm2"}, 201)
    assert ask(admin.mint(tenant="elm2", role="member", name="new")) == "miss"


def test_a_question_worded_otherwise_gets_the_same_answer(space, provider, binary, tmp_path):
    config = config_for(provider) + configs.route("faq", ["plain"]) + 'cache = { mode = "semantic", ttl_s = 60, threshold_percent = 90 }\n'
    server = space.add(Maester(tmp_path, config))

    def ask(text, **more):
        return client.chat(server.port, "faq", text, **more)

    question = "Summarize the incident report for the payments team in two sentences"
    first = ask(question + ".", maester={"metadata": {}})
    alike = ask("Summarise" + question[9:], maester={"metadata": {}})
    assert (cache_of(first), cache_of(alike)) == ("miss", "hit")
    assert alike.text() == first.text()
    receipt = client.request(server.port, "GET", f"/v1/requests/{alike.headers['x-maester-request-id']}").json()
    assert 0.9 <= receipt["cache_source"]["similarity"] < 1
    # Alike is not enough when a number, what was said before, a tool or another setting differs.
    assert cache_of(ask("Report for the year 2024 of the northern region, please")) == "miss"
    assert cache_of(ask("Report for the year 2025 of the northern region, please")) == "miss"
    assert cache_of(ask("Please, report for the year 2025 of the northern region")) == "hit"
    assert cache_of(ask(question, temperature=0.1)) == "miss"
    tool = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert cache_of(ask(question + "?", tools=tool)) == "miss"
    assert cache_of(ask(question + "!", tools=tool)) == "miss"
    body = {"model": "faq", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}]}
    assert cache_of(client.request(server.port, "POST", "/v1/chat/completions", body)) == "miss"
    # A request on the route may ask for less.
    assert cache_of(ask("Summarise, " + question, maester=ASK)) == "miss"


def test_each_text_of_an_embedding_is_kept_by_itself(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider)))

    def embed(*texts, **more):
        answer = client.request(server.port, "POST", "/v1/embeddings", {"model": "plain", "input": list(texts), "maester": ASK, **more})
        assert answer.status == 200, answer.body
        return answer, [row["embedding"] for row in answer.json()["data"]]

    before = calls(provider)
    long = "alder " * 50
    first, (a, b) = embed(long, "birch")
    again, same = embed("birch", long)
    assert (cache_of(first), cache_of(again)) == ("miss", "hit") and same == [b, a]
    assert calls(provider) == before + 1 and again.json()["usage"]["prompt_tokens"] == 0
    # Only what is not known is asked for.
    mixed, (x, c, y) = embed(long, "cedar", "birch")
    assert cache_of(mixed) == "miss" and [x, y] == [a, b] and calls(provider) == before + 2
    asked = [call["body_bytes"] for call in provider.calls() if call["path"] == "/v1/embeddings"]
    assert asked[-2] > 300 > asked[-1]
    assert embed("cedar", encoding_format="float")[1] == [c]
    assert cache_of(embed(long, dimensions=8)[0]) == "miss"
    stats = client.request(server.port, "GET", "/v1/cache").json()
    assert stats["hits"] == 5 and stats["misses"] == 4
