"""T12: each fault of a provider and what the caller sees (docs/concepts/faults.md). The table here is that one."""
import pytest
from support import client, configs
from support.programs import Maester

ATTEMPTS = 2
ALL, ONE = ATTEMPTS, 1
ANSWERED = (200, "")
BROKEN = (200, "error event")  # a stream that began and was broken off
UPSTREAM = (502, "upstream_error")
TIMEOUT = (504, "deadline_exceeded")

# fault: (whole answer, attempts), (stream, attempts)
FAULTS = {
    "500": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "503": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "529": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "429": (((429, "rate_limited"), ALL), ((429, "rate_limited"), ALL)),
    "429:retry-after=60": (((429, "rate_limited"), ONE), ((429, "rate_limited"), ONE)),
    "400": (((400, ""), ONE), ((400, ""), ONE)),
    "404": (((404, ""), ONE), ((404, ""), ONE)),
    "422": (((422, ""), ONE), ((422, ""), ONE)),
    "401": ((UPSTREAM, ONE), (UPSTREAM, ONE)),
    "403": ((UPSTREAM, ONE), (UPSTREAM, ONE)),
    "hang-headers": ((TIMEOUT, ALL), (TIMEOUT, ALL)),
    "hang-mid": ((TIMEOUT, ALL), (BROKEN, ONE)),
    "rst-mid": ((UPSTREAM, ALL), (BROKEN, ONE)),
    "cut:300": ((UPSTREAM, ALL), (BROKEN, ONE)),
    "cut:0": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "wrong-content-length": ((UPSTREAM, ALL), (ANSWERED, ONE)),
    "short-content-length": ((UPSTREAM, ALL), (BROKEN, ONE)),
    "garbage": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "garbage-json": ((UPSTREAM, ALL), (BROKEN, ONE)),
    "invalid-utf8": ((UPSTREAM, ALL), (BROKEN, ONE)),
    "one-byte-writes": ((ANSWERED, ONE), (ANSWERED, ONE)),
    "big-line": ((ANSWERED, ONE), (BROKEN, ONE)),
    "gzip-bomb": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "no-usage": ((ANSWERED, ONE), (ANSWERED, ONE)),
    "usage-mismatch": ((ANSWERED, ONE), (ANSWERED, ONE)),
    "redirect": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "slow-loris:20": ((TIMEOUT, ALL), (TIMEOUT, ALL)),
    "comments-only:50": (((502, 504), ALL), (TIMEOUT, ALL)),
    "error-event": ((UPSTREAM, ALL), (BROKEN, ONE)),
    "html-502": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "empty-502": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "no-done": ((ANSWERED, ONE), (BROKEN, ONE)),
    "close-before": ((UPSTREAM, ALL), (UPSTREAM, ALL)),
    "close-after": ((ANSWERED, ONE), (ANSWERED, ONE)),
}
CASES = [(fault, stream) for fault in FAULTS for stream in (False, True)]
TIMES = {"first_byte_ms": 400, "idle_ms": 400, "total_ms": 4000, "stream_total_ms": 4000}


@pytest.fixture(scope="module")
def server(space, provider, binary):
    config = configs.FORGETFUL + configs.providers(provider.port)
    config += configs.models({f"model {fault}": f"fault:{fault}" for fault in FAULTS} | {"healthy": "plain"})
    for fault in FAULTS:
        config += configs.route(f"route {fault}", [f"model {fault}"], ATTEMPTS, **TIMES)
        config += configs.route(f"fallback {fault}", [f"model {fault}", "healthy"], ATTEMPTS, **TIMES)
    return space.add(Maester(space.path, config))


def seen(answer: client.Answer) -> tuple:
    """What the caller was told, as the table has it."""
    if answer.status == 200 and answer.headers["content-type"].startswith("text/event-stream"):
        errors = [chunk["error"] for chunk in answer.chunks() if "error" in chunk]
        assert not (errors and answer.done()), "an error and a clean end in one stream"
        assert errors or answer.done(), f"a stream that ends without a word: {answer.body[-300:]!r} {answer.error}"
        return BROKEN if errors else ANSWERED
    if answer.status == 200:
        return ANSWERED
    return answer.status, answer.json()["error"]["code"]


def calls_of(provider, answer: client.Answer) -> list:
    request_id = answer.headers["x-maester-request-id"]
    provider.wait_idle(20)
    return [call for call in provider.calls() if call["request_id"] == request_id]


def matches(got: tuple, wanted: tuple) -> bool:
    if wanted == (502, 504):
        return got in (UPSTREAM, TIMEOUT)
    return got == wanted or (wanted[1] == "" and got[0] == wanted[0])


@pytest.mark.parametrize("fault, stream", CASES)
def test_the_caller_sees_the_documented_result(server, provider, fault, stream):
    wanted, attempts = FAULTS[fault][1 if stream else 0]
    answer = client.chat(server.port, f"route {fault}", stream=stream, timeout=10)
    assert matches(seen(answer), wanted), (answer.status, answer.error, answer.body[-500:])
    calls = calls_of(provider, answer)
    assert len(calls) == attempts
    assert [call["attempt"] for call in calls] == [str(n + 1) for n in range(attempts)]
    # No call is invisible: the receipt knows each one.
    receipt = client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()
    assert len(receipt["attempts"]) == attempts


@pytest.mark.parametrize("fault, stream", [(fault, stream) for fault, stream in CASES
                                           if FAULTS[fault][1 if stream else 0][0] not in (ANSWERED,)])
def test_a_healthy_second_target_answers_what_has_not_begun(server, provider, fault, stream):
    wanted, _ = FAULTS[fault][1 if stream else 0]
    answer = client.chat(server.port, f"fallback {fault}", stream=stream, timeout=10)
    if wanted == BROKEN or fault in ("400", "404", "422"):  # it has begun, or would fail anywhere
        assert matches(seen(answer), wanted)
        assert len(calls_of(provider, answer)) == 1
    else:
        assert seen(answer) == ANSWERED, (answer.status, answer.body[-500:])
        assert answer.headers["x-maester-model"] == "healthy"
        assert [call["model"] for call in calls_of(provider, answer)] == [f"fault:{fault}", "plain"]


def test_missing_usage_is_counted_and_says_so(server):
    answer = client.chat(server.port, "route no-usage", "Count me, please.")
    receipt = client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()
    assert receipt["usage"]["provenance"] in ("counted", "estimated")
    assert receipt["usage"]["output_tokens"] > 0


def test_a_broken_stream_is_settled_for_what_was_received(server):
    answer = client.chat(server.port, "route rst-mid", stream=True)
    receipt = client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()
    assert receipt["usage"]["output_tokens"] > 0 and receipt["usage"]["provenance"] != "provider"
    assert receipt["error"]["code"] == "upstream_error"


def test_the_server_outlived_all_that(server):
    assert server.alive()
    assert client.request(server.port, "GET", "/readyz").status == 200
    answer = client.chat(server.port, "healthy")
    assert answer.status == 200 and answer.text()
