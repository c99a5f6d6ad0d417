"""TESTS.md T24: the server does what its own /openapi.json says, for valid and invalid requests.

Made from the document: every operation is sent its example, and requests that bend the schema, the query and the framing of
JSON. Nothing may answer 5xx; a 2xx is the one declared; an error has the declared form; a missing key is refused everywhere."""
import json
import os
import random
import re
import time

import pytest
from support import batches, client, jobs
from support.access import SIMULATED, admin_of
from support.programs import Maester

PER_OPERATION = int(os.environ.get("MAESTER_CONFORMANCE_REQUESTS", "60"))
WILD = [None, True, 0, -1, 1.5, 10**30, "", "x", "\u0000", "ä" * 300, [], [None], {}, {"a": {"b": []}}, "x" * 5000]


@pytest.fixture(scope="module")
def server(space, binary):
    directory = space.path / "conformance"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED, dev=False))


@pytest.fixture(scope="module")
def admin(server):
    return admin_of(server)


@pytest.fixture(scope="module")
def document(server):
    return client.request(server.port, "GET", "/openapi.json").json()


def operations(document) -> list:
    return [(method.upper(), path, told) for path, methods in document["paths"].items() for method, told in methods.items()]


def declared_success(told: dict) -> int:
    return next(int(status) for status in told["responses"] if status != "default")


def schema_of(told: dict) -> dict:
    return told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})


def check(method: str, path: str, told: dict, answer: client.Answer, sent) -> None:
    assert answer.complete and 200 <= answer.status < 500, (method, path, sent, answer.status, answer.body[:300])
    if answer.status < 300:
        # A change that was made before answers 200 where a new one is 201.
        notified = path == "/mcp" and answer.status == 202  # a message without an id has no answer
        assert notified or answer.status in (declared_success(told), 200), (method, path, sent, answer.status)
        return
    body = answer.json()
    assert answer.headers["x-request-id"], (method, path)
    if told["responses"]["default"]["description"].startswith("A problem"):
        if "%00" in str(sent[0]) and answer.status == 404:
            return  # such a path is no route's
        if path == "/v1/reliable_completion" and answer.status == 409:
            assert body["detail"]["budget"] and body["detail"]["message"]  # the seed's own form of a refusal
            return
        assert answer.headers["content-type"] == "application/problem+json", (path, answer.headers)
        assert body["status"] == answer.status and body["code"] and body["detail"] and body["title"]
    else:
        assert body["error"]["code"] and body["error"]["message"] and body["error"]["type"], body


class Objects:
    """One of each kind, for the parameters of paths."""

    def __init__(self, admin, server):
        self.admin, self.server, self.count = admin, server, 0
        answer = admin.chat()
        self.request, self.trace = answer.headers["x-maester-request-id"], answer.headers["x-maester-trace-id"]
        admin.json("POST", "/v1/prompts", {"name": "example", "template": "Hello {name}", "labels": ["production"]}, 201)
        admin.json("POST", "/v1/datasets", {"name": "evaluated", "cases": [{"vars": {"name": "Ada"}, "expected": "Hello Ada"}]}, 201)

    def value(self, name: str, path: str, method: str = "") -> str:
        self.count += 1
        if path.startswith("/v1/prompts/") and name != "name":
            return self.of_prompt(name, path)
        if (method, path) == ("DELETE", "/v1/prompts/{name}"):
            return self.admin.json("POST", "/v1/prompts", {"name": f"p{self.count}", "template": "x"}, 201)["name"]
        if name == "key_id":
            return self.admin.mint(name="object").id
        if name == "id":
            kind = path.split("/")[2]
            if kind == "pricing":
                return self.recost()
            if kind == "evals":
                return self.run(path)
            if kind == "replays":
                return self.admin.json("POST", "/v1/replays/batches", {"requests": {"request_ids": [self.request]}}, 202)["id"]
            if kind == "jobs":
                return jobs.plant(self.server, "default", "failed" if path.endswith("/retry") else "queued")
            if kind == "reviews":
                return self.review()
            body = {"budgets": {"name": f"o{self.count}", "scope": {"user": f"u{self.count}"}, "window": "day", "limit_usd": "1"},
                    "limits": {"scope": {"user": f"u{self.count}"}, "concurrency": 9}}[kind]
            return self.admin.json("POST", f"/v1/{kind}", body, 201)["id"]
        if name == "name" and path.startswith("/v1/evals/rules"):
            rule = {"name": f"r{self.count}", "assertions": [{"type": "contains", "value": "x"}]}
            return self.admin.json("POST", "/v1/evals/rules", rule, 201)["name"]
        if name == "tenant":
            fresh = f"t{self.count}"
            self.admin.json("POST", "/v1/tenants", {"name": fresh}, 201)
            return fresh
        if name == "file_id":
            return batches.upload(self.admin.call, b"words")["id"]
        if name == "batch_id":
            return batches.plant(self.server, "default", "file-none")
        if name == "collection":
            made = self.admin.json("POST", "/v1/collections", {"name": f"c{self.count}"}, 201)["name"]
            put = self.admin.json("POST", f"/v1/collections/{made}/documents?wait=true", {"source_id": "refunds", "text": "Refunds take 14 days."}, 200)
            self.document = put["document_id"]
            if "{version}" in path:  # one that may be removed
                self.admin.json("POST", f"/v1/collections/{made}/versions", {}, 202)
            return made
        if name == "gate":
            body = {"name": f"g{self.count}", "guards": {"kind": "prompt_label", "object": "guarded"}, "dataset": "evaluated", "rules": {"min_pass_rate": 1}}
            return self.admin.json("POST", "/v1/gates", body, 201)["name"]
        if name == "dataset":
            cases = [{"id": "greets", "vars": {"name": "Cy"}, "state": "pending"}]
            return self.admin.json("POST", "/v1/datasets", {"name": f"d{self.count}"} | ({} if path.endswith("/cases") else {"cases": cases}), 201).get("dataset", f"d{self.count}")
        if name == "schedule":
            return self.admin.json("POST", "/v1/evals/schedules", {"name": f"s{self.count}", "timetable": "@yearly", "run": {"dataset": "evaluated"}}, 201)["name"]
        if name == "case":
            return "greets"
        if name == "document_id":
            return self.document
        if name == "version" and "/collections/" in path:
            return "v2"
        return {"request_id": self.request, "trace_id": self.trace, "name": "example", "model": "m", "version": "1"}[name]

    def of_prompt(self, name: str, path: str) -> str:
        if name == "version":
            if not path.endswith("/approve"):
                return "v1"
            other = self.admin.mint(name="author")  # nobody approves what is one's own
            return other.json("POST", "/v1/prompts", {"name": "example", "template": f"{self.count}"}, 201)["version"]
        made = f"o{self.count}"
        if name == "draft":
            self.admin.json("PUT", f"/v1/prompts/example/drafts/{made}", {"template": f"Hello {made}"}, 200)
        else:
            self.admin.json("POST", "/v1/prompts/example/labels", {"label": made, "version": "v1"}, 200)
        return made

    def compared(self) -> str:
        """A run that succeeded."""
        run = self.run("")
        assert self.admin.json("GET", f"/v1/evals/runs/{run}")["state"] == "succeeded"
        return run

    def run(self, path: str) -> str:
        """One that has ended, with an error in it; or one that has not, to be cancelled."""
        repeats = 100 if path.endswith("/cancel") else 1
        made = self.admin.json("POST", "/v1/evals/runs", {"dataset": "evaluated", "assertions": [{"type": "perplexity"}], "repeats": repeats, "concurrency": 1,
                                                         "candidate": {"prompt": {"name": "example"}, "model": "m"}}, 202)["id"]
        if path.endswith("/cancel"):
            return made
        for _ in range(600):
            if self.admin.json("GET", f"/v1/evals/runs/{made}")["state"] not in ("queued", "running"):
                return made
            time.sleep(0.05)
        raise AssertionError("the run does not end")

    def review(self) -> str:
        request = self.admin.chat().headers["x-maester-request-id"]
        return self.admin.json("POST", "/v1/reviews", {"request_id": request}, 201)["id"]

    def recost(self) -> str:
        """One at a time: the one that an example started may still run."""
        for _ in range(300):
            answer = self.admin.call("POST", "/v1/pricing/recost", {"from": "2026-01-01", "to": "2026-01-02"})
            if answer.status != 409:
                break
            time.sleep(0.1)
        assert answer.status == 202, answer.body
        return answer.json()["id"]

    def path(self, method: str, path: str) -> str:
        return re.sub(r"{(\w+)}", lambda found: self.value(found[1], path, method), path)


@pytest.fixture(scope="module")
def objects(admin, server):
    return Objects(admin, server)


def test_the_example_of_every_operation_is_accepted(admin, objects, document):
    visited = 0
    for method, path, told in operations(document):
        content = told.get("requestBody", {}).get("content", {}).get("application/json")
        query = "?from=v1&to=v1" if path.endswith("/diff") else ""
        if (method, path) == ("DELETE", "/v1/collections/{collection}/documents"):
            query = "?source_id=refunds"
        if (method, path) == ("DELETE", "/v1/protections"):
            query = "?label=guarded"
        body = content and content["example"]
        if (method, path) == ("PUT", "/v1/config"):  # TOML
            body = admin.json("GET", path)["toml"].encode()
        headers = {}
        if (method, path) == ("POST", "/v1/files"):  # a form
            body, headers["content-type"] = batches.form(b"words")
        if (method, path) == ("POST", "/v1/batches"):
            body = {**body, "input_file_id": objects.value("file_id", path, method)}
        if path in ("/v1/feedback", "/v1/reviews"):
            query = f"?request_id={objects.request}" if (method, path) == ("GET", "/v1/feedback") else ""
            body = body and {**body, "request_id": objects.request}
        if path == "/v1/evals/compare":
            run = objects.compared()
            body, query = body and {"first": run, "second": run}, "" if body else f"?first={run}&second={run}"
        if path == "/v1/reviews/claim":
            objects.review()
        answer = admin.call(method, objects.path(method, path) + query, body, headers)
        assert answer.status in (declared_success(told), 200), (method, path, answer.status, answer.body)
        check(method, path, told, answer, (path, content))
        visited += 1
    assert visited == len(operations(document)) >= 40


def test_a_missing_or_wrong_key_is_refused_by_every_operation(server, objects, document):
    for method, path, told in operations(document):
        where = objects.path(method, path)
        for headers in ({}, {"authorization": "Bearer sk-wrong-wrong-wrong"}):
            answer = client.request(server.port, method, where, {} if method == "POST" else None, headers)
            if told["x-maester-scope"] == "open":
                assert answer.status == 200, (path, answer.status)
            else:
                assert answer.status == 401 and answer.headers["www-authenticate"] == "Bearer", (method, path, answer.status)
                check(method, path, told, answer, (where, headers))


def bent(rng: random.Random, schema: dict, example):
    """A body that the schema or JSON may refuse."""
    kind = rng.randrange(8)
    body = json.loads(json.dumps(example))
    names = list(schema.get("properties", {})) or ["x"]
    if kind == 0:
        return rng.choice([b"", b"{", b"[]", b"null", b'{"a":1,"a":2}', b"\xff\xfe", b'{"a":' * 100, b"{}" + b" " * 50_000])
    if kind == 1 and isinstance(body, dict) and body:
        body.pop(rng.choice(list(body)))
        return body
    if kind == 2:
        return {**body, "no_such_field": 1}
    if kind == 3:
        return rng.choice(WILD)
    return {**body, **{rng.choice(names): rng.choice(WILD) for _ in range(rng.randrange(1, 3))}}


def test_whatever_is_sent_no_operation_fails_on_its_own(admin, objects, document):
    rng = random.Random(24)
    for method, path, told in operations(document):
        content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
        fixed = objects.path(method, path)
        for _ in range(PER_OPERATION):
            where = fixed
            if rng.random() < 0.3:
                where = re.sub(r"{(\w+)}", lambda _: rng.choice(["x", "%00", "%2e%2e", "a" * 300, "%F0%9F%92%A9", "-", "' OR 1=1"])
                               .replace(" ", "%20"), path)
            if method == "DELETE" and where == fixed:
                continue  # what is there is needed
            query = "&".join(f"{parameter['name']}={rng.choice(['', '1', '-1', 'x', '%00', '9' * 30, 'a' * 200, '%'])}"
                             for parameter in told["parameters"] if parameter["in"] == "query" and rng.random() < 0.5)
            body = None
            if content:
                body = bent(rng, content.get("schema", {}), content.get("example", {}))
                if not isinstance(body, bytes):
                    body = json.dumps(body).encode()
            answer = admin.call(method, where + ("?" + query if query else ""), body,
                                {"content-type": "application/json"} if body is not None else {})
            check(method, path, told, answer, (where, query, body))


def test_a_wrong_method_says_which_there_are(server, document):
    for path, methods in document["paths"].items():
        wrong = "PATCH" if "put" in methods else "PUT"
        answer = client.request(server.port, wrong, path.replace("{", "").replace("}", ""))
        assert answer.status == 405 and answer.headers["allow"], path


def test_what_was_deleted_is_gone(admin):
    key = admin.mint(name="short")
    assert key.call("GET", "/v1/models").status == 200
    admin.json("DELETE", f"/v1/keys/{key.id}")
    assert key.call("GET", "/v1/models").status == 401
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
        assert admin.call(method, f"/v1/keys/{key.id}{path}", {} if method == "POST" else None).status == 404
    admin.json("POST", "/v1/tenants", {"name": "short"}, 201)
    mine = admin.mint(tenant="short")
    admin.json("DELETE", "/v1/tenants/short")
    assert mine.call("GET", "/v1/models").status == 401
    for method, path, body in (("GET", "/v1/tenants/short", None), ("DELETE", "/v1/tenants/short", None),
                               ("POST", "/v1/keys", {"tenant": "short"})):
        assert admin.call(method, path, body).status == 404, path
