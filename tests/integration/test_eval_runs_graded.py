"""Runs of a server whose assertions are graded by a model: read strictly, paid apart, asked once for one question, and told in the candidate."""
from decimal import Decimal

import pytest
from support import configs
from support.access import admin_of
from support.evals import evaluate, results
from support.judge import Judge
from support.programs import Maester


@pytest.fixture(scope="module")
def judge():
    server = Judge()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def admin(space, provider, judge, binary):
    directory = space.path / "graded"
    directory.mkdir()
    config = configs.providers(provider.port).replace("allow = [", f'allow = ["127.0.0.1:{judge.port}", ') + configs.models({"m": "echo"}) + f"""
[[providers]]
name = "judge"
kind = "openai-compatible"
base_url = "http://127.0.0.1:{judge.port}/v1"
api_key = "sk-judge-credential-00000001"
[[models]]
name = "judge"
provider = "judge"
price = {{ input_per_mtok = "1000", output_per_mtok = "0" }}
"""
    made = admin_of(space.add(Maester(directory, config, dev=False)))
    made.json("POST", "/v1/datasets", {"name": "kind", "cases": [
        {"id": word, "messages": [{"role": "user", "content": f"{word} morning"}], "assert": [{"type": "llm-rubric", "value": "is kind", "metric": "kind"}]}
        for word in ("GOOD", "BAD", "HM")]}, 201)
    return made


KIND = {"candidate": {"model": "m"}, "graders": {"model": "judge"}}


def test_a_models_grades_are_read_strictly_and_paid_apart(admin, judge):
    run = evaluate(admin, "kind", **KIND)
    told = {one["case_id"]: one for one in results(admin, run["id"])}
    assert {case: (one["verdict"], one["score"], one["failure"]) for case, one in told.items()} == {
        "GOOD": ("pass", 1, None), "BAD": ("fail", 0.2, "failed_check"), "HM": ("error", 0, "grader_error")}, told
    assert told["GOOD"]["scores"] == {"kind": 1} and "no JSON object" in told["HM"]["reason"]
    assert run["candidate"]["grader"] == "judge" and "grading" not in run["candidate"]
    # 10 tokens in of 1000 USD a million: a cent for each question, beside what the answers cost.
    assert {case: Decimal(told[case]["grading_cost_usd"]) for case in ("GOOD", "BAD")} == {"GOOD": Decimal("0.01"), "BAD": Decimal("0.01")}
    assert Decimal(run["summary"]["grading_cost_usd"]) >= Decimal("0.02") and Decimal(run["summary"]["cost_usd"]) < Decimal("0.01")
    grades = [one for one in admin.json("GET", "/v1/requests?limit=100")["data"] if one["model"] == "judge"]
    assert len(grades) == len(judge.bodies) >= 3
    assert {admin.json("GET", f"/v1/requests/{one['request_id']}")["purpose"] for one in grades} == {"grade"}


def test_one_question_is_asked_once_and_nonsense_again(admin, judge):
    evaluate(admin, "kind", **KIND)
    before = len(judge.bodies)
    run = evaluate(admin, "kind", **KIND)
    again = judge.bodies[before:]
    assert again and all("HM" in "\n".join(m["content"] for m in body["messages"]) for body in again), again
    assert run["summary"]["passed"] == 1 and run["summary"]["errors"] == 1
    assert {one["case_id"]: one["grading_cost_usd"] for one in results(admin, run["id"])}["GOOD"] == "0", "what was kept costs nothing"


def test_without_a_grader_nothing_passes(admin, judge):
    before = len(judge.bodies)
    admin.json("POST", "/v1/datasets", {"name": "no-grader", "cases": [
        {"id": "GOOD", "messages": [{"role": "user", "content": "GOOD evening"}], "assert": [{"type": "llm-rubric", "value": "is kind"}]}]}, 201)
    run = evaluate(admin, "no-grader", candidate={"model": "m"})
    one = results(admin, run["id"])[0]
    if len(judge.bodies) == before:
        assert (one["verdict"], one["failure"]) == ("error", "grader_error"), one


def test_a_grading_prompt_of_the_tenants_own_with_a_placeholder_is_an_error(admin, judge):
    """It was read as a prompt with an empty message in that place."""
    name = "maester.graders.llm-rubric"
    admin.json("POST", "/v1/prompts", {"name": name, "messages": [{"role": "system", "content": "You grade. {{output}} {{rubric}}"}, {"placeholder": "history"}],
                                       "variables": {"history": "messages"}, "labels": ["production"]}, 201)
    admin.json("POST", "/v1/datasets", {"name": "own-prompt", "cases": [
        {"id": "GOOD", "messages": [{"role": "user", "content": "GOOD night"}], "assert": [{"type": "llm-rubric", "value": "is kind"}]}]}, 201)
    before = len(judge.bodies)
    one = results(admin, evaluate(admin, "own-prompt", **KIND)["id"])[0]
    assert (one["verdict"], one["failure"]) == ("error", "grader_error") and "`history`" in one["reason"], one
    assert len(judge.bodies) == before
    admin.json("DELETE", f"/v1/prompts/{name}")
