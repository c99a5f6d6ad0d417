"""Governed tools on the real binary: who may declare which, and what becomes of the calls in an answer."""
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support import client, configs
from support.programs import Maester

SCHEMA = '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}'
TOOLS = f"""
[[tools]]
name = "get_weather"
version = "v3"
schema = '{SCHEMA}'
[[tools]]
name = "wire_money"
roles = ["viewer"]
[[tools]]
name = "retired"
enabled = false
"""


class Scripted(ThreadingHTTPServer):
    """An OpenAI-shaped provider that answers with the next of `calls`: lists of (tool, arguments), or a text."""
    daemon_threads = True

    def __init__(self):
        self.answers, self.bodies = [], []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append(body)
        answer = self.server.answers.pop(0)
        self.reply(body, {"content": answer} if isinstance(answer, str) else {"content": None, "tool_calls": [
            {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for i, (name, arguments) in enumerate(answer)]})

    def reply(self, body, message):
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        head = {"id": "chatcmpl-1", "created": 1, "model": "m"}
        if not body.get("stream"):
            out = json.dumps({**head, "object": "chat.completion", "choices": [
                {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}}).encode()
            kind = "application/json"
        else:
            out, kind = b"", "text/event-stream"
            for delta in self.deltas(message):
                out += self.chunk(head, delta, None)
            out += self.chunk(head, {}, finish) + b"data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    @staticmethod
    def deltas(message):
        for i, call in enumerate(message.get("tool_calls", [])):
            function = call["function"]
            yield {"tool_calls": [{"index": i, "id": call["id"], "type": "function", "function": {"name": function["name"], "arguments": ""}}]}
            for piece in function["arguments"]:
                yield {"tool_calls": [{"index": i, "function": {"arguments": piece}}]}
        for piece in message["content"] or "":
            yield {"content": piece}

    @staticmethod
    def chunk(head, delta, finish) -> bytes:
        chunk = {**head, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"


@pytest.fixture(scope="module")
def model():
    server = Scripted()
    yield server
    server.shutdown()


def config_of(model, rules: str = "") -> str:
    port = model.server_address[1]
    return (configs.NO_LIMITS + configs.providers(port) + configs.models(["m"]) + configs.models({"c": "m"}, "fake-openai")
            + TOOLS + (f"[tool_rules]\n{rules}\n" if rules else ""))


@pytest.fixture(scope="module")
def servers(space, binary, model):
    made = {}

    def get(rules: str = "") -> Maester:
        if rules not in made:
            directory = space.path / f"rules{len(made)}"
            directory.mkdir()
            made[rules] = space.add(Maester(directory, config_of(model, rules)))
        return made[rules]
    return get


def tool(name: str) -> dict:
    return {"type": "function", "function": {"name": name, "description": "d", "parameters": {"type": "object"}}}


def ask(server, model, answers: list, tools=("get_weather",), **more):
    model.answers, model.bodies = list(answers), []
    return client.chat(server.port, "m", tools=[tool(name) for name in tools], **more)


def receipt_of(server, answer) -> dict:
    return client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()


def calls_of(answer, stream: bool) -> list:
    if not stream:
        return [(c["function"]["name"], c["function"]["arguments"]) for c in answer.json()["choices"][0]["message"]["tool_calls"]]
    out: dict = {}
    for chunk in answer.chunks():
        for choice in chunk.get("choices", []):
            for call in choice["delta"].get("tool_calls", []):
                one = out.setdefault(call["index"], ["", ""])
                one[0] += call["function"].get("name") or ""
                one[1] += call["function"].get("arguments") or ""
    return [tuple(one) for one in out.values()]


GOOD, WRONG, CUT = ("get_weather", '{"city":"Bern"}'), ("get_weather", '{"town":"Bern"}'), ("get_weather", '{"city":"Be')
ways = pytest.mark.parametrize("stream", [False, True])


@pytest.mark.parametrize("name, why", [("wire_money", "is not permitted to this key"), ("retired", "is switched off")])
def test_a_tool_that_is_not_permitted_is_refused_by_name(servers, model, name, why):
    server = servers()
    answer = ask(server, model, [], tools=("get_weather", name))
    error = answer.json()["error"]
    assert answer.status == 403 and error["code"] == "forbidden" and error["param"] == "tools[1]"
    assert f"`{name}` {why}" in error["message"] and model.bodies == []


def test_only_configured_tools(servers, model):
    server = servers("only_configured = true")
    assert ask(server, model, [], tools=("unheard_of",)).status == 403
    assert ask(servers(), model, ["fine"], tools=("unheard_of",)).status == 200


def test_a_tool_can_be_left_out_and_that_is_recorded(servers, model):
    server = servers('on_denied = "strip"')
    answer = ask(server, model, ["fine"], tools=("retired", "get_weather"), vendor_field=[1])
    assert answer.status == 200 and model.bodies[0]["vendor_field"] == [1]
    assert [t["function"]["name"] for t in model.bodies[0]["tools"]] == ["get_weather"]
    assert {t["name"]: t.get("stripped", False) for t in receipt_of(server, answer)["tools"]} == {"retired": True, "get_weather": False}
    answer = ask(server, model, ["fine"], tools=("retired",), tool_choice="auto")
    assert answer.status == 200 and "tools" not in model.bodies[0] and "tool_choice" not in model.bodies[0]
    named = {"type": "function", "function": {"name": "retired"}}
    assert ask(server, model, [], tools=("retired", "get_weather"), tool_choice=named).status == 403


@ways
@pytest.mark.parametrize("calls, why", [([WRONG], "its arguments: "), ([CUT], "its arguments are no JSON"),
                                        ([("other", "{}")], "it was not declared"), ([GOOD, WRONG], "its arguments: ")])
def test_an_answer_with_an_invalid_call_is_refused(servers, model, calls, why, stream):
    server = servers('on_invalid = "refuse"')
    answer = ask(server, model, [calls], stream=stream)
    if stream:
        assert not answer.done() and b'"unprocessable"' in answer.body
        assert calls_of(answer, True) == [one for one in calls if one == GOOD]
    else:
        assert answer.status == 422
    assert why.encode() in answer.body
    receipt = receipt_of(server, answer)
    assert receipt["decision"] == "refuse"
    used = {t["name"]: (t["version"], t["calls"], t["invalid"]) for t in receipt["tools"]}
    assert sum(u[1] for u in used.values()) == len(calls) and sum(u[2] for u in used.values()) == 1
    assert used["get_weather"][0] == "v3"


@ways
def test_good_calls_pass(servers, model, stream):
    for rules in ('on_invalid = "refuse"', 'on_invalid = "repair"', ""):
        server = servers(rules)
        answer = ask(server, model, [[GOOD, GOOD]], stream=stream)
        assert calls_of(answer, stream) == [GOOD, GOOD] and (answer.done() or not stream)
        used = receipt_of(server, answer)["tools"]
        assert used == [{"name": "get_weather", "version": "v3", "calls": 2, "invalid": 0}]


def test_calls_are_counted_by_tool(servers, model):
    def count(outcome):
        lines = client.request(server.port, "GET", "/metrics").body.decode().splitlines()
        found = [line for line in lines if line.startswith("maester_tool_calls_total{")
                 and 'tool="get_weather"' in line and f'outcome="{outcome}"' in line]
        return float(found[0].split()[-1]) if found else 0
    server = servers()
    valid, invalid = count("valid"), count("invalid")
    ask(server, model, [[GOOD, WRONG, GOOD]])
    assert (count("valid"), count("invalid")) == (valid + 2, invalid + 1)


@ways
def test_calls_that_are_only_recorded_pass_as_they_are(servers, model, stream):
    answer = ask(servers(), model, [[WRONG]], stream=stream)
    assert calls_of(answer, stream) == [WRONG]
    assert receipt_of(servers(), answer)["tools"][0]["invalid"] == 1


@ways
def test_truncated_arguments_are_closed(servers, model, stream):
    server = servers('on_invalid = "repair"')
    answer = ask(server, model, [[CUT]], stream=stream)
    assert calls_of(answer, stream) == [("get_weather", '{"city":"Be"}')] and len(model.bodies) == 1
    assert receipt_of(server, answer)["decision"] == "repaired"


@ways
def test_the_model_is_told_and_asked_once_more(servers, model, stream):
    server = servers('on_invalid = "repair"')
    answer = ask(server, model, [[WRONG], [GOOD]], stream=stream)
    assert calls_of(answer, stream) == [GOOD] and len(model.bodies) == 2
    said, told = model.bodies[1]["messages"][-2:]
    assert said["tool_calls"][0]["function"]["arguments"] == WRONG[1]
    assert told["role"] == "tool" and told["tool_call_id"] == "call_0" and "city" in told["content"]
    receipt = receipt_of(server, answer)
    assert receipt["decision"] == "repaired" and len(receipt["attempts"]) == 2
    assert receipt["tools"][0]["calls"] == 2 and receipt["tools"][0]["invalid"] == 1
    assert ask(server, model, [[WRONG], [WRONG]], stream=stream).status == 422 and len(model.bodies) == 2


def test_a_tool_is_switched_off_by_a_reload(servers, model):
    server = servers('on_invalid = "refuse"')
    assert ask(server, model, ["fine"]).status == 200
    text = server.config_path.read_text()
    server.config_path.write_text(text.replace('version = "v3"', 'version = "v3"\nenabled = false'))
    server.child.send_signal(signal.SIGHUP)
    for _ in range(200):
        if ask(server, model, ["fine"]).status == 403:
            break
    else:
        pytest.fail("the tool is still permitted")
