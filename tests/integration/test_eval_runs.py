"""/v1/evals/runs: evaluations as jobs. Each promise of a run: exact versions, no case lost or judged twice, no error a pass, no cent too many."""
import json
import os
import subprocess
import threading
import time

import pytest
from support import configs
from support.access import admin_of
from support.evals import ENDED, evaluate, results, wait_for_run
from support.programs import Maester, maester_binary


def config(port: int) -> str:
    return (configs.providers(port) + configs.models({"m": "echo", "slow": "echo;latency:400", "gone": "fault:503", "busy": "fault:429"}) +
            '[[models]]\nname = "free"\nprovider = "fake-openai"\nupstream_model = "echo"\n' + configs.FORGETFUL +
            '[capture]\nreplay = "full"\n')


@pytest.fixture(scope="module")
def server(space, provider, binary):
    directory = space.path / "runs"
    directory.mkdir()
    return space.add(Maester(directory, config(provider.port), dev=False))


@pytest.fixture(scope="module")
def admin(server):
    made = admin_of(server)
    made.json("POST", "/v1/prompts", {"name": "say", "template": "one {x}", "labels": ["production"]}, 201)
    made.json("POST", "/v1/prompts", {"name": "say", "template": "two {x}"}, 201)
    return made


def dataset(admin, name, cases) -> str:
    admin.json("POST", "/v1/datasets", {"name": name, "cases": cases}, 201)
    return name


def numbered(count, **more) -> list:
    return [{"id": f"c{i:03}", "vars": {"x": str(i)}, **more} for i in range(count)]


SAY = {"prompt": {"name": "say"}, "model": "m"}


def test_a_run_judges_every_case_and_says_why(admin):
    dataset(admin, "verdicts", [
        {"id": "equal", "vars": {"x": "1"}, "expected": "one 1"}, {"id": "unequal", "vars": {"x": "1 "}, "expected": "one 2"},
        {"id": "named", "vars": {"x": "3"}, "assert": [{"type": "contains", "value": "{{x}}", "metric": "holds"}, {"type": "is-json", "metric": "json"}], "threshold": 0.5},
        {"id": "template", "vars": {"x": "{{7*7}}"}, "expected": "one {{7*7}}"},
        {"id": "nothing", "vars": {"x": "5"}}, {"id": "chat", "messages": [{"role": "user", "content": "hi"}], "expected": "one \nhi"}])
    run = evaluate(admin, "verdicts", candidate=SAY)
    assert run["candidate"]["prompt"] == "say@v1" and run["candidate"]["model"] == "m" and len(run["candidate"]["model_fingerprint"]) == 16
    assert run["dataset_version"] == 2
    told = {one["case_id"]: one for one in results(admin, run["id"])}
    assert {case: (one["verdict"], one["failure"]) for case, one in told.items()} == {
        "equal": ("pass", None), "unequal": ("fail", "failed_check"), "named": ("pass", None), "template": ("pass", None),
        "nothing": ("error", "grader_error"), "chat": ("error", "http_error")}, told
    assert told["named"]["scores"] == {"holds": 1, "json": 0} and told["named"]["score"] == 0.5
    assert "Nothing says what is right" in told["nothing"]["reason"] and "`x`" in told["chat"]["reason"]
    summary = run["summary"]
    assert (summary["passed"], summary["failed"], summary["errors"], summary["cases"], summary["cases_passed"]) == (3, 1, 2, 6, 3)
    assert summary["failures"] == {"failed_check": 1, "grader_error": 1, "http_error": 1}
    receipt = admin.json("GET", f"/v1/requests/{told['equal']['request_id']}")
    assert receipt["purpose"] == "eval" and receipt["metadata"] == {"eval_run": run["id"], "eval_case": "equal"}
    assert receipt["cost"]["total"] == told["equal"]["cost_usd"] and receipt["prompt"]["version"] == "v1"
    assert admin.json("GET", f"/v1/jobs/{run['job_id']}")["state"] == "succeeded"


def test_a_run_keeps_the_version_that_its_label_had(admin, provider):
    """Planted bug: the label is sent to the data plane instead of the version."""
    dataset(admin, "pinned", numbered(12))
    started = admin.json("POST", "/v1/evals/runs", {"dataset": "pinned", "concurrency": 1, "candidate": {"prompt": {"name": "say", "label": "production"}, "model": "slow"},
                                                    "assertions": [{"type": "starts-with", "value": "one "}]}, 202)
    assert started["candidate"]["prompt"] == "say@v1"
    admin.json("POST", "/v1/prompts/say/labels", {"label": "production", "version": "v2"})
    admin.json("POST", "/v1/datasets/pinned/cases", {"cases": [{"id": "later", "vars": {"x": "later"}}]}, 201)
    run = wait_for_run(admin, started["id"], "succeeded")
    admin.json("POST", "/v1/prompts/say/labels", {"label": "production", "version": "v1"})
    assert run["summary"]["passed"] == 12 and run["dataset_version"] == 2
    assert "later" not in {one["case_id"] for one in results(admin, run["id"])}


def test_only_approved_cases_are_asked(admin):
    """Planted bug: the filter by state is left out."""
    dataset(admin, "approved", [{"id": "yes", "vars": {"x": "1"}, "expected": "one 1"}, {"id": "no", "vars": {"x": "2"}, "state": "quarantined"},
                                {"id": "not-yet", "vars": {"x": "3"}, "state": "pending"}])
    run = evaluate(admin, "approved", candidate=SAY)
    assert [one["case_id"] for one in results(admin, run["id"])] == ["yes"]
    every = evaluate(admin, "approved", candidate=SAY, include="all", assertions=[{"type": "contains", "value": "one"}])
    assert {one["case_id"]: one["approved"] for one in results(admin, every["id"])} == {"yes": True, "no": False, "not-yet": False}


def test_what_proves_nothing_is_refused(admin):
    dataset(admin, "empty", [])
    dataset(admin, "unapproved", [{"vars": {"x": "1"}, "state": "pending"}])
    dataset(admin, "one", [{"vars": {"x": "1"}}])
    for body, status, told in (
            ({"dataset": "empty", "candidate": SAY}, 422, "has no cases"), ({"dataset": "unapproved", "candidate": SAY}, 422, "none is approved"),
            ({"dataset": "nobody", "candidate": SAY}, 404, "no dataset"), ({"dataset": "one@7", "candidate": SAY}, 404, "no version 7"),
            ({"dataset": "one", "candidate": {"prompt": {"name": "unknown"}}}, 404, "unknown"), ({"dataset": "one", "candidate": {"prompt": {"name": "say", "version": "v9"}}}, 404, "v9"),
            ({"dataset": "one", "candidate": {**SAY, "model": "nope"}}, 404, "nope"), ({"dataset": "one", "candidate": SAY, "assertions": [{"type": "contians"}]}, 400, "contians"),
            ({"dataset": "one", "candidate": {**SAY, "knowledge": {"collection": "none"}}}, 404, "collection"), ({"dataset": "one", "candidate": SAY, "repeats": 0}, 400, "repeats"),
            ({"dataset": "one", "candidate": {**SAY, "parameters": {"messages": []}}}, 400, "messages"), ({"dataset": "one", "candidate": SAY, "max_cost_usd": "0"}, 400, "max_cost_usd")):
        answer = admin.call("POST", "/v1/evals/runs", body)
        assert answer.status == status and told in answer.json()["detail"], (body, answer.body)


def test_errors_are_no_passes_and_are_retried_alone(admin, provider, server):
    """Planted bug: an answer of status 503 graded as an empty output."""
    dataset(admin, "errors", numbered(3))
    admin.json("POST", "/v1/prompts", {"name": "flaky", "template": "{x}", "labels": ["production"]}, 201)
    run = evaluate(admin, "errors", candidate={"prompt": {"name": "flaky"}, "model": "gone"}, assertions=[{"type": "not-contains", "value": "nothing like it"}])
    assert run["summary"]["errors"] == 3 and run["summary"]["passed"] == 0 and run["summary"]["score"] == 0
    assert {one["failure"] for one in results(admin, run["id"])} == {"http_error"}

    mixed = evaluate(admin, "errors", candidate=SAY, assertions=[{"type": "javascript", "value": "context.vars.x == '1' ? nonsense.of.it : true"}])
    assert mixed["summary"]["errors"] >= 1
    before = {one["case_id"]: one["request_id"] for one in results(admin, mixed["id"])}
    again = wait_for_run(admin, admin.json("POST", f"/v1/evals/runs/{mixed['id']}/retry", {}, 202)["id"], "succeeded")
    after = {one["case_id"]: one["request_id"] for one in results(admin, again["id"])}
    failed = {one["case_id"] for one in results(admin, again["id"]) if one["verdict"] == "error"}
    assert {case for case in before if before[case] != after[case]} == failed, "only errors were asked again"
    assert again["job_id"] != mixed["job_id"]
    fine = evaluate(admin, "errors", candidate=SAY, assertions=[{"type": "contains", "value": "one"}])
    assert admin.call("POST", f"/v1/evals/runs/{fine['id']}/retry", {}).status == 409


def test_the_ceiling_stops_before_it_is_passed_and_the_run_goes_on_with_a_higher_one(admin, provider):
    """Planted bug: the gate is asked for nothing."""
    dataset(admin, "ceiling", numbered(40))
    run = evaluate(admin, "ceiling", "failed", candidate=SAY, max_cost_usd="0.0001", concurrency=8, assertions=[{"type": "contains", "value": "one"}])
    assert run["error"]["code"] == "budget_exceeded" and "max_cost_usd" in run["error"]["message"]
    paid = results(admin, run["id"])
    spent = sum(round(float(one["cost_usd"]) * 1e9) for one in paid)
    assert 0 < len(paid) < 40 and spent <= 100_000, (len(paid), spent)
    assert run["summary"]["passed"] == len(paid)
    calls = len(provider.calls())
    again = wait_for_run(admin, admin.json("POST", f"/v1/evals/runs/{run['id']}/retry", {"max_cost_usd": "1"}, 202)["id"], "succeeded")
    assert again["summary"]["passed"] == 40 and len(provider.calls()) == calls + 40 - len(paid)
    kept = {one["case_id"]: one["request_id"] for one in results(admin, run["id"])}
    assert all(kept[one["case_id"]] == one["request_id"] for one in paid)
    unpriced = evaluate(admin, "ceiling", "failed", candidate={**SAY, "model": "free"}, max_cost_usd="1", assertions=[{"type": "contains", "value": "one"}])
    assert "has no price" in unpriced["error"]["message"]


def test_repeats_are_reduced(admin):
    dataset(admin, "repeats", [{"id": "a", "vars": {"x": "1"}, "expected": "one 1"}, {"id": "b", "vars": {"x": "2"}, "expected": "no"}])
    run = evaluate(admin, "repeats", candidate=SAY, repeats=3, reducer="pass_at_k")
    assert run["summary"]["cases"] == 2 and run["summary"]["repeats"] == 3 and run["summary"]["passed"] == 3 and run["summary"]["cases_passed"] == 1
    assert len({one["request_id"] for one in results(admin, run["id"])}) == 6


def test_rescoring_asks_no_model(admin, provider):
    dataset(admin, "rescored", numbered(5))
    run = evaluate(admin, "rescored", candidate=SAY, assertions=[{"type": "contains", "value": "one"}])
    calls = len(provider.calls())
    started = admin.json("POST", f"/v1/evals/runs/{run['id']}/rescore", {"name": "stricter", "assertions": [{"type": "equals", "value": "one 3"}]}, 202)
    strict = wait_for_run(admin, started["id"], "succeeded")
    assert len(provider.calls()) == calls
    assert strict["summary"]["passed"] == 1 and strict["summary"]["failed"] == 4 and strict["name"] == "stricter"
    first, second = ({one["case_id"]: one for one in results(admin, r["id"])} for r in (run, strict))
    assert all(first[case]["request_id"] == second[case]["request_id"] and first[case]["output"] == second[case]["output"] for case in first)
    own = {r["candidate"].pop("grading") for r in (run, strict)}
    assert strict["candidate"] == run["candidate"] and len(own) == 2, "the same but for what it was graded by"


def test_cancelled_is_final_and_too_fast_is_waited_out(admin, server, provider):
    dataset(admin, "cancelled", numbered(200))
    started = admin.json("POST", "/v1/evals/runs", {"dataset": "cancelled", "concurrency": 2, "candidate": {**SAY, "model": "slow"}, "assertions": [{"type": "contains", "value": "one"}]}, 202)
    assert admin.call("DELETE", f"/v1/evals/runs/{started['id']}").status == 409
    while not results(admin, started["id"]):
        time.sleep(0.05)
    cancelled = admin.json("POST", f"/v1/evals/runs/{started['id']}/cancel", {})
    assert cancelled["state"] == "cancelled" and 0 < cancelled["summary"]["passed"] < 200
    assert admin.call("POST", f"/v1/evals/runs/{started['id']}/cancel", {}).status == 409
    time.sleep(1)
    assert len(results(admin, started["id"])) == cancelled["summary"]["passed"], "nothing is written after it"
    admin.json("DELETE", f"/v1/evals/runs/{started['id']}")
    assert admin.call("GET", f"/v1/evals/runs/{started['id']}").status == 404


def test_a_key_that_is_revoked_ends_its_runs(admin):
    dataset(admin, "revoked", numbered(100))
    member = admin.mint(role="member", name="short")
    started = member.json("POST", "/v1/evals/runs", {"dataset": "revoked", "concurrency": 1, "candidate": {**SAY, "model": "slow"}, "assertions": [{"type": "contains", "value": "one"}]}, 202)
    while not results(admin, started["id"]):
        time.sleep(0.05)
    admin.json("DELETE", f"/v1/keys/{member.id}")
    run = wait_for_run(admin, started["id"], "failed")
    assert run["error"]["code"] == "unauthenticated" and "not valid any more" in run["error"]["message"]


def test_a_model_that_changes_under_a_run_ends_it(admin, server):
    dataset(admin, "changes", numbered(60))
    started = admin.json("POST", "/v1/evals/runs", {"dataset": "changes", "concurrency": 2, "candidate": {**SAY, "model": "slow"}, "assertions": [{"type": "contains", "value": "one"}]}, 202)
    toml = admin.json("GET", "/v1/config")["toml"]
    server.config_path.write_text(server.config_path.read_text().replace("latency:400", "latency:1"))
    server.child.send_signal(1)
    run = wait_for_run(admin, started["id"], "failed")
    server.config_path.write_text(server.config_path.read_text().replace("latency:1\"", "latency:400\""))
    server.child.send_signal(1)
    assert run["error"]["code"] == "conflict" and "model_fingerprint was changed" in run["error"]["message"], (run, toml)


def test_requests_limits_slow_a_run_down_and_lose_no_case(admin, provider):
    dataset(admin, "limited", numbered(30))
    member = admin.mint(role="member", name="limited")
    admin.json("POST", "/v1/limits", {"scope": {"key": member.id}, "requests_per_minute": 600, "burst": 5}, 201)
    run = evaluate(member, "limited", candidate=SAY, concurrency=16, assertions=[{"type": "contains", "value": "one"}])
    assert run["summary"]["passed"] == 30, run


def test_the_command_line_starts_waits_and_shows(server, admin, tmp_path):
    def cli(*arguments):
        return subprocess.run([maester_binary(), "eval", *arguments], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}", "MAESTER_API_KEY": admin.key})
    dataset(admin, "by-cli", numbered(3))
    (tmp_path / "checks.yaml").write_text("- type: contains\n  value: one\n")
    done = cli("start", "by-cli", "--prompt", "say@v1", "--model", "m", "--assert", tmp_path / "checks.yaml", "--wait")
    assert done.returncode == 0 and "3 passed, 0 failed, 0 errors; 3 of 3 cases pass" in done.stdout, done
    (tmp_path / "checks.yaml").write_text("- type: contains\n  value: '1'\n")
    some = cli("start", "by-cli", "--prompt", "say:production", "--model", "m", "--assert", tmp_path / "checks.yaml", "--wait", "-o", "json")
    assert some.returncode == 100, some
    run = json.loads(some.stdout)["id"]
    assert "failed_check" in cli("results", run, "--verdict", "fail").stdout
    assert cli("results", run, "-f", tmp_path / "r.jsonl").returncode == 0 and len((tmp_path / "r.jsonl").read_text().splitlines()) == 3
    assert run in cli("runs", "--dataset", "by-cli").stdout and "score" in cli("show", run).stdout
    (tmp_path / "checks.yaml").write_text("- type: contains\n  value: one\n")
    assert cli("rescore", run, "--assert", tmp_path / "checks.yaml", "--wait").returncode == 0
    refused = cli("start", "nobody", "--prompt", "say", "--wait")
    assert refused.returncode == 1 and "There is no dataset `nobody`" in refused.stderr
