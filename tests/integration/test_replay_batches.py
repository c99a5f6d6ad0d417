"""/v1/replays/batches and `maester replay --filter`: recorded requests against another prompt version or model, the recorded answers as the baseline;
evaluations that repeat."""
import json
import os
import subprocess
import time

import pytest
from support import configs
from support.access import admin_of
from support.evals import ENDED, results, wait_for_run
from support.programs import Maester, maester_binary


@pytest.fixture(scope="module")
def server(space, provider, binary):
    directory = space.path / "replays"
    directory.mkdir()
    return space.add(Maester(directory, configs.providers(provider.port) + configs.models({"m": "echo", "slower": "echo;latency:600", "json": "json"}) +
                             configs.FORGETFUL + '[capture]\nreplay = "full"\n', dev=False))


@pytest.fixture(scope="module")
def admin(server):
    made = admin_of(server)
    made.json("POST", "/v1/prompts", {"name": "say", "template": "one {x}", "labels": ["production"]}, 201)
    made.json("POST", "/v1/prompts", {"name": "say", "template": "number {x}"}, 201)
    made.json("POST", "/v1/prompts", {"name": "other", "template": "other {x}", "labels": ["production"]}, 201)
    return made


def ask(admin, prompt, x, tag, checks=None) -> str:
    return admin.call("POST", "/v1/chat/completions", {"model": "m", "messages": [], "maester": {
        "prompt": {"name": prompt, "label": "production", "variables": {"x": x}}, "metadata": {"batch": tag}, **({"checks": checks} if checks else {})}}).headers["x-maester-request-id"]


def replayed(admin, **body) -> dict:
    batch = admin.json("POST", "/v1/replays/batches", body, 202)
    until = time.monotonic() + 120
    while batch["state"] not in ENDED:
        assert time.monotonic() < until, batch
        time.sleep(0.02)
        batch = admin.json("GET", f"/v1/replays/batches/{batch['id']}")
    assert batch["state"] == "succeeded", batch
    return batch


def test_recorded_answers_are_the_baseline_and_are_not_asked_again(admin, provider):
    asked = [ask(admin, "say", str(i), "first", [{"type": "contains", "value": "one"}] if i < 2 else None) for i in range(4)]
    calls = len(provider.calls())
    batch = replayed(admin, requests={"metadata": {"batch": "first"}}, prompt_version="v2")
    assert len(provider.calls()) == calls + 4, "once for each, of the candidate alone"
    told = batch["differences"]
    assert (told["compared"], told["same"], told["missing"], told["by_kind"]["text"], told["by_kind"]["structure"]) == (4, 0, 0, 4, 0), told
    assert told["by_kind"]["verdict"] == 2 and told["regressed"] == 2 and told["improved"] == 0, "the requests' own checks judge both"
    before = {one["source"]: one for one in results(admin, batch["baseline_run"])}
    assert set(before) == set(asked) and all(before[one]["request_id"] == one for one in asked)
    for one in asked:
        receipt = admin.json("GET", f"/v1/requests/{one}")
        assert before[one]["cost_usd"] == receipt["cost"]["total"] and before[one]["output_tokens"] == receipt["usage"]["output_tokens"]
    assert admin.json("GET", f"/v1/evals/runs/{batch['baseline_run']}")["candidate"] == {"prompt": "say@v1", "model": "m", "recorded": "true"}
    rows = admin.json("GET", f"/v1/replays/batches/{batch['id']}/differences?kind=verdict")["data"]
    assert len(rows) == 2 and all(row["kinds"] == ["text", "verdict"] for row in rows)
    assert rows[0]["before"]["output"].startswith("one ") and rows[0]["after"]["output"].startswith("number ")
    first = admin.json("GET", f"/v1/replays/batches/{batch['id']}/differences?limit=3")
    rest = admin.json("GET", f"/v1/replays/batches/{batch['id']}/differences?limit=3&cursor={first['next_cursor']}")
    assert len(first["data"]) == 3 and len(rest["data"]) == 1 and rest["next_cursor"] is None
    assert batch["id"] in [one["id"] for one in admin.json("GET", "/v1/replays/batches")["data"]]


def test_another_model_differs_in_structure_and_latency(admin, provider):
    ask(admin, "say", "9", "second")
    json_like = replayed(admin, requests={"metadata": {"batch": "second"}}, model="json")
    assert json_like["differences"]["by_kind"]["structure"] == 1, json_like
    slow = replayed(admin, requests={"metadata": {"batch": "second"}}, model="slower")["differences"]
    assert slow["by_kind"] == {"text": 0, "structure": 0, "verdict": 0, "cost": 0, "latency": 1}, slow
    same = replayed(admin, requests={"metadata": {"batch": "second"}}, assertions=[{"type": "contains", "value": "nothing"}])["differences"]
    assert same["by_kind"]["text"] == 0 and same["regressed"] == 0, "failed before and after"


def test_what_cannot_be_replayed_is_said(admin):
    ask(admin, "say", "1", "third")
    ask(admin, "other", "1", "third")
    for body, status, told in (({"requests": {"metadata": {"batch": "third"}}, "prompt_version": "v2"}, 422, "2 prompts"),
                               ({"requests": {"metadata": {"batch": "nobody"}}}, 422, "No recorded request"),
                               ({"requests": {"metadata": {"batch": "third"}}, "model": "nope"}, 404, "nope"),
                               ({"requests": {"prompt": "say", "metadata": {"batch": "third"}}, "prompt_version": "v7"}, 404, "v7"),
                               ({"model": "m"}, 400, "requests"), ({"requests": {"promt": "say"}}, 400, "promt")):
        answer = admin.call("POST", "/v1/replays/batches", body)
        assert answer.status == status and told in answer.json()["detail"], (body, answer.body)
    assert not [one for one in admin.json("GET", "/v1/datasets")["data"] if one["cases"] == 0], "nothing half-made is left"


def test_the_command_line_replays_one_or_many(server, admin, tmp_path):
    one = ask(admin, "say", "5", "cli")
    ask(admin, "say", "6", "cli")

    def cli(*arguments):
        return subprocess.run([maester_binary(), "replay", *arguments], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}", "MAESTER_API_KEY": admin.key})
    many = cli("--filter", "--metadata", "batch=cli", "--filter-prompt", "say", "--prompt-version", "v2")
    assert many.returncode == 0 and "compared   2, the same 0" in many.stdout and "text  2" in many.stdout, many
    single = cli(one, "--prompt-version", "v2")
    assert single.returncode == 0 and "content_exact_match" in single.stdout, single
    fixture = cli(one, "--fixture", tmp_path)
    assert fixture.returncode == 0 and json.loads((tmp_path / f"{one}.json").read_text())["expected"]["content"] == "one 5"
    assert cli().returncode == 2 and cli(one, "--filter").returncode == 2


def test_a_schedule_starts_runs_of_what_its_label_names_then(admin):
    admin.json("POST", "/v1/datasets", {"name": "nightly", "cases": [{"vars": {"x": "1"}, "expected": "one 1"}]}, 201)
    body = {"name": "often", "timetable": "@every 10s", "run": {"dataset": "nightly", "candidate": {"prompt": {"name": "say", "label": "production"}, "model": "m"}}}
    assert admin.call("POST", "/v1/evals/schedules", {**body, "timetable": "never"}).status == 400
    assert admin.call("POST", "/v1/evals/schedules", {**body, "run": {"dataset": "nobody"}}).status == 404
    made = admin.json("POST", "/v1/evals/schedules", body, 201)
    assert made["name"] == "often" and made["run"] == body["run"]
    until = time.monotonic() + 150
    while not (runs := admin.json("GET", "/v1/evals/runs?dataset=nightly")["data"]):
        assert time.monotonic() < until, admin.json("GET", "/v1/evals/schedules")
        time.sleep(0.2)
    assert wait_for_run(admin, runs[-1]["id"], "succeeded")["summary"]["passed"] == 1 and runs[-1]["candidate"]["prompt"] == "say@v1"
    assert [one["name"] for one in admin.json("GET", "/v1/evals/schedules")["data"]] == ["often"]
    admin.json("DELETE", "/v1/evals/schedules/often")
    assert admin.call("DELETE", "/v1/evals/schedules/often").status == 404
