"""The prompt registry over HTTP: immutable versions, labels, rollback; durable over a restart (CONTRACT.md §4)."""
import pytest
from support.client import request
from support.programs import Maester

CONFIG = '[[providers]]\nname = "openai"\nkind = "simulated"\n[[models]]\nname = "m"\nprovider = "openai"\n'


@pytest.fixture(scope="module")
def server(space, binary):
    return space.add(Maester(space.path, CONFIG))


def call(server, method, path, body=None, status=200):
    answer = request(server.port, method, "/v1/prompts" + path, body)
    assert answer.status == status, answer.body
    return answer.json()


def test_versions_are_immutable_and_numbered_in_natural_order(server):
    for n in range(1, 12):
        pushed = call(server, "POST", "", {"name": "many", "template": f"text {n} {{x}}"}, 201)
        assert pushed["version"] == f"v{n}"
    versions = [v["version"] for v in call(server, "GET", "/many/versions")["data"]]
    assert versions == [f"v{n}" for n in range(1, 12)], "v10 sorts after v9"
    assert call(server, "GET", "/many")["version"] == "v11"
    again = call(server, "POST", "", {"name": "many", "version": "v3", "template": "text 3 {x}"}, 200)
    assert again["version"] == "v3"
    taken = call(server, "POST", "", {"name": "many", "version": "v3", "template": "other"}, 409)
    assert taken["code"] == "version_conflict"


def test_labels_move_and_roll_back(server):
    for n in (1, 2, 3):
        call(server, "POST", "", {"name": "labelled", "template": f"{n}"}, 201)
    call(server, "POST", "/labelled/labels", {"label": "production", "version": "v1"})
    call(server, "POST", "/labelled/labels", {"label": "production", "version": "v3"})
    assert call(server, "GET", "/labelled")["version"] == "v3"
    assert call(server, "POST", "/labelled/rollback", {"label": "production"})["version"] == "v1"
    assert call(server, "GET", "/labelled")["version"] == "v1", "production goes before the latest"
    assert call(server, "GET", "/labelled?label=nothing", status=404)["code"] == "not_found"
    assert call(server, "POST", "/labelled/labels", {"label": "production", "version": "v9"}, 404)["code"] == "not_found"


def test_rendering_treats_values_as_data(server):
    call(server, "POST", "", {"name": "data", "template": "{{{a}}} {b}"}, 201)
    rendered = call(server, "POST", "/data/render", {"variables": {"a": "{b}", "b": "{{x}}"}})
    assert rendered["text"] == "{{b}} {{x}}"
    missing = call(server, "POST", "/data/render", {"variables": {"a": "1"}}, 422)
    assert (missing["code"], missing["param"]) == ("missing_variable", "variables.b")
    broken = call(server, "POST", "", {"name": "broken", "template": "one\ntwo } three"}, 422)
    assert "line 2" in broken["detail"]


def test_chat_prompts_and_diff(server):
    call(server, "POST", "", {"name": "chat", "messages": [{"role": "system", "content": "Be {tone}."},
                                                           {"role": "user", "content": "{q}"}],
                              "variables": {"tone": "string", "q": "string"}, "message": "first"}, 201)
    rendered = call(server, "POST", "/chat/render", {"variables": {"tone": "brief", "q": "Why?"}})
    assert rendered["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
    call(server, "POST", "", {"name": "chat", "messages": [{"role": "user", "content": "{q}"}], "variables": {"q": "string"}}, 201)
    assert "-" in call(server, "GET", "/chat/diff?from=v1&to=v2")["diff"]


def test_prompts_survive_kill_and_restart(space, binary):
    directory = space.path / "kept"
    directory.mkdir()
    first = space.add(Maester(directory, CONFIG))
    call(first, "POST", "", {"name": "kept", "template": "hello {who}", "labels": ["production"]}, 201)
    first.kill()
    second = space.add(Maester(directory, CONFIG))
    assert call(second, "GET", "/kept")["labels"] == ["production"]
