"""/v1/datasets and `maester datasets`: cases in versions that never change, from files, from recorded requests and from feedback."""
import json
import os
import sqlite3
import subprocess

import pytest
from support import client
from support.access import SIMULATED, admin_of
from support.programs import Maester, maester_binary


@pytest.fixture(scope="module")
def server(space, binary):
    directory = space.path / "datasets"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED, dev=False))


@pytest.fixture(scope="module")
def admin(server):
    return admin_of(server)


def cli(server, admin, *arguments, cwd=None) -> subprocess.CompletedProcess:
    return subprocess.run([maester_binary(), *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=cwd,
                          env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}", "MAESTER_API_KEY": admin.key})


def add(admin, name, body: bytes, kind: str, file="cases.x"):
    return admin.call("POST", f"/v1/datasets/{name}/cases?file={file}", body, {"content-type": kind})


def cases_of(admin, name, query="") -> dict:
    return {one["id"]: one for one in admin.json("GET", f"/v1/datasets/{name}/cases?limit=500{query}")["data"]}


def test_every_edit_is_a_version_and_old_ones_stay(admin):
    admin.json("POST", "/v1/datasets", {"name": "versions", "description": "of edits"}, 201)
    first = admin.json("POST", "/v1/datasets/versions/cases", {"cases": [
        {"id": "a", "vars": {"x": "1"}, "expected": "one", "metadata": {"k": [1, 2]}}, {"id": "b", "messages": [{"role": "user", "content": "two"}]}]}, 201)
    assert first["version"] == 2 and first["added"] == 2 and first["cases"] == 2
    changed = admin.json("PATCH", "/v1/datasets/versions/cases/a", {"expected": "uno", "metadata": None})
    assert changed["version"] == 3 and changed["changed"] == 1
    admin.json("DELETE", "/v1/datasets/versions/cases/b")
    assert cases_of(admin, "versions")["a"]["expected"] == "uno" and "metadata" not in cases_of(admin, "versions")["a"]
    old = cases_of(admin, "versions", "&version=2")
    assert set(old) == {"a", "b"} and old["a"]["expected"] == "one" and old["a"]["metadata"] == {"k": [1, 2]}
    assert set(cases_of(admin, "versions", "&version=v4")) == {"a"}
    assert cases_of(admin, "versions", "&version=1") == {}
    told = admin.json("GET", "/v1/datasets/versions/versions")["data"]
    assert [one["version"] for one in told] == [1, 2, 3, 4] and [one["cases"] for one in told] == [0, 2, 2, 1]
    assert admin.call("GET", "/v1/datasets/versions/cases?version=9").status == 404
    again = admin.json("PATCH", "/v1/datasets/versions/cases/a", {"expected": "uno"})
    assert again["version"] == 4 and again["unchanged"] == 1, "nothing changed: no version"


def test_the_same_input_is_there_once(admin):
    admin.json("POST", "/v1/datasets", {"name": "once", "cases": [{"id": "a", "vars": {"x": "1", "y": "2"}}]}, 201)
    again = admin.json("POST", "/v1/datasets/once/cases", {"cases": [{"vars": {"y": "2", "x": "1"}, "expected": "z"}, {"vars": {"x": "3"}}]}, 201)
    assert again["added"] == 1 and again["duplicates"] == {"count": 1, "ids": ["a"]}
    refused = admin.call("PATCH", "/v1/datasets/once/cases/a", {"vars": {"x": "3"}})
    assert refused.status == 409 and "has this input already" in refused.json()["detail"]


def test_states_are_moved_by_name_or_all_that_wait(admin):
    admin.json("POST", "/v1/datasets", {"name": "states", "state": "pending", "cases": [{"id": i, "vars": {"x": i}} for i in "abc"]}, 201)
    shown = admin.json("GET", "/v1/datasets/states")
    assert (shown["approved"], shown["pending"], shown["quarantined"]) == (0, 3, 0)
    admin.json("POST", "/v1/datasets/states/quarantine", {"cases": ["a"], "message": "wrong"})
    admin.json("POST", "/v1/datasets/states/approve", {"all": True})
    shown = admin.json("GET", "/v1/datasets/states")
    assert (shown["approved"], shown["pending"], shown["quarantined"]) == (2, 0, 1), "what is quarantined is approved by name only"
    assert admin.call("POST", "/v1/datasets/states/approve", {"cases": ["a", "nobody"]}).status == 404
    assert cases_of(admin, "states")["a"]["state"] == "quarantined", "all or nothing"
    assert admin.call("POST", "/v1/datasets/states/approve", {}).status == 400


BROKEN = [
    (b'{"vars": {"x": "1"}}\n{"vars": {"x": 1, "x": 2}}\n', "application/x-ndjson", "cases.x:2:1: "),
    (b'{"vars": {"x": "1"}}\n\n  {"vars": \n', "application/x-ndjson", "cases.x:3:3: "),
    (b'{"vars": {"x": "1"}, "assert": [{"type": "contians", "value": "x"}]}\n', "application/x-ndjson", "contians"),
    (b'{"vars": {"x": "1"}, "assert": [{"type": "contains", "value": "file:///etc/passwd"}]}\n', "application/x-ndjson", "cannot name a file"),
    (b'{"vars": {"x": "1"}, "assert": [{"type": "python", "value": "1"}]}\n', "application/x-ndjson", "foreign code"),
    (b'{"description": "nothing"}\n', "application/x-ndjson", "needs an input"),
    (b'x,__expected\n1,one\n2\n', "text/csv", "cases.x:3:1: the row has 1 cells, the heading 2"),
    (b'x,__assert\n1,[{]\n', "text/csv", "cases.x:2:1: the cell of `__assert` must be JSON"),
    (b'x,__expected\n1,"one\n', "text/csv", "cases.x:"),
    (b'- vars: {x: 1}\n- vars: {x: 2}\n  asert: []\n', "application/yaml", "cases.x:2:"),
    (b'- vars: {x: 1\n', "application/yaml", "cases.x:"),
    (b'\n', "application/x-ndjson", "there is no case"),
]


@pytest.mark.parametrize("body, kind, told", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_told_with_its_place_and_nothing_is_taken(admin, body, kind, told):
    if "broken" not in [one["name"] for one in admin.json("GET", "/v1/datasets")["data"]]:
        admin.json("POST", "/v1/datasets", {"name": "broken"}, 201)
    answer = add(admin, "broken", body, kind)
    assert answer.status == 400 and told in answer.json()["detail"], answer.body
    assert admin.json("GET", "/v1/datasets/broken")["version"] == 1


@pytest.mark.parametrize("form, kind", [("jsonl", "application/x-ndjson"), ("csv", "text/csv"), ("yaml", "application/yaml")])
def test_what_is_exported_comes_in_again(admin, form, kind):
    cases = [{"id": "plain", "vars": {"x": "a, \"b\"\nc", "y": "ü"}, "expected": "e", "assert": [{"type": "contains", "value": "e"}],
              "threshold": 0.5, "metadata": {"k": "v"}, "description": "one", "state": "pending"},
             {"id": "chat", "messages": [{"role": "user", "content": "hi"}], "parameters": {"temperature": 0}}]
    admin.json("POST", "/v1/datasets", {"name": f"out-{form}", "cases": cases}, 201)
    text = admin.call("GET", f"/v1/datasets/out-{form}/export?format={form}")
    assert text.status == 200 and text.headers["content-type"].startswith(kind)
    admin.json("POST", "/v1/datasets", {"name": f"in-{form}"}, 201)
    answer = add(admin, f"in-{form}", text.body, kind)
    assert answer.status == 201, (answer.body, text.body)
    before, after = cases_of(admin, f"out-{form}"), cases_of(admin, f"in-{form}")
    for one in (*before.values(), *after.values()):
        one.pop("since")
        one.pop("source", None)
    assert after == before


def test_a_form_of_files_is_one_version(admin):
    admin.json("POST", "/v1/datasets", {"name": "form"}, 201)
    parts = b"".join(b'--b\r\ncontent-disposition: form-data; name="f"; filename="%s"\r\n\r\n%s\r\n' % part for part in (
        (b"a.csv", b"x,__expected\n1,one\n"), (b"b.jsonl", b'{"vars": {"x": "2"}}\n'))) + b"--b--\r\n"
    done = admin.call("POST", "/v1/datasets/form/cases", parts, {"content-type": "multipart/form-data; boundary=b"})
    assert done.status == 201 and done.json()["added"] == 2 and done.json()["version"] == 2, done.body
    assert sorted(one["source"]["file"] for one in cases_of(admin, "form").values()) == ["a.csv:2", "b.jsonl:1"]


def test_recorded_requests_become_cases_that_know_their_request(server, admin):
    admin.json("POST", "/v1/prompts", {"name": "greet", "template": "Say hello to {name}", "labels": ["production"]}, 201)

    def ask(name, **more):
        return admin.call("POST", "/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "please"}], "temperature": 0, "maester": {
            "prompt": {"name": "greet", "variables": {"name": name}}, "checks": [{"type": "contains", "value": "Request"}], **more}}).headers["x-maester-request-id"]

    good, bad, tagged = ask("Ann"), ask("Bob"), ask("Cy", metadata={"team": "blue"})
    other = admin.chat("other", "unprompted").headers["x-maester-request-id"]
    admin.json("POST", "/v1/feedback", {"request_id": good, "name": "helpful", "value": True}, 201)
    said = admin.json("POST", "/v1/feedback", {"request_id": bad, "name": "helpful", "value": False}, 201)

    made = admin.json("POST", "/v1/datasets", {"name": "unhelpful", "requests": {"prompt": "greet", "feedback": {"name": "helpful", "value": False}}}, 201)
    assert made["added"] == 1
    [case] = cases_of(admin, "unhelpful").values()
    assert case["source"] == {"request_id": bad, "feedback": said["id"]} and case["state"] == "pending"
    assert case["vars"] == {"name": "Bob"} and case["parameters"] == {"temperature": 0} and case["assert"] == [{"type": "contains", "value": "Request"}]
    assert [one["content"] for one in case["messages"]] == ["Say hello to Bob", "please"] and [one["content"] for one in case["own_messages"]] == ["please"]

    def chosen(filter):
        name = f"f{len(admin.json('GET', '/v1/datasets')['data'])}"
        admin.json("POST", "/v1/datasets", {"name": name}, 201)
        admin.json("POST", f"/v1/datasets/{name}/cases", {"requests": filter}, 201)
        return {one["source"]["request_id"] for one in cases_of(admin, name).values()}

    assert chosen({"prompt": "greet"}) == {good, bad, tagged}
    assert chosen({"metadata": {"team": "blue"}}) == {tagged}
    assert chosen({"model": "other"}) == {other}
    assert chosen({"request_ids": [good, other]}) == {good, other}
    assert chosen({"prompt": "greet", "limit": 1}) == {tagged}
    assert chosen({"outcome": "failed"}) == set() == chosen({"to": "2020-01-01"})
    assert admin.call("POST", "/v1/datasets/unhelpful/cases", {"requests": {"request_ids": ["01900000-0000-7000-8000-000000000000"]}}).status == 404


def test_requests_whose_bodies_were_not_kept_are_named(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED.replace('replay = "full"', 'replay = "metadata"'), dev=False))
    admin = admin_of(server)
    asked = admin.chat().headers["x-maester-request-id"]
    made = admin.json("POST", "/v1/datasets", {"name": "none", "requests": {}}, 201)
    assert made["added"] == 0 and made["not_captured"] == {"count": 1, "ids": [asked]}


def test_texts_are_sealed_and_go_with_their_tenant(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    admin.json("POST", "/v1/tenants", {"name": "gone"}, 201)
    member = admin.mint(tenant="gone", role="member")
    member.json("POST", "/v1/datasets", {"name": "d", "cases": [{"vars": {"x": "a-word-of-theirs"}, "expected": "a-word-of-theirs"}]}, 201)
    admin.json("POST", "/v1/datasets", {"name": "d", "cases": [{"vars": {"x": "mine"}}]}, 201)
    assert not any(b"a-word-of-theirs" in path.read_bytes() for path in server.data.glob("work.db*"))
    admin.json("DELETE", "/v1/tenants/gone")
    with sqlite3.connect(f"file:{server.data}/work.db?mode=ro", uri=True) as db:
        assert {row[0] for row in db.execute("SELECT tenant FROM datasets")} == {"default"}
        assert {row[0] for row in db.execute("SELECT tenant FROM dataset_cases")} == {"default"}
    db.close()


def test_the_command_line_does_the_same(server, admin, tmp_path):
    (tmp_path / "cases.csv").write_text("name,__expected\nAnn,contains:Request\nBob,contains:nothing of it\n")
    made = cli(server, admin, "datasets", "create", "by-cli", "cases.csv", "--description", "of a file", cwd=tmp_path)
    assert made.returncode == 0 and "by-cli@2: 2 added" in made.stdout, made
    (tmp_path / "broken.jsonl").write_text('{"vars": 1}\n')
    refused = cli(server, admin, "datasets", "create", "half", "cases.csv", "broken.jsonl", cwd=tmp_path)
    assert refused.returncode == 1 and "broken.jsonl:1:1: `vars` must be an object." in refused.stderr, refused
    assert admin.call("GET", "/v1/datasets/half").status == 404
    assert "by-cli" in cli(server, admin, "datasets", "list").stdout
    ids = [one["id"] for one in json.loads(cli(server, admin, "datasets", "cases", "by-cli", "-o", "json").stdout)["data"]]
    assert cli(server, admin, "datasets", "quarantine", "by-cli", ids[0], "-m", "odd").returncode == 0
    assert "odd" in cli(server, admin, "datasets", "show", "by-cli").stdout
    assert cli(server, admin, "datasets", "approve", "by-cli").returncode == 2
    out = tmp_path / "out.jsonl"
    assert cli(server, admin, "datasets", "export", "by-cli@2", "-f", out).returncode == 0
    assert len(out.read_text().splitlines()) == 2

    asked = admin.chat("m", "an incident").headers["x-maester-request-id"]
    incident = cli(server, admin, "datasets", "create", "incident", "--from-requests", "--request", asked, "--approve", "--fixtures", tmp_path / "fixtures")
    assert incident.returncode == 0, incident
    fixture = json.loads((tmp_path / "fixtures" / f"{asked}.json").read_text())
    assert fixture["request"]["body"]["messages"][0]["content"] == "an incident"
    assert cli(server, admin, "datasets", "delete", "incident").returncode == 0


def test_what_curl_sends_is_json(admin):
    """`curl -d` says that its body is a form."""
    admin.json("POST", "/v1/datasets", {"name": "by-curl"}, 201)
    answer = client.request(admin.server.port, "POST", "/v1/datasets/by-curl/cases", json.dumps({"cases": [{"vars": {"x": "1"}}]}).encode(),
                            {"authorization": f"Bearer {admin.key}", "content-type": "application/x-www-form-urlencoded"})
    assert answer.status in (200, 201) and answer.json()["added"] == 1, answer.body
