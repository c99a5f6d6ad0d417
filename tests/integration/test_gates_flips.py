"""An index version can be asked before it is live, and goes live only with a passing run of exactly that version."""
import json
import os
import subprocess
import threading
import time

import pytest
from support import client, configs
from support.access import admin_of
from support.evals import evaluate
from support.knowledge import Collection
from support.programs import Maester, maester_binary

# The answer is far behind the question's word: in one chunk of 400 words, in different ones of 20.
TEXT = "alpha begins. " + " ".join(f"filler{i}" for i in range(150)) + " zebra ends."
CASES = [{"id": f"c{i}", "messages": [{"role": "user", "content": f"alpha, in the {i}th way?"}], "assert": [{"type": "contains", "value": "zebra"}]}
         for i in range(4)]


def config(port: int) -> str:
    return configs.NO_LIMITS + configs.providers(port) + configs.models({"m": "echo", "n": "echo"})


@pytest.fixture(scope="module")
def server(space, provider, binary):
    directory = space.path / "flips"
    directory.mkdir()
    return space.add(Maester(directory, config(provider.port), dev=False))


@pytest.fixture(scope="module")
def admin(server):
    return admin_of(server)


@pytest.fixture(scope="module")
def member(admin):
    return admin.mint(role="member", name="writer")


def wait_for_job(caller, job_id: str, *states: str) -> dict:
    until = time.monotonic() + 60
    while True:
        job = caller.json("GET", f"/v1/jobs/{job_id}")
        if job["state"] in ("succeeded", "failed", "dead", "cancelled"):
            assert job["state"] in (states or ("succeeded",)), job
            return job
        assert time.monotonic() < until, job
        time.sleep(0.02)


def build(caller, name: str, size: int, *states: str, **more) -> dict:
    made = caller.json("POST", f"/v1/collections/{name}/versions", {"chunking": {"size": size, "overlap": 0}, **more}, 202)
    return wait_for_job(caller, made["job_id"], *states) | {"version": made["version"]}


def collection(caller, name: str, sizes=(20, 400, 25)) -> Collection:
    """v1 is live and cuts too small; v2 keeps all together; v3 cuts too small again."""
    made = Collection(caller.call, name, chunking={"size": sizes[0], "overlap": 0}, embedding={"kind": "none"})
    made.put("text", TEXT)
    for size in sizes[1:]:
        build(caller, name, size)
    return made


def run(caller, name: str, version: str = "", **more) -> dict:
    knowledge = {"collection": name, "top_k": 1} | ({"index_version": version} if version else {})
    return evaluate(caller, name, candidate={"model": "m", "knowledge": knowledge}, **more)


def gate(caller, name: str, kind: str = "index_version", **more) -> dict:
    return caller.json("POST", "/v1/gates", {"name": f"{name}-{kind}", "guards": {"kind": kind, "object": name}, "dataset": name,
                                             "rules": {"min_pass_rate": 0.9}, **more}, 201)


def flip(caller, name: str, version: str, **more):
    return caller.call("POST", f"/v1/collections/{name}/flip", {"version": version, **more})


def live(caller, name: str) -> str:
    return caller.json("GET", f"/v1/collections/{name}")["index_version"]


def refused(answer, *parts: str) -> str:
    assert answer.status == 409, answer.body
    said = answer.json()
    assert said["code"] == "gate_refused", said
    for part in parts:
        assert part in said["detail"], (part, said)
    return said["detail"]


def decisions(caller, name: str) -> list:
    return caller.json("GET", f"/v1/gates/{name}/decisions")["data"]


def chat(caller, knowledge: dict, content: str = "alpha?", **more):
    return caller.chat("m", content, maester={"knowledge": knowledge, **more})


def text_of(answer) -> str:
    assert answer.status == 200, answer.body
    return answer.json()["choices"][0]["message"]["content"]


def test_a_version_that_is_not_live_is_asked_by_name(admin, member):
    asked = collection(admin, "asked")
    assert "zebra" not in text_of(chat(member, {"collection": "asked", "top_k": 1}))
    answer = chat(member, {"collection": "asked", "top_k": 1, "index_version": "v2"})
    assert "zebra" in text_of(answer)
    told = member.json("GET", f"/v1/requests/{answer.headers['x-maester-request-id']}")["knowledge"]
    assert (told["collection"], told["index_version"]) == ("asked", "v2")
    assert "zebra" in text_of(chat(member, {"collection": "asked", "top_k": 1, "index_version": 2})), "a number is the same"
    # The collection's own route, a prompted chat, and search.
    said = member.json("POST", "/v1/collections/asked/answers", {"question": "alpha?", "top_k": 1, "model": "m", "index_version": "v2"})
    assert said["index_version"] == "v2" and "zebra" in said["answer"]
    assert asked.ask("alpha?", model="m", top_k=1).json()["index_version"] == "v1"
    admin.json("POST", "/v1/prompts", {"name": "asker", "template": "Answer: {x}", "labels": ["production"]}, 201)
    prompted = chat(member, {"collection": "asked", "top_k": 1, "index_version": "v2"}, prompt={"name": "asker", "variables": {"x": "briefly"}})
    assert "zebra" in text_of(prompted)
    assert asked.search("alpha", index_version="v2")["index_version"] == "v2"
    assert live(admin, "asked") == "v1", "asking moves nothing"


@pytest.mark.parametrize("version, status, param", [
    ("v9", 404, "index_version"), (9, 404, "index_version"), ("latest", 400, "index_version"), (0, 400, "index_version"), (-1, 400, "index_version"),
    (1.5, 400, "index_version"), (True, 400, "index_version"), ("v99999999999999999999", 400, "index_version"), ("vv2", 400, "index_version")])
def test_a_version_that_is_none_is_a_clear_error(admin, version, status, param):
    if admin.call("GET", "/v1/collections/wrong").status == 404:
        Collection(admin.call, "wrong", embedding={"kind": "none"}).put("text", TEXT)
    for answer in (chat(admin, {"collection": "wrong", "index_version": version}),
                   admin.call("POST", "/v1/collections/wrong/answers", {"question": "alpha?", "model": "m", "index_version": version}),
                   admin.call("POST", "/v1/collections/wrong/search", {"query": "alpha", "index_version": version})):
        assert answer.status == status, (version, answer.body)
        said = answer.json().get("error", answer.json())
        assert param in (said.get("param") or ""), said
    runs = admin.call("POST", "/v1/evals/runs", {"dataset": "nothing", "candidate": {"model": "m", "knowledge": {"collection": "wrong", "index_version": version}}})
    assert runs.status in (400, 404), runs.body


def test_another_tenants_versions_are_unknown_and_viewers_ask_what_is_live(admin, member):
    collection(admin, "mine")
    admin.json("POST", "/v1/tenants", {"name": "other"}, 201)
    other = admin.mint(tenant="other", role="admin", name="other-admin")
    Collection(other.call, "mine", embedding={"kind": "none"}).put("text", TEXT)  # with one version
    assert chat(other, {"collection": "mine", "index_version": "v2"}).status == 404
    assert other.call("POST", "/v1/collections/mine/search", {"query": "alpha", "index_version": "v2"}).status == 404
    viewer = admin.mint(role="viewer", name="reader")
    search = {"query": "alpha", "index_version": "v1"}
    assert viewer.call("POST", "/v1/collections/mine/search", search).status == 200, "it is the live one"
    denied = viewer.call("POST", "/v1/collections/mine/search", search | {"index_version": "v2"})
    assert denied.status == 403 and "member" in denied.json()["detail"], denied.body
    assert member.call("POST", "/v1/collections/mine/search", search | {"index_version": "v2"}).status == 200


def test_kept_answers_are_of_their_version(admin):
    collection(admin, "kept")
    ask = [chat(admin, {"collection": "kept", "top_k": 1} | more, cache={"mode": "exact"})
           for more in ({}, {"index_version": "v2"}, {}, {"index_version": "v2"}, {"index_version": "v3"}, {"index_version": "v1"})]
    assert [answer.headers["x-maester-cache"] for answer in ask] == ["miss", "miss", "hit", "hit", "miss", "hit"]
    assert ["zebra" in text_of(answer) for answer in ask] == [False, True, False, True, False, False]


def test_a_version_that_is_not_ready_is_not_asked(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config(provider.port), name="first"))
    Collection(lambda *ask: client.request(server.port, *ask), "early", embedding={"kind": "none"}).put("text", TEXT)
    server.stop()
    idle = space.add(Maester(tmp_path, config(provider.port) + "[jobs]\nworkers = 0\n", name="idle"))
    made = client.request(idle.port, "POST", "/v1/collections/early/versions", {"chunking": {"size": 30, "overlap": 0}})
    assert made.status == 202 and made.json()["state"] == "building"
    for path, body in (("/v1/collections/early/search", {"query": "alpha", "index_version": "v2"}),
                       ("/v1/collections/early/answers", {"question": "alpha?", "model": "m", "index_version": "v2"}),
                       ("/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "alpha?"}],
                                                 "maester": {"knowledge": {"collection": "early", "index_version": "v2"}}})):
        answer = client.request(idle.port, "POST", path, body)
        assert answer.status == 409 and b"building" in answer.body, answer.body


def test_a_guarded_index_goes_live_with_a_passing_run_of_exactly_it(admin, member):
    collection(admin, "held")
    admin.json("POST", "/v1/datasets", {"name": "held", "cases": CASES}, 201)
    gate(admin, "held", baseline="live", rules={"min_pass_rate": 0.9, "no_regression": True})
    said = refused(flip(member, "held", "v2"), "held-index_version", "index=held@v2", "POST /v1/evals/runs")
    assert "maester eval gate held-index_version" in said
    assert live(admin, "held") == "v1"
    was = run(admin, "held")
    assert was["candidate"]["index"] == "held@v1" and was["summary"]["passed"] == 0
    refused(flip(member, "held", "v2"), "index=held@v2")
    good, bad = run(admin, "held", "v2"), run(admin, "held", "v3")
    assert (good["candidate"]["index"], good["summary"]["passed"]) == ("held@v2", len(CASES)), good
    assert bad["summary"]["passed"] == 0
    refused(flip(member, "held", "v3"), "min_pass_rate")
    assert flip(member, "held", "v2", reason="chunks that keep a section").json()["state"] == "live"
    assert live(admin, "held") == "v2"
    newest = decisions(admin, "held-index_version")[0]
    assert (newest["outcome"], newest["from"], newest["to"], newest["reason"]) == ("passed", "v1", "v2", "chunks that keep a section")
    # Back to what was live before, without a run that passes; and to nothing else.
    refused(admin.call("POST", "/v1/collections/held/rollback", {"to_version": "v3"}), "held-index_version")
    assert member.json("POST", "/v1/collections/held/rollback", {})["version"] == "v1"
    assert decisions(admin, "held-index_version")[0]["outcome"] == "rollback"
    # An override takes the role and a reason, and stands in the audit log.
    why = {"override": {"reason": "incident 4711: nothing is found at all"}}
    refused(flip(member, "held", "v3", **why), "override", "admin")
    refused(flip(admin, "held", "v3", override={"reason": "ok"}), "reason")
    assert flip(admin, "held", "v3", override={}).status == 400
    assert live(admin, "held") == "v1"
    assert flip(admin, "held", "v3", **why).status == 200
    rows = [row for row in admin.json("GET", "/v1/audit?limit=100")["data"] if row["action"] == "gate.override"]
    assert len(rows) == 1 and "held" in rows[0]["object"], rows
    newest = decisions(admin, "held-index_version")[0]
    assert (newest["outcome"], newest["to"], newest["reason"], newest["role"]) == ("overridden", "v3", why["override"]["reason"], "admin")


def test_a_build_does_not_flip_past_a_gate(admin):
    collection(admin, "built", sizes=(20,))
    admin.json("POST", "/v1/datasets", {"name": "built", "cases": CASES}, 201)
    gate(admin, "built")
    job = build(admin, "built", 400, "failed", flip=True)
    assert live(admin, "built") == "v1"
    assert "index=built@v2" in json.dumps(job), job
    assert run(admin, "built", "v2")["summary"]["passed"] == len(CASES), "it is whole and can be evaluated"
    # A version that lacks what came in: the job that brings it in asks again, in the name of who flips.
    Collection(admin.call, "built", make=False).put("late", "lateword")
    behind = flip(admin, "built", "v2")
    assert behind.status == 202, behind.body
    wait_for_job(admin, behind.json()["job_id"])
    assert live(admin, "built") == "v2"
    build(admin, "built", 30)
    Collection(admin.call, "built", make=False).put("later", "laterword")
    behind = flip(admin, "built", "v3", override={"reason": "incident 4711: nothing is found"})
    wait_for_job(admin, behind.json()["job_id"])
    assert live(admin, "built") == "v3" and decisions(admin, "built-index_version")[0]["outcome"] == "overridden"


@pytest.mark.parametrize("kind", ["chunking", "adapter", "parser"])
def test_what_an_index_is_made_with_is_held_by_itself(admin, kind):
    name = f"made-{kind}"
    collection(admin, name)
    faq = f"faq-{kind}"
    collection(admin, faq)
    for dataset in (name, faq):
        admin.json("POST", "/v1/datasets", {"name": dataset, "cases": CASES}, 201)
    gate(admin, name, kind)
    if kind == "adapter":  # other chunks alone are no other adapter
        assert flip(admin, name, "v3").status == 200
        assert admin.json("POST", f"/v1/collections/{name}/rollback", {})["version"] == "v1"
        build(admin, name, 400, embedding={"kind": "local-hash"})
        version, embedder = "v4", "local-hash-1"
    else:
        version, embedder = "v2", "none"
    member = {"chunking": "chunker", "adapter": "embedder", "parser": "parser"}[kind]
    refused(flip(admin, name, version), f"{name}-{kind}", f"{member}=")
    other = run(admin, faq, "v2")  # the same, of another collection
    assert other["summary"]["passed"] == len(CASES)
    refused(flip(admin, name, version), f"{name}-{kind}")
    ran = run(admin, name, version)
    assert ran["summary"]["passed"] == len(CASES) and ran["candidate"]["embedder"] == embedder, ran
    assert flip(admin, name, version).status == 200
    checked = admin.json("POST", f"/v1/gates/{name}-{kind}/check", {"candidate": {member: ran["candidate"][member]}})
    assert checked["passed"] is True, checked


def test_twenty_flips_at_once_let_nothing_unevaluated_be_served(admin):
    collection(admin, "raced", sizes=(20, 400, 25, 30, 35))
    admin.json("POST", "/v1/datasets", {"name": "raced", "cases": CASES}, 201)
    gate(admin, "raced")
    run(admin, "raced", "v2")
    run(admin, "raced", "v3")  # it fails
    served, answers, over = set(), [], threading.Event()

    def read():
        while not over.is_set():
            served.add(admin.json("POST", "/v1/collections/raced/search", {"query": "alpha"})["index_version"])
            served.add(live(admin, "raced"))

    def move(version):
        answers.append((version, flip(admin, "raced", version).status))

    readers = [threading.Thread(target=read) for _ in range(3)]
    flips = [threading.Thread(target=move, args=(f"v{2 + i % 4}",)) for i in range(20)]
    for thread in readers + flips:
        thread.start()
    for thread in flips:
        thread.join()
    over.set()
    for thread in readers:
        thread.join()
    assert served <= {"v1", "v2"}, served
    assert live(admin, "raced") == "v2"
    assert {(version, status) for version, status in answers} == {("v2", 200), ("v3", 409), ("v4", 409), ("v5", 409)}, answers
    assert all(one["outcome"] == ("passed" if one["to"] == "v2" else "refused") for one in decisions(admin, "raced-index_version"))


def test_the_command_line_tells_what_is_missing(admin):
    collection(admin, "told")
    admin.json("POST", "/v1/datasets", {"name": "told", "cases": CASES}, 201)
    gate(admin, "told")
    environment = os.environ | {"MAESTER_URL": f"http://127.0.0.1:{admin.server.port}", "MAESTER_API_KEY": admin.key}

    def cli(*arguments):
        return subprocess.run([maester_binary(), *arguments], env=environment, capture_output=True, text=True, timeout=120)

    no = cli("collections", "flip", "told", "v2")
    assert no.returncode == 1 and "told-index_version" in no.stderr and "index=told@v2" in no.stderr, no
    assert cli("eval", "gate", "told-index_version", "--candidate", "index=told@v2").returncode == 100
    ran = cli("eval", "start", "told", "--knowledge", "told@v2", "--model", "m", "--wait")
    assert ran.returncode == 0 and "told@v2" in ran.stdout, ran
    assert cli("eval", "gate", "told-index_version", "--candidate", "index=told@v2").returncode == 0
    assert "v2" in cli("search", "alpha", "-c", "told", "--index-version", "v2", "-o", "json").stdout
    assert "zebra" in cli("ask", "alpha?", "-c", "told", "--model", "m", "--index-version", "v2").stdout
    yes = cli("collections", "flip", "told", "v2", "--reason", "evaluated")
    assert yes.returncode == 0 and "v2" in yes.stdout, yes
    forced = cli("collections", "flip", "told", "v3", "--override", "incident 4711: nothing is found")
    assert forced.returncode == 0, forced
    Collection(admin.call, "told", make=False).put("late", "lateword")
    behind = cli("collections", "flip", "told", "v2")
    assert behind.returncode == 0 and "job" in behind.stdout and "is now served" not in behind.stdout, behind
