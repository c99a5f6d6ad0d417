"""Live evaluation: a share of traffic is graded after it was answered, within a budget, and counted once."""
import sqlite3
import time
from contextlib import closing

from support import client
from support.access import SIMULATED
from support.judge import Judge
from support.programs import Maester

CONFIG = SIMULATED.replace("[[models]]\nname = \"m\"", """[[providers]]
name = "judge"
kind = "openai-compatible"
base_url = "http://127.0.0.1:{port}/v1"
api_key = "sk-judge-credential-00000001"
[[models]]
name = "judge"
provider = "judge"
price = {{ input_per_mtok = "1000", output_per_mtok = "0" }}
[[models]]
name = "m\"""", 1).replace("price = { input", "price = {{ input").replace('" }\n', '" }}\n').replace("[ { model", "[ {{ model").replace(
    "}, { model", "}}, {{ model").replace('"other" } ]', '"other" }} ]') + """
[egress]
allow = ["127.0.0.1:{port}"]
"""


def ask(server, text, model="m"):
    answer = client.chat(server.port, model, text)
    assert answer.status == 200, answer.body
    return answer.headers["x-maester-request-id"]


def make(server, **rule):
    answer = client.request(server.port, "POST", "/v1/evals/rules", rule)
    assert answer.status == 201, answer.body
    return answer.json()


def wait_for(server, name, n, what="evaluated", headers=None):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        shown = client.request(server.port, "GET", f"/v1/evals/rules/{name}", None, headers).json()
        if shown[what] >= n:
            return shown
        time.sleep(0.2)
    raise AssertionError(f"{name}: {shown}")


def test_a_rule_grades_what_it_covers_and_its_word_is_on_receipts_and_in_usage(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    before = ask(server, "sun")
    make(server, name="sunny", where={"model": "m"}, assertions=[{"type": "contains", "value": "sun", "metric": "sun"}], review="failed")
    good = [ask(server, f"sun {i}") for i in range(5)]
    bad = [ask(server, f"rain {i}") for i in range(2)]
    other = ask(server, "rain", model="other")
    shown = wait_for(server, "sunny", 7)
    assert (shown["evaluated"], shown["passed"], shown["failed"], shown["errors"]) == (7, 5, 2, 0)
    for request_id, value in ((good[0], True), (bad[0], False)):
        said = {one["name"]: one for one in client.request(server.port, "GET", f"/v1/requests/{request_id}").json()["feedback"]}
        assert said["sunny"]["value"] is value and said["sunny"]["source"] == "rule:sunny"
        assert said["sunny/sun"]["value"] == (1 if value else 0)
    for request_id in (before, other):
        assert "feedback" not in client.request(server.port, "GET", f"/v1/requests/{request_id}").json()
    usage = client.request(server.port, "GET", "/v1/usage?group_by=model").json()
    row = {one["model"]: one for one in usage["data"]}["m"]
    assert row["requests"] == 8 and row["successful"] == 6  # two were found to have failed
    assert row["scores"]["sunny"] == {"count": 7, "passes": 5, "mean": 5 / 7}
    from decimal import Decimal
    cost = Decimal(row["total_cost_usd"])
    assert abs(Decimal(row["cost_per_successful_task_usd"]) - cost / 6) < Decimal("1e-12")
    queue = client.request(server.port, "GET", "/v1/reviews").json()["data"]
    assert sorted(one["request_id"] for one in queue) == sorted(bad)
    assert all(one["origin"] == "sampled" and one["source"] == "sunny" for one in queue)
    # A person's word is newer than the rule's.
    client.request(server.port, "POST", "/v1/feedback", {"request_id": bad[0], "name": "thumbs", "value": True})
    usage = client.request(server.port, "GET", "/v1/usage?group_by=model").json()
    assert {one["model"]: one for one in usage["data"]}["m"]["successful"] == 7


def test_a_share_is_picked_the_same_whatever_dies(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    make(server, name="some", sample=0.3, assertions=[{"type": "contains", "value": "sun"}])
    asked = [ask(server, f"sun {i}") for i in range(200)]
    assert client.request(server.port, "GET", "/v1/usage").json()["total"]["requests"] == 200  # all of them were seen
    server.kill()
    for path in server.data.glob("usage.db*"):
        path.unlink()  # every request is told of again
    again = space.add(Maester(tmp_path, SIMULATED, name="again"))
    wait_for(again, "some", 30)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        jobs = client.request(again.port, "GET", "/v1/jobs").json()["data"]
        if all(one["state"] == "succeeded" for one in jobs):
            break
        time.sleep(0.2)
    shown = client.request(again.port, "GET", "/v1/evals/rules/some").json()
    assert 30 <= shown["evaluated"] <= 95, shown  # 60 of 200, within five deviations
    graded = [one for one in asked if "feedback" in client.request(again.port, "GET", f"/v1/requests/{one}").json()]
    assert len(graded) == shown["evaluated"]
    usage = client.request(again.port, "GET", "/v1/usage").json()["total"]
    assert usage["scores"]["some"]["count"] == shown["evaluated"]


def test_a_grader_model_is_paid_within_the_rules_budget_and_nonsense_is_no_pass(space, binary, tmp_path):
    judge = Judge()
    server = space.add(Maester(tmp_path, CONFIG.format(port=judge.port)))
    rubric = [{"type": "llm-rubric", "value": "is it good?"}]
    make(server, name="good", assertions=rubric, grader="judge")  # of everything that callers ask
    asked = {text: ask(server, text) for text in ("GOOD one", "BAD one", "neither")}
    shown = wait_for(server, "good", 1, "errors")
    assert (shown["evaluated"], shown["passed"], shown["failed"], shown["errors"]) == (2, 1, 1, 1)
    assert float(shown["grading_cost_usd"]) > 0
    assert "feedback" not in client.request(server.port, "GET", f"/v1/requests/{asked['neither']}").json()
    # What graders are asked is metered, and is not graded itself.
    rows = {one["model"]: one for one in client.request(server.port, "GET", "/v1/usage?group_by=model").json()["data"]}
    assert rows["judge"]["requests"] >= 3 and rows["m"]["requests"] == 3
    rubric = [{"type": "llm-rubric", "value": "is it better?"}]  # no grade that is kept
    make(server, name="poor", assertions=rubric, grader="judge", where={"model": "m"}, max_cost_usd_per_day="0.001")
    for i in range(4):
        asked[i] = ask(server, f"GOOD {i}")
    wait_for(server, "good", 6)
    poor = wait_for(server, "poor", 1, "skipped")
    poor = wait_for(server, "poor", 3, "skipped")
    assert (poor["evaluated"], poor["skipped"], poor["grading_cost_usd"]) == (1, 3, "0.01"), poor
    with closing(sqlite3.connect(f"file:{server.data}/work.db?mode=ro", uri=True)) as work:
        picked = {row[0] for row in work.execute("SELECT request_id FROM live_tasks")}
    assert picked == set(asked.values())  # what graders were asked is never picked
    judge.shutdown()


def test_without_bodies_there_is_nothing_to_grade_and_it_says_so(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED.replace('"full"', '"metadata"'), dev=False))
    key = (server.data / "admin.key").read_text().strip()
    headers = {"authorization": f"Bearer {key}"}
    rule = {"name": "blind", "assertions": [{"type": "contains", "value": "sun"}]}
    assert client.request(server.port, "POST", "/v1/evals/rules", rule, headers).status == 201
    body = {"model": "m", "messages": [{"role": "user", "content": "sun"}]}
    assert client.request(server.port, "POST", "/v1/chat/completions", body, headers).status == 200
    assert wait_for(server, "blind", 1, "skipped", headers)["evaluated"] == 0


def test_wrong_rules_are_refused(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    fine = {"name": "r", "assertions": [{"type": "contains", "value": "x"}]}
    for change, param in (({"name": "a b"}, "name"), ({"sample": 0}, "sample"), ({"sample": 2}, "sample"), ({"assertions": []}, "assertions"),
                          ({"assertions": [{"type": "no-such"}]}, "assertions"), ({"review": "maybe"}, "review"), ({"where": {"modle": "m"}}, "where.modle"),
                          ({"where": {"decision": "x"}}, "where.decision"), ({"max_cost_usd_per_day": "-1"}, "max_cost_usd_per_day"), ({"reviewers": 0}, "reviewers")):
        answer = client.request(server.port, "POST", "/v1/evals/rules", {**fine, **change})
        assert answer.status == 400 and answer.json()["param"] == param, (change, answer.body)
    make(server, **fine)
    assert client.request(server.port, "POST", "/v1/evals/rules", fine).status == 409
    assert client.request(server.port, "DELETE", "/v1/evals/rules/r").status == 200
    assert client.request(server.port, "GET", "/v1/evals/rules/r").status == 404
