"""POST /v1/embeddings and POST /v1/rerank on the simulated models, which answer by a documented hash."""
import base64
import math
import re
import struct

import pytest
from support.client import request
from support.programs import Maester

KEY = "inputs-tests-0123456789abcdef0123456789"
BEARER = {"authorization": f"Bearer {KEY}"}
CONFIG = (f'default_model = "embed"\n[[keys]]\nname = "tests"\nkey = "{KEY}"\nrole = "admin"\n'
          '[[providers]]\nname = "openai"\nkind = "simulated"\n'
          '[[providers]]\nname = "failing"\nkind = "simulated"\nsimulated = { fail_percent = 100, fail_status = 503 }\n'
          '[[providers]]\nname = "chats"\nkind = "anthropic"\napi_key = "x"\nbase_url = "https://api.anthropic.com/v1"\n'
          + "".join(f'[[models]]\nname = "{name}"\nprovider = "{provider}"\n'
                    'price = { input_per_mtok = "1.00", output_per_mtok = "4.00" }\n'
                    for name, provider in (("embed", "openai"), ("down", "failing"), ("chat-only", "chats")))
          + '[[routes]]\nname = "vectors"\ntargets = [ { model = "chat-only" }, { model = "down" }, { model = "embed" } ]\n')


@pytest.fixture(scope="module")
def server(space, binary):
    return space.add(Maester(space.path, CONFIG, dev=False))


def post(server, path, **body):
    return request(server.port, "POST", path, body, BEARER)


def embed(server, **body):
    return post(server, "/v1/embeddings", **body)


def receipt(server, answer):
    return request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}", headers=BEARER).json()


def fnv1a(word):
    value = 14695981039346656037
    for byte in word.lower().encode():
        value = (value ^ byte) * 1099511628211 % 2**64
    return value


def expected(text, dimensions=64):
    out = [0.0] * dimensions
    for word in text.split():
        out[fnv1a(word) % dimensions] += -1.0 if fnv1a(word) >> 63 else 1.0
    length = math.sqrt(sum(v * v for v in out))
    return [v / length for v in out]


def test_vectors_are_the_documented_hash(server):
    answer = embed(server, model="embed", input=["The quick brown fox", "a b"])
    assert answer.status == 200, answer.body
    body = answer.json()
    assert [item["index"] for item in body["data"]] == [0, 1] and body["object"] == "list"
    assert body["data"][0]["embedding"] == pytest.approx(expected("The quick brown fox"), abs=1e-7)
    assert body["usage"] == {"prompt_tokens": 12, "total_tokens": 12}
    one = embed(server, model="embed", input="a b", dimensions=8).json()["data"][0]["embedding"]
    assert one == pytest.approx(expected("a b", 8), abs=1e-7)


def test_base64_says_the_same_to_the_bit(server):
    floats = embed(server, model="embed", input="x y z").json()["data"][0]["embedding"]
    packed = embed(server, model="embed", input="x y z", encoding_format="base64").json()["data"][0]["embedding"]
    assert base64.b64decode(packed) == struct.pack("<64f", *floats)


def test_tokens_in_place_of_texts(server):
    one = embed(server, model="embed", input=[1, 2, 3]).json()
    two = embed(server, model="embed", input=[[1, 2, 3], [4]]).json()
    assert len(one["data"]) == 1 and len(two["data"]) == 2
    assert one["data"][0]["embedding"] == two["data"][0]["embedding"] != two["data"][1]["embedding"]


def test_usage_cost_and_receipt(server):
    answer = embed(server, model="embed", input="one two three", maester={"metadata": {"team": "x"}})
    maester = answer.json()["maester"]
    assert maester["cost"]["input_tokens"] == 6 and maester["cost"]["total_cost_usd"] == "0.000006"
    told = receipt(server, answer)
    assert told["operation"] == "embeddings" and told["usage"]["input_tokens"] == 6 and not told["replayable"]
    spans = request(server.port, "GET", f"/v1/traces/{answer.headers['x-maester-trace-id']}", headers=BEARER).body
    assert b'"embeddings embed"' in spans


def test_metrics_name_the_operation(server):
    def count(operation: str) -> int:
        text = request(server.port, "GET", "/metrics", headers=BEARER).body.decode()
        found = re.search(r'gen_ai_client_operation_duration_seconds_count\{gen_ai_operation_name="' + operation
                          + r'",[^}]*gen_ai_request_model="embed"\} (\d+)', text)
        return int(found[1]) if found else 0
    before = {one: count(one) for one in ("chat", "embeddings", "rerank")}
    assert embed(server, model="embed", input="x").status == 200
    assert embed(server, model="embed", input="x").status == 200
    assert post(server, "/v1/rerank", model="embed", query="q", documents=["a"]).status == 200
    assert {one: count(one) - before[one] for one in before} == {"chat": 0, "embeddings": 2, "rerank": 1}


@pytest.mark.parametrize("body, param", [
    ({}, "input"), ({"input": ""}, "input"), ({"input": []}, "input"), ({"input": ["a", ""]}, "input[1]"),
    ({"input": ["x"] * 2049}, "input"), ({"input": "x", "dimensions": 0}, "dimensions"),
    ({"input": [1, -2]}, "input[1]"), ({"input": "x", "encoding_format": "int8"}, "encoding_format"),
    ({"input": "x", "maester": {"checks": [{"type": "non_empty"}]}}, "maester.checks"),
    ({"input": "x", "maester": {"prompt": {"name": "p"}}}, "maester.prompt"),
    ({"input": "x", "model": "chat-only"}, "model"),
])
def test_bad_input_names_the_field(server, body, param):
    answer = embed(server, **body)
    assert answer.status == 400, answer.body
    assert answer.json()["error"]["param"] == param


def test_a_route_passes_over_what_cannot_embed_and_falls_back(server):
    answer = embed(server, model="vectors", input="x")
    assert answer.status == 200, answer.body
    assert answer.headers["x-maester-model"] == "embed" and answer.headers["x-maester-attempts"] == "2"
    skipped = {one["model"]: one.get("reason_skipped") for one in receipt(server, answer)["routing"]["candidates"]}
    assert skipped["chat-only"] == "embeddings"


def test_budgets_reserve_the_input(server):
    refused = embed(server, model="embed", input="word " * 1000, maester={"budget": {"scope": "e", "max_cost_usd": "0.0001"}})
    assert refused.status == 402, refused.body
    fits = embed(server, model="embed", input="word", maester={"budget": {"scope": "e", "max_cost_usd": "0.0001"}})
    assert fits.status == 200 and fits.json()["maester"]["budget"]["allowed"]
    made = post(server, "/v1/budgets", name="hard", scope={"user": "poor"}, window="total", limit_usd="0.00001")
    assert made.status == 201
    assert embed(server, model="embed", input="word " * 100, user="poor").status == 402
    assert embed(server, model="embed", input="w", user="poor").status in (200, 402)


def test_rerank(server):
    documents = ["nothing in common", {"text": "the red house"}, "a red house is the house"]
    answer = post(server, "/v1/rerank", model="embed", query="red house", documents=documents, return_documents=True)
    assert answer.status == 200, answer.body
    body = answer.json()
    assert sorted(hit["index"] for hit in body["results"]) == [0, 1, 2] and body["results"][-1]["index"] == 0
    scores = [hit["relevance_score"] for hit in body["results"]]
    assert scores == sorted(scores, reverse=True) and 0 < scores[0] <= 1.0000001
    assert body["results"][-1]["document"] == {"text": "nothing in common"}
    assert body["usage"]["total_tokens"] == 2 * (2 + 3 + 3 + 6)
    assert receipt(server, answer)["operation"] == "rerank"
    best = post(server, "/v1/rerank", model="embed", query="red house", documents=documents, top_n=1).json()["results"]
    assert len(best) == 1 and "document" not in best[0]


@pytest.mark.parametrize("body, param", [
    ({"documents": ["x"]}, "query"), ({"query": "x"}, "documents"), ({"query": "x", "documents": []}, "documents"),
    ({"query": "x", "documents": [5]}, "documents[0]"), ({"query": "x", "documents": [{"t": 1}]}, "documents[0].text"),
    ({"query": "x", "documents": ["x"], "top_n": 0}, "top_n"),
    ({"query": "x", "documents": ["x"], "model": "chat-only"}, "model"),
])
def test_a_bad_ranking_names_the_field(server, body, param):
    answer = post(server, "/v1/rerank", **body)
    assert answer.status == 400 and answer.json()["error"]["param"] == param, answer.body
