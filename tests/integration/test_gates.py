"""Release gates: nothing unevaluated goes live by any path, a rollback passes, an override takes a role and a reason and is audited."""
import signal
import time

import pytest
from support import configs
from support.access import admin_of
from support.programs import Maester


def config(port: int) -> str:
    return (configs.providers(port) + configs.models({"m": "echo", "n": "echo"}) +
            '[[routes]]\nname = "support"\ntargets = [ { model = "m" } ]\n')


@pytest.fixture(scope="module")
def server(space, provider, binary):
    directory = space.path / "gates"
    directory.mkdir()
    return space.add(Maester(directory, config(provider.port), dev=False))


@pytest.fixture(scope="module")
def admin(server):
    return admin_of(server)


@pytest.fixture(scope="module")
def member(admin):
    return admin.mint(role="member", name="writer")


def prompt(admin, name: str, versions: int) -> None:
    for number in range(1, versions + 1):
        admin.json("POST", "/v1/prompts", {"name": name, "template": f"{number} {{x}}", "labels": ["production"] if number == 1 else []}, 201)


def gate(admin, name: str, guards: dict, **more) -> dict:
    body = {"name": name, "guards": guards, "dataset": f"{name}-cases", "rules": {"min_pass_rate": 0.9}, **more}
    return admin.json("POST", "/v1/gates", body, 201)


def label(caller, name: str, version: str, **more):
    return caller.call("POST", f"/v1/prompts/{name}/labels", {"label": "production", "version": version, **more})


def decisions(admin, name: str) -> list:
    return admin.json("GET", f"/v1/gates/{name}/decisions")["data"]


def refused(answer, gate_name: str) -> str:
    assert answer.status == 409, answer.body
    said = answer.json()
    assert said["code"] == "gate_refused", said
    assert gate_name in said["detail"], said
    return said["detail"]


def test_a_gate_is_made_shown_listed_and_deleted(admin, member):
    made = gate(admin, "shown", {"kind": "prompt_label", "object": "shown", "slot": "production"}, max_age="7d")
    assert made == admin.json("GET", "/v1/gates/shown")
    assert made["override_role"] == "admin" and made["rules"]["min_cases"] == 1 and made["baseline"] == "none"
    assert made in admin.json("GET", "/v1/gates")["data"]
    assert admin.call("POST", "/v1/gates", {key: value for key, value in made.items() if key != "created_at"}).status == 409
    assert member.call("DELETE", "/v1/gates/shown").status == 403
    assert member.call("GET", "/v1/gates/shown").status == 200
    assert admin.json("DELETE", "/v1/gates/shown") == {"name": "shown", "deleted": True}
    assert admin.call("GET", "/v1/gates/shown").status == 404
    actions = [row["action"] for row in admin.json("GET", "/v1/audit?limit=50")["data"]]
    assert "gate.create" in actions and "gate.delete" in actions


@pytest.mark.parametrize("change, param", [
    ({"rules": {"min_pas_rate": 1}}, "rules.min_pas_rate"), ({"rules": {}}, "rules"), ({"rules": {"no_regression": True}}, "baseline"),
    ({"guards": {"kind": "prompt"}}, "guards.kind"), ({"guards": {"kind": "parsers"}}, "guards.kind"), ({"baseline": "live"}, "baseline"), ({"dataset": "d@0"}, "dataset"),
    ({"name": "a b"}, "name"), ({"with": {"colour": "red"}}, "with.colour"), ({"color": 1}, "color")])
def test_a_gate_that_is_not_sound_is_refused_by_its_member(admin, change, param):
    body = {"name": "unsound", "guards": {"kind": "policy"}, "dataset": "d", "rules": {"min_pass_rate": 1}, **change}
    answer = admin.call("POST", "/v1/gates", body)
    assert answer.status == 400 and answer.json()["param"] == param, answer.body


def test_an_unevaluated_version_goes_live_by_no_path(admin):
    prompt(admin, "held", 3)
    gate(admin, "held", {"kind": "prompt_label", "object": "held", "slot": "production"})
    said = refused(label(admin, "held", "v2"), "held")
    assert "held-cases" in said
    pushed = admin.call("POST", "/v1/prompts", {"name": "held", "template": "4 {x}", "labels": ["production"]})
    refused(pushed, "held")
    assert admin.json("GET", "/v1/prompts/held")["version"] == "v1"
    assert [v["version"] for v in admin.json("GET", "/v1/prompts/held/versions")["data"]] == ["v1", "v2", "v3"], "nothing of a refused push is stored"
    assert admin.call("POST", "/v1/prompts/held/labels", {"label": "staging", "version": "v2"}).status == 200, "other labels are free"
    assert [d["outcome"] for d in decisions(admin, "held")] == ["refused", "refused"]
    assert decisions(admin, "held")[1]["to"] == "v2" and decisions(admin, "held")[1]["from"] == "v1"


def test_a_rollback_passes_and_only_to_what_was_live(admin):
    prompt(admin, "back", 3)
    assert label(admin, "back", "v2").status == 200
    gate(admin, "back", {"kind": "prompt_label", "object": "back"})
    assert admin.call("POST", "/v1/prompts/back/rollback", {"label": "production"}).status == 200
    assert admin.json("GET", "/v1/prompts/back")["version"] == "v1"
    refused(admin.call("POST", "/v1/prompts/back/rollback", {"label": "production", "to_version": "v3"}), "back")
    assert admin.json("GET", "/v1/prompts/back")["version"] == "v1"
    assert [d["outcome"] for d in decisions(admin, "back")] == ["refused", "rollback"]


def test_an_override_takes_a_role_and_a_reason_and_is_audited(admin, member):
    prompt(admin, "urgent", 2)
    gate(admin, "urgent", {"kind": "prompt_label", "object": "urgent"})
    why = "incident 4711: v1 answers in French"
    assert label(member, "urgent", "v2", override={"reason": why}).status in (403, 409)
    assert label(admin, "urgent", "v2", override={"reason": "ok"}).status in (400, 409)
    assert admin.json("GET", "/v1/prompts/urgent")["version"] == "v1"
    before = sum(row["action"] == "gate.override" for row in admin.json("GET", "/v1/audit?limit=200")["data"])
    assert label(admin, "urgent", "v2", override={"reason": why}).status == 200
    rows = [row for row in admin.json("GET", "/v1/audit?limit=200")["data"] if row["action"] == "gate.override"]
    assert len(rows) == before + 1 and "urgent" in rows[0]["object"]
    newest = decisions(admin, "urgent")[0]
    assert (newest["outcome"], newest["reason"], newest["role"]) == ("overridden", why, "admin")


def test_the_configuration_is_held_by_put_sighup_and_not_by_rollback(admin, server, provider):
    gate(admin, "model-m", {"kind": "model", "object": "m"})
    gate(admin, "routes", {"kind": "route_target", "object": "*"})
    text = server.config_path.read_text()
    changed = text.replace('name = "m"\n', 'name = "m"\nmax_output_tokens = 77\n', 1)
    assert changed != text

    def put(body, **headers):
        return admin.call("PUT", "/v1/config", body.encode(), {"content-type": "application/toml", **headers})

    refused(put(changed), "model-m")
    rerouted = text.replace('targets = [ { model = "m" } ]', 'targets = [ { model = "n" } ]')
    refused(put(rerouted), "routes")
    beside = text + '[[models]]\nname = "m-next"\nprovider = "fake-openai"\nupstream_model = "echo"\nmax_output_tokens = 77\n[[routes]]\nname = "next"\ntargets = [ { model = "m-next" } ]\n'
    answer = put(beside)
    assert answer.status == 200, answer.body
    number = answer.json()["version"]
    server.config_path.write_text(changed)
    server.child.send_signal(signal.SIGHUP)
    for _ in range(200):
        if any(d["outcome"] == "refused" and d["source"] == "program" for d in decisions(admin, "model-m")):
            break
        time.sleep(0.05)
    assert admin.json("GET", "/v1/config")["version"] == number, "SIGHUP changed nothing"
    server.config_path.write_text(text)
    back = admin.call("POST", "/v1/config/rollback", {})
    assert back.status == 200, back.body
    assert decisions(admin, "model-m")[-1]["actor"] and decisions(admin, "model-m")[-1]["from"] != decisions(admin, "model-m")[-1]["to"]


def test_a_change_of_the_configuration_may_be_overridden_with_a_reason(admin, server):
    gate(admin, "model-n", {"kind": "model", "object": "n"})
    gate(admin, "again-n", {"kind": "model", "object": "n"})
    text = server.config_path.read_text()
    changed = text.replace('name = "n"\n', 'name = "n"\nmax_output_tokens = 78\n', 1)

    def put(body, **headers):
        return admin.call("PUT", "/v1/config", body.encode(), {"content-type": "application/toml", **headers})

    def overrides():
        return [row for row in admin.json("GET", "/v1/audit?limit=200")["data"] if row["action"] == "gate.override" and "model n" in row["object"]]

    assert "-n" in refused(put(changed), "n")
    refused(put(changed, **{"x-maester-override-reason": "ok"}), "reason")
    assert overrides() == []
    before = admin.json("GET", "/v1/config")["version"]
    why = "incident 4711: answers are cut short"
    answer = put(changed, **{"x-maester-override-reason": why})
    assert answer.status == 200 and answer.json()["version"] == before + 1, answer.body
    assert len(overrides()) == 2, "one for each gate that was passed over"
    for name in ("model-n", "again-n"):
        newest = decisions(admin, name)[0]
        assert (newest["outcome"], newest["reason"], newest["role"]) == ("overridden", why, "admin")
    back = admin.call("POST", "/v1/config/rollback", {})
    assert back.status == 200, back.body


def test_a_label_that_a_gate_holds_and_nobody_set_serves_nothing(admin, member):
    admin.json("POST", "/v1/prompts", {"name": "unset", "template": "1 {x}"}, 201)

    def ask(**which):
        return member.chat("m", "and then?", maester={"prompt": {"name": "unset", "variables": {"x": "a"}, **which}})

    assert ask().status == 200 and member.call("GET", "/v1/prompts/unset").status == 200, "without a gate the latest is served"
    gate(admin, "unset", {"kind": "prompt_label", "object": "unset", "slot": "production"})
    answer = ask()
    assert answer.status == 409, answer.body
    said = answer.json()["error"]
    assert said["code"] == "gate_refused" and "`unset`" in said["message"] and "maester prompts label unset production" in said["message"], said
    fetched = member.call("GET", "/v1/prompts/unset")
    assert fetched.status == 409 and fetched.json()["code"] == "gate_refused", fetched.body
    seed = member.call("POST", "/v1/prompted_completion", {"prompt_name": "unset", "variables": {"x": "a"}, "model": "m"})
    assert seed.status == 409, seed.body
    assert ask(fallback="Else {x}").status == 409, "a fallback is for what is not there"
    assert ask(version="v1").status == 200 and ask(label="latest").status == 200, "who names a version takes it"
    assert member.call("GET", "/v1/prompts/unset/versions").status == 200
    refused(label(member, "unset", "v1"), "unset")
    assert label(admin, "unset", "v1", override={"reason": "incident 4711: nothing is served"}).status == 200
    assert ask().status == 200
    admin.json("DELETE", "/v1/gates/unset")


def test_a_check_needs_a_candidate_or_a_run(admin):
    gate(admin, "asked", {"kind": "prompt_label", "object": "asked"})
    assert admin.call("POST", "/v1/gates/asked/check", {}).status == 400
    assert admin.call("POST", "/v1/gates/asked/check", {"candidate": {"prompt": "other@v1"}}).status == 400
    answer = admin.json("POST", "/v1/gates/asked/check", {"candidate": {"prompt": "asked@v1"}})
    assert answer["passed"] is False and "asked-cases" in answer["reason"]
    assert admin.call("POST", "/v1/gates/asked/check", {"run": "no-such"}).status == 404


def test_gates_survive_a_restart_and_are_a_tenants_own(admin, server, space, provider):
    admin.json("POST", "/v1/tenants", {"name": "acme"}, 201)
    other = admin.mint(tenant="acme", role="admin", name="acme-admin")
    prompt(other, "held", 2)
    assert label(other, "held", "v2").status == 200, "another tenant's gate holds nothing here"
    assert other.call("GET", "/v1/gates/held").status == 404
    assert other.call("POST", "/v1/gates", {"name": "x", "guards": {"kind": "model"}, "dataset": "d", "rules": {"min_pass_rate": 1}}).status == 403
    server.stop()
    again = admin_of(space.add(Maester(server.directory, config(provider.port), dev=False)))
    refused(label(again, "held", "v2"), "held")
    assert again.json("GET", "/v1/prompts/held")["version"] == "v1"
