"""The sixteen ways to fail that a route must bear (docs/concepts/faults.md, "Sixteen cases"): what the caller gets, with a
fallback and alone, and what the provider was asked. Times are a fiftieth of life's."""
import time

import pytest
from support import client, configs
from support.programs import Maester

FIRST_BYTE_MS = 700
TIMES = {"first_byte_ms": FIRST_BYTE_MS, "idle_ms": FIRST_BYTE_MS, "total_ms": 15000, "stream_total_ms": 15000}
STREAM = "stream:chunks=60:interval_ms=1"
TOO_LONG = "fault:400:say=This model's maximum context length is 8192 tokens."
FILTERED = "fault:400:say=The response was filtered due to our content management policy."
NO_PREFILL = "fault:400:say=This model does not support assistant message prefill."
FAULTS = {
    "429-once": "fault:429:retry-after=1;times:1",
    "429-always": "fault:429:retry-after=1",
    "500-once": "fault:500;times:1",
    "503-always": "fault:503",
    "reset": "fault:rst-mid",
    "black-hole": "fault:hang-headers",
    "late-first-token": f"{STREAM}:first_ms={10 * FIRST_BYTE_MS}",
    "late-answer": f"latency:{10 * FIRST_BYTE_MS}",
    "cut-at-40": f"fault:rst-mid:40;{STREAM}",
    "stall-at-40": f"fault:hang-mid:40;{STREAM}",
    "malformed": "fault:garbage-json",
    "no-terminator": "fault:no-done",
    "too-long": TOO_LONG,
    "filtered": FILTERED,
    "cut-whole": "fault:cut:300;text:400",
}
HELPERS = {"healthy": "text:40", "big": "text:41", "lenient": "text:42", "no-prefill": NO_PREFILL + ";prefill",
           "no-prefill-known": NO_PREFILL + ";prefill;text:1"}



@pytest.fixture(scope="module")
def server(space, provider, binary):
    config = configs.FORGETFUL + configs.providers(provider.port) + configs.models(FAULTS | HELPERS)
    config = config.replace('name = "no-prefill-known"', 'name = "no-prefill-known"\nprefill = false')
    config += configs.models({"claude": "text:43"}, "fake-anthropic")
    for name in FAULTS:
        config += configs.route(f"alone {name}", [name], 3, **TIMES)
        config += configs.route(f"route {name}", [name, "healthy"], 3, **TIMES)
        config += configs.route(f"abroad {name}", [name, "claude"], 3, **TIMES)
    config += configs.route("special", ["too-long", "healthy"], 3, **TIMES)
    config += 'fallbacks = { context_length = ["big"], content_filter = ["lenient"] }\n'
    config += configs.route("special-filter", ["filtered", "healthy"], 3, **TIMES)
    config += 'fallbacks = { context_length = ["big"], content_filter = ["lenient"] }\n'
    config += configs.route("prefill", ["503-always", "no-prefill"], 3, **TIMES)
    config += configs.route("prefill-third", ["503-always", "no-prefill", "healthy"], 3, **TIMES)
    config += configs.route("prefill-known", ["503-always", "no-prefill-known", "healthy"], 3, **TIMES)
    return space.add(Maester(space.path, config))


def receipt_of(server, answer) -> dict:
    return client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()


def asked(provider, answer) -> list:
    """The models that the provider was asked for, by their names in the configuration."""
    provider.wait_idle(1)
    names = {upstream: name for name, upstream in (FAULTS | HELPERS).items()}
    return [names.get(call["model"], call["model"]) for call in provider.calls()
            if call["request_id"] == answer.headers["x-maester-request-id"]]


def events_with_error(answer) -> list:
    return [chunk["error"] for chunk in answer.chunks() if "error" in chunk]


BOTH = pytest.mark.parametrize("stream", [False, True])


def test_1_a_429_with_retry_after_once_is_waited_for(server, provider):
    started = time.monotonic()
    answer = client.chat(server.port, "route 429-once")
    assert answer.status == 200 and asked(provider, answer) == ["429-once", "429-once"]
    assert time.monotonic() - started >= 1


@BOTH
def test_2_a_persistent_429_is_waited_for_once_then_left(server, provider, stream):
    answer = client.chat(server.port, "route 429-always", stream=stream)
    assert answer.status == 200 and asked(provider, answer) == ["429-always", "429-always", "healthy"]
    alone = client.chat(server.port, "alone 429-always", stream=stream)
    assert alone.status == 429 and alone.json()["error"]["code"] == "rate_limited"
    assert alone.headers["retry-after"] == "1"


def test_3_a_single_500_costs_a_repeat(server, provider):
    answer = client.chat(server.port, "alone 500-once")
    assert answer.status == 200 and asked(provider, answer) == ["500-once", "500-once"]


@BOTH
@pytest.mark.parametrize("fault", ["503-always", "reset", "black-hole"])
def test_4_5_6_what_has_not_begun_goes_to_the_fallback(server, provider, fault, stream):
    if stream and fault == "reset":
        fault = "503-always"  # a reset stream has begun: case 8
    answer = client.chat(server.port, f"route {fault}", stream=stream)
    assert answer.status == 200 and asked(provider, answer) == [fault, "healthy"]
    assert receipt_of(server, answer)["decision"] == "fallback"
    abroad = client.chat(server.port, f"abroad {fault}", stream=stream)
    assert abroad.status == 200 and abroad.headers["x-maester-provider"] == "fake-anthropic"
    assert abroad.text() == "x" * 43 and (not stream or abroad.done())
    alone = client.chat(server.port, f"alone {fault}", stream=stream)
    assert alone.status == (504 if fault == "black-hole" else 502)
    assert len(asked(provider, alone)) == 3


@pytest.mark.parametrize("fault, stream", [("late-first-token", True), ("late-answer", False), ("late-answer", True)])
def test_7_a_late_first_token_goes_to_the_fallback_before_a_byte_is_sent(server, provider, fault, stream):
    answer = client.chat(server.port, f"route {fault}", stream=stream)
    assert answer.status == 200 and asked(provider, answer) == [fault, "healthy"]
    assert answer.text() == "x" * 40


@pytest.mark.parametrize("fault, code", [("cut-at-40", "upstream_error"), ("stall-at-40", "deadline_exceeded")])
def test_8_9_a_stream_cut_or_stalled_at_40_of_60_ends_with_an_error_and_is_settled(server, provider, fault, code):
    answer = client.chat(server.port, f"route {fault}", stream=True)
    assert answer.status == 200 and not answer.done()
    assert [error["code"] for error in events_with_error(answer)] == [code]
    assert answer.text().count("[id=") == 40, "what came is delivered, nothing of a second answer"
    assert asked(provider, answer) == [fault]
    receipt = receipt_of(server, answer)
    assert receipt["error"]["code"] == code and receipt["usage"]["provenance"] != "provider"
    assert receipt["usage"]["output_tokens"] > 0 and len(receipt["attempts"]) == 1


@pytest.mark.parametrize("fault", ["malformed", "no-terminator"])
def test_10_11_a_malformed_chunk_or_a_missing_terminator_is_no_clean_end(server, provider, fault):
    answer = client.chat(server.port, f"route {fault}", stream=True)
    assert answer.status == 200 and not answer.done() and len(events_with_error(answer)) == 1
    assert asked(provider, answer) == [fault]


@BOTH
def test_12_a_prompt_that_is_too_long_goes_to_the_models_for_that(server, provider, stream):
    answer = client.chat(server.port, "special", stream=stream)
    assert answer.status == 200 and asked(provider, answer) == ["too-long", "big"]
    alone = client.chat(server.port, "route too-long", stream=stream)
    assert alone.status == 400 and "maximum context length" in alone.json()["error"]["message"]
    assert asked(provider, alone) == ["too-long"], "without such models: the request is at fault"


@BOTH
def test_13_filtered_content_goes_to_the_models_for_that(server, provider, stream):
    answer = client.chat(server.port, "special-filter", stream=stream)
    assert answer.status == 200 and asked(provider, answer) == ["filtered", "lenient"]
    assert client.chat(server.port, "route filtered", stream=stream).status == 400


def prefilled(server, route: str) -> client.Answer:
    return client.request(server.port, "POST", "/v1/chat/completions", {"model": route, "messages": [
        {"role": "user", "content": "Count."}, {"role": "assistant", "content": "1, 2,"}]})


def test_14_a_fallback_that_refuses_a_prefill_does_not_make_the_request_bad(server, provider):
    answer = prefilled(server, "prefill")
    assert answer.status == 502 and answer.json()["error"]["code"] == "upstream_error", "the first target's failure"
    assert "x-should-retry" not in answer.headers
    assert asked(provider, answer) == ["503-always", "no-prefill"]
    third = prefilled(server, "prefill-third")
    assert third.status == 200 and asked(provider, third) == ["503-always", "no-prefill", "healthy"]
    known = prefilled(server, "prefill-known")
    assert known.status == 200 and asked(provider, known) == ["503-always", "healthy"]
    skipped = [c for c in receipt_of(server, known)["routing"]["candidates"] if c.get("reason_skipped")]
    assert [(c["model"], c["reason_skipped"]) for c in skipped] == [("no-prefill-known", "prefill")]


def test_15_a_provider_that_flaps_is_left_and_taken_up_again(space, provider, binary):
    (space.path / "flap").mkdir()
    config = "[breaker]\nopen_ms = 400\nmax_open_ms = 400\n" + configs.providers(provider.port)
    config += configs.models({"flapping": "flapping", "steady": "text:44"})
    config += configs.route("flap", ["flapping", "steady"], 3, **TIMES)
    server = space.add(Maester(space.path / "flap", config))
    for state, serving in (("", "flapping"), ("fault:503", "steady"), ("", "flapping")):
        provider.script({"models": {"flapping": state}})
        until = time.monotonic() + 20
        in_a_row = 0
        while in_a_row < 20:
            answer = client.chat(server.port, "flap")
            assert answer.status == 200, answer.body
            in_a_row = in_a_row + 1 if answer.headers["x-maester-model"] == serving else 0
            assert time.monotonic() < until, f"{serving} does not serve"
    server.stop()


def test_16_the_caller_pays_for_every_attempt_and_sees_each(server, provider):
    def spent() -> dict:
        rows = client.request(server.port, "GET", "/v1/usage?group_by=key").json()["data"]
        return {row["key"]: row for row in rows}

    before = spent()
    answer = client.chat(server.port, "route cut-whole")
    assert answer.status == 200 and asked(provider, answer) == ["cut-whole", "healthy"]
    receipt = receipt_of(server, answer)
    parts = receipt["cost"]["parts"]
    assert {part["attempt"] for part in parts} == {1, 2}, "the broken answer was begun, and is paid"
    units = [round(float(part["amount"]) * 1e15) for part in parts]
    assert sum(units) == round(float(receipt["cost"]["total"]) * 1e15)
    key = receipt["key_id"]
    after = spent()
    paid = float(after[key]["total_cost_usd"]) - float(before[key]["total_cost_usd"])
    assert abs(paid - float(receipt["cost"]["total"])) < 1e-12
    assert answer.headers["x-maester-cost-usd"] == receipt["cost"]["total"]
