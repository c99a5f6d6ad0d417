"""Streams through the server: whole and unchanged, cancelled upstream when the client leaves, many at once."""
import json
import time

import pytest
from support import client, configs
from support.programs import Maester, loadgen

SLOW = "stream:chunks=40:interval_ms=50"
FAST = "stream:chunks=20:interval_ms=20"


@pytest.fixture(scope="module")
def server(space, provider, binary):
    config = configs.NO_LIMITS + configs.providers(provider.port)
    config += configs.models(["plain", "latency:2000", "echo", "tools", "tools-parallel", SLOW, FAST])
    config += configs.models({"claude": "echo", "claude-tools": "tools-parallel"}, "fake-anthropic")
    return space.add(Maester(space.path, config))


def receipt_of(server, answer_or_id) -> dict:
    request_id = answer_or_id if isinstance(answer_or_id, str) else answer_or_id.headers["x-maester-request-id"]
    return client.request(server.port, "GET", f"/v1/requests/{request_id}").json()


def test_bytes_of_the_same_protocol_pass_unchanged(server, provider):
    through = client.chat(server.port, "echo", "Grüße, 世界 🌍\n\"quoted\"", stream=True, stream_options={"include_usage": True})
    direct = client.chat(provider.port, "echo", "Grüße, 世界 🌍\n\"quoted\"", stream=True, stream_options={"include_usage": True})

    def without_id(answer):
        return answer.body.replace(answer.chunks()[0]["id"].encode(), b"ID")
    assert through.complete and without_id(through) == without_id(direct)


def test_the_usage_chunk_is_dropped_when_it_was_not_asked_for(server):
    asked = client.chat(server.port, "plain", stream=True, stream_options={"include_usage": True})
    silent = client.chat(server.port, "plain", stream=True)
    assert asked.chunks()[-1]["choices"] == [] and asked.chunks()[-1]["usage"]["completion_tokens"] > 0
    assert all(chunk["choices"] for chunk in silent.chunks()) and silent.done()
    assert receipt_of(server, silent)["usage"]["provenance"] == "provider"


@pytest.mark.parametrize("send, model", [(client.chat, "claude")])
def test_text_survives_translation(server, send, model):
    text = "Grüße, 世界 🌍 and \"quotes\" \\ backslashes\nlines"
    assert send(server.port, model, text).text() == text
    streamed = send(server.port, model, text, stream=True)
    assert streamed.done() and streamed.text() == text


@pytest.mark.parametrize("model", ["tools-parallel", "claude-tools"])
def test_parallel_tool_calls_survive_translation(server, model):
    tools = [{"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
             for name in ("get_weather", "get_time")]
    answer = client.chat(server.port, model, tools=tools)
    calls = answer.json()["choices"][0]["message"]["tool_calls"]
    assert [call["function"]["name"] for call in calls] == ["get_weather", "get_time"]
    assert "Zürich" in calls[1]["function"]["arguments"]
    streamed = client.chat(server.port, model, tools=tools, stream=True)
    arguments: dict = {}
    for chunk in streamed.chunks():
        for choice in chunk["choices"]:
            for call in choice["delta"].get("tool_calls") or []:
                arguments[call["index"]] = arguments.get(call["index"], "") + (call["function"].get("arguments") or "")
    assert [json.loads(arguments[i])["city"] for i in sorted(arguments)] == ["Paris", "Zürich"]


def test_a_client_that_leaves_ends_the_call_at_the_provider_within_a_second(server, provider):
    body = {"model": SLOW, "stream": True, "messages": [{"role": "user", "content": "x"}]}
    stream = client.OpenStream(server.port, "/v1/chat/completions", body)
    request_id = stream.response.getheader("x-maester-request-id")
    stream.read_events(4)
    left = time.time_ns()
    stream.close()
    provider.wait_idle(20)
    call = [c for c in provider.calls() if c["request_id"] == request_id][0]
    assert call["outcome"] == "client-closed" and call["end_ns"] - left < 1_000_000_000
    receipt = receipt_of(server, request_id)
    assert receipt["usage"]["output_tokens"] > 0, "what was received is settled"


def test_a_client_that_leaves_before_the_first_byte_ends_the_call_too(server, provider):
    answer = client.chat(server.port, "latency:2000", timeout=0.3)
    assert answer.error == "timeout"
    assert provider.wait_idle(20)["active"] == 0
    assert provider.calls()[-1]["outcome"] == "client-closed"


def test_many_streams_lose_repeat_and_mix_nothing(server, provider):
    # T16 in short: 100 at a time for 3 s, one in twenty left in the middle.
    before = provider.wait_idle()["client_closed"]
    report = loadgen(server.port, "-c", 100, "-d", 3, "--stream", "--model", FAST, "--expect-chunks", 20, "--cancel-percent", 5)
    assert report["failed"] == 0, report["errors"]
    assert report["chunks"]["stamped"] > 1000
    assert {fault: report["chunks"][fault] for fault in ("lost", "repeated", "corrupt", "foreign")} == {
        "lost": 0, "repeated": 0, "corrupt": 0, "foreign": 0}
    stats = provider.wait_idle()
    assert stats["active"] == 0
    assert stats["client_closed"] - before >= report["cancelled"] * 0.9, "cancelled here, cancelled there"


def test_every_request_of_a_load_is_in_the_usage(server, provider):
    def usage() -> int:
        return client.request(server.port, "GET", "/v1/usage?group_by=model").json()["total"]["requests"]
    provider.wait_idle()
    asked, counted = provider.stats()["requests"], usage()
    loadgen(server.port, "-c", 16, "-n", 500, "--stream-percent", 50, "--model", "plain")
    assert provider.wait_idle()["requests"] - asked == 500
    assert usage() - counted == 500
