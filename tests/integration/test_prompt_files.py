"""Prompts as files for git: what is pulled and pushed again changes nothing, and a copy on another server is the same
(docs/how-to/prompts.md)."""
import os
import subprocess

import pytest
from support.access import SIMULATED, admin_of
from support.programs import Maester, maester_binary


@pytest.fixture(scope="module")
def servers(space, binary):
    out = []
    for name in ("first", "second"):
        directory = space.path / name
        directory.mkdir()
        out.append(admin_of(space.add(Maester(directory, SIMULATED, dev=False))))
    return out


def run(caller, *args, status: int = 0) -> str:
    done = subprocess.run([maester_binary(), "prompts", *map(str, args)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{caller.server.port}", "MAESTER_API_KEY": caller.key})
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return done.stdout + done.stderr


def files(directory) -> dict:
    return {str(path.relative_to(directory)): path.read_text() for path in sorted(directory.rglob("*")) if path.is_file()}


def fill(caller) -> None:
    push = lambda **body: caller.json("POST", "/v1/prompts", body, 201)
    push(name="plain", template="Hello {name}!\n")
    push(name="zz-tone", template="Be brief.", message="first")
    for n in range(1, 12):
        push(name="many", template=f"{{@zz-tone}} {n} {{q}}", message=f"number {n}")
    push(name="chat", messages=[{"role": "system", "content": "Be {tone}: \"ü\" \\ {{x}}"}, {"placeholder": "history"}],
         variables={"tone": {"type": "string", "enum": ["brief", "long"]}, "history": "messages"},
         config={"temperature": 0.10, "stop": ["a", "b"], "response_format": {"type": "json_object"}}, fallback="Sorry.")
    push(name="odd", template="x", config={"note": None})
    caller.json("POST", "/v1/prompts/many/labels", {"label": "production", "version": "v9"})
    caller.json("POST", "/v1/prompts/many/labels", {"label": "canary", "split": [{"version": "v9", "weight": 90}, {"version": "v10", "weight": 10}]})
    caller.json("PUT", "/v1/protections", {"label": "production", "approvals": 0}, 201)


def test_what_was_pulled_and_is_pushed_again_changes_nothing(servers, tmp_path):
    first, _ = servers
    fill(first)
    run(first, "pull", "-o", tmp_path / "a", "--labels")
    pulled = files(tmp_path / "a")
    assert set(pulled) == {"plain.prompt", "zz-tone.prompt", "many.prompt", "chat.toml", "odd.json", "@labels.toml"}
    assert pulled["many.prompt"] == "{@zz-tone@v1} 9 {q}\n", "production, its reference pinned"
    before = [(p["name"], p["versions"], p["labels"]) for p in first.json("GET", "/v1/prompts")["data"]]
    said = run(first, "push", tmp_path / "a")
    assert "created" not in said and "moved" not in said, said
    assert [(p["name"], p["versions"], p["labels"]) for p in first.json("GET", "/v1/prompts")["data"]] == before
    assert len(first.json("GET", "/v1/prompts/many/labels/canary/history")["data"]) == 1
    run(first, "pull", "-o", tmp_path / "b", "--labels")
    assert files(tmp_path / "b") == pulled, "the same text every time"


def test_a_copy_on_another_server_is_the_same(servers, tmp_path):
    first, second = servers
    run(first, "pull", "-o", tmp_path / "a", "--all-versions", "--labels")
    pulled = files(tmp_path / "a")
    assert "many/v10.toml" in pulled and "plain/v1.toml" in pulled
    said = run(second, "push", tmp_path / "a")
    assert said.count("created") == 15, said  # `many` waits for `zz-tone`, which it contains
    for name in ("plain", "many", "chat", "odd", "zz-tone"):
        mine, theirs = ([{key: version[key] for key in ("version", "template_hash", "message", "variables", "labels")}
                         for version in caller.json("GET", f"/v1/prompts/{name}/versions")["data"]] for caller in servers)
        assert mine == theirs, name
    run(second, "pull", "-o", tmp_path / "b", "--all-versions", "--labels")
    assert files(tmp_path / "b") == pulled
    assert "created" not in run(second, "push", tmp_path / "a")


def test_files_that_contradict_each_other_push_nothing(servers, tmp_path):
    first, _ = servers
    (tmp_path / "fresh.prompt").write_text("one\n")
    (tmp_path / "fresh.toml").write_text('template = "two"\n')
    assert "fresh is in" in run(first, "push", tmp_path, status=1)
    assert first.call("GET", "/v1/prompts/fresh").status == 404
    (tmp_path / "fresh.toml").unlink()
    (tmp_path / "@labels.toml").write_text('[labels.fresh]\nproduction = 3\n')
    assert "@labels.toml: label `production`" in run(first, "push", tmp_path, status=1)
    assert first.call("GET", "/v1/prompts/fresh").status == 404


def test_the_command_line_releases_and_takes_back(servers, tmp_path):
    first, _ = servers
    said = run(first, "label", "many", "stage", "v1=3,v2=1", "--reason", "try it", "--expect", "")
    assert "stage is now v1=3,v2=1" in said
    assert "version_conflict" in run(first, "label", "many", "stage", "v3", "--expect", "v9", status=1)
    run(first, "label", "many", "stage", "v3")
    assert "stage is now v1=3,v2=1, was v3" in run(first, "rollback", "many", "stage", "--reason", "worse")
    told = run(first, "history", "many", "stage")
    assert "try it" in told and "worse" in told
    assert "v1: 0 requests" in run(first, "results", "many", "stage")
    assert "not set" in run(first, "unlabel", "many", "stage", "--reason", "over")
    run(first, "protect", "stage", "--prompt", "many", "--approvals", "2")
    assert "many" in run(first, "protections")
    run(first, "unprotect", "stage", "--prompt", "many")
    (tmp_path / "drafted.prompt").write_text("Hi {name}\n")
    assert "can be published" in run(first, "draft", "save", tmp_path / "drafted.prompt", "next")
    assert "Hi Ada" in run(first, "render", "drafted", "--draft", "next", "--var", "name=Ada")
    assert "drafted@v1" in run(first, "draft", "publish", "drafted", "next", "-m", "done")
    run(first, "delete", "drafted")
    assert run(first, "label", "many", "stage", "v1=x", status=2)
