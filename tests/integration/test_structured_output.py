"""Answers that were asked for as JSON: judged, repaired, asked for once more, refused."""
import json

import pytest
from support import configs
from support.client import chat, messages, request
from support.programs import Maester

OBJECT = {"city": "Zürich", "temperature": 21, "sunny": True}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "temperature": {"type": "integer"}}, "required": ["city"]}
OTHER = {"type": "object", "properties": {"altitude": {"type": "integer"}}, "required": ["altitude"]}
NAMES = ["json", "fenced-json", "plain", "tools"]


def serve(space, provider, more=""):
    directory = space.path / f"structured-{len(list(space.path.iterdir()))}"
    directory.mkdir()
    config = (configs.FORGETFUL + more + configs.providers(provider.port)
              + configs.models(NAMES) + configs.models({f"a-{name}": name for name in NAMES}, "fake-anthropic"))
    return space.add(Maester(directory, config))


@pytest.fixture(scope="module")
def server(space, provider, binary):
    return serve(space, provider)


def ask(server, model, schema=SCHEMA, **more):
    return chat(server.port, model, maester={}, response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}, **more)


def test_an_answer_that_fits_passes_as_it_is(server):
    answer = ask(server, "json")
    assert json.loads(answer.text()) == OBJECT
    told = answer.json()["maester"]
    assert told["decision"] == "return" and told["structured_output"] == {"judged": True, "valid": True, "repaired": False, "retried": False}
    assert len(told["attempts"]) == 1
    assert "system_fingerprint" in answer.json(), "the provider's own bytes"


@pytest.mark.parametrize("model", ["fenced-json", "a-fenced-json"])
def test_what_stands_around_it_is_taken_off(server, model):
    answer = ask(server, model)
    assert json.loads(answer.text()) == OBJECT
    told = answer.json()["maester"]
    assert told["decision"] == "repaired" and told["structured_output"]["repaired"] and len(told["attempts"]) == 1
    receipt = request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()
    assert receipt["decision"] == "repaired" and receipt["structured_output"]["valid"]
    body = messages(server.port, model, output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
    assert json.loads(body.text()) == OBJECT


def test_what_cannot_be_repaired_is_asked_for_once_more_and_then_refused(server):
    for model in ("plain", "a-plain"):
        answer = ask(server, model)
        assert answer.status == 422 and answer.json()["error"]["param"] == "response_format", answer.body
        receipt = request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()
        assert receipt["decision"] == "refuse" and len(receipt["attempts"]) == 2
        assert receipt["structured_output"]["retried"] and "not JSON" in receipt["structured_output"]["error"]
    wrong = ask(server, "json", OTHER)
    assert wrong.status == 422 and "altitude" in wrong.json()["error"]["message"]


def test_json_object_asks_for_an_object(server):
    good = chat(server.port, "fenced-json", response_format={"type": "json_object"})
    assert json.loads(good.text()) == OBJECT
    assert chat(server.port, "plain", response_format={"type": "json_object"}).status == 422


def test_calls_and_cut_answers_promise_nothing(server):
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert ask(server, "tools", tools=tools).json()["maester"]["structured_output"]["judged"] is False
    cut = ask(server, "json", max_tokens=2)
    assert cut.status == 200 and cut.json()["choices"][0]["finish_reason"] == "length"


def test_streams_flow_and_are_judged_for_the_record(server):
    answer = ask(server, "fenced-json", stream=True)
    assert answer.done() and answer.text().startswith("Here it is:")
    told = next(c["maester"] for c in answer.chunks() if "maester" in c)
    assert told["structured_output"]["valid"] is False and told["decision"] == "return"


def test_streams_can_be_held_back(space, provider, binary):
    holding = serve(space, provider, '[structured_output]\nstreams = "hold"\n')
    for model in ("fenced-json", "a-fenced-json"):
        answer = ask(holding, model, stream=True)
        assert answer.done() and json.loads(answer.text()) == OBJECT and answer.headers["x-maester-buffered"] == "1"
    refused = ask(holding, "plain", stream=True)
    assert refused.status == 422 and not refused.done()


@pytest.mark.parametrize("mode, attempts, status", [("off", 1, 200), ("record", 1, 200), ("repair", 1, 422)])
def test_modes(space, provider, binary, mode, attempts, status):
    server = serve(space, provider, f'[structured_output]\nmode = "{mode}"\n')
    answer = ask(server, "plain")
    assert answer.status == status
    receipt = request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()
    assert len(receipt["attempts"]) == attempts and ("structured_output" in receipt) == (mode != "off")
    assert (ask(server, "fenced-json").text().startswith("{")) == (mode == "repair")
