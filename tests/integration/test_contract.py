"""The seed's routes, receipts, usage and replays, to the field (CONTRACT.md §4, §5), on the simulated models of --dev."""
import json
from decimal import Decimal

import pytest
from support.client import chat, request
from support.programs import Maester

DEV = 'default_model = "gpt-4.1-mini"\n[capture]\nreplay = "full"\n' + "".join(
    f'[[providers]]\nname = "{name}"\nkind = "simulated"\nsimulated = {{ flavor = "{flavor}" }}\n'
    for name, flavor in (("openai", "OpenAI"), ("anthropic", "Anthropic"))) + "".join(
    f'[[models]]\nname = "{name}"\nprovider = "{provider}"\n'
    f'price = {{ input_per_mtok = "{cost_in}", output_per_mtok = "{cost_out}" }}\n'
    for name, provider, cost_in, cost_out in (
        ("gpt-4.1", "openai", 2, 8), ("gpt-4.1-mini", "openai", "0.40", "1.60"), ("gpt-4o-mini", "openai", "0.15", "0.60"),
        ("claude-3-5-sonnet", "anthropic", 3, 15), ("claude-3-5-haiku", "anthropic", "0.80", 4)))


@pytest.fixture(scope="module")
def server(space, binary):
    return space.add(Maester(space.path, DEV))


def post(server, path, body, **more):
    return request(server.port, "POST", path, body, **more)


def get(server, path):
    answer = request(server.port, "GET", path)
    assert answer.status == 200, answer.body
    return answer.json()


V1 = {"prompt_name": "system_summary", "prompt_version": "v1",
      "variables": {"event_text": "Admin revoked API key for user account 742."}, "model": "gpt-4.1-mini", "max_tokens": 120}


def test_seed_example_one(server):
    answer = post(server, "/v1/prompted_completion", V1).json()
    assert list(answer) == ["request_id", "provider", "model", "trace_id", "prompt_name", "prompt_version", "prompt_hash",
                            "content", "cost", "evaluation"]
    assert answer["prompt_hash"] == "5ba4cce2a985f8234698a63fe2260428b029dfd7d61e53a5793cc963b8737036"
    assert answer["content"].startswith("[OpenAI:gpt-4.1-mini] Generated response for prompt: You are a production AI assistant.\n")
    assert answer["cost"] == {"model": "gpt-4.1-mini", "input_tokens": 40, "output_tokens": 48, "total_tokens": 88,
                              "input_cost_usd": "0.000016", "output_cost_usd": "0.000077", "total_cost_usd": "0.000093",
                              "unit": "USD"}
    assert answer["evaluation"] == {"status": "pass", "reliability_score": 1.0, "metrics": [
        {"name": "non_empty", "score": 1.0, "passed": True, "reason": None},
        {"name": "max_length", "score": 1.0, "passed": True, "reason": None}]}


def test_seed_example_two_takes_the_latest_version(server):
    body = {"prompt_name": "system_summary",
            "variables": {"event_text": "System latency increased above 300ms for the inference service."}}
    answer = post(server, "/v1/prompted_completion", body).json()
    assert (answer["prompt_version"], answer["prompt_hash"]) == (
        "v2", "06c08f6125a189abf90b44c9a63a5bc0f5307f06319363a922a476b38776b8c6")
    cost = answer["cost"]
    assert (cost["input_tokens"], cost["output_tokens"]) == (66, 46)
    assert (cost["input_cost_usd"], cost["output_cost_usd"], cost["total_cost_usd"]) == ("0.000026", "0.000074", "0.000100")


@pytest.mark.parametrize("change, status, code, param", [
    ({"variables": {}}, 422, "missing_variable", "variables.event_text"),
    ({"prompt_name": "nothing"}, 404, "not_found", None),
    ({"prompt_version": "v9"}, 404, "not_found", None),
    ({"model": "gpt-9"}, 404, "model_not_found", "model"),
    ({"max_tokens": 0}, 400, "invalid_request", "max_tokens"),
    ({"max_tokens": 2001}, 400, "invalid_request", "max_tokens"),
    ({"max_tokens": "12"}, 400, "invalid_request", "max_tokens"),
    ({"colour": 1}, 400, "invalid_request", "colour"),
    ({"variables": {"event_text": 5}}, None, None, None),
])
def test_bad_input_says_what_and_where(server, change, status, code, param):
    answer = post(server, "/v1/prompted_completion", {**V1, **change})
    assert answer.status < 500
    if status is None:
        return
    problem = answer.json()
    assert (answer.status, problem["code"]) == (status, code), answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] and problem["detail"]
    if param:
        assert problem["param"] == param


def reliable(server, **body):
    return post(server, "/v1/reliable_completion", {"prompt": "Explain the incident in one line.", "model": "gpt-4.1", **body})


def test_a_budget_that_fits_lets_through(server):
    answer = reliable(server, max_cost_usd=0.01, budget_scope="fits").json()
    budget = answer["budget"]
    assert budget["enabled"] and budget["allowed"] and not budget["fallback_applied"]
    assert budget["policy"] == {"max_cost_usd": "0.010000", "max_output_tokens": 200,
                                "fallback_model_if_over_budget": "gpt-4.1-mini"}
    # 33 characters: ceil(33 / 4) = 9 tokens at 2 USD a million, 200 at 8
    assert budget["estimate"]["estimated_input_tokens"] == 9
    assert budget["estimate"]["estimated_total_cost_usd"] == "0.001618"
    assert budget["actual_total_cost_usd"] == answer["cost"]["total_cost_usd"]
    assert budget["ledger"]["request_count"] == 1
    assert budget["ledger"]["total_cost_usd"] == answer["cost"]["total_cost_usd"]


def test_a_tight_budget_downgrades_and_a_tighter_one_blocks(server):
    downgraded = reliable(server, max_cost_usd="0.0005", budget_scope="tight").json()
    assert downgraded["model"] == "gpt-4.1-mini"
    assert downgraded["budget"]["fallback_applied"] and downgraded["budget"]["effective_model"] == "gpt-4.1-mini"
    for body in ({"max_cost_usd": "0.0005", "allow_fallback_to_cheaper_model": False}, {"max_cost_usd": "0.000001"}):
        blocked = reliable(server, budget_scope="tight", **body)
        assert blocked.status == 409
        detail = blocked.json()["detail"]
        assert detail["message"] and detail["budget"]["allowed"] is False
        assert set(detail["budget"]) == {"allowed", "reason", "effective_model", "fallback_applied", "estimate"}
    assert reliable(server).json()["budget"] == {"enabled": False}


def test_required_terms_and_length_are_scored(server):
    answer = reliable(server, required_terms=["INCIDENT", "rollback"], max_response_chars=10).json()
    by_name = {m["name"]: m for m in answer["evaluation"]["metrics"]}
    assert answer["evaluation"]["status"] == "fail"
    assert by_name["required_terms"]["score"] == 0.5 and not by_name["required_terms"]["passed"]
    assert by_name["max_length"]["score"] == pytest.approx(10 / len(answer["content"]), abs=1e-4)
    expected = sum(m["score"] for m in by_name.values()) / 3
    assert answer["evaluation"]["reliability_score"] == pytest.approx(expected, abs=1e-4)


def test_the_summary_counts_what_budgets_did(server):
    before = get(server, "/v1/metrics/reliability")["summary"]
    reliable(server, max_cost_usd="0.01", budget_scope="summary")
    reliable(server, max_cost_usd="0.0005", budget_scope="summary")
    reliable(server, max_cost_usd="0.000001", budget_scope="summary")
    summary = get(server, "/v1/metrics/reliability")
    after = summary["summary"]
    for field, more in (("total_requests", 3), ("executed_requests", 2), ("blocked_requests", 1),
                        ("downgraded_requests", 1), ("allowed_requests", 2)):
        assert after[field] == before[field] + more, field
    scope = next(s for s in summary["scopes"] if s["scope_key"] == "summary")
    assert (scope["request_count"], scope["executed_request_count"], scope["blocked_request_count"]) == (3, 2, 1)
    assert set(summary) == {"summary", "budget_outcomes", "models", "scopes", "estimate_accuracy"}


def test_every_answer_has_a_receipt_a_trace_and_a_replay(server):
    answer = post(server, "/v1/prompted_completion", V1).json()
    receipt = get(server, "/v1/requests/" + answer["request_id"])
    assert receipt["prompt"]["hash"] == answer["prompt_hash"] and receipt["prompt"]["version"] == "v1"
    assert receipt["model"] == {"requested": "gpt-4.1-mini", "resolved": "gpt-4.1-mini", "upstream": "gpt-4.1-mini"}
    assert receipt["cost"]["total"] == "0.0000928" and receipt["usage"]["provenance"] == "provider"
    assert sum(Decimal(p["amount"]) for p in receipt["cost"]["parts"]) == Decimal(receipt["cost"]["total"])
    assert receipt["decision"] == "return" and receipt["config_version"] and receipt["price_version"]
    trace = get(server, "/v1/traces/" + answer["trace_id"])
    spans = {s["name"]: s for s in trace["spans"]}
    inference = spans["chat gpt-4.1-mini"]
    assert inference["attributes"]["gen_ai.usage.input_tokens"] == 40
    assert inference["attributes"]["gen_ai.operation.name"] == "chat"
    record = get(server, "/v1/replays/" + answer["request_id"])["record"]
    assert record["request"]["rendered_prompt"].endswith("Admin revoked API key for user account 742.")
    assert record["response"]["content"] == answer["content"]
    result = post(server, f"/v1/replays/{answer['request_id']}/run", {}).json()["result"]
    comparison = result["comparison"]
    assert comparison["content_exact_match"] and comparison["same_model"] and comparison["same_provider"]
    assert comparison["content_length_delta"] == 0 and comparison["reliability_score_delta"] == 0
    other = post(server, f"/v1/replays/{answer['request_id']}/run", {"model": "gpt-4.1"}).json()["result"]["comparison"]
    assert not other["same_model"] and not other["content_exact_match"]
    newer = post(server, f"/v1/replays/{answer['request_id']}/run", {"prompt_version": "v2"}).json()["result"]
    assert "focused on reliability" in newer["replayed_response"]["content"]


def test_usage_includes_everything_that_was_acknowledged(server):
    def sums():
        return get(server, "/v1/usage?group_by=model,prompt")
    before = sums()["total"]
    total = Decimal(0)
    for _ in range(5):
        total += Decimal(get(server, "/v1/requests/" + post(server, "/v1/prompted_completion", V1).json()["request_id"])
                         ["cost"]["total"])
    after = sums()
    assert after["total"]["requests"] == before["requests"] + 5
    assert Decimal(after["total"]["total_cost_usd"]) == Decimal(before["total_cost_usd"]) + total
    assert sum(Decimal(row["total_cost_usd"]) for row in after["data"]) == Decimal(after["total"]["total_cost_usd"])
    assert any(row["prompt"] == "system_summary@v1" for row in after["data"])


def test_the_extension_adds_its_object_to_the_answer(server):
    checks = [{"type": "contains", "value": "Generated"}, {"type": "max_length", "value": 5, "name": "short"}]
    body = chat(server.port, "gpt-4.1-mini", "hello", maester={"checks": checks, "metadata": {"team": "a"}}).json()
    extension = body["maester"]
    assert [m["passed"] for m in extension["evaluation"]["metrics"]] == [True, False]
    assert extension["decision"] == "return" and extension["attempts"][0]["provider"] == "openai"
    assert "maester" not in chat(server.port, "gpt-4.1-mini", "hello").json()


def test_a_stream_carries_the_extension_after_usage_and_before_done(server):
    answer = chat(server.port, "gpt-4.1-mini", "hello", stream=True, stream_options={"include_usage": True},
                  maester={"checks": [{"type": "non_empty"}]})
    chunks = answer.chunks()
    assert answer.done() and answer.complete
    assert answer.text().startswith("[OpenAI:gpt-4.1-mini]")
    assert chunks[-1]["choices"] == [] and chunks[-1]["maester"]["evaluation"]["status"] == "pass"
    assert chunks[-2]["choices"] == [] and chunks[-2]["usage"]["prompt_tokens"] == 2
    plain = chat(server.port, "gpt-4.1-mini", "hello", stream=True)
    assert all(chunk["choices"] for chunk in plain.chunks()), "the usage chunk is dropped when it was not asked for"


@pytest.mark.parametrize("stream", [False, True])
def test_a_check_that_refuses_withholds_the_answer(server, stream):
    answer = chat(server.port, "gpt-4.1-mini", "hello", stream=stream,
                  maester={"checks": [{"type": "contains", "value": "absent", "on_fail": "refuse"}]})
    assert answer.status == 422, answer.body
    assert b"Generated response" not in answer.body
    assert answer.json()["error"]["code"] == "unprocessable" and "contains" in answer.json()["error"]["message"]
    good = chat(server.port, "gpt-4.1-mini", "hello", stream=stream,
                maester={"checks": [{"type": "contains", "value": "Generated", "on_fail": "refuse"}]})
    assert good.status == 200 and good.text().startswith("[OpenAI:")
    if stream:
        assert good.headers["x-maester-buffered"] == "1" and good.done()


def test_a_prompt_of_the_registry_in_a_chat(server):
    body = request(server.port, "POST", "/v1/chat/completions", {
        "model": "gpt-4.1-mini", "messages": [],
        "maester": {"prompt": {"name": "system_summary", "version": "v1", "variables": {"event_text": "X"}}}}).json()
    assert body["maester"]["prompt"]["version"] == "v1"
    assert "Summarize the following" in body["choices"][0]["message"]["content"]


@pytest.mark.parametrize("body, status, param", [
    (b"{", 400, None), (b"[]", 400, None), (b"", 400, None), (b'{"model": "gpt-4.1-mini"}', 400, "messages"),
    (b'{"model": 5, "messages": []}', 400, "model"),
    (b'{"model":"gpt-4.1-mini","model":"gpt-4.1","messages":[{"role":"user","content":"x"}]}', 400, None),
    (b'{"model":"gpt-4.1-mini","messages":[{"role":"user","content":"x"}],"maester":{"cheks":[]}}', 400, "maester.cheks"),
    (b'{"model":"nope","messages":[{"role":"user","content":"x"}]}', 404, "model"),
])
def test_a_malformed_chat_is_refused_in_openais_shape(server, body, status, param):
    answer = request(server.port, "POST", "/v1/chat/completions", body)
    assert answer.status == status, answer.body
    error = answer.json()["error"]
    assert error["message"] and error["type"] and error["code"]
    if param:
        assert error["param"] == param
    assert answer.headers["x-should-retry"] == "false"


def test_unknown_paths_methods_and_ids(server):
    assert request(server.port, "GET", "/v1/nothing").status == 404
    wrong = request(server.port, "GET", "/v1/chat/completions")
    assert wrong.status == 405 and wrong.headers["allow"] == "POST"
    for path in ("/v1/requests/nope", "/v1/replays/019aa000-0000-7000-8000-000000000000", "/v1/traces/" + "0" * 31 + "1"):
        assert request(server.port, "GET", path).status == 404, path


def test_headers_in_and_out(server):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = chat(server.port, "gpt-4.1-mini", "hello",
                  headers={"x-request-id": "mine-1", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    headers = answer.headers
    assert headers["x-request-id"] == "mine-1" and headers["x-maester-trace-id"] == trace
    assert (headers["x-maester-provider"], headers["x-maester-model"]) == ("openai", "gpt-4.1-mini")
    assert headers["x-maester-attempts"] == "1" and headers["x-maester-cache"] == "off" and headers["x-maester-config"]
    assert Decimal(headers["x-maester-cost-usd"]) > 0
    receipt = get(server, "/v1/requests/" + headers["x-maester-request-id"])
    assert receipt["client_request_id"] == "mine-1" and receipt["trace_id"] == trace


def test_development_mode_refuses_foreign_pages_and_hosts(server):
    assert request(server.port, "GET", "/v1/models", headers={"host": "evil.example"}).status == 403
    assert request(server.port, "GET", "/v1/models", headers={"origin": "https://evil.example"}).status == 403
    assert request(server.port, "GET", "/v1/models", headers={"authorization": "Bearer mst_k_wrong"}).status == 401
    assert request(server.port, "GET", "/v1/models", headers={"authorization": "Bearer sk-whatever"}).status == 200


def test_the_server_tells_about_itself(server):
    models = [m["id"] for m in get(server, "/v1/models")["data"]]
    assert models == ["claude-3-5-haiku", "claude-3-5-sonnet", "gpt-4.1", "gpt-4.1-mini", "gpt-4o-mini"]
    assert get(server, "/readyz")["durability"] == "process"
    text = request(server.port, "GET", "/metrics").body.decode()
    for name in ("maester_requests_total", "maester_overhead_seconds_bucket", "gen_ai_client_token_usage_bucket",
                 "process_resident_memory_bytes"):
        assert name in text, name
    paths = get(server, "/openapi.json")["paths"]
    assert "/v1/chat/completions" in paths and paths["/v1/prompts"]["post"]["x-maester-role"] == "member"


def test_bodies_are_not_logged(server):
    marker = "a-marker-that-must-not-be-logged"
    chat(server.port, "gpt-4.1-mini", marker)
    chat(server.port, "gpt-4.1-mini", "x", maester={"checks": [{"type": "contains", "value": marker}]})
    assert '"model_routed"' in server.log() and '"llm_call"' in server.log() and '"span_end"' in server.log()
    assert marker not in server.log()
    for line in server.log().splitlines():
        if line.startswith("{"):
            json.loads(line)
