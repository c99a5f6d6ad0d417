"""Gates with runs: what passed goes live and nothing else does, also when a hundred ask at once; comparison of two runs."""
import json
import os
import subprocess
import threading

import pytest
from support import configs
from support.access import admin_of
from support.evals import evaluate, wait_for_run
from support.programs import Maester, maester_binary


@pytest.fixture(scope="module")
def server(space, provider, binary):
    directory = space.path / "gate-runs"
    directory.mkdir()
    return space.add(Maester(directory, configs.providers(provider.port) + configs.models({"m": "echo", "n": "echo"}), dev=False))


@pytest.fixture(scope="module")
def admin(server):
    return admin_of(server)


def cases(count: int, expected: str = "good {i}") -> list:
    return [{"id": f"c{i:03}", "vars": {"x": str(i)}, "expected": expected.format(i=i)} for i in range(count)]


def prompt(admin, name: str, templates: list) -> None:
    for number, template in enumerate(templates):
        admin.json("POST", "/v1/prompts", {"name": name, "template": template, "labels": ["production"] if number == 0 else []}, 201)


def run(admin, dataset: str, name: str, version: str, model: str = "m") -> dict:
    return evaluate(admin, dataset, candidate={"prompt": {"name": name, "version": version}, "model": model})


def label(caller, name: str, version: str, **more):
    return caller.call("POST", f"/v1/prompts/{name}/labels", {"label": "production", "version": version, **more})


def cli(admin, *arguments) -> subprocess.CompletedProcess:
    environment = os.environ | {"MAESTER_URL": f"http://127.0.0.1:{admin.server.port}", "MAESTER_API_KEY": admin.key}
    return subprocess.run([maester_binary(), *arguments], env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def greet(admin):
    """v1 is live and right in 6 of 8, v2 is right, v3 is wrong everywhere, v4 is right and was never run."""
    prompt(admin, "greet", ["good {x}", "good {x} ", "bad {x}", " good {x}"])
    rows = cases(8)
    for row in rows[:2]:
        row["expected"] = "good 9"  # nobody is right here
    admin.json("POST", "/v1/datasets", {"name": "greetings", "cases": rows}, 201)
    return {version: run(admin, "greetings", "greet", version) for version in ("v1", "v2", "v3")}


def guard(admin, name: str, **more) -> None:
    admin.json("POST", "/v1/gates", {"name": name, "guards": {"kind": "prompt_label", "object": "greet", "slot": "production"},
                                     "dataset": "greetings", **more}, 201)


def test_what_passed_goes_live_and_nothing_else(admin, greet):
    assert greet["v1"]["state"] == "succeeded", greet["v1"]
    passed = {version: row["summary"]["passed"] for version, row in greet.items()}
    guard(admin, "held", baseline="live", rules={"min_cases": 8, "min_pass_rate": 0.7, "no_regression": True})
    assert passed["v3"] == 0, passed
    for version in ("v3", "v4"):
        answer = label(admin, "greet", version)
        assert answer.status == 409 and answer.json()["code"] == "gate_refused", answer.body
    assert "regress" in label(admin, "greet", "v3").json()["detail"]
    better = "v2" if passed["v2"] >= passed["v1"] else "v1"
    assert label(admin, "greet", better).status == 200
    shown = admin.json("GET", "/v1/gates/held/decisions")["data"][0]
    assert shown["outcome"] == "passed" or better == "v1"
    assert cli(admin, "eval", "gate", "held", "--candidate", "prompt=greet@v1").returncode == 0
    refused = cli(admin, "eval", "gate", "held", "--candidate", "prompt=greet@v3")
    assert refused.returncode == 100 and "no_regression" in refused.stdout and "c007" in refused.stdout, refused
    missing = cli(admin, "eval", "gate", "held", "--candidate", "prompt=greet@v4", "-o", "json")
    assert missing.returncode == 100 and "prompt=greet@v4" in json.loads(missing.stdout)["reason"]
    assert cli(admin, "eval", "gate", "held", "--run", greet["v3"]["id"]).returncode == 100
    assert cli(admin, "eval", "gate", "held").returncode == 2
    assert cli(admin, "eval", "gate", "nobody", "--run", "x").returncode == 1
    admin.json("DELETE", "/v1/gates/held")


def test_a_new_case_makes_a_new_run_necessary(admin):
    prompt(admin, "fresh", ["good {x}", "good {x}!"])
    admin.json("POST", "/v1/datasets", {"name": "fresh", "cases": cases(3, "good {i}!")}, 201)
    admin.json("POST", "/v1/gates", {"name": "fresh", "guards": {"kind": "prompt_label", "object": "fresh"}, "dataset": "fresh", "rules": {"min_pass_rate": 0.9}}, 201)
    assert run(admin, "fresh", "fresh", "v2")["state"] == "succeeded"
    admin.json("POST", "/v1/datasets/fresh/cases", {"cases": [{"id": "new", "vars": {"x": "7"}, "expected": "good 7!"}]})
    assert label(admin, "fresh", "v2").status == 409
    again = run(admin, "fresh", "fresh", "v2")
    assert label(admin, "fresh", "v2").status == 200
    assert label(admin, "fresh", "v1").status == 409, "v1 was live, but this is a move and no rollback"
    assert admin.call("POST", "/v1/prompts/fresh/rollback", {"label": "production"}).status == 200
    assert admin.call("DELETE", f"/v1/evals/runs/{again['id']}").status == 200
    assert label(admin, "fresh", "v2").status == 409, "its run is gone"


def test_a_run_that_graded_by_milder_rules_does_not_open_the_gate(admin):
    prompt(admin, "milder", ["good {x}", "bad {x}", "worse {x}"])
    admin.json("POST", "/v1/datasets", {"name": "milder", "cases": cases(4)}, 201)
    guards = {"kind": "prompt_label", "object": "milder", "slot": "production"}
    admin.json("POST", "/v1/gates", {"name": "milder", "guards": guards, "dataset": "milder", "rules": {"min_pass_rate": 1}}, 201)

    def mild(version, **fields):
        return evaluate(admin, "milder", candidate={"prompt": {"name": "milder", "version": version}, "model": "m"}, **fields)

    by_own = mild("v2", assertions=[{"type": "contains", "value": "a"}])
    assert by_own["summary"]["passed"] == 4 and by_own["candidate"]["grading"], "an assertion of the run's takes the place of what is expected"
    by_threshold = mild("v2", threshold=0)
    assert by_threshold["candidate"]["grading"] != by_own["candidate"]["grading"]
    answer = label(admin, "milder", "v2")
    assert answer.status == 409 and f"grading={by_threshold['candidate']['grading']}" in answer.json()["detail"], answer.body
    for ran in (by_own, by_threshold):
        verdict = admin.json("POST", "/v1/gates/milder/check", {"run": ran["id"]})
        assert verdict["passed"] is False and "grading" in verdict["reason"]
    assert "grading" not in mild("v2")["candidate"]
    assert "min_pass_rate" in label(admin, "milder", "v2").json()["detail"]
    # What a rescore graded by is told as well.
    strict = mild("v3")
    again = admin.json("POST", f"/v1/evals/runs/{strict['id']}/rescore", {"assertions": [{"type": "contains", "value": "worse"}]}, 202)
    again = wait_for_run(admin, again["id"], "succeeded")
    assert again["summary"]["passed"] == 4 and again["candidate"]["grading"], again
    assert label(admin, "milder", "v3").status == 409
    back = admin.json("POST", f"/v1/evals/runs/{again['id']}/rescore", {"assertions": []}, 202)
    assert "grading" not in wait_for_run(admin, back["id"], "succeeded")["candidate"]
    # A gate that names the milder rules takes them, and these only.
    admin.json("DELETE", "/v1/gates/milder")
    admin.json("POST", "/v1/gates", {"name": "milder", "guards": guards, "dataset": "milder", "rules": {"min_pass_rate": 1},
                                     "with": {"grading": by_own["candidate"]["grading"]}}, 201)
    assert label(admin, "milder", "v3").status == 409
    assert label(admin, "milder", "v2").status == 200


def test_a_model_is_run_beside_and_then_put_in_the_place(admin, server, greet):
    text = server.config_path.read_text()
    admin.json("POST", "/v1/gates", {"name": "model-n", "guards": {"kind": "model", "object": "n"}, "dataset": "greetings", "rules": {"max_error_rate": 1}}, 201)
    changed = text.replace('name = "n"\n', 'name = "n"\nmax_output_tokens = 77\n', 1)
    beside = text + '[[models]]\nname = "n-next"\nprovider = "fake-openai"\nupstream_model = "echo"\nmax_output_tokens = 77\n'

    def put(body):
        return admin.call("PUT", "/v1/config", body.encode(), {"content-type": "application/toml"})

    assert put(changed).status == 409
    assert put(beside).status == 200
    assert run(admin, "greetings", "greet", "v2", "n-next")["state"] == "succeeded"
    answer = put(changed)
    assert answer.status == 200, answer.body
    other = put(text.replace('name = "n"\n', 'name = "n"\nmax_output_tokens = 78\n', 1))
    assert other.status == 409, "another definition is another candidate"


def test_two_runs_are_compared_case_by_case_and_in_sum(admin, greet):
    first, second = greet["v1"]["id"], greet["v3"]["id"]
    body = admin.json("POST", "/v1/evals/compare", {"first": first, "second": second})
    assert body["matched"] == 8 and body["changes"]["regressed"] == len(body["regressed"]) > 0
    rate = body["metrics"][0]
    assert rate["metric"] == "pass_rate" and rate["second"] == 0 and rate["interval"][0] <= rate["difference"] <= rate["interval"][1]
    assert rate["shown"] == "worse" and rate["bootstrap_interval"][1] < 0
    assert admin.json("GET", f"/v1/evals/compare?first={first}&second={second}")["regressed"] == body["regressed"]
    assert admin.call("POST", "/v1/evals/compare", {"first": first, "second": "nobody"}).status == 404
    assert admin.call("POST", "/v1/evals/compare", {"first": first}).status == 400
    table = cli(admin, "eval", "compare", first, second)
    assert table.returncode == 0 and "pass_rate" in table.stdout and "regressed: " in table.stdout
    assert cli(admin, "eval", "compare", first, second, "--no-regression").returncode == 100
    assert cli(admin, "eval", "compare", first, second, "--no-worse").returncode == 100
    assert cli(admin, "eval", "compare", first, first, "--no-regression", "--min", "error_rate=0").returncode == 0
    few = cli(admin, "eval", "compare", first, first, "--no-worse", "--tolerance", "0.01")
    assert few.returncode == 100, "eight equal cases do not rule out a loss of a hundredth"
    assert json.loads(cli(admin, "eval", "compare", first, second, "-o", "json").stdout)["matched"] == 8


def test_a_hundred_promotions_at_once_never_serve_what_was_not_evaluated(admin):
    """Odd versions passed, even ones were never run. Requests run all the while; gates and runs come and go beside."""
    versions = 20
    # echo answers the prompt: which version was served stands in the answer.
    prompt(admin, "raced", [f"version {n} says {{x}}" for n in range(1, versions + 1)])
    rows = [{"id": f"c{i}", "vars": {"x": str(i)}, "assert": [{"type": "contains", "value": f"says {i}"}]} for i in range(2)]
    admin.json("POST", "/v1/datasets", {"name": "raced", "cases": rows}, 201)
    for number in range(1, versions + 1, 2):
        assert run(admin, "raced", "raced", f"v{number}")["summary"]["passed"] == 2
    admin.json("POST", "/v1/gates", {"name": "raced", "guards": {"kind": "prompt_label", "object": "raced", "slot": "production"},
                                     "dataset": "raced", "rules": {"min_pass_rate": 1}}, 201)
    served, faults, answers = set(), [], {}
    stop = threading.Event()

    def serve():
        while not stop.is_set():
            answer = admin.call("POST", "/v1/chat/completions", {"model": "m", "messages": [], "maester": {"prompt": {"name": "raced", "label": "production", "variables": {"x": "1"}}}})
            if answer.status != 200:
                faults.append(answer.body)
                return
            said = answer.text().split()
            served.add(int(said[said.index("version") + 1]))

    def churn():
        """A second gate that comes and goes, and a run that does, while labels move."""
        for number in range(10):
            name = f"churn-{number}"
            admin.json("POST", "/v1/gates", {"name": name, "guards": {"kind": "prompt_label", "object": "raced"}, "dataset": "raced", "rules": {"max_error_rate": 0}}, 201)
            admin.json("DELETE", f"/v1/gates/{name}")

    def promote(number):
        answers[number] = (number % versions + 1, label(admin, "raced", f"v{number % versions + 1}"))

    readers = [threading.Thread(target=serve) for _ in range(4)]
    movers = [threading.Thread(target=promote, args=(number,)) for number in range(100)]
    beside = threading.Thread(target=churn)
    for thread in [*readers, beside, *movers]:
        thread.start()
    for thread in [*movers, beside]:
        thread.join(120)
    stop.set()
    for thread in readers:
        thread.join(60)
    assert not faults, faults[:1]
    assert len(answers) == 100
    for version, answer in answers.values():
        assert answer.status == (200 if version % 2 else 409), (version, answer.status, answer.body)
    assert served and all(version % 2 for version in served), served
    history = admin.json("GET", "/v1/gates/raced/decisions?limit=500")["data"]
    moved = [row for row in history if row["outcome"] == "passed"]
    assert all(int(row["to"][1:]) % 2 for row in moved)
    # The chain of moves has no gap: each began where the one before ended.
    for after, before in zip(moved, moved[1:]):
        assert after["from"] == before["to"], (before, after)
    assert admin.json("GET", "/v1/prompts/raced")["version"] == moved[0]["to"]
    assert sum(row["outcome"] == "refused" for row in history) == 50
