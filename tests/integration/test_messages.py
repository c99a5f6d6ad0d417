"""POST /v1/messages: Anthropic's interface in front of providers of both protocols."""
import json

import pytest
from support import configs
from support.client import messages, request
from support.programs import Maester

SENTENCE = "The fake provider has read your request and answers with this sentence."
KEY = "messages-tests-0123456789abcdef012345678"
BEARER = {"x-api-key": KEY}
TOOLS = [{"name": "get_weather", "description": "Weather", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]


@pytest.fixture(scope="module")
def server(space, provider, binary):
    config = (f'default_model = "anth/plain"\n[[keys]]\nname = "tests"\nkey = "{KEY}"\nrole = "admin"\n'
              + configs.FORGETFUL + configs.providers(provider.port)
              + "".join(f'[[models]]\nname = "{prefix}/*"\nprovider = "{name}"\n{configs.PRICE}'
                        for prefix, name in (("oai", "fake-openai"), ("anth", "fake-anthropic"))))
    return space.add(Maester(space.path, config, dev=False))


def ask(server, model, content="Hello", headers=None, **more):
    return messages(server.port, model, content, headers={**BEARER, **(headers or {})}, **more)


def sent(provider):
    """The body that the provider got last."""
    return request(provider.port, "GET", "/__stats").json()


@pytest.mark.parametrize("model", ["anth/plain", "oai/plain"])
def test_a_message(server, model):
    answer = ask(server, model)
    assert answer.status == 200, answer.body
    body = answer.json()
    assert (body["type"], body["role"], body["stop_reason"]) == ("message", "assistant", "end_turn")
    assert body["content"] == [{"type": "text", "text": SENTENCE}]
    assert body["usage"]["input_tokens"] > 0 and body["usage"]["output_tokens"] > 0
    assert answer.headers["request-id"] == answer.headers["x-maester-request-id"]
    assert "maester" not in body


@pytest.mark.parametrize("model", ["anth/plain", "oai/plain"])
def test_a_streamed_message(server, model):
    answer = ask(server, model, stream=True, maester={})
    assert answer.status == 200 and answer.complete
    names = [name for name, _ in answer.events()]
    assert names[0] == "message_start" and names[-2:] == ["message_delta", "message_stop"]
    assert answer.text() == SENTENCE
    stop = answer.chunks()[-1]
    assert stop["type"] == "message_stop" and stop["maester"]["decision"] == "return"
    delta = answer.chunks()[-2]
    assert delta["delta"]["stop_reason"] == "end_turn"
    assert delta["usage"]["input_tokens"] > 0 and delta["usage"]["output_tokens"] > 0


@pytest.mark.parametrize("model", ["anth/tools-parallel", "oai/tools-parallel"])
@pytest.mark.parametrize("stream", [False, True])
def test_tools(server, model, stream):
    answer = ask(server, model, tools=TOOLS, stream=stream)
    if not stream:
        calls = [block for block in answer.json()["content"] if block["type"] == "tool_use"]
        assert answer.json()["stop_reason"] == "tool_use"
        assert [call["input"] for call in calls] == [{"city": "Paris", "unit": "celsius"}, {"city": "Zürich"}]
        return
    open_block, arguments = None, {}
    for event in answer.chunks():
        if event["type"] == "content_block_start":
            assert open_block is None
            open_block = event["index"]
            assert event["content_block"]["name"] == "get_weather" and event["content_block"]["id"]
            arguments[open_block] = ""
        elif event["type"] == "content_block_delta":
            arguments[event["index"]] += event["delta"]["partial_json"]
        elif event["type"] == "content_block_stop":
            open_block = None
    assert [json.loads(text) for text in arguments.values()] == [{"city": "Paris", "unit": "celsius"}, {"city": "Zürich"}]


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_comes_with_its_signature(server, stream):
    answer = ask(server, "anth/reasoning", stream=stream, thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2048)
    if stream:
        deltas = [e["delta"] for e in answer.chunks() if e["type"] == "content_block_delta"]
        assert any(d["type"] == "signature_delta" and d["signature"].startswith("sig-") for d in deltas)
    else:
        assert answer.json()["content"][0]["signature"].startswith("sig-")
    plain = ask(server, "oai/reasoning", stream=stream)
    if stream:
        kinds = [e["content_block"]["type"] for e in plain.chunks() if e["type"] == "content_block_start"]
    else:
        kinds = [block["type"] for block in plain.json()["content"]]
    assert kinds == ["thinking", "text"]


def test_the_bytes_of_the_same_protocol_pass(server):
    odd = [{"type": "text", "text": "x"}, {"type": "container_upload", "file_id": "f"}]
    assert ask(server, "anth/plain", odd, container={"id": "c"}).status == 200
    refused = ask(server, "oai/plain", odd)
    assert refused.status == 400 and refused.json()["error"]["param"] == "messages[0].content"
    refused = ask(server, "oai/plain", container={"id": "c"})
    assert refused.status == 400 and refused.json()["error"]["param"] == "container"


def test_images_are_translated(server):
    image = [{"type": "text", "text": "what?"},
             {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}}]
    for model in ("anth/images", "oai/images"):
        assert ask(server, model, image).text() == "I see 1 images."


@pytest.mark.parametrize("change, param", [
    ({"max_tokens": -1}, "max_tokens"), ({"temperature": 2}, "temperature"), ({"tools": {}}, "tools"),
    ({"maester": {"colour": 1}}, "maester.colour"), ({"messages": []}, "messages"),
])
def test_errors_are_in_anthropics_shape(server, change, param):
    answer = ask(server, "oai/plain", **change)
    assert answer.status == 400, answer.body
    body = answer.json()
    assert body["type"] == "error" and body["error"]["type"] == "invalid_request_error"
    assert body["error"]["param"] == param and body["request_id"]
    assert answer.headers["x-should-retry"] == "false"


def test_other_errors_have_their_types(server):
    for headers, status, kind in (({"x-api-key": "wrong"}, 401, "authentication_error"),
                                  ({"anthropic-version": "2023-01-01"}, 400, "invalid_request_error"),
                                  ({"anthropic-version": "2026-1-1"}, 400, "invalid_request_error")):
        answer = ask(server, "anth/plain", headers=headers)
        assert (answer.status, answer.json()["error"]["type"]) == (status, kind), answer.body
    assert ask(server, "nothing").json()["error"]["type"] == "not_found_error"
    assert ask(server, "anth/fault:400:say=bad").json()["error"] == {"type": "invalid_request_error", "message": "bad"}
    translated = ask(server, "oai/fault:400:say=bad").json()
    assert translated["type"] == "error" and "bad" in translated["error"]["message"]
    assert ask(server, "oai/fault:503").status == 502


@pytest.mark.parametrize("model", ["anth/fault:error-event", "oai/fault:error-event", "anth/fault:rst-mid", "oai/fault:rst-mid"])
def test_a_broken_stream_ends_with_an_error_event(server, model):
    answer = ask(server, model, stream=True)
    events = answer.events()
    assert events[-1][0] == "error" and not answer.done()
    assert json.loads(events[-1][1])["error"]["type"] == "api_error"


def test_count_tokens(server):
    def count(model, **more):
        body = {"model": model, "messages": [{"role": "user", "content": "hello world"}], **more}
        return request(server.port, "POST", "/v1/messages/count_tokens", body, BEARER)

    forwarded = count("anth/plain", system="be brief")
    assert forwarded.status == 200, forwarded.body
    # be brief, a line feed, hello world: 20 bytes are five of the fake provider's tokens
    assert forwarded.json() == {"input_tokens": 5, "provenance": "provider"}
    exact = count("oai/gpt-4o")
    # 3 for the answer's priming, 4 for the message, "hello" and " world"
    assert exact.json() == {"input_tokens": 9, "provenance": "counted"}
    assert exact.headers["x-maester-token-count"] == "counted"
    assert count("oai/plain").json()["provenance"] == "estimated"
    assert count("oai/gpt-4o", tools=TOOLS).json()["provenance"] == "estimated"
    assert count("anth/fault:404").status == 404
    assert count("anth/plain", messages=[]).status == 400
    usage = request(server.port, "GET", "/v1/usage?group_by=model", headers=BEARER).json()["data"]
    assert not [row for row in usage if row["model"] == "oai/gpt-4o"], "a count costs nothing and is no request"


def test_limits_are_told_as_anthropic_does(server):
    made = request(server.port, "POST", "/v1/limits", {"scope": {"user": "lim"}, "requests_per_minute": 60, "tokens_per_minute": 100000}, BEARER)
    assert made.status == 201, made.body
    answer = ask(server, "anth/plain", metadata={"user_id": "lim"})
    assert answer.headers["anthropic-ratelimit-requests-limit"] == "60"
    assert answer.headers["anthropic-ratelimit-tokens-limit"] == "100000"
    assert answer.headers["anthropic-ratelimit-requests-reset"].endswith("Z")


def test_prompts_budgets_and_receipts_hold_here_too(server):
    request(server.port, "POST", "/v1/prompts", {"name": "m-greet", "template": "Greet {name}."}, BEARER)
    body = {"model": "anth/echo", "max_tokens": 64, "maester": {"prompt": {"name": "m-greet", "variables": {"name": "Ada"}}}}
    answer = request(server.port, "POST", "/v1/messages", body, BEARER)
    assert answer.text() == "Greet Ada."
    assert answer.json()["maester"]["prompt"]["name"] == "m-greet"
    receipt = request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}", headers=BEARER).json()
    assert receipt["usage"]["output_tokens"] > 0 and receipt["cost"]["total"]
    refused = ask(server, "anth/plain", maester={"budget": {"scope": "m", "max_cost_usd": "0.0000001"}})
    assert (refused.status, refused.json()["error"]["type"]) == (402, "billing_error")
