"""TESTS.md T28: no tenant reaches another's objects by any route of the table.

Three tenants, each with keys of every role and objects of every kind; random steps over every route of /openapi.json with
own, foreign and unknown ids, in paths, queries, bodies and headers. What must hold of each answer:

- a foreign id is answered as an unknown one: same status, same headers, same body (with the id replaced);
- no answer holds an id or a word of another tenant that the caller did not send;
- nothing that belongs to another tenant has changed at the end.

A route of the table without a case here fails the test. MAESTER_ISOLATION_STEPS sets the number of steps."""
import json
import os
import random
import re

import pytest
from support import batches, client, jobs
from support.access import SIMULATED, Caller, admin_of
from support.programs import Maester

STEPS = int(os.environ.get("MAESTER_ISOLATION_STEPS", "20000"))
NAMES = ("alder", "birch", "cedar")
IGNORED_HEADERS = {"date", "x-request-id", "x-maester-request-id", "x-maester-trace-id", "content-length"}

# Kind of object that a path's parameter names.
PARAMETERS = {"request_id": "request", "trace_id": "trace", "name": "prompt", "key_id": "key", "model": "model",
              "tenant": "tenant", "version": "config", "label": "label", "draft": "draft", "collection": "collection", "document_id": "document",
              "dataset": "dataset", "case": "case", "schedule": "schedule", "gate": "gate", "file_id": "file", "batch_id": "batch"}


def kind_of(operation: str, parameter: str) -> str:
    if parameter == "id":
        return {"budgets": "budget", "limits": "limit", "pricing": "recost", "jobs": "job", "evals": "eval_run", "replays": "replay", "reviews": "review"}[operation.split("/")[2]]
    if parameter == "version" and "/collections/" in operation:
        return "index"
    if parameter == "version" and "/prompts/" in operation:
        return "prompt_version"
    if parameter == "name" and "/evals/rules" in operation:
        return "rule"
    return PARAMETERS[parameter]


class Tenant:
    def __init__(self, admin: Caller, name: str, server: Maester):
        self.name, self.server = name, server
        self.word = f"canary-{name}"  # stands in every text of the tenant
        admin.json("POST", "/v1/tenants", {"name": name}, 201)
        self.said: set = set()  # foreign names that it asked for: its own traces tell that it did
        self.told: set = set()  # foreign ids that it put into objects and traces of its own
        self.callers = {role: admin.mint(tenant=name, role=role, name=f"{self.word}-{role}")
                        for role in ("viewer", "member", "admin")}
        self.spare = admin.mint(tenant=name, name=f"{self.word}-spare")  # a key for others to try to revoke
        self.own = {"key": [key.id for key in (*self.callers.values(), self.spare)], "tenant": [name], "model": ["m"],
                    "prompt": [], "request": [], "trace": [], "budget": [], "limit": [], "recost": [], "config": ["1"], "job": [],
                    "collection": [], "document": [], "index": ["v1"], "dataset": [], "case": [], "eval_run": [], "replay": [], "schedule": [], "gate": [], "review": [], "rule": [],
                    "label": ["production"], "draft": [], "prompt_version": ["v1"], "file": [], "batch": []}
        self.grow()

    def grow(self) -> None:
        member = self.callers["member"]
        prompt = f"prompt-{self.word}-{len(self.own['prompt'])}"
        member.json("POST", "/v1/prompts", {"name": prompt, "template": f"{self.word} {{x}}", "labels": ["production"]}, 201)
        draft = f"draft-{self.word}-{len(self.own['draft'])}"
        member.json("PUT", f"/v1/prompts/{prompt}/drafts/{draft}", {"template": f"{self.word} {{x}} draft"}, 200)
        self.own["draft"].append(draft)
        answer = member.chat(content=f"{self.word} says hello")
        assert answer.status == 200
        self.own["prompt"].append(prompt)
        for state in ("queued", "failed", "retry_wait"):
            self.own["job"].append(jobs.plant(self.server, self.name, state, subject=self.word))
        collection = f"collection-{self.word}-{len(self.own['collection'])}"
        member.json("POST", "/v1/collections", {"name": collection}, 201)
        for i in range(3):
            put = member.json("POST", f"/v1/collections/{collection}/documents?wait=true",
                              {"source_id": f"{self.word}-{i}", "text": f"{self.word} says canary {i}"}, 200)
            self.own["document"].append(put["document_id"])
        self.own["collection"].append(collection)
        self.own["file"].append(batches.upload(member.call, f"{self.word} says hello", name=f"{self.word}.jsonl")["id"])
        self.own["batch"].append(batches.plant(self.server, self.name, self.own["file"][0], subject=self.word))
        dataset = f"dataset-{self.word}-{len(self.own['dataset'])}"
        member.json("POST", "/v1/datasets", {"name": dataset, "cases": [
            {"id": f"case-{self.word}-{i}", "vars": {"x": f"{self.word} {i}"}, "expected": self.word} for i in range(2)]}, 201)
        run = member.json("POST", "/v1/evals/runs", {"dataset": dataset, "candidate": {"prompt": {"name": prompt}, "model": "m"}}, 202)
        self.own["dataset"].append(dataset)
        self.own["case"] += [f"case-{self.word}-{i}" for i in range(2)]
        self.own["eval_run"].append(run["id"])
        schedule = f"schedule-{self.word}"
        member.json("POST", "/v1/evals/schedules", {"name": schedule, "timetable": "@yearly", "run": {"dataset": dataset}}, 201)
        self.own["schedule"].append(schedule)
        gate = {"name": f"gate-{self.word}-{len(self.own['gate'])}", "guards": {"kind": "prompt_label", "object": "nothing"}, "dataset": dataset, "rules": {"min_pass_rate": 1}}
        self.own["gate"].append(self.callers["admin"].json("POST", "/v1/gates", gate, 201)["name"])
        replay = member.json("POST", "/v1/replays/batches", {"requests": {"request_ids": [answer.headers["x-maester-request-id"]]}}, 202)
        self.own["replay"].append(replay["id"])
        self.own["request"].append(answer.headers["x-maester-request-id"])
        self.own["trace"].append(answer.headers["x-maester-trace-id"])
        self.own["review"].append(member.json("POST", "/v1/reviews", {"request_id": self.own["request"][-1], "reason": self.word}, 201)["id"])
        rule = {"name": f"rule-{self.word}-{len(self.own['rule'])}", "assertions": [{"type": "contains", "value": self.word}]}
        self.own["rule"].append(member.json("POST", "/v1/evals/rules", rule, 201)["name"])
        for kind, body in (("budget", {"name": f"{self.word}-{len(self.own['budget'])}", "scope": {"user": self.word}, "window": "day", "limit_usd": "5"}),
                           ("limit", {"scope": {"user": self.word}, "concurrency": 50})):
            made = self.callers["admin"].call("POST", f"/v1/{kind}s", body)
            if made.status == 201:
                self.own[kind].append(made.json()["id"])


def unknown(kind: str, rng: random.Random) -> str:
    hexes = "".join(rng.choice("0123456789abcdef") for _ in range(32))
    if kind == "key":
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(12))
    if kind == "trace":
        return hexes
    if kind in ("file", "batch"):
        return {"file": "file-", "batch": "batch_"}[kind] + hexes
    if kind in ("request", "budget", "limit", "recost", "job", "document", "eval_run", "replay", "review"):
        return f"{hexes[:8]}-{hexes[8:12]}-7{hexes[13:16]}-8{hexes[17:20]}-{hexes[20:]}"
    return f"no-such-{hexes[:12]}"


# What a route is sent besides its path: (query, body). `pick(kind)` gives an id, own or foreign or unknown.
def nothing(pick, rng):
    return "", None


def no_body(pick, rng):
    return "", {}


def paged(**more):
    def make(pick, rng):
        pairs = [f"{name}={pick(kind)}" for name, kind in more.items() if rng.random() < 0.7]
        return "&".join(pairs), None
    return make


CASES = {
    "POST /v1/chat/completions": lambda pick, rng: ("", {
        "model": "m", "messages": [{"role": "user", "content": "x"}],
        **({"maester": {"prompt": {"name": pick("prompt"), "variables": {"x": "1"}}}} if rng.random() < 0.8 else {})}),
    **{f"POST {path}": lambda pick, rng: ("", {
        "model": "m", "max_tokens": 8, "messages": [{"role": "user", "content": "x"}],
        **({"maester": {"prompt": {"name": pick("prompt"), "variables": {"x": "1"}}}} if rng.random() < 0.8 else {})})
       for path in ("/v1/messages", "/v1/messages/count_tokens")},
    "POST /v1/responses": lambda pick, rng: ("", {
        "model": "m", "input": "x",
        **({"maester": {"prompt": {"name": pick("prompt"), "variables": {"x": "1"}}}} if rng.random() < 0.8 else {})}),
    "POST /v1/completions": lambda pick, rng: ("", {"model": "m", "prompt": "x", "user": pick("key")}),
    "POST /v1/embeddings": lambda pick, rng: ("", {"model": "m", "input": "x", "user": pick("key")}),
    "POST /v1/rerank": lambda pick, rng: ("", {"model": "m", "query": "x", "documents": ["x", pick("key")]}),
    "POST /v1/prompted_completion": lambda pick, rng: ("", {"prompt_name": pick("prompt"), "variables": {"x": "1"}}),
    "POST /v1/reliable_completion": lambda pick, rng: ("", {"prompt": "x", "budget_scope": "shared", "max_cost_usd": "1"}),
    "POST /v1/files": no_body,
    "GET /v1/files": paged(after="file"),
    "GET /v1/files/{file_id}": nothing,
    "DELETE /v1/files/{file_id}": nothing,
    "GET /v1/files/{file_id}/content": nothing,
    "POST /v1/batches": lambda pick, rng: ("", {"input_file_id": pick("file"), "endpoint": "/v1/embeddings", "completion_window": "24h"}),
    "GET /v1/batches": paged(after="batch"),
    "GET /v1/batches/{batch_id}": nothing,
    "POST /v1/batches/{batch_id}/cancel": no_body,
    "GET /v1/models": nothing,
    "GET /v1/models/{model}": nothing,
    "GET /v1/replays/{request_id}": nothing,
    "POST /v1/replays/{request_id}/run": no_body,
    "POST /v1/replays/{request_id}/fixture": no_body,
    "GET /v1/metrics/reliability": nothing,
    "GET /v1/me/usage": nothing,
    "GET /v1/prompts": nothing,
    "POST /v1/prompts": lambda pick, rng: ("", {"name": f"own-{rng.randrange(5)}", "template": "hello"}),
    "GET /v1/prompts/{name}": nothing,
    "GET /v1/prompts/{name}/versions": nothing,
    "POST /v1/prompts/{name}/versions": lambda pick, rng: ("", {"name": f"other-{rng.randrange(9)}", "template": "x"}),
    "DELETE /v1/prompts/{name}": nothing,
    "GET /v1/prompts/{name}/versions/{version}": nothing,
    "POST /v1/prompts/{name}/versions/{version}/approve": no_body,
    "GET /v1/prompts/{name}/labels": nothing,
    "DELETE /v1/prompts/{name}/labels/{label}": nothing,
    "GET /v1/prompts/{name}/labels/{label}/history": nothing,
    "GET /v1/prompts/{name}/labels/{label}/results": nothing,
    "GET /v1/prompts/{name}/drafts": nothing,
    "GET /v1/prompts/{name}/drafts/{draft}": nothing,
    "PUT /v1/prompts/{name}/drafts/{draft}": lambda pick, rng: ("", {"name": f"other-{rng.randrange(9)}", "template": "hello"}),
    "DELETE /v1/prompts/{name}/drafts/{draft}": nothing,
    "POST /v1/prompts/{name}/drafts/{draft}/publish": no_body,
    "GET /v1/protections": nothing,
    "PUT /v1/protections": lambda pick, rng: ("", {"prompt": f"own-{rng.randrange(5)}", "label": "guarded"}),
    "DELETE /v1/protections": lambda pick, rng: (f"prompt={pick('prompt')}&label=guarded", None),
    "POST /v1/prompts/{name}/labels": lambda pick, rng: ("", {"label": "canary", "version": "v1"}),
    "POST /v1/prompts/{name}/rollback": lambda pick, rng: ("", {"label": "production", "to_version": "v1"}),
    "POST /v1/prompts/{name}/render": lambda pick, rng: ("", {"variables": {"x": "1"}}),
    "GET /v1/prompts/{name}/diff": lambda pick, rng: ("from=v1&to=v1", None),
    "GET /v1/requests": paged(cursor="request", key_id="key"),
    "GET /v1/requests/{request_id}": nothing,
    "GET /v1/replays/batches": paged(cursor="replay"),
    "POST /v1/replays/batches": lambda pick, rng: ("", {"requests": {"request_ids": [pick("request")]}, "model": "other"}),
    "GET /v1/replays/batches/{id}": nothing,
    "GET /v1/replays/batches/{id}/differences": nothing,
    "GET /v1/evals/schedules": nothing,
    "POST /v1/evals/schedules": lambda pick, rng: ("", {"name": f"made-{rng.randrange(6)}", "timetable": "@yearly", "run": {"dataset": pick("dataset")}}),
    "DELETE /v1/evals/schedules/{schedule}": nothing,
    "GET /v1/datasets": nothing,
    "POST /v1/datasets": lambda pick, rng: ("", {"name": f"made-{rng.randrange(10**9)}", **rng.choice([
        {}, {"cases": [{"vars": {"x": "1"}}]}, {"requests": {"request_ids": [pick("request")]}}])}),
    "GET /v1/datasets/{dataset}": nothing,
    "DELETE /v1/datasets/{dataset}": nothing,
    "GET /v1/datasets/{dataset}/versions": nothing,
    "GET /v1/datasets/{dataset}/export": lambda pick, rng: (f"format={rng.choice(['jsonl', 'csv', 'yaml'])}", None),
    "GET /v1/datasets/{dataset}/cases": paged(cursor="case"),
    "POST /v1/datasets/{dataset}/cases": lambda pick, rng: ("", rng.choice([
        {"cases": [{"vars": {"x": str(rng.randrange(5))}}]}, {"requests": {"request_ids": [pick("request")]}}, {"requests": {"key_id": pick("key"), "limit": 3}}])),
    "GET /v1/datasets/{dataset}/cases/{case}": nothing,
    "PATCH /v1/datasets/{dataset}/cases/{case}": lambda pick, rng: ("", {"description": "changed"}),
    "DELETE /v1/datasets/{dataset}/cases/{case}": nothing,
    "POST /v1/datasets/{dataset}/approve": lambda pick, rng: ("", {"cases": [pick("case")]}),
    "POST /v1/datasets/{dataset}/quarantine": lambda pick, rng: ("", {"cases": [pick("case")]}),
    "GET /v1/evals/runs": lambda pick, rng: (rng.choice(["", f"dataset={pick('dataset')}", f"cursor={pick('eval_run')}"]), None),
    "POST /v1/evals/runs": lambda pick, rng: ("", {"dataset": pick("dataset"), "candidate": {"prompt": {"name": pick("prompt")}, "model": "m"}}),
    "GET /v1/evals/runs/{id}": nothing,
    "DELETE /v1/evals/runs/{id}": nothing,
    "GET /v1/evals/runs/{id}/results": nothing,
    "POST /v1/evals/runs/{id}/cancel": no_body,
    "POST /v1/evals/runs/{id}/retry": no_body,
    "POST /v1/evals/runs/{id}/rescore": lambda pick, rng: ("", {"assertions": [{"type": "contains", "value": "x"}]}),
    "GET /v1/jobs": lambda pick, rng: (f"cursor={pick('job')}" + rng.choice(["", "&state=queued"]), None),
    "GET /v1/jobs/doctor": nothing,
    "GET /v1/jobs/{id}": nothing,
    "POST /v1/jobs/{id}/retry": no_body,
    "POST /v1/jobs/{id}/cancel": no_body,
    "POST /v1/feedback": lambda pick, rng: ("", {"request_id": pick("request"), "name": "good", "value": True}),
    "GET /v1/feedback": lambda pick, rng: (f"request_id={pick('request')}", None),
    "POST /v1/evals/compare": lambda pick, rng: ("", {"first": pick("eval_run"), "second": pick("eval_run")}),
    "GET /v1/evals/compare": lambda pick, rng: (f"first={pick('eval_run')}&second={pick('eval_run')}", None),
    "GET /v1/gates": nothing,
    "POST /v1/gates": lambda pick, rng: ("", {"name": f"made-{rng.randrange(6)}", "guards": {"kind": "prompt_label", "object": "nothing"},
                                              "dataset": "cases", "rules": {"min_pass_rate": 0.5}}),
    "GET /v1/gates/{gate}": nothing,
    "DELETE /v1/gates/{gate}": nothing,
    "POST /v1/gates/{gate}/check": lambda pick, rng: ("", rng.choice([{"run": pick("eval_run")}, {"candidate": {"prompt": "nothing@v1"}}])),
    "GET /v1/gates/{gate}/decisions": nothing,
    "GET /v1/evals/rules": nothing,
    "POST /v1/evals/rules": lambda pick, rng: ("", {"name": f"made-{rng.randrange(6)}", "review": "always", "sample": 0.5, "where": {"model": "m"}}),
    "GET /v1/evals/rules/{name}": nothing,
    "DELETE /v1/evals/rules/{name}": nothing,
    "GET /v1/reviews": paged(cursor="review", assignee="key"),
    "POST /v1/reviews": lambda pick, rng: ("", {"request_id": pick("request")}),
    "POST /v1/reviews/claim": no_body,
    "GET /v1/reviews/agreement": nothing,
    "GET /v1/reviews/{id}": nothing,
    "POST /v1/reviews/{id}/assign": lambda pick, rng: ("", {"assignee": "somebody"}),
    "POST /v1/reviews/{id}/labels": lambda pick, rng: ("", {"label": rng.choice(["pass", "fail"])}),
    "POST /v1/reviews/{id}/dismiss": no_body,
    "GET /v1/traces": nothing,
    "GET /v1/traces/{trace_id}": nothing,
    "GET /v1/usage": lambda pick, rng: (rng.choice(["", "group_by=tenant,key,prompt", "tenants=all"]), None),
    "GET /v1/keys": paged(tenant="tenant", cursor="key"),
    "POST /v1/keys": lambda pick, rng: ("", {"name": "made", "role": "viewer", "tenant": pick("tenant")}),
    "GET /v1/keys/{key_id}": nothing,
    "DELETE /v1/keys/{key_id}": nothing,
    "POST /v1/keys/{key_id}/rotate": lambda pick, rng: ("", {"overlap_s": 60}),
    "GET /v1/tenants": nothing,
    "POST /v1/tenants": lambda pick, rng: ("", {"name": pick("tenant")}),
    "GET /v1/tenants/{tenant}": nothing,
    "DELETE /v1/tenants/{tenant}": nothing,
    "GET /v1/budgets": nothing,
    "POST /v1/budgets": lambda pick, rng: ("", {"name": f"made-{rng.randrange(10**9)}", "window": "day", "limit_usd": "100", "hard": False, "scope":
                                                rng.choice([{"user": "nobody"}, {"key": pick("key")}, {"tenant": pick("tenant")}])}),
    "GET /v1/budgets/{id}": nothing,
    "PATCH /v1/budgets/{id}": lambda pick, rng: ("", {"limit_usd": "7"}),
    "DELETE /v1/budgets/{id}": nothing,
    "GET /v1/limits": nothing,
    "POST /v1/limits": lambda pick, rng: ("", {"concurrency": 60, "scope": rng.choice(
        [{"user": "nobody"}, {"key": pick("key")}, {"tenant": pick("tenant")}])}),
    "GET /v1/limits/{id}": nothing,
    "PATCH /v1/limits/{id}": lambda pick, rng: ("", {"concurrency": 70}),
    "DELETE /v1/limits/{id}": nothing,
    "GET /v1/collections": nothing,
    "POST /v1/collections": lambda pick, rng: ("", {"name": f"made-{rng.randrange(6)}"}),
    "GET /v1/collections/{collection}": nothing,
    "PATCH /v1/collections/{collection}": lambda pick, rng: ("", {"min_similarity": 0.4}),
    "DELETE /v1/collections/{collection}": nothing,
    "GET /v1/collections/{collection}/versions": nothing,
    "POST /v1/collections/{collection}/versions": lambda pick, rng: ("", {"chunking": {"size": rng.randrange(0, 2)}}),
    "DELETE /v1/collections/{collection}/versions/{version}": nothing,
    "POST /v1/collections/{collection}/flip": lambda pick, rng: ("", {"version": pick("index")}),
    "POST /v1/collections/{collection}/rollback": lambda pick, rng: ("", {"to_version": "v1"}),
    "GET /v1/collections/{collection}/documents": paged(cursor="document"),
    "POST /v1/collections/{collection}/documents": lambda pick, rng: ("", {"source_id": f"s{rng.randrange(5)}", "text": "some text"}),
    "DELETE /v1/collections/{collection}/documents": lambda pick, rng: (f"source_id={pick('document')}", None),
    "GET /v1/collections/{collection}/documents/{document_id}": nothing,
    "DELETE /v1/collections/{collection}/documents/{document_id}": nothing,
    "GET /v1/collections/{collection}/documents/{document_id}/text": nothing,
    "POST /v1/collections/{collection}/search": lambda pick, rng: ("", {
        "query": "canary says", "mode": rng.choice(["hybrid", "lexical", "vector"]), "filters": {"document_id": pick("document")} if rng.random() < 0.3 else {}}),
    "POST /v1/collections/{collection}/answers": lambda pick, rng: ("", {"question": "what does canary say?"}),
    "POST /mcp": lambda pick, rng: ("", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": rng.choice([
        {"name": "list_collections", "arguments": {}}, {"name": "search", "arguments": {"collection": pick("collection"), "query": "canary"}},
        {"name": "ask", "arguments": {"collection": pick("collection"), "question": "what does canary say?"}}])}),
    "GET /v1/cache": nothing,
    "DELETE /v1/cache": lambda pick, rng: (f"model={pick('model')}", None),
    "GET /v1/pricing": lambda pick, rng: (rng.choice(["", "book=true&limit=3"]), None),
    "GET /v1/pricing/{model}": nothing,
    "POST /v1/pricing/import": lambda pick, rng: ("", {"m": {"mode": "chat", "input_cost_per_token": 1e-06}}),
    "GET /v1/pricing/recost": nothing,
    "POST /v1/pricing/recost": lambda pick, rng: ("", {"from": "2026-01-01", "to": "2026-01-31"}),
    "GET /v1/pricing/recost/{id}": nothing,
    "GET /v1/backups": nothing,
    "POST /v1/backup": lambda pick, rng: ("", {"keep": 1}),
    "GET /v1/config": nothing,
    "PUT /v1/config": no_body,
    "GET /v1/config/versions": nothing,
    "GET /v1/config/versions/{version}": nothing,
    "POST /v1/config/rollback": lambda pick, rng: ("", {"version": 1}),
    "GET /v1/audit": lambda pick, rng: (rng.choice(["", f"tenant={pick('tenant')}", "system=true"]), None),
}


def without_ids(answer: client.Answer, sent: list) -> tuple:
    """What of an answer may not depend on which id was sent, when none of them is the caller's."""
    text = answer.body.decode()
    for one in sent:
        text = text.replace(one, "ID")
    text = re.sub(r'"request_id":"[^"]*"', "", text)
    return answer.status, text, sorted(name for name in answer.headers if name not in IGNORED_HEADERS)


class Walk:
    def __init__(self, tenants: list, operations: list, seed: int):
        self.tenants, self.operations, self.rng = tenants, operations, random.Random(seed)
        self.visited: dict = {}

    def send(self, caller: Caller, operation: str, ids: dict, query: str, body, headers: dict) -> client.Answer:
        method, path = operation.split(" ")
        for name, value in ids.items():
            path = path.replace("{" + name + "}", value)
        return caller.call(method, path + ("?" + query if query else ""), body, headers)

    def step(self) -> None:
        rng = self.rng
        me = rng.choice(self.tenants)
        others = [tenant for tenant in self.tenants if tenant is not me]
        operation = rng.choice(self.operations)
        caller = me.callers[rng.choice(["viewer", "member", "admin", "admin"])]
        mode = rng.choice(["own", "foreign", "foreign", "unknown"])
        picked: dict = {}  # what was sent, by what would stand there of nobody

        def pick(kind: str) -> str:
            choices = {"own": me.own[kind], "foreign": rng.choice(others).own[kind], "unknown": []}[mode]
            value = rng.choice(choices) if choices else unknown(kind, rng)
            if mode == "foreign" and kind not in ("model", "recost", "config", "index", "label", "prompt_version"):
                picked[value] = unknown(kind, rng)
            return value

        ids = {name: pick(kind_of(operation, name)) for name in re.findall(r"{(\w+)}", operation)}
        if mode == "own" and ("/keys/" in operation or "/tenants/" in operation) and (operation.startswith("DELETE") or "rotate" in operation):
            return  # one's own keys are needed on
        if mode == "own" and operation in ("DELETE /v1/collections/{collection}", "DELETE /v1/gates/{gate}", "DELETE /v1/prompts/{name}", "DELETE /v1/datasets/{dataset}", "DELETE /v1/evals/runs/{id}",
                                           "DELETE /v1/evals/schedules/{schedule}", "DELETE /v1/datasets/{dataset}/cases/{case}", "DELETE /v1/files/{file_id}"):
            return
        query, body = CASES[operation](pick, rng)
        headers = {}
        if rng.random() < 0.2:
            joined = rng.choice(others).own["trace"][0]
            headers["traceparent"] = f"00-{joined}-00f067aa0ba902b7-01"
            me.told.add(joined)
        answer = self.send(caller, operation, ids, query, body, headers)
        assert answer.status < 500, (operation, answer.status, answer.body)
        self.visited.setdefault(operation, set()).add((mode, answer.status))
        sent = json.dumps([ids, query, body, headers])
        picked = {one: none for one, none in picked.items() if one in sent}  # a choice may leave one out
        own_by_now = bool(me.told.intersection(picked))  # such as a trace that it joined before
        me.said.update(picked)
        if answer.status < 300:
            me.told.update(picked)
        self.check_nothing_foreign(operation, me, others, answer, sent)
        if mode == "foreign" and picked and not own_by_now:
            # The same call again, with what exists nowhere in place of what is another's.
            swap = lambda text: next((picked[one] for one in picked if text == one), text)
            ghost_ids = {name: swap(value) for name, value in ids.items()}
            ghost_query, ghost_body = query, json.dumps(body).replace('"made-', '"made-again-')
            for one, none in picked.items():
                ghost_query, ghost_body = ghost_query.replace(one, none), ghost_body.replace(one, none)
            ghost = self.send(caller, operation, ghost_ids, ghost_query, json.loads(ghost_body), headers)
            if answer.status < 300:  # a list, or an object of one's own: what it holds was checked
                assert ghost.status < 300, (operation, ids, query, body)
                return
            assert without_ids(answer, list(picked)) == without_ids(ghost, list(picked.values())), (operation, ids, query, body)

    def check_nothing_foreign(self, operation, me, others, answer, sent: str) -> None:
        text = answer.body.decode()
        words = text
        if "/traces" in operation:
            for one in me.said:
                words = words.replace(one, "")
        for other in others:
            if other.word not in sent:
                assert other.word not in words, (operation, other.word, text)
            for kind in ("key", "request", "trace", "job", "eval_run", "replay", "file", "batch"):
                for one in other.own[kind]:
                    assert one in sent or one in me.told or one not in text, (operation, kind, text)


@pytest.fixture(scope="module")
def server(space, binary):
    directory = space.path / "isolation"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED, dev=False))


def operations_of(server) -> dict:
    document = client.request(server.port, "GET", "/openapi.json").json()
    return {f"{method.upper()} {path}": operation for path, methods in document["paths"].items()
            for method, operation in methods.items()}


def test_every_route_has_a_case(server):
    declared = operations_of(server)
    for operation, told in declared.items():
        assert told["x-maester-scope"] in ("open", "tenant", "system"), operation
    closed = {operation for operation, told in declared.items() if told["x-maester-scope"] != "open"}
    assert closed - set(CASES) == set(), "routes without a case"
    for operation in closed:
        for name in re.findall(r"{(\w+)}", operation):
            assert kind_of(operation, name), f"{operation}: what is {{{name}}}?"


def test_a_tenant_reaches_its_own_objects_only(server):
    admin = admin_of(server)
    tenants = [Tenant(admin, name, server) for name in NAMES]
    for tenant in tenants:
        for _ in range(2):
            tenant.grow()
    before = {tenant.name: state_of(tenant) for tenant in tenants}
    walk = Walk(tenants, sorted(set(CASES) & set(operations_of(server))), seed=28)
    for _ in range(STEPS):
        walk.step()
    for operation in walk.operations:
        modes = {mode for mode, _ in walk.visited.get(operation, ())}
        assert modes >= {"foreign", "unknown"}, f"{operation} was tried with {modes} only: more steps"
    for tenant in tenants:
        after = state_of(tenant)
        assert after["works"] == before[tenant.name]["works"], tenant.name
        assert after["files"] == before[tenant.name]["files"], tenant.name
        for name, text in before[tenant.name]["prompts"].items():
            assert after["prompts"][name] == text, (tenant.name, name)


def state_of(tenant: Tenant) -> dict:
    """What of a tenant others must not be able to change."""
    member = tenant.callers["member"]
    return {"works": [key.call("GET", "/v1/models").status for key in (*tenant.callers.values(), tenant.spare)],
            "prompts": {name: member.json("GET", f"/v1/prompts/{name}/versions")["data"][0]["template"]
                        for name in tenant.own["prompt"]},
            "files": {one: member.call("GET", f"/v1/files/{one}/content").body for one in tenant.own["file"]}}
