"""Human review: what is escalated is all there, is labelled, and tells how far graders can be trusted."""
import os
import subprocess
import threading

from support import client
from support.access import SIMULATED
from support.programs import Maester, maester_binary

ESCALATE = [{"type": "contains", "value": "never said", "name": "promise", "on_fail": "escalate"}]


def ask(server, text, checks=None, **more):
    return client.request(server.port, "POST", "/v1/chat/completions", {
        "model": "m", "messages": [{"role": "user", "content": text}], "maester": {"checks": checks or [], **more}})


def get(server, path, **query):
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    answer = client.request(server.port, "GET", f"{path}?{pairs}" if pairs else path)
    assert answer.status == 200, answer.body
    return answer.json()


def post(server, path, body=None, status=200):
    answer = client.request(server.port, "POST", path, body or {})
    assert answer.status == status, answer.body
    return answer.json()


def test_everything_that_a_check_escalates_is_in_the_queue_whatever_dies(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    asked = []

    def many(n):
        for i in range(10):
            answer = ask(server, f"question {n}-{i}", ESCALATE)
            assert answer.status == 422 and "human review" in answer.body.decode()
            asked.append(answer.headers["x-maester-request-id"])
    threads = [threading.Thread(target=many, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fine = ask(server, "a good one").headers["x-maester-request-id"]
    server.kill()  # what was answered is in the journal, and the queue is made of it
    again = space.add(Maester(tmp_path, SIMULATED, name="again"))
    queue = get(again, "/v1/reviews", limit=100)["data"]
    assert sorted(one["request_id"] for one in queue) == sorted(asked) and fine not in asked
    assert get(again, f"/v1/reviews/{queue[0]['id']}")["captured"]["request"]["rendered_prompt"].startswith("question ")
    one = queue[0]
    assert (one["origin"], one["source"], one["state"]) == ("escalated", "promise", "open")
    assert one["verdicts"] == [{"grader": "promise", "passed": False, "score": 0.0}]
    again.kill()
    for path in again.data.glob("usage.db*"):
        path.unlink()  # made anew from the journal: nobody is to look at anything twice
    third = space.add(Maester(tmp_path, SIMULATED, name="third"))
    assert len(get(third, "/v1/reviews", limit=100)["data"]) == len(asked)


def test_a_review_is_claimed_labelled_and_done(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    first = ask(server, "one").headers["x-maester-request-id"]
    made = post(server, "/v1/reviews", {"request_id": first, "reason": "a customer asked"}, 201)
    assert post(server, "/v1/reviews", {"request_id": first}, 201)["id"] == made["id"]  # one for each request
    claimed = post(server, "/v1/reviews/claim")
    assert claimed["captured"]["request"]["rendered_prompt"] == "one"
    assert claimed["id"] == made["id"] and claimed["assignee"] == "dev" and claimed["reason"] == "a customer asked"
    assert client.request(server.port, "POST", "/v1/reviews/claim", {}).status == 404
    assert client.request(server.port, "POST", f"/v1/reviews/{made['id']}/assign",
                          {"assignee": "ann", "expected_assignee": "bob"}).status == 409
    assert post(server, f"/v1/reviews/{made['id']}/assign", {"assignee": "ann", "expected_assignee": "dev"})["assignee"] == "ann"
    done = post(server, f"/v1/reviews/{made['id']}/labels", {"label": "fail", "score": 0.25, "comment": "wrong \U0001f600", "correction": "The answer is 4."})
    assert done["state"] == "done" and done["labels"][0]["correction"] == "The answer is 4." and done["labels"][0]["score"] == 0.25
    shown = get(server, f"/v1/reviews/{made['id']}")
    assert shown["captured"]["request"]["rendered_prompt"] == "one" and shown["labels"][0]["comment"] == "wrong \U0001f600"
    assert client.request(server.port, "POST", f"/v1/reviews/{made['id']}/dismiss", {}).status == 409
    for kept in server.data.glob("work.db*"):
        assert b"The answer is 4." not in kept.read_bytes()  # what people wrote is sealed
    for body, param in (({}, "label"), ({"label": ""}, "label"), ({"label": "fail", "score": 2}, "score"), ({"label": 1}, "label")):
        answer = client.request(server.port, "POST", f"/v1/reviews/{made['id']}/labels", body)
        assert answer.status == 400 and answer.json()["param"] == param, answer.body
    assert client.request(server.port, "POST", "/v1/reviews", {"request_id": "01900000-0000-7000-8000-000000000000"}).status == 404
    assert client.request(server.port, "GET", "/v1/reviews?state=lost").status == 400


def test_claims_at_the_same_time_get_different_reviews(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    for i in range(12):
        post(server, "/v1/reviews", {"request_id": ask(server, f"q{i}").headers["x-maester-request-id"]}, 201)
    got, lock = [], threading.Lock()

    def claim():
        for _ in range(3):
            one = post(server, "/v1/reviews/claim")["id"]
            with lock:
                got.append(one)
    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 12 and len(set(got)) == 12
    assert get(server, "/v1/reviews", state="open")["data"] == []


def test_graders_are_measured_against_people(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    check = [{"type": "contains", "value": "sun", "name": "sunny"}]
    for text, label in (("the sun", "pass"), ("the sun", "pass"), ("rain", "fail"), ("the sun", "fail"), ("rain", "pass"), ("the sun", "pass")):
        request_id = ask(server, text, check).headers["x-maester-request-id"]
        made = post(server, "/v1/reviews", {"request_id": request_id}, 201)
        post(server, f"/v1/reviews/{made['id']}/labels", {"label": label})
    found = get(server, "/v1/reviews/agreement")
    assert (found["reviews"], found["labels"]) == (6, 6)
    grader = found["graders"][0]
    assert grader["grader"] == "sunny" and grader["rated"] == 6
    assert (grader["both_pass"], grader["both_fail"], grader["only_grader_passed"], grader["only_people_passed"]) == (3, 1, 1, 1)
    assert abs(grader["kappa"] - 0.25) < 1e-9  # agreed 4/6, by chance 5/9


def reviewed(server, text, label, **more):
    """A request that was escalated, reviewed by whoever runs the server, and labelled."""
    request_id = ask(server, text, ESCALATE).headers["x-maester-request-id"]
    review = next(one for one in get(server, "/v1/reviews", limit=200)["data"] if one["request_id"] == request_id)
    return request_id, post(server, f"/v1/reviews/{review['id']}/labels", {"label": label, **more})


def cases_of(server, dataset):
    return {one["source"]["request_id"]: one for one in get(server, f"/v1/datasets/{dataset}/cases", limit=200)["data"]}


def test_what_reviewers_said_becomes_cases(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    wrong, review = reviewed(server, "How long do refunds take?", "fail", correction="14 days.", comment="left out")
    uncorrected, _ = reviewed(server, "Who are you?", "fail")
    right, _ = reviewed(server, "Is it open?", "pass")
    ask(server, "nobody looked", ESCALATE)
    added = post(server, "/v1/datasets", {"name": "reviewed", "reviews": {"label": "fail", "corrected": True}, "state": "approved"}, 201)
    assert (added["added"], added["more"]) == (1, False), added
    case = cases_of(server, "reviewed")[wrong]
    assert case["expected"] == "14 days." and case["state"] == "approved"
    assert case["source"] == {"request_id": wrong, "review": review["id"]}
    assert case["metadata"]["label"] == "fail" and case["metadata"]["comment"] == "left out" and case["metadata"]["reviewer"]
    again = post(server, "/v1/datasets/reviewed/cases", {"reviews": {"label": "fail", "corrected": True}, "state": "approved"}, 201)
    assert (again["unchanged"], again["added"], again["changed"], again["version"]) == (1, 0, 0, added["version"]), "again changes nothing"
    # A case that is there already, made of the request itself, gets what it expects and keeps the rest.
    post(server, "/v1/datasets", {"name": "known", "requests": {"request_ids": [wrong]}, "state": "approved"}, 201)
    case = cases_of(server, "known")[wrong]
    own = [{"type": "contains", "value": "14"}]
    assert client.request(server.port, "PATCH", f"/v1/datasets/known/cases/{case['id']}", {"assert": own}).status == 200
    post(server, "/v1/datasets/known/cases", {"reviews": {"label": "fail"}}, 201)
    known = cases_of(server, "known")
    assert set(known) == {wrong, uncorrected}
    assert known[wrong]["expected"] == "14 days." and known[wrong]["state"] == "approved" and known[wrong]["source"]["review"] == review["id"]
    assert known[uncorrected].get("expected") is None and known[uncorrected]["state"] == "pending"
    assert known[wrong]["assert"] == own, "what else the case has is kept"
    # By who said it, what the graders said, and where it came from.
    reviewer = known[wrong]["metadata"]["reviewer"]
    for wanted, count in (({}, 3), ({"reviewer": reviewer}, 3), ({"reviewer": "nobody"}, 0), ({"label": "pass"}, 1), ({"origin": "escalated"}, 3),
                          ({"origin": "manual"}, 0), ({"grader": {"name": "promise", "passed": False}}, 3), ({"grader": {"name": "promise", "passed": True}}, 0),
                          ({"agreed": True}, 3), ({"model": "m", "limit": 2}, 2), ({"source": "promise", "label": "pass"}, 1)):
        name = f"d{abs(hash(str(wanted)))}"
        made = post(server, "/v1/datasets", {"name": name, "reviews": wanted}, 201)
        assert made["added"] == count, (wanted, made)
    for wrong_filter, param in (({"lable": "fail"}, "reviews.lable"), ({"origin": "x"}, "reviews.origin"), ({"limit": 0}, "reviews.limit")):
        answer = client.request(server.port, "POST", "/v1/datasets", {"name": "bad", "reviews": wrong_filter})
        assert answer.status == 400 and answer.json()["param"] == param, answer.body
    assert client.request(server.port, "GET", "/v1/datasets/bad").status == 404, "nothing half-made is left"


def test_the_command_line_makes_cases_of_reviews(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    wrong, _ = reviewed(server, "How long do refunds take?", "fail", correction="14 days.")
    environment = os.environ | {"MAESTER_URL": f"http://127.0.0.1:{server.port}"}

    def cli(*arguments):
        return subprocess.run([maester_binary(), *arguments], env=environment, capture_output=True, text=True, timeout=60)

    made = cli("datasets", "create", "reviewed", "--from-reviews", "--label", "fail", "--corrected", "--grader", "promise=false", "--approve")
    assert made.returncode == 0 and "1 added" in made.stdout, made
    assert cases_of(server, "reviewed")[wrong]["expected"] == "14 days."
    assert "0 added" in cli("datasets", "add", "reviewed", "--from-reviews", "--label", "pass").stdout
    assert cli("datasets", "add", "reviewed").returncode == 2
