"""Collections whose vectors and rankings a model makes: batched, kept, metered, and done without when it does not answer."""
import http.server
import threading
import time

import pytest
from support import client, configs
from support.embedding_server import EmbeddingServer
from support.knowledge import REFUNDS, Collection
from support.programs import Maester


@pytest.fixture
def vectors():
    server = EmbeddingServer()
    yield server
    server.shutdown()


@pytest.fixture
def pages():
    """Web pages: {path: (status, headers, bytes)}."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            server.asked.append(self.path)
            status, headers, body = server.pages.get(self.path, (404, {}, b"no"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.pages, server.asked = {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def server(space, binary, tmp_path, vectors, pages):
    config = ('default_model = "m"\n' + configs.NO_LIMITS + configs.FORGETFUL +
              configs.providers(vectors.port).replace('allow = [', f'allow = ["127.0.0.1:{pages.server_address[1]}", ') +
              f"""[[providers]]
name = "ranker"
kind = "openai-compatible"
base_url = "http://127.0.0.1:{vectors.port}/v1"
""" + configs.models(["m", "embed"]) + configs.models(["rank"], provider="ranker"))
    return space.add(Maester(tmp_path, config))


def collection_at(server, name: str = "pets", **settings) -> Collection:
    def call(method, path, body=None, headers=None):
        return client.request(server.port, method, path, body, headers or {})
    return Collection(call, name, **settings)


def test_a_models_vectors_find_what_is_meant(server, vectors):
    pets = collection_at(server, embedding={"model": "embed"})
    shown = pets.call("GET", pets.path).json()
    assert shown["embedding"] == {"kind": "model", "model": "embed", "vector_size": 8}
    pets.put("a", "A hound barks.")
    pets.put("b", "An automobile stops.")
    assert pets.sources("puppy", mode="vector")[0] == "a" and pets.sources("vehicle", mode="vector")[0] == "b"
    # Each chunk was paid for once, under the key that sent it.
    usage = client.request(server.port, "GET", "/v1/usage?group_by=model").json()
    assert next(row for row in usage["data"] if row["model"] == "embed")["requests"] == 5


def test_only_changed_chunks_are_asked_for(server, vectors):
    pets = collection_at(server, embedding={"model": "embed"}, chunking={"size": 20, "overlap": 0})
    words = [f"word{i}" for i in range(200)]
    pets.put("long", " ".join(words))
    before = len(vectors.texts)
    words[150] = "changed"
    pets.put("long", " ".join(words))
    assert len(vectors.texts) == before + 1 and "changed" in vectors.texts[-1]
    # Another analysis needs no new vectors; neither do other readers.
    made = pets.call("POST", f"{pets.path}/versions", {"language": "none", "flip": True}).json()
    until = time.monotonic() + 30
    while pets.call("GET", f"/v1/jobs/{made['job_id']}").json()["state"] != "succeeded" and time.monotonic() < until:
        time.sleep(0.02)
    assert pets.search("word7", mode="lexical")["index_version"] == "v2"
    assert [text for text in vectors.texts[before + 1:] if "word" in text] == []


def test_a_search_goes_on_without_its_model_and_says_so(server, vectors):
    pets = collection_at(server, embedding={"model": "embed"})
    pets.put("a", "A hound barks.")
    vectors.fault = 500
    found = pets.search("hound")
    assert found["hits"][0]["source_id"] == "a" and found["degraded"] == ["embedding"]
    refused = pets.call("POST", f"{pets.path}/search", {"query": "puppy", "mode": "vector"})
    assert refused.status == 502
    assert collection_at(server, "fails", make=False).call("POST", "/v1/collections", {"name": "fails", "embedding": {"model": "embed"}}).status == 502
    unknown = pets.call("POST", "/v1/collections", {"name": "fails", "embedding": {"model": "no-such-model"}})
    assert unknown.status == 404 and unknown.json()["code"] == "model_not_found"


def test_a_document_waits_for_its_model(server, vectors):
    pets = collection_at(server, embedding={"model": "embed"})
    vectors.fault = 500
    put = pets.call("POST", f"{pets.path}/documents", {"source_id": "a", "text": "A hound barks."}).json()
    until = time.monotonic() + 30
    while pets.call("GET", f"/v1/jobs/{put['job_id']}").json()["state"] != "retry_wait" and time.monotonic() < until:
        time.sleep(0.02)
    job = pets.call("GET", f"/v1/jobs/{put['job_id']}").json()
    assert job["state"] == "retry_wait" and [(s["name"], s["state"]) for s in job["steps"]][:2] == [("extract", "succeeded"), ("chunk", "succeeded")]
    vectors.fault = 0
    pets.call("POST", f"/v1/jobs/{put['job_id']}/retry")
    while not pets.sources("hound", mode="lexical") and time.monotonic() < until:
        time.sleep(0.05)
    assert pets.sources("hound", mode="lexical") == ["a"]


def test_a_ranking_model_orders_and_may_be_late(server, vectors):
    pets = collection_at(server)
    pets.put("short", "A hound.")
    pets.put("longer", "A hound that is described at length in this document.")
    assert pets.call("PATCH", pets.path, {"rerank": {"model": "rank", "deadline_ms": 5000}}).status == 200
    found = pets.search("hound hound")
    assert [hit["source_id"] for hit in found["hits"]] == ["longer", "short"] and found["reranked"]
    vectors.delay = 1.0
    pets.call("PATCH", pets.path, {"rerank": {"model": "rank", "deadline_ms": 100}})
    late = pets.search("hound hound")
    assert late["degraded"] == ["rerank"] and {hit["source_id"] for hit in late["hits"]} == {"short", "longer"}


def test_pages_are_fetched_by_the_egress_rules(server, pages):
    wiki = collection_at(server, "wiki")
    port = pages.server_address[1]
    base = f"http://127.0.0.1:{port}"
    html = b"<html><head><title>Leave</title></head><body><h1>Leave</h1><p>Parents have 14 weeks.</p></body></html>"
    pages.pages = {"/leave?id=7": (200, {"content-type": "text/html; charset=utf-8"}, html),
                   "/old": (302, {"location": "/leave?id=7"}, b""),
                   "/loop": (302, {"location": "/loop"}, b""),
                   "/inward": (302, {"location": "http://127.0.0.1:1/"}, b"")}

    def fetch(url: str) -> dict:
        answer = wiki.call("POST", f"{wiki.path}/documents?wait=true", {"source_id": url, "url": url})
        assert answer.status == 200, answer.body
        return answer.json()
    assert fetch(f"{base}/leave?id=7")["state"] == "ready" and fetch(f"{base}/old")["state"] == "ready"
    hit = wiki.search("parents weeks", mode="lexical")["hits"][0]
    assert "14 weeks" in hit["text"] and hit["title"] == "Leave"
    for url, reason in ((f"{base}/none", "status"), (f"{base}/loop", "redirects"), (f"{base}/inward", "url"), ("http://127.0.0.1:2/", "url"),
                        ("https://127.0.0.1/", "address"), ("https://10.0.0.1/x", "address"), ("https://user@example.com/", "url"), ("file:///etc/passwd", "url")):
        told = fetch(url)
        assert (told["state"], told["error"]["reason"]) == ("failed", reason), (url, told)
    assert pages.asked.count("/loop") == 4


def test_an_erased_tenants_documents_are_gone(space, binary, tmp_path):
    from support.access import SIMULATED, admin_of
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    admin.json("POST", "/v1/tenants", {"name": "acme"}, 201)
    member = admin.mint(tenant="acme", role="member", name="m")
    collection = Collection(member.call)
    collection.put("refunds", REFUNDS + " canary-of-acme")
    assert any((server.data / "knowledge").rglob("*"))
    admin.json("DELETE", "/v1/tenants/acme")
    assert member.call("GET", collection.path).status == 401
    assert [path for path in (server.data / "knowledge").rglob("*") if path.is_file()] == []
    server.kill()
    space.add(Maester(tmp_path, SIMULATED, dev=False, name="again"))
    for path in (server.data / "knowledge").rglob("*"):
        assert not path.is_file(), path
