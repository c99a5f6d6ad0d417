"""A prompt's whole life over HTTP: history, compare and set, protection, splits, drafts, placeholders, references, settings,
fallbacks and conditional reads (docs/how-to/prompts.md)."""
import collections
import threading
import time

import pytest
from support.access import SIMULATED, Caller, admin_of
from support.programs import Maester


@pytest.fixture(scope="module")
def server(space, binary):
    directory = space.path / "life"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED, dev=False))


@pytest.fixture(scope="module")
def admin(server) -> Caller:
    return admin_of(server)


@pytest.fixture(scope="module")
def ann(admin) -> Caller:
    return admin.mint(name="ann")


@pytest.fixture(scope="module")
def bob(admin) -> Caller:
    return admin.mint(name="bob")


def versions(caller: Caller, name: str, count: int, **more) -> None:
    for n in range(1, count + 1):
        caller.json("POST", "/v1/prompts", {"name": name, "template": f"{name} {n}: {{q}}", **more}, 201)


def refused(caller: Caller, method: str, path: str, body, status: int, code: str) -> str:
    answer = caller.call(method, path, body)
    assert (answer.status, answer.json()["code"]) == (status, code), answer.body
    return answer.json()["detail"]


def ask(caller: Caller, prompt: dict, user: str = "", **more):
    maester = {"prompt": {"variables": {"q": "x"}, **prompt}, **({"user": {"id": user}} if user else {})}
    return caller.call("POST", "/v1/chat/completions", {"model": "m", "messages": [], "maester": maester, **more})


def prompt_of(answer) -> dict:
    assert answer.status == 200, answer.body
    return answer.json()["maester"]["prompt"]


def test_a_labels_history_tells_who_when_from_to_and_why(ann, bob):
    versions(ann, "told", 3)
    path = "/v1/prompts/told/labels"
    moved = ann.json("POST", path, {"label": "production", "version": "v1", "reason": "first", "expected_version": None})
    assert moved == {"label": "production", "version": "v1", "previous": None, "revision": 1, "changed": True}
    bob.json("POST", path, {"label": "production", "version": "v2", "reason": "better", "expected_version": "v1"})
    told = refused(ann, "POST", path, {"label": "production", "version": "v3", "expected_version": "v1"}, 409, "version_conflict")
    assert "points to `v2` (revision 2), not `v1`" in told
    refused(ann, "POST", path, {"label": "production", "version": "v3", "expected_revision": 1}, 409, "version_conflict")
    refused(ann, "POST", "/v1/prompts/told/rollback", {"label": "production", "expected_version": "v1"}, 409, "version_conflict")
    ann.json("POST", "/v1/prompts/told/rollback", {"label": "production", "expected_version": "v2", "reason": "v2 is rude"})
    events = ann.json("GET", f"{path}/production/history")["data"]
    assert [(e["revision"], e["by"], e["from"], e["to"], e["rollback"], e["reason"]) for e in events] == [
        (3, ann.id, "v2", "v1", True, "v2 is rude"), (2, bob.id, "v1", "v2", False, "better"), (1, ann.id, None, "v1", False, "first")]
    page = ann.json("GET", f"{path}/production/history?limit=2")
    assert page["next_cursor"] == "2"
    rest = ann.json("GET", f"{path}/production/history?limit=2&cursor=2")
    assert [e["revision"] for e in rest["data"]] == [1] and rest["next_cursor"] is None
    assert ann.json("GET", "/v1/prompts/told?version=v1")["author"] == ann.id
    actions = [row["action"] for row in admin_of(ann.server).json("GET", "/v1/audit?limit=5")["data"]]
    assert actions[:3] == ["prompt.rollback", "prompt.label", "prompt.label"]


def test_a_protected_label_needs_its_role_and_others_approval(admin, ann, bob):
    versions(ann, "held", 2)
    path = "/v1/prompts/held/labels"
    ann.json("POST", path, {"label": "live", "version": "v1"})
    refused(ann, "PUT", "/v1/protections", {"prompt": "held", "label": "live"}, 403, "forbidden")
    admin.json("PUT", "/v1/protections", {"prompt": "held", "label": "live", "role": "member", "approvals": 1}, 201)
    assert "needs 1 approvals" in refused(ann, "POST", path, {"label": "live", "version": "v2"}, 409, "conflict")
    refused(ann, "POST", "/v1/prompts/held/versions/v2/approve", {}, 403, "forbidden")
    approved = bob.json("POST", "/v1/prompts/held/versions/v2/approve", {"comment": "read it"})
    assert [(a["by"], a["comment"]) for a in approved["approvals"]] == [(bob.id, "read it")]
    assert ann.json("GET", "/v1/prompts/held?version=v2")["approvals"][0]["by"] == bob.id
    ann.json("POST", path, {"label": "live", "version": "v2"})
    admin.json("PUT", "/v1/protections", {"label": "live"}, 201)  # of every prompt: admins alone
    refused(ann, "POST", "/v1/prompts/held/rollback", {"label": "live"}, 403, "forbidden")
    refused(admin, "DELETE", f"{path}/live", None, 409, "conflict")
    refused(admin, "DELETE", "/v1/prompts/held", None, 409, "conflict")
    refused(ann, "POST", path, {"label": "other", "version": "v1", "override": {"reason": "x"}}, 403, "forbidden")
    ann.json("POST", "/v1/prompts", {"name": "held", "template": "third"}, 201)
    admin.json("POST", path, {"label": "live", "version": "v3", "override": {"reason": "an incident"}})
    event = ann.json("GET", f"{path}/live/history")["data"][0]
    assert event["override"] == {"reason": "an incident"} and event["by"]
    assert [p["prompt"] for p in ann.json("GET", "/v1/protections")["data"]] == ["*", "held"]
    for query in ("label=live", "label=live&prompt=held"):
        admin.json("DELETE", f"/v1/protections?{query}")
    ann.json("DELETE", f"{path}/live?expected_version=v3&reason=over")
    assert ann.json("GET", path)["data"] == []
    assert ann.json("GET", f"{path}/live/history")["data"][0]["to"] is None
    ann.json("DELETE", "/v1/prompts/held")
    assert ann.call("GET", "/v1/prompts/held").status == 404
    refused(ann, "POST", "/v1/prompts", {"name": "held", "version": "v1", "template": "another"}, 409, "version_conflict")
    assert ann.json("POST", "/v1/prompts", {"name": "held", "template": "another"}, 201)["version"] == "v4"


def test_a_split_is_sticky_and_moves_only_whom_it_must(ann):
    versions(ann, "shared", 2)
    path = "/v1/prompts/shared/labels"
    ann.json("POST", path, {"label": "production", "version": "v1"})
    split = [{"version": "v1", "weight": 70}, {"version": "v2", "weight": 30}]
    moved = ann.json("POST", path, {"label": "production", "split": split})
    assert (moved["version"], moved["split"], moved["previous"]) == ("v1", split, "v1")
    users = [f"user-{n}" for n in range(150)]
    first = {user: prompt_of(ask(ann, {"name": "shared"}, user)) for user in users}
    assert {p["label"] for p in first.values()} == {"production"}
    count = collections.Counter(p["version"] for p in first.values())
    assert 20 < count["v2"] < 75, count
    again = {user: prompt_of(ask(ann, {"name": "shared"}, user))["version"] for user in users}
    assert again == {user: p["version"] for user, p in first.items()}
    # OpenAI's `user` and Anthropic's metadata.user_id are the same key.
    for user in users[:10]:
        body = {"model": "m", "messages": [], "user": user, "maester": {"prompt": {"name": "shared", "variables": {"q": "x"}}}}
        assert ann.json("POST", "/v1/chat/completions", body)["maester"]["prompt"] == first[user]
        body = {"model": "m", "max_tokens": 9, "messages": [], "metadata": {"user_id": user},
                "maester": {"prompt": {"name": "shared", "variables": {"q": "x"}}}}
        assert ann.json("POST", "/v1/messages", body)["maester"]["prompt"] == first[user]
        assert ann.json("GET", f"/v1/prompts/shared?user={user}")["version"] == first[user]["version"]
    anonymous = collections.Counter(prompt_of(ask(ann, {"name": "shared"}))["version"] for _ in range(60))
    assert set(anonymous) == {"v1", "v2"}, "without a user each request is for itself"
    ann.json("POST", path, {"label": "production", "split": [{"version": "v1", "weight": 40}, {"version": "v2", "weight": 60}]})
    later = {user: prompt_of(ask(ann, {"name": "shared"}, user))["version"] for user in users}
    assert all(later[user] == "v2" for user in users if again[user] == "v2"), "who had v2 keeps it"
    ann.json("POST", path, {"label": "production", "version": "v2"})
    for _ in range(2):
        ann.json("POST", "/v1/prompts/shared/rollback", {"label": "production"})
    back = {user: prompt_of(ask(ann, {"name": "shared"}, user))["version"] for user in users}
    assert back == again, "a rollback brings back who had what"
    answer = ask(ann, {"name": "shared"}, users[0])
    receipt = ann.json("GET", f"/v1/requests/{answer.headers['x-maester-request-id']}")
    assert receipt["prompt"]["label"] == "production" and receipt["prompt"]["version"] == again[users[0]]
    for wrong in ([], [{"version": "v1", "weight": 0}], [{"version": "v1", "weight": 1}, {"version": "v1", "weight": 1}]):
        refused(ann, "POST", path, {"label": "production", "split": wrong}, 400, "invalid_request")
    refused(ann, "POST", path, {"label": "production", "split": [{"version": "v9", "weight": 1}]}, 404, "not_found")


def test_drafts_change_by_their_etag(ann, bob):
    path = "/v1/prompts/drafted/drafts/next"
    made = ann.call("PUT", path, {"template": "Hello {"}, {"if-none-match": "*"})
    assert made.status == 200 and made.json()["publishable"] is False and "lone `{`" in made.json()["problem"]["detail"]
    etag = made.headers["etag"]
    assert etag == f'"{made.json()["etag"]}"'
    assert ann.call("PUT", path, {"template": "x"}, {"if-none-match": "*"}).json()["code"] == "version_conflict"
    second = ann.call("PUT", path, {"template": "Hello {name}", "config": {"max_tokens": 5}}, {"if-match": etag})
    assert second.status == 200 and second.json()["publishable"] is True
    assert bob.call("PUT", path, {"template": "x"}, {"if-match": etag}).json()["code"] == "version_conflict"
    assert ann.call("GET", "/v1/prompts/drafted").status == 404, "no request reaches a draft"
    rendered = ann.json("POST", "/v1/prompts/drafted/render", {"draft": "next", "variables": {"name": "Ada"}})
    assert rendered["text"] == "Hello Ada" and rendered["version"] is None
    assert ann.call("POST", f"{path}/publish", {}, {"if-match": etag}).json()["code"] == "version_conflict"
    done = ann.call("POST", f"{path}/publish", {"labels": ["production"], "message": "done"}, {"if-match": second.headers["etag"]})
    assert done.status == 201 and done.json()["labels"] == ["production"] and done.json()["config"] == {"max_tokens": 5}
    assert ann.call("GET", path).status == 404
    assert ann.json("GET", "/v1/prompts/drafted/drafts")["data"] == []


def test_placeholders_take_messages_and_nothing_else(ann):
    pushed = ann.json("POST", "/v1/prompts", {"name": "chatty", "messages": [
        {"role": "system", "content": "Be {tone}."}, {"placeholder": "history"}, {"role": "user", "content": "{q}"}]}, 201)
    assert pushed["variables"] == {"tone": "string", "history": "messages", "q": "string"}
    assert pushed["messages"][1] == {"placeholder": "history"}
    history = [{"role": "user", "content": "What is 2+2? {q}"},
               {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]},
               {"role": "tool", "tool_call_id": "c1", "content": "4"}]
    answer = ask(ann, {"name": "chatty", "variables": {"tone": "brief", "q": "And 3+3?", "history": history}})
    assert answer.status == 200, answer.body
    assert "Be brief.\nWhat is 2+2? {q}\n4\nAnd 3+3?" in answer.json()["choices"][0]["message"]["content"]
    rendered = ann.json("POST", "/v1/prompts/chatty/render", {"variables": {"tone": "brief", "q": "And 3+3?", "history": history}})
    assert rendered["messages"][1:4] == history
    assert rendered["prompt_hash"] == prompt_of(answer)["hash"]
    for wrong, where in (("text", "variables.history"), ([{"role": "user"}], "variables.history[0].content"),
                         ([{"role": "robot", "content": "x"}], "variables.history[0].role")):
        bad = ask(ann, {"name": "chatty", "variables": {"tone": "x", "q": "y", "history": wrong}})
        assert bad.status == 422 and bad.json()["error"]["param"] == where, bad.body
    missing = ask(ann, {"name": "chatty", "variables": {"tone": "x", "q": "y"}})
    assert missing.json()["error"]["code"] == "missing_variable"
    refused(ann, "POST", "/v1/prompts", {"name": "chatty", "template": "a text"}, 409, "conflict")


def test_prompts_inside_prompts_are_pinned(ann):
    ann.json("POST", "/v1/prompts", {"name": "tone", "template": "Be brief."}, 201)
    first = ann.json("POST", "/v1/prompts", {"name": "outer", "template": "{@tone} {q}"}, 201)
    assert first["template"] == "{@tone@v1} {q}" and first["references"] == [{"name": "tone", "version": "v1"}]
    ann.json("POST", "/v1/prompts", {"name": "tone", "template": "Be long."}, 201)
    used = prompt_of(ask(ann, {"name": "outer"}))
    assert used["template_hash"] == first["template_hash"]
    assert ann.json("POST", "/v1/prompts/outer/render", {"variables": {"q": "Hi"}})["text"] == "Be brief. Hi"
    refused(ann, "DELETE", "/v1/prompts/tone", None, 409, "conflict")
    assert "outer" in refused(ann, "POST", "/v1/prompts", {"name": "tone", "template": "{@outer}"}, 422, "unprocessable")


def test_a_prompts_settings_hold_where_the_request_is_silent(ann):
    schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}
    versions(ann, "set", 1, config={"model": "other", "max_tokens": 7, "temperature": 0.5, "owner": "team a"})
    body = {"messages": [], "maester": {"prompt": {"name": "set", "variables": {"q": "x"}}}}
    answer = ann.call("POST", "/v1/chat/completions", body)
    receipt = ann.json("GET", f"/v1/requests/{answer.headers['x-maester-request-id']}")
    assert receipt["model"]["resolved"] == "other"
    assert answer.json()["choices"][0]["finish_reason"] == "length" and answer.json()["usage"]["completion_tokens"] == 7
    answer = ann.call("POST", "/v1/chat/completions", {**body, "model": "m", "max_tokens": 3})
    assert answer.headers["x-maester-model"] == "m" and answer.json()["usage"]["completion_tokens"] == 3
    prompted = ann.json("POST", "/v1/prompted_completion", {"prompt_name": "set", "variables": {"q": "x"}})
    assert prompted["model"] == "other" and prompted["cost"]["output_tokens"] == 7
    prompted = ann.json("POST", "/v1/prompted_completion", {"prompt_name": "set", "variables": {"q": "x"}, "max_tokens": 5})
    assert prompted["cost"]["output_tokens"] == 5
    ann.json("POST", "/v1/prompts", {"name": "set", "template": "as JSON {q}", "config": {"response_format": schema}}, 201)
    answer = ask(ann, {"name": "set"})
    assert "structured" in ann.json("GET", f"/v1/requests/{answer.headers['x-maester-request-id']}") or answer.status != 200
    for config, where in (({"temperature": 9}, "config.temperature"), ({"max_tokens": "many"}, "config.max_tokens"),
                          ({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": 7}}}},
                           "config.response_format.json_schema.schema")):
        bad = ann.call("POST", "/v1/prompts", {"name": "set", "template": "x", "config": config})
        assert bad.status == 400 and bad.json()["param"] == where, bad.body


def test_a_callers_fallback_stands_in_for_what_is_not_there(ann):
    answer = ask(ann, {"name": "nowhere", "fallback": "Answer briefly: {q}", "variables": {"q": "why?"}})
    told = prompt_of(answer)
    assert told["fallback"] is True and told["version"] is None and told["name"] == "nowhere"
    assert "Answer briefly: why?" in answer.json()["choices"][0]["message"]["content"]
    receipt = ann.json("GET", f"/v1/requests/{answer.headers['x-maester-request-id']}")
    assert receipt["prompt"]["fallback"] is True
    versions(ann, "somewhere", 1)
    assert "fallback" not in prompt_of(ask(ann, {"name": "somewhere", "fallback": "unused"}))
    assert prompt_of(ask(ann, {"name": "somewhere", "label": "none", "fallback": "used {q}"}))["fallback"] is True
    assert ask(ann, {"name": "somewhere", "label": "none"}).status == 404
    broken = ask(ann, {"name": "somewhere", "fallback": "broken {"})
    assert broken.status == 422 and broken.json()["error"]["param"] == "maester.prompt.fallback"


def test_prompts_are_read_again_only_when_they_changed(ann, bob):
    versions(ann, "kept", 2, fallback="What clients say alone.")
    first = ann.call("GET", "/v1/prompts/kept")
    assert first.json()["fallback"] == "What clients say alone."
    etag = first.headers["etag"]
    again = ann.call("GET", "/v1/prompts/kept", headers={"if-none-match": f'"x", W/{etag}'})
    assert (again.status, again.body) == (304, b"") and again.headers["etag"] == etag
    assert "private" in again.headers["cache-control"]
    ann.json("POST", "/v1/prompts/kept/labels", {"label": "production", "version": "v1"})
    moved = ann.call("GET", "/v1/prompts/kept", headers={"if-none-match": etag})
    assert moved.status == 200 and moved.json()["version"] == "v1" and moved.headers["etag"] != etag
    assert moved.headers["cache-control"].startswith("private, max-age=0"), "a label may move at any moment"
    fixed = ann.call("GET", "/v1/prompts/kept/versions/v2")
    assert fixed.headers["cache-control"].startswith("private, max-age=60")
    assert ann.call("GET", "/v1/prompts/kept?version=v2").body == fixed.body
    assert ann.call("GET", "/v1/prompts/kept/versions/v9").status == 404
    listed = ann.call("GET", "/v1/prompts/kept/versions")
    assert ann.call("GET", "/v1/prompts/kept/versions", headers={"if-none-match": listed.headers["etag"]}).status == 304


def test_no_request_mixes_versions_while_labels_move(ann, bob):
    """Version, hash and text of every answer agree; a rollback holds for every request that begins after it; and of 100
    concurrent moves the history has every one."""
    versions(ann, "moving", 4)
    path = "/v1/prompts/moving/labels"
    expected = {f"v{n}": (ann.json("POST", "/v1/prompts/moving/render", {"version": f"v{n}", "variables": {"q": "x"}})["prompt_hash"],
                          f"moving {n}: x") for n in range(1, 5)}
    ann.json("POST", path, {"label": "production", "version": "v1"})
    stop, problems, seen = threading.Event(), [], collections.Counter()

    def load(number: int) -> None:
        while not stop.is_set():
            answer = ask(ann, {"name": "moving"}, f"user-{number}")
            told = prompt_of(answer)
            digest, text = expected[told["version"]]
            if told["hash"] != digest or not answer.text().endswith(text):
                problems.append((told, answer.text()))
            seen[told["version"]] += 1

    loaders = [threading.Thread(target=load, args=(n,)) for n in range(4)]
    for thread in loaders:
        thread.start()

    def move(number: int) -> None:
        caller = ann if number % 2 else bob
        for step in range(25):
            to = {"version": f"v{(number + step) % 4 + 1}"} if step % 5 else {
                "split": [{"version": "v1", "weight": 1 + step}, {"version": "v3", "weight": 1 + number}]}
            caller.json("POST", path, {"label": "production", "reason": f"{number}/{step}", **to})

    movers = [threading.Thread(target=move, args=(n,)) for n in range(4)]
    for thread in movers:
        thread.start()
    for thread in movers:
        thread.join()
    try:
        # A move is in force for every request that begins after its answer.
        for _ in range(5):
            for version in ("v2", "v4"):
                ann.json("POST", path, {"label": "production", "version": version})
                began = time.monotonic()
                for n in range(8):
                    assert prompt_of(ask(ann, {"name": "moving"}, f"late-{n}"))["version"] == version
                assert time.monotonic() - began < 60
            ann.json("POST", "/v1/prompts/moving/rollback", {"label": "production"})
            assert all(prompt_of(ask(ann, {"name": "moving"}, f"late-{n}"))["version"] == "v2" for n in range(8))
    finally:
        stop.set()
        for thread in loaders:
            thread.join()
    assert not problems, problems[:3]
    assert len(seen) >= 3 and sum(seen.values()) > 20, seen
    events = ann.json("GET", f"{path}/production/history?limit=500")["data"][::-1]
    assert [e["revision"] for e in events] == list(range(1, len(events) + 1))
    assert all(before["to"] == after["from"] for before, after in zip(events, events[1:])), "an unbroken chain"
    reasons = collections.Counter(e["reason"] for e in events if e["reason"])
    # A move to where the label stood already changes nothing and has no entry.
    assert set(reasons) <= {f"{n}/{s}" for n in range(4) for s in range(25)} and max(reasons.values()) == 1
    assert len(reasons) > 50, len(reasons)


def test_a_hundred_concurrent_moves_are_all_in_the_history(ann, bob):
    versions(ann, "hundred", 2)
    path = "/v1/prompts/hundred/labels"
    ann.json("POST", path, {"label": "production", "version": "v1"})
    moved = []

    def move(number: int) -> None:
        caller = ann if number % 2 else bob
        for step in range(25):
            while True:  # compare and set: each move is one that really happened
                now = next(r for r in caller.json("GET", path)["data"] if r["label"] == "production")
                to = "v2" if now["version"] == "v1" else "v1"
                answer = caller.call("POST", path, {"label": "production", "version": to, "reason": f"{number}/{step}",
                                                    "expected_revision": now["revision"]})
                if answer.status == 200:
                    moved.append((answer.json()["revision"], f"{number}/{step}", caller.id))
                    break
                assert answer.json()["code"] == "version_conflict", answer.body

    movers = [threading.Thread(target=move, args=(n,)) for n in range(4)]
    for thread in movers:
        thread.start()
    for thread in movers:
        thread.join()
    events = ann.json("GET", f"{path}/production/history?limit=500")["data"]
    assert len(moved) == 100 and len(events) == 101
    assert sorted((e["revision"], e["reason"], e["by"]) for e in events if e["revision"] > 1) == sorted(moved)


def test_the_results_of_a_split_tell_the_versions_apart(ann):
    """One version's answers fail their check; feedback, cost and intervals are told of each, and how the second differs."""
    versions(ann, "live", 1)
    ann.json("POST", "/v1/prompts", {"name": "live", "template": "Say nothing of it at all, whatever is asked: {q}"}, 201)
    path = "/v1/prompts/live/labels"
    ann.json("POST", path, {"label": "production", "split": [{"version": "v1", "weight": 1}, {"version": "v2", "weight": 1}]})
    counts: collections.Counter = collections.Counter()
    for n in range(60):
        body = {"model": "m", "messages": [], "maester": {
            "prompt": {"name": "live", "variables": {"q": "x"}}, "user": {"id": f"user-{n}"},
            "checks": [{"type": "not-contains", "value": "Say nothing"}]}}
        answer = ann.call("POST", "/v1/chat/completions", body)
        told = prompt_of(answer)
        counts[told["version"]] += 1
        ann.json("POST", "/v1/feedback", {"request_id": answer.headers["x-maester-request-id"], "name": "good",
                                          "value": told["version"] == "v1"}, 201)
    ask(ann, {"name": "live", "version": "v2"})  # asked for by version: no traffic of the label
    told = ann.json("GET", f"{path}/production/results")
    assert (told["prompt"], told["label"], told["compared_to"], told["truncated"]) == ("live", "production", "v1", False)
    first, second = told["versions"]
    assert [(v["version"], v["weight"], v["requests"]) for v in (first, second)] == [("v1", 1, counts["v1"]), ("v2", 1, counts["v2"])]
    assert first["check_pass_share"]["value"] == 1 and second["check_pass_share"]["value"] == 0
    assert first["check_pass_share"]["low"] < 1 and first["check_pass_share"]["high"] == 1
    by = second["check_pass_share"]["difference"]
    assert by["value"] == -1 and by["high"] < -0.7 and by["p_value"] < 1e-6
    assert first["check_pass_share"]["difference"] is None
    assert second["feedback_positive_share"]["value"] == 0 and second["feedback_positive_share"]["count"] == counts["v2"]
    assert second["cost_usd"]["difference"]["low"] > 0, "its text is longer"
    for version in (first, second):
        assert version["error_share"]["value"] == 0 and version["latency_p50_ms"]["count"] == version["requests"]
        for name in ("error_share", "check_pass_share", "reliability_score", "cost_usd", "latency_p50_ms"):
            one = version[name]
            assert one["low"] <= one["value"] <= one["high"], (name, one)
    assert ann.json("GET", f"{path}/production/results?from=2030-01-01")["versions"][0]["requests"] == 0
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert ann.json("GET", f"{path}/production/results?from={today}&to={today}")["versions"][0]["requests"] == counts["v1"]
    refused(ann, "GET", f"{path}/production/results?from=yesterday", None, 400, "invalid_request")
