"""Any surface before any provider: each cell of docs/reference/matrix.md, on the real server in front of the fake provider."""
import json
from pathlib import Path

import pytest
from support import configs, matrix
from support.client import request
from support.programs import Maester

SENTENCE = "The fake provider has read your request and answers with this sentence."
THOUGHTS = "First I read the question, then I think about it."
OBJECT = {"city": "Zürich", "temperature": 21, "sunny": True}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "temperature": {"type": "integer"}, "sunny": {"type": "boolean"}},
          "required": ["city", "temperature", "sunny"], "additionalProperties": False}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
IMAGE = "iVBORw0KGgo="


@pytest.fixture(scope="module")
def server(space, provider, binary):
    config = f'[egress]\nallow = ["127.0.0.1:{provider.port}"]\n' + configs.FORGETFUL
    for name, (fields, path) in matrix.PROVIDERS.items():
        config += f'[[providers]]\nname = "{name}"\nbase_url = "http://127.0.0.1:{provider.port}{path}"\n{fields}\n'
        config += configs.models({f"{name}/{model}": model for model in sorted(set(matrix.MODELS.values()))}, name)
    return space.add(Maester(space.path, config))


def chat_body(feature):
    content = "What is it?"
    if feature == "vision":
        content = [{"type": "text", "text": content}, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}}]
    body = {"messages": [{"role": "user", "content": content}]}
    if "tools" in feature:
        body["tools"] = [{"type": "function", "function": {"name": "get_weather", "description": "d", "parameters": PARAMETERS}}]
    if feature == "structured":
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "weather", "schema": SCHEMA, "strict": True}}
    return body


def messages_body(feature):
    content = "What is it?"
    if feature == "vision":
        content = [{"type": "text", "text": content},
                   {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": IMAGE}}]
    body = {"max_tokens": 512, "messages": [{"role": "user", "content": content}]}
    if "tools" in feature:
        body["tools"] = [{"name": "get_weather", "description": "d", "input_schema": PARAMETERS}]
    if feature == "structured":
        body["output_config"] = {"format": {"type": "json_schema", "schema": SCHEMA}}
    return body


def responses_body(feature):
    body = {"input": "What is it?"}
    if feature == "vision":
        body["input"] = [{"role": "user", "content": [{"type": "input_text", "text": "What is it?"},
                                                      {"type": "input_image", "image_url": f"data:image/png;base64,{IMAGE}"}]}]
    if "tools" in feature:
        body["tools"] = [{"type": "function", "name": "get_weather", "description": "d", "parameters": PARAMETERS}]
    if feature == "structured":
        body["text"] = {"format": {"type": "json_schema", "name": "weather", "schema": SCHEMA, "strict": True}}
    return body


def completions_body(feature):
    extra = {"tools": {"tools": [{}]}, "parallel tools": {"tools": [{}]}, "vision": {"prompt": ["a", "b"]},
             "structured": {"response_format": {"type": "json_object"}}, "reasoning": {"reasoning_effort": "low"}}
    return {"prompt": "What is it?", "max_tokens": 512, **extra.get(feature, {})}


BODIES = {"chat": chat_body, "messages": messages_body, "responses": responses_body, "completions": completions_body}


def read_chat(body):
    message = body["choices"][0]["message"]
    return {"text": message["content"] or "", "reasoning": message.get("reasoning_content", ""),
            "calls": [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in message.get("tool_calls", [])]}


def read_messages(body):
    by_type = lambda kind: [block for block in body["content"] if block["type"] == kind]
    return {"text": "".join(b["text"] for b in by_type("text")), "reasoning": "".join(b["thinking"] for b in by_type("thinking")),
            "calls": [(b["name"], b["input"]) for b in by_type("tool_use")]}


def read_responses(body):
    by_type = lambda kind: [item for item in body["output"] if item["type"] == kind]
    return {"text": "".join(p.get("text", "") for item in by_type("message") for p in item["content"]),
            "reasoning": "".join(p["text"] for item in by_type("reasoning") for p in item["summary"]),
            "calls": [(item["name"], json.loads(item["arguments"])) for item in by_type("function_call")]}


def read_completions(body):
    return {"text": body["choices"][0]["text"], "reasoning": body["choices"][0].get("reasoning_content", ""), "calls": []}


READERS = {"chat": read_chat, "messages": read_messages, "responses": read_responses, "completions": read_completions}


def streamed(surface, answer):
    """The parts of a stream put together, and whether it ended as it must."""
    text, reasoning, calls, ended = "", "", {}, False
    for name, data in answer.events():
        if data == "[DONE]":
            ended = True
            continue
        event = json.loads(data)
        if surface in ("chat", "completions"):
            for choice in event["choices"]:
                delta = choice.get("delta", choice)
                text += delta.get("content") or delta.get("text") or ""
                reasoning += delta.get("reasoning_content") or ""
                for call in delta.get("tool_calls") or []:
                    one = calls.setdefault(call["index"], ["", ""])
                    one[0] += call["function"].get("name") or ""
                    one[1] += call["function"].get("arguments") or ""
        elif surface == "messages":
            ended = ended or name == "message_stop"
            if name == "content_block_start" and event["content_block"]["type"] == "tool_use":
                calls[event["index"]] = [event["content_block"]["name"], ""]
            delta = event.get("delta", {})
            text += delta.get("text", "")
            reasoning += delta.get("thinking", "")
            if "partial_json" in delta:
                calls[event["index"]][1] += delta["partial_json"]
        elif name == "response.completed":
            ended = True
            whole = read_responses(event["response"])
            text, reasoning = whole["text"], whole["reasoning"]
            calls = {i: [n, json.dumps(a)] for i, (n, a) in enumerate(whole["calls"])}
    return {"text": text, "reasoning": reasoning, "calls": [(n, json.loads(a or "{}")) for n, a in calls.values()]}, ended


def expect(feature, got, where):
    if feature in ("plain", "stream"):
        assert got["text"] == SENTENCE, where
    elif feature == "vision":
        assert got["text"] == "I see 1 images.", where
    elif feature == "structured":
        assert json.loads(got["text"]) == OBJECT, where
    elif feature == "reasoning":
        assert got["text"] == SENTENCE and got["reasoning"] == THOUGHTS, where
    else:
        arguments = [{"city": "Paris", "unit": "celsius"}, {"city": "Zürich"}]
        assert got["calls"] == [("get_weather", a) for a in arguments[:2 if feature == "parallel tools" else 1]], where


CELLS = [(surface, provider, feature) for surface in matrix.SURFACES for provider in matrix.PROVIDERS for feature in matrix.FEATURES]


@pytest.mark.parametrize("surface, provider_name, feature", CELLS)
def test_cell(server, surface, provider_name, feature):
    says = matrix.cell(surface, provider_name, feature)
    body = {"model": f"{provider_name}/{matrix.MODELS[feature]}", **BODIES[surface](feature)}
    path = matrix.SURFACES[surface]
    if says not in (matrix.YES, matrix.OWN):
        for stream in (False, True):
            answer = request(server.port, "POST", path, {**body, "stream": stream})
            assert answer.status == 400, answer.body
            assert answer.json()["error"]["param"] == says, answer.body
        return
    if says == matrix.OWN:
        assert request(server.port, "POST", path, body).status in (200, 400)
        return
    if feature == "error":
        for stream in (False, True):
            answer = request(server.port, "POST", path, {**body, "stream": stream})
            assert answer.status == 400 and "no such thing" in answer.json()["error"]["message"], answer.body
            assert ("type" in answer.json()) == (surface == "messages")
        return
    if feature != "stream":
        whole = request(server.port, "POST", path, body)
        assert whole.status == 200, whole.body
        expect(feature, READERS[surface](whole.json()), whole.body)
    if feature == "plain":
        return
    answer = request(server.port, "POST", path, {**body, "stream": True})
    assert answer.status == 200 and answer.complete, answer.body
    got, ended = streamed(surface, answer)
    assert ended, answer.body
    expect(feature, got, answer.body)


def test_the_page_is_current():
    page = Path(__file__).resolve().parents[2] / "docs/reference/matrix.md"
    assert page.read_text() == matrix.page(), "run scripts/matrix.py"
