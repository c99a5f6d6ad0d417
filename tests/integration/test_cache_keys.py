"""What tells two requests apart for the cache, one part at a time: each test differs in that part only, and the body it sends is the same."""
import signal
import time

import pytest
from support import client, configs
from support.access import admin_of
from support.knowledge import Collection
from support.programs import Maester

ASK = {"cache": {"mode": "exact", "ttl_s": 60}}
SEMANTIC = 'cache = { mode = "semantic", ttl_s = 60, threshold_percent = 90 }\n'
POLICY = '[[policies]]\nname = "watch"\ninput = [ { type = "pii", action = "record" } ]\n'
TOOLS = '[tool_rules]\non_denied = "strip"\n[[tools]]\nname = "lookup"\n[[tools]]\nname = "wire_money"\nroles = ["admin"]\n'


def config_for(provider, models=("plain", "echo", "fault:500"), more: str = "") -> str:
    return (configs.NO_LIMITS + configs.FORGETFUL + configs.providers(provider.port) + configs.models(list(models)) + more)


@pytest.fixture
def start(space, provider, binary, tmp_path):
    def serve(config: str, **options) -> Maester:
        return space.add(Maester(tmp_path, config, **options))
    return serve


@pytest.fixture
def server(start, provider):
    return start(config_for(provider))


def cache_of(answer) -> str:
    assert answer.status == 200, answer.body
    return answer.headers["x-maester-cache"]


def reload_with(server, text: str) -> None:
    """The rest of the file as it is, `text` at its end; until that is in force."""
    before = client.chat(server.port, "echo", "x").headers["x-maester-config"]
    server.config_path.write_text(text)
    server.child.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while client.chat(server.port, "echo", "x").headers["x-maester-config"] == before:
        assert time.monotonic() < until, server.log()[-2000:]
        time.sleep(0.02)


def test_the_prompts_text(server):
    """Its template's hash when a version is another, and its rendered text when the variables are."""
    def push(template):
        return client.request(server.port, "POST", "/v1/prompts", {"name": "say", "template": template}).json()["version"]

    def ask(**prompt):
        return cache_of(client.request(server.port, "POST", "/v1/chat/completions", {"model": "plain", "messages": [
            {"role": "user", "content": "Same"}], "maester": {**ASK, "prompt": {"name": "say", **prompt}}}))

    push("Say {x}")
    assert [ask(variables={"x": "a"}) for _ in range(2)] == ["miss", "hit"]
    assert [ask(variables={"x": "b"}) for _ in range(2)] == ["miss", "hit"]
    push("Say only {x}")
    assert [ask(variables={"x": "a"}) for _ in range(2)] == ["miss", "hit"]


def test_where_a_name_leads(start, provider):
    """A model of the same name that is another one upstream."""
    server = start(config_for(provider) + configs.models({"same": "plain"}))
    assert [cache_of(client.chat(server.port, "same", "Who?", maester=ASK)) for _ in range(2)] == ["miss", "hit"]
    text = server.config_path.read_text()
    reload_with(server, text.replace('upstream_model = "plain"\n' + configs.PRICE + '[[models]]\nname = "echo"', 'upstream_model = "plain"\n'
                                     + configs.PRICE + '[[models]]\nname = "new"\nprovider = "fake-openai"\n[[models]]\nname = "echo"'))
    assert cache_of(client.chat(server.port, "same", "Who?", maester=ASK)) == "hit", "another change of the file is none of it"
    text = server.config_path.read_text()
    at = text.index('name = "same"')
    reload_with(server, text[:at] + text[at:].replace('upstream_model = "plain"', 'upstream_model = "echo"'))
    assert cache_of(client.chat(server.port, "same", "Who?", maester=ASK)) == "miss"


def test_the_policy(start, provider):
    server = start('default_policy = "watch"\n' + config_for(provider, more=POLICY))
    assert [cache_of(client.chat(server.port, "plain", "Guarded?", maester=ASK)) for _ in range(2)] == ["miss", "hit"]
    reload_with(server, server.config_path.read_text().replace('type = "pii", action = "record"', 'type = "pii", action = "redact"'))
    assert cache_of(client.chat(server.port, "plain", "Guarded?", maester=ASK)) == "miss"


def test_the_tools_that_a_key_may_use(start, provider):
    """A stripped tool is in the caller's bytes still when those are not what is sent (a prompt is put before them): equal bodies of two keys
    do not ask the same."""
    server = start(config_for(provider, more=TOOLS), dev=False)
    admin = admin_of(server)
    member = admin.mint(role="member", name="member")
    tools = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}} for name in ("lookup", "wire_money")]

    admin.json("POST", "/v1/prompts", {"name": "brief", "template": "Be brief."}, 201)
    for more in ({}, {"prompt": {"name": "brief"}}):
        def ask(who, more=more):
            return cache_of(who.call("POST", "/v1/chat/completions", {
                "model": "plain", "messages": [{"role": "user", "content": "Pay?"}], "tools": tools, "maester": {**ASK, **more}}))

        assert [ask(admin), ask(member), ask(admin), ask(member)] == ["miss", "miss", "hit", "hit"], more


def test_what_governs_the_tools(start, provider):
    server = start(config_for(provider, more=TOOLS))
    tools = [{"type": "function", "function": {"name": "lookup", "parameters": {"type": "object"}}}]

    def ask():
        return cache_of(client.chat(server.port, "plain", "Look", tools=tools, maester=ASK))

    assert [ask(), ask()] == ["miss", "hit"]
    reload_with(server, server.config_path.read_text().replace('name = "lookup"\n', 'name = "lookup"\nversion = "v2"\n'))
    assert ask() == "miss"


def test_the_evidence(start, provider):
    """An index that has something else to say, and an asker who may read less."""
    admin = admin_of(start(config_for(provider), dev=False))
    board, staff = (admin.mint(role="member", name=name, groups=[name]) for name in ("board", "staff"))
    handbook = Collection(admin.call)
    handbook.put("plan", "The plan of the year is open.")
    handbook.put("secret", "The secret plan of the year.", acl={"groups": ["board"]})

    def ask(who):
        return cache_of(who.chat("plain", "What is the plan of the year?", maester={**ASK, "knowledge": {"collection": "handbook"}}))

    assert [ask(board), ask(staff), ask(board), ask(staff)] == ["miss", "miss", "hit", "hit"]
    handbook.put("plan", "The plan of the year was changed.")
    assert ask(staff) == "miss"


def test_the_api_and_the_region(start, provider):
    config = config_for(provider) + configs.models(["far"]).replace("[[models]]", '[[models]]\nregion = "eu"').replace('upstream_model = "far"', 'upstream_model = "plain"')
    server = start(config + configs.route("near", ["far"]))
    body = {"model": "plain", "max_tokens": 64, "messages": [{"role": "user", "content": "Which?"}], "maester": ASK}
    paths = ("/v1/chat/completions", "/v1/messages")
    got = [cache_of(client.request(server.port, "POST", path, body)) for path in paths * 2]
    assert got == ["miss", "miss", "hit", "hit"]
    got = [cache_of(client.chat(server.port, "near", "Which?", maester={**ASK, **more})) for more in ({}, {"region": "eu"}, {}, {"region": "eu"})]
    assert got == ["miss", "miss", "hit", "hit"]


def test_the_model_and_every_parameter(server):
    plain = {"model": "plain", "messages": [{"role": "user", "content": "Same?"}], "maester": ASK}

    def ask(**more):
        return cache_of(client.request(server.port, "POST", "/v1/chat/completions", {**plain, **more}))

    assert [ask(), ask()] == ["miss", "hit"]
    for name, value in {"model": "echo", "temperature": 0.6, "top_p": 0.8, "max_tokens": 9, "max_completion_tokens": 9, "seed": 1, "stop": ["a"],
                        "n": 2, "presence_penalty": 1, "frequency_penalty": 1, "logprobs": True, "logit_bias": {"1": 2}, "reasoning_effort": "low",
                        "response_format": {"type": "text"}, "service_tier": "default", "verbosity": "low", "a_field_of_the_provider": 1}.items():
        assert ask(**{name: value}) == "miss", name


def test_a_request_that_the_provider_is_to_remember_is_never_given_again(server):
    for more in ({"store": True}, {"web_search_options": {}, "model": "echo"}):
        body = {"model": "plain", "messages": [{"role": "user", "content": "Remember"}], "maester": ASK, **more}
        answers = [client.request(server.port, "POST", "/v1/chat/completions", body) for _ in range(2)]
        assert {a.headers.get("x-maester-cache", "off") for a in answers} == {"off"}, more


def test_what_a_fallback_answered_is_not_kept(start, provider):
    server = start(config_for(provider) + configs.route("backed", ["fault:500", "plain"]))
    assert [cache_of(client.chat(server.port, "backed", "Plan B?", maester=ASK)) for _ in range(2)] == ["miss", "miss"]


@pytest.mark.parametrize("before_the_start", [True, False])
def test_what_expired_in_the_file_is_not_given(start, provider, before_the_start):
    server = start(config_for(provider))
    until = time.monotonic() + 5.2
    assert cache_of(client.chat(server.port, "plain", "Long ago", maester={"cache": {"mode": "exact", "ttl_s": 5}})) == "miss"
    server.stop()
    if before_the_start:
        time.sleep(max(0.0, until - time.monotonic()))
    server = start(config_for(provider))
    time.sleep(max(0.0, until - time.monotonic()))
    assert cache_of(client.chat(server.port, "plain", "Long ago", maester=ASK)) == "miss"


def test_questions_alike_stay_with_their_tenant_and_their_conversation(start, provider):
    server = start(config_for(provider) + configs.route("faq", ["plain"]) + SEMANTIC, dev=False)
    admin = admin_of(server)
    for name in ("elm", "fir"):
        admin.json("POST", "/v1/tenants", {"name": name}, 201)
    elm, fir = (admin.mint(tenant=name, role="member", name=name) for name in ("elm", "fir"))
    question = "Summarize the incident report for the payments team in two sentences"
    before = [{"role": "user", "content": "Of May."}, {"role": "assistant", "content": "Well?"}]

    def ask(who, text, earlier=(), **more):
        messages = [*earlier, {"role": "user", "content": text}]
        return cache_of(who.call("POST", "/v1/chat/completions", {"model": "faq", "messages": messages, **more}))

    assert ask(elm, question) == "miss"
    assert ask(fir, question + ".") == "miss", "another tenant's question"
    assert ask(elm, question + "!") == "hit"
    assert ask(elm, question + "?", before) == "miss", "another conversation"
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert [ask(elm, question + end, tools=tools) for end in (";", ":", ";")] == ["miss", "miss", "hit"], "with tools equal requests only"
