"""The knowledge engine at the real binary: documents in, what is found by whom, answers with citations."""
import json
import sqlite3
import time

import pytest
from support import client, configs
from support.access import SIMULATED, Caller, admin_of
from support.knowledge import ENGINEERING, REFUNDS, Collection
from support.programs import Maester
from support.scripted import Scripted


@pytest.fixture
def model():
    server = Scripted()
    yield server
    server.shutdown()


@pytest.fixture
def server(space, binary, tmp_path, model):
    config = 'default_model = "m"\n' + configs.NO_LIMITS + configs.providers(model.server_address[1]) + configs.models(["m"])
    return space.add(Maester(tmp_path, config))


@pytest.fixture
def handbook(server):
    def call(method, path, body=None, headers=None):
        return client.request(server.port, method, path, body, headers or {})
    return Collection(call)


def test_a_text_is_found_with_its_bytes(handbook):
    put = handbook.put("refunds", REFUNDS, title="Refunds")
    assert put["state"] == "ready" and put["error"] is None
    found = handbook.search("how long do refunds take")
    hit = found["hits"][0]
    assert found["index_version"] == "v1" and hit["source_id"] == "refunds" and hit["title"] == "Refunds"
    text = handbook.text(hit["document_id"])
    assert text[hit["start"]:hit["end"]].decode() == hit["text"] and "14 days" in hit["text"]
    for mode in ("lexical", "vector", "hybrid"):
        assert handbook.sources("refunds", mode=mode) == ["refunds"]
    explained = handbook.search("refunds", explain=True)["hits"][0]["explain"]
    assert explained["lexical"]["rank"] == 1 and explained["vector"]["rank"] == 1


def test_the_same_content_is_no_work_and_another_one_replaces_it(handbook):
    first = handbook.put("refunds", REFUNDS)
    again = handbook.put("refunds", REFUNDS)
    assert again["unchanged"] and again["document_id"] == first["document_id"]
    changed = handbook.put("refunds", "Repayments take a month.")
    assert changed["document_id"] == first["document_id"] and not changed["unchanged"]
    assert handbook.sources("refunds", mode="lexical") == [] and handbook.sources("repayments") == ["refunds"]
    assert handbook.search("repayments")["hits"][0]["text"] == "Repayments take a month."


def test_a_deleted_document_is_gone_at_once_and_may_come_back(server, handbook):
    put = handbook.put("refunds", REFUNDS)
    path = f"{handbook.path}/documents/{put['document_id']}"
    assert handbook.call("DELETE", path).json()["deleted"]
    assert handbook.sources("refunds") == []
    for method, where in (("GET", path), ("GET", path + "/text"), ("DELETE", path)):
        assert handbook.call(method, where).status == 404, where
    again = handbook.put("refunds", REFUNDS)
    assert again["document_id"] == put["document_id"] and handbook.sources("refunds") == ["refunds"]


def test_a_delete_without_a_selector_is_an_error(handbook):
    handbook.put("refunds", REFUNDS)
    for query in ("", "?source_id="):
        refused = handbook.call("DELETE", f"{handbook.path}/documents{query}")
        assert refused.status == 400 and refused.json()["param"] == "source_id"
    assert handbook.sources("refunds") == ["refunds"]
    assert handbook.call("DELETE", f"{handbook.path}/documents?source_id=refunds").json()["deleted"] == 1
    assert handbook.sources("refunds") == []


def test_a_file_that_cannot_be_read_fails_by_name_and_may_be_retried(handbook):
    handbook.put("was", REFUNDS)
    told = handbook.upload("was", b"%PDF-1.4\nnothing at all", source_id="was").json()
    assert told["state"] == "failed" and told["error"]["reason"] == "corrupt"
    assert handbook.sources("refunds", mode="lexical") == []  # what it was before is not its content any more
    for action in ("look", "retry"):
        if action == "retry":
            assert handbook.call("POST", f"/v1/jobs/{told['job_id']}/retry").status == 200
        until = time.monotonic() + 30
        while True:
            job = handbook.call("GET", f"/v1/jobs/{told['job_id']}").json()
            if job["state"] == "failed" or time.monotonic() > until:
                break
            time.sleep(0.02)
        step = next(step for step in job["steps"] if step["name"] == "extract")
        assert (job["state"], step["state"], step["error"]["code"]) == ("failed", "failed", "unprocessable"), job
    text = handbook.upload("was.txt", REFUNDS.encode(), source_id="was").json()
    assert text["state"] == "ready" and handbook.sources("refunds", mode="lexical") == ["was"]


def test_many_documents_of_one_job(handbook):
    told = handbook.lines([{"source_id": f"d{i}", "text": f"Document number {i} speaks of topic{i}."} for i in range(300)])
    assert told["accepted"] == 300 and told["job_id"]
    assert handbook.sources("topic123", mode="lexical") == ["d123"]
    shown = handbook.call("GET", handbook.path).json()
    assert shown["documents"] == {"total": 300, "ready": 300, "pending": 0, "failed": 0}
    assert handbook.lines([{"source_id": f"d{i}", "text": f"Document number {i} speaks of topic{i}."} for i in range(300)])["unchanged"] == 300
    # Pages are cut from one list, and do not repeat or leave out.
    seen, cursor = [], None
    while True:
        page = handbook.search("document", top_k=37, mode="lexical", **({"cursor": cursor} if cursor else {}))
        seen += [hit["source_id"] for hit in page["hits"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    whole = handbook.sources("document", top_k=200, mode="lexical")
    assert len(seen) == len(set(seen)) and seen[:len(whole)] == whole
    other = handbook.call("POST", f"{handbook.path}/search", {"query": "another", "cursor": handbook.search("document", top_k=5)["next_cursor"]})
    assert other.status == 400 and other.json()["param"] == "cursor"


def test_filters_hold_in_both_legs(handbook):
    for year in range(2010, 2026):
        handbook.lines([{"source_id": f"report-{year}", "text": f"Annual report {year}.",
                         "metadata": {"year": year, "kind": "even" if year % 2 == 0 else "odd", "tags": ["a", f"y{year}"]}}])
    for mode in ("lexical", "vector", "hybrid"):
        def found(filters, mode=mode):
            return sorted(handbook.sources("annual report", mode=mode, top_k=100, filters=filters))
        assert found({"year": 2015}) == ["report-2015"]
        assert found({"year": {"gte": 2023}}) == [f"report-{y}" for y in (2023, 2024, 2025)]
        assert found({"year": {"gte": 2014, "lte": 2016}, "kind": "even"}) == ["report-2014", "report-2016"]
        assert found({"year": {"in": [2011, 2012]}}) == ["report-2011", "report-2012"]
        assert found({"tags": "y2020"}) == ["report-2020"]
        assert len(found({"kind": {"ne": "odd"}})) == 8 and found({"nothing": 1}) == []
    wrong = handbook.call("POST", f"{handbook.path}/search", {"query": "x", "filters": {"year": {"near": 1}}})
    assert wrong.status == 400 and wrong.json()["param"] == "filters.year.near"


def test_who_may_read_what(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    admin.json("POST", "/v1/tenants", {"name": "acme"}, 201)
    writer = admin.mint(tenant="acme", role="member", name="writer")
    staff = admin.mint(tenant="acme", role="viewer", name="staff", groups=["staff"])
    board = admin.mint(tenant="acme", role="member", name="board", groups=["board", "staff"])
    agent = admin.mint(tenant="acme", role="member", name="agent", delegate=True)
    collection = Collection(writer.call)
    collection.put("open", "The plan is public.")
    collection.put("staff", "The plan for staff.", acl={"groups": ["staff"]})
    secret = collection.put("board", "The plan of the board.", acl={"groups": ["board"]})
    collection.put("nobody", "The plan for nobody.", acl={"groups": []})
    for caller, expected in ((writer, ["open"]), (staff, ["open", "staff"]), (board, ["board", "open", "staff"])):
        seen = collection.as_seen_by(caller.call)
        for mode in ("lexical", "vector", "hybrid"):
            assert sorted(seen.sources("the plan", mode=mode)) == expected
        listed = caller.json("GET", f"{collection.path}/documents")["data"]
        assert sorted(one["source_id"] for one in listed) == expected
    path = f"{collection.path}/documents/{secret['document_id']}"
    unknown = f"{collection.path}/documents/01900000-0000-7000-8000-000000000000"
    for where in (path, path + "/text"):
        assert staff.call("GET", where).status == 404 and board.call("GET", where).status == 200
    assert without_id(staff.call("GET", path)) == without_id(staff.call("GET", unknown))
    assert staff.call("POST", f"{collection.path}/documents", {"source_id": "x", "text": "y"}).status == 403
    # Another tenant's collection is one that there is not.
    admin.json("POST", "/v1/tenants", {"name": "other"}, 201)
    stranger = admin.mint(tenant="other", role="admin", name="stranger")
    foreign, missing = stranger.call("GET", collection.path), stranger.call("GET", "/v1/collections/nothere")
    assert foreign.status == missing.status == 404
    assert foreign.json()["detail"].replace("handbook", "nothere") == missing.json()["detail"]
    # An answer rests on what its asker may read; a key that may delegate speaks for its users.
    asked = collection.as_seen_by(agent.call)
    for groups, count in (([], 1), (["staff"], 2), (["board", "staff"], 3)):
        answer = asked.ask("What is the plan?", user={"id": "u1", "groups": groups})
        assert answer.status == 200, answer.body
        receipt = agent.json("GET", f"/v1/requests/{answer.json()['request_id']}")
        assert len(receipt["knowledge"]["chunks"]) == count
    receipt = writer.json("GET", f"/v1/requests/{collection.ask('What is the plan?', user={'id': 'u', 'groups': ['board']}).json()['request_id']}")
    assert [c["source_id"] for c in receipt["knowledge"]["chunks"]] == ["open"]


def without_id(answer):
    told = answer.json()
    told.pop("request_id")
    return answer.status, told


def test_an_answer_cites_bytes(handbook, model, server):
    handbook.put("refunds", REFUNDS, title="Refunds")
    handbook.put("expenses", ENGINEERING, title="Expenses", content_type="text/markdown")
    model.answers = ["Refunds are paid within 14 days [1]. See also [9]."]
    answer = handbook.ask("How long do refunds take?")
    assert answer.status == 200, answer.body
    told = answer.json()
    assert told["answer"] == "Refunds are paid within 14 days [1]. See also ." and told["decision"] == "return"
    assert told["index_version"] == "v1" and told["grounding"]["dropped_markers"] == 1
    cited = told["citations"][0]
    assert (cited["marker"], cited["source_id"]) == (1, "refunds")
    assert handbook.text(cited["document_id"])[cited["start"]:cited["end"]].decode() == cited["quote"]
    assert cited["quote"] == "Refunds are paid within 14 days of the return."
    assert told["answer"].encode()[cited["answer_start"]:cited["answer_end"]].decode().startswith("Refunds")
    sent = model.bodies[0]["messages"]
    assert sent[0]["role"] == "system" and "Refunds are paid" in json.dumps(sent[1]) and "How long" in json.dumps(sent[1])
    receipt = client.request(server.port, "GET", f"/v1/requests/{told['request_id']}").json()
    knowledge = receipt["knowledge"]
    assert (knowledge["collection"], knowledge["index_version"]) == ("handbook", "v1")
    assert knowledge["chunker"] and knowledge["embedder"] and knowledge["chunks"][0]["source_id"] == "refunds"
    assert all(chunk["parser"] for chunk in knowledge["chunks"])
    assert receipt["prompt"]["name"] == "knowledge_answer" and receipt["timing"]["retrieve_ms"] is not None


def test_without_evidence_no_model_is_asked(handbook, model):
    handbook.put("refunds", REFUNDS)
    answer = handbook.ask("What is the capital of Mongolia?").json()
    assert answer["decision"] == "refuse" and "approved sources" in answer["answer"] and answer["citations"] == []
    assert model.bodies == [] and float(answer["cost"]["total_cost_usd"]) == 0
    streamed = handbook.ask("What is the capital of Mongolia?", stream=True)
    names = [name for name, _ in streamed.events()]
    assert names[-1] == "receipt" and "delta" in names and model.bodies == []
    assert json.loads(streamed.events()[-1][1])["decision"] == "refuse"


def test_a_streamed_answer_tells_its_citations(handbook, model):
    handbook.put("refunds", REFUNDS, title="Refunds")
    said = "Refunds are paid within 14 days [1]. Gift cards take 30 days [1]. Bye [7]"
    model.answers = [said]
    answer = handbook.ask("How long do refunds take?", stream=True)
    events = [(name, json.loads(data)) for name, data in answer.events()]
    text = "".join(data["text"] for name, data in events if name == "delta")
    assert text == said.replace("[7]", "")
    assert [name for name, _ in events if name != "delta"] == ["citation", "grounding", "citation", "grounding", "grounding", "receipt"]
    sentences = [data["sentence"] for name, data in events if name == "grounding"]
    assert [one["status"] for one in sentences[:2]] == ["grounded", "ungrounded"] and "30" in sentences[1]["reason"]
    cited = next(data for name, data in events if name == "citation")
    assert handbook.text(cited["document_id"])[cited["start"]:cited["end"]].decode() == cited["quote"]
    receipt = events[-1][1]
    assert receipt["grounding"]["status"] == "partial" and receipt["decision"] == "return" and receipt["cost"]


@pytest.mark.parametrize("stream", [False, True])
def test_what_a_collection_says_of_weak_answers_is_done(handbook, model, stream):
    handbook.put("refunds", REFUNDS, title="Refunds")
    for wish, decision in (("refuse", "refuse"), ("clarify", "clarify"), ("escalate", "escalate"), ("return", "return")):
        changed = handbook.call("PATCH", handbook.path, {"answers": {"on_ungrounded": wish}})
        assert changed.status == 200 and changed.json()["answers"]["on_ungrounded"] == wish
        model.answers = ["Elephants sing 77 operas."]
        answer = handbook.ask("How long do refunds take?", stream=stream)
        if stream:
            events = answer.events()
            told = json.loads(events[-1][1])
            text = "".join(json.loads(data)["text"] for name, data in events if name == "delta")
        else:
            told = answer.json()
            text = told["answer"]
        assert told["decision"] == decision and told["grounding"]["status"] == "ungrounded"
        assert ("Elephants" in text) == (wish == "return")
    model.answers = ["Elephants sing 77 operas."]
    handbook.call("PATCH", handbook.path, {"answers": {"on_ungrounded": "return"}})
    assert handbook.ask("How long do refunds take?", require_citations=True).json()["decision"] == "refuse"


def test_a_chat_may_rest_on_a_collection(server, handbook, model):
    handbook.put("refunds", REFUNDS, title="Refunds")
    model.answers = ["Within 14 days they are paid [1]. [3]"]
    answer = client.chat(server.port, "m", "How long do refunds take?", maester={"knowledge": {"collection": "handbook"}})
    told = answer.json()
    assert told["choices"][0]["message"]["content"] == "Within 14 days they are paid [1]. "
    assert told["maester"]["citations"][0]["source_id"] == "refunds" and told["maester"]["grounding"]["status"] == "grounded"
    missing = client.chat(server.port, "m", "x", maester={"knowledge": {"collection": "nothere"}})
    assert missing.status == 404


def test_another_index_is_built_aside_and_comes_back(handbook):
    handbook.lines([{"source_id": f"d{i}", "text": " ".join(f"word{i}x{j}" for j in range(300))} for i in range(20)])
    before = handbook.search("word3x7 word5x9", mode="hybrid", top_k=20)
    made = handbook.call("POST", f"{handbook.path}/versions", {"chunking": {"size": 40, "overlap": 0}, "embedding": {"kind": "none"}})
    assert made.status == 202 and made.json()["state"] == "building"
    early = handbook.call("POST", f"{handbook.path}/flip", {"version": "v9"})
    assert early.status == 404
    wait_for_job(handbook, made.json()["job_id"])
    assert handbook.search("word3x7")["index_version"] == "v1"
    flipped = handbook.call("POST", f"{handbook.path}/flip", {"version": "v2"})
    assert flipped.status == 200 and flipped.json()["state"] == "live"
    after = handbook.search("word3x7 word5x9", mode="lexical", top_k=20)
    assert after["index_version"] == "v2" and len(after["hits"][0]["text"].split()) == 40
    # Back, and everything is as it was, to the last digit of a score.
    assert handbook.call("POST", f"{handbook.path}/rollback", {}).json()["version"] == "v1"
    assert handbook.search("word3x7 word5x9", mode="hybrid", top_k=20) == before
    # A version that lacks something goes live when it has it.
    handbook.put("late", "lateword comes behind")
    behind = handbook.call("POST", f"{handbook.path}/flip", {"version": "v2"})
    assert behind.status == 202, behind.body
    wait_for_job(handbook, behind.json()["job_id"])
    told = handbook.search("lateword", mode="lexical")
    assert told["index_version"] == "v2" and [hit["source_id"] for hit in told["hits"]] == ["late"]
    # What is deleted now is deleted in the old version too; what comes in now is there after the rollback.
    handbook.call("DELETE", f"{handbook.path}/documents?source_id=d5")
    handbook.put("new", "word3x7 and something newer")
    back = handbook.call("POST", f"{handbook.path}/rollback", {})
    assert back.status == 200 and back.json()["version"] == "v1"
    now = handbook.search("word3x7 word5x9", mode="hybrid", top_k=20)
    assert now["index_version"] == "v1" and "d5" not in [hit["source_id"] for hit in now["hits"]]
    kept = [(h["source_id"], h["start"], h["end"]) for h in before["hits"] if h["source_id"] not in ("d5", "new")]
    assert {(h["source_id"], h["start"], h["end"]) for h in now["hits"]} >= set(kept)
    until = time.monotonic() + 30
    while "new" not in handbook.sources("newer", mode="lexical") and time.monotonic() < until:
        time.sleep(0.05)
    assert handbook.sources("newer", mode="lexical") == ["new"]


def wait_for_job(collection, job_id: str) -> dict:
    until = time.monotonic() + 60
    while True:
        job = collection.call("GET", f"/v1/jobs/{job_id}").json()
        if job["state"] in ("succeeded", "failed", "dead", "cancelled") or time.monotonic() > until:
            assert job["state"] == "succeeded", job
            return job
        time.sleep(0.02)


def test_what_was_acknowledged_survives_a_kill(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))

    def call(method, path, body=None, headers=None):
        return client.request(server.port, method, path, body, headers or {})
    collection = Collection(call)
    collection.put("keep", "Zebras graze.")
    gone = collection.put("gone", "Zebras sleep.")
    assert call("DELETE", f"{collection.path}/documents/{gone['document_id']}").status == 200
    accepted = collection.lines([{"source_id": f"d{i}", "text": f"Zebra number{i}."} for i in range(500)], wait=False)
    server.kill()
    server = space.add(Maester(tmp_path, SIMULATED, name="again"))
    wait_for_job(collection, accepted["job_id"])
    assert collection.sources("graze", mode="lexical") == ["keep"]
    assert "gone" not in collection.sources("sleep zebras", top_k=200)
    assert collection.sources("number499", mode="lexical") == ["d499"]
    assert call("GET", collection.path).json()["documents"]["ready"] == 501


def test_a_damaged_index_is_made_anew(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))

    def call(method, path, body=None, headers=None):
        return client.request(server.port, method, path, body, headers or {})
    collection, other = Collection(call), Collection(call, "other")
    collection.lines([{"source_id": f"d{i}", "text": f"Zebra number{i}."} for i in range(50)])
    other.put("fine", "Zebras graze.")
    shown = call("GET", collection.path).json()
    server.kill()
    segments = [path for path in (server.data / "knowledge" / shown["id"] / "v1").iterdir() if "manifest" not in path.name.lower()]
    assert segments
    for path in segments:
        path.write_bytes(path.read_bytes()[:100])
    server = space.add(Maester(tmp_path, SIMULATED, name="again"))
    # Whatever its state is meanwhile, the version that is live cannot be taken away.
    assert call("DELETE", f"{collection.path}/versions/v1").status == 409
    assert other.sources("graze", mode="lexical") == ["fine"]
    until = time.monotonic() + 30
    while True:
        answer = call("POST", f"{collection.path}/search", {"query": "number7", "mode": "lexical"})
        assert answer.status in (200, 503), answer.body  # never a part of the index
        if answer.status == 200 or time.monotonic() > until:
            break
        time.sleep(0.02)
    assert [hit["source_id"] for hit in answer.json()["hits"]] == ["d7"]
    assert "index_damaged" in server.log() and call("GET", collection.path).json()["documents"]["ready"] == 50


def test_a_collection_that_cannot_be_opened_stops_no_other(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))

    def call(method, path, body=None, headers=None):
        return client.request(server.port, method, path, body, headers or {})
    collection, other = Collection(call), Collection(call, "other")
    collection.put("lost", "Zebras graze.")
    other.put("fine", "Zebras graze.")
    server.stop()
    with sqlite3.connect(server.data / "work.db") as work:
        assert work.execute("DELETE FROM index_versions WHERE collection = (SELECT id FROM collections WHERE name = 'handbook')").rowcount == 1
    work.close()
    server = space.add(Maester(tmp_path, SIMULATED, name="again"))
    assert other.sources("graze", mode="lexical") == ["fine"] and "collection_unavailable" in server.log()
    for method, path, body in (("GET", "", None), ("POST", "/search", {"query": "graze"}), ("POST", "/documents", {"source_id": "x", "text": "y"}),
                               ("GET", "/versions", None)):
        refused = call(method, collection.path + path, body)
        assert refused.status == 503, (path, refused.body)
        assert b"live index version, v1" in refused.body, refused.body
    assert [one["name"] for one in call("GET", "/v1/collections").json()["data"]] == ["other"]
    assert call("POST", "/v1/collections", {"name": "handbook"}).status == 409
    # What its message tells to do.
    assert call("DELETE", collection.path).status == 200
    Collection(call).put("anew", "Zebras graze.")
    assert collection.sources("graze", mode="lexical") == ["anew"]


def test_the_mcp_route_searches_and_asks(server, handbook, model):
    handbook.put("refunds", REFUNDS, title="Refunds")

    def rpc(method, params=None, number=1):
        return client.request(server.port, "POST", "/mcp", {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}).json()
    assert rpc("initialize", {"protocolVersion": "2025-03-26"})["result"]["protocolVersion"] == "2025-03-26"
    assert {tool["name"] for tool in rpc("tools/list")["result"]["tools"]} == {"list_collections", "search", "ask"}
    found = rpc("tools/call", {"name": "search", "arguments": {"collection": "handbook", "query": "refunds"}})["result"]
    assert not found["isError"] and found["structuredContent"]["hits"][0]["source_id"] == "refunds"
    model.answers = ["Within 14 days they are paid [1]."]
    told = rpc("tools/call", {"name": "ask", "arguments": {"collection": "handbook", "question": "How long do refunds take?"}})["result"]
    assert told["structuredContent"]["citations"][0]["source_id"] == "refunds"
    assert rpc("tools/call", {"name": "search", "arguments": {"collection": "no", "query": "x"}})["result"]["isError"]
    assert rpc("nothing")["error"]["code"] == -32601 and rpc("tools/call", {"name": "rm"})["error"]["code"] == -32602
    note = client.request(server.port, "POST", "/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert note.status == 202
