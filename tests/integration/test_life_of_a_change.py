"""One change from its complaint to its rollback (docs/how-to/life-of-a-change.md): production request, bad feedback, replay, fixture, dataset,
failing gate, new version, passing gate, the label moves, live comparison, rollback."""
import pytest
from support import configs
from support.access import admin_of
from support.evals import evaluate, results
from support.programs import Maester

QUESTIONS = ["May I have a refund?", "How long does a refund take?", "Refund, please.", "Where is my refund?"]


@pytest.fixture
def admin(space, provider, binary, tmp_path):
    # The model says what it is told: what a prompt does not contain is not in an answer.
    server = space.add(Maester(tmp_path, configs.providers(provider.port) + configs.models({"m": "echo"}) +
                               configs.FORGETFUL + '[capture]\nreplay = "full"\n', dev=False))
    return admin_of(server)


def ask(admin, question: str, user: str = "ann"):
    answer = admin.call("POST", "/v1/chat/completions", {"model": "m", "messages": [], "maester": {
        "prompt": {"name": "support", "variables": {"question": question}}, "user": {"id": user}}})
    assert answer.status == 200, answer.body
    return answer


def move(admin, **to):
    return admin.call("POST", "/v1/prompts/support/labels", {"label": "production", **to})


def test_a_change_from_complaint_to_rollback(admin):
    admin.json("POST", "/v1/prompts", {"name": "support", "template": "Be polite. {question}", "labels": ["production"]}, 201)

    # Production requests, and what people say of them.
    asked = [ask(admin, question).headers["x-maester-request-id"] for question in QUESTIONS]
    for request in asked:
        admin.json("POST", "/v1/feedback", {"request_id": request, "name": "helpful", "value": False, "comment": "no deadline"}, 201)
    usage = admin.json("GET", "/v1/usage?group_by=prompt")["data"]
    assert [(row["prompt"], row["requests"], row["successful"]) for row in usage] == [("support@v1", 4, 0)]

    # It can be seen again, and becomes a fixture and a dataset.
    again = admin.json("POST", f"/v1/replays/{asked[0]}/run", {})["result"]
    assert again["comparison"]["content_exact_match"] is True
    fixture = admin.json("POST", f"/v1/replays/{asked[0]}/fixture", {})
    assert "May I have a refund?" in str(fixture["request"]["body"])
    made = admin.json("POST", "/v1/datasets", {"name": "refunds", "requests": {"feedback": {"name": "helpful", "value": False}}, "state": "approved"}, 201)
    cases = admin.json("GET", "/v1/datasets/refunds/cases")["data"]
    assert sorted(case["source"]["request_id"] for case in cases) == sorted(asked), made
    for case in cases:
        admin.json("PATCH", f"/v1/datasets/refunds/cases/{case['id']}", {"assert": [{"type": "contains", "value": "14 days"}]})

    # From now on nothing goes live that does not say it.
    admin.json("POST", "/v1/gates", {"name": "support-production", "guards": {"kind": "prompt_label", "object": "support", "slot": "production"},
                                     "dataset": "refunds", "rules": {"min_cases": 4, "min_pass_rate": 1}}, 201)
    admin.json("POST", "/v1/prompts", {"name": "support", "template": "Be very polite. {question}"}, 201)
    refused = move(admin, version="v2")
    assert (refused.status, refused.json()["code"]) == (409, "gate_refused"), refused.body
    run = evaluate(admin, "refunds", candidate={"prompt": {"name": "support", "version": "v2"}, "model": "m"})
    assert (run["summary"]["passed"], run["summary"]["failed"]) == (0, 4), run
    refused = move(admin, version="v2")  # evaluated now, and found wanting
    assert refused.status == 409 and "support-production" in refused.json()["detail"], refused.body

    # A version that does, and what shows it.
    admin.json("POST", "/v1/prompts", {"name": "support", "template": "Be polite. Refunds take 14 days. {question}"}, 201)
    assert move(admin, version="v3").status == 409  # not evaluated yet
    run = evaluate(admin, "refunds", candidate={"prompt": {"name": "support", "version": "v3"}, "model": "m"})
    assert (run["summary"]["passed"], run["summary"]["failed"]) == (4, 0), run
    assert all("14 days" in one["output"] for one in results(admin, run["id"]))

    # Half of the users get it, and the two are told apart on live traffic.
    assert move(admin, split=[{"version": "v1", "weight": 1}, {"version": "v3", "weight": 1}]).status == 200
    served = {}
    for n in range(60):
        answer = ask(admin, f"Refund {n}?", user=f"user-{n}")
        text = answer.json()["choices"][0]["message"]["content"]
        served[f"user-{n}"] = text
        admin.json("POST", "/v1/feedback", {"request_id": answer.headers["x-maester-request-id"], "name": "helpful", "value": "14 days" in text}, 201)
    assert 15 <= sum("14 days" in text for text in served.values()) <= 45
    assert "14 days" in ask(admin, "Again?", user=next(user for user, text in served.items() if "14 days" in text)).body.decode()  # sticky
    old, new = admin.json("GET", "/v1/prompts/support/labels/production/results")["versions"]
    assert (old["version"], new["version"]) == ("v1", "v3")
    better = new["feedback_positive_share"]["difference"]
    assert better["value"] == 1 and better["low"] > 0.7, better

    # All users; then something else is wrong with it, and it goes back in one command.
    assert move(admin, version="v3").status == 200
    assert "14 days" in ask(admin, "And now?").body.decode()
    admin.json("POST", "/v1/prompts/support/rollback", {"label": "production", "to_version": "v1", "reason": "the deadline is 30 days since today"})
    assert "14 days" not in ask(admin, "And now?").body.decode()  # the very next request
    history = admin.json("GET", "/v1/prompts/support/labels/production/history")["data"]
    assert len(history) == 4, history  # made, split, moved, rolled back: what was refused is not in it
    decided = admin.json("GET", "/v1/gates/support-production/decisions")["data"]
    assert len(decided) >= 5, decided
