"""A witness must be right: the fake provider and the load driver, without a server between them."""
import json
import time

import pytest
from support import client
from support.programs import loadgen

STAMPED = "stream:chunks=20:interval_ms=10"


def test_a_plain_answer_carries_usage_by_the_documented_rule(provider):
    answer = client.chat(provider.port, "plain", "12345678")
    assert answer.status == 200
    assert answer.json()["usage"]["prompt_tokens"] == 2
    assert answer.json()["usage"]["completion_tokens"] == (len(answer.text()) + 3) // 4


def test_max_tokens_is_honoured(provider):
    answer = client.chat(provider.port, "echo", "abcdefghijkl", max_tokens=2)
    assert answer.text() == "abcdefgh"
    assert answer.json()["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("send", [client.chat, client.messages])
def test_a_stream_says_the_same_as_the_whole_answer(provider, send):
    streamed = send(provider.port, "echo", "Grüße, 世界 🌍", stream=True)
    assert streamed.done() and streamed.text() == send(provider.port, "echo", "Grüße, 世界 🌍").text()


def test_an_unknown_fault_is_refused_and_not_taken_for_a_model(provider):
    assert client.chat(provider.port, "fault:nope").status == 400


@pytest.mark.parametrize("model, error", [
    ("fault:hang-headers", "timeout"), ("fault:hang-mid", "timeout"), ("fault:rst-mid", "ConnectionResetError"),
    ("fault:cut:50", "cut"), ("fault:garbage", "BadStatusLine"), ("fault:wrong-content-length", "cut"),
    ("fault:close-before", "RemoteDisconnected")])
def test_a_broken_answer_is_broken(provider, model, error):
    answer = client.chat(provider.port, model, timeout=0.5)
    assert not answer.complete and answer.error == error


def test_the_journal_tells_who_broke_off(provider):
    def outcome(model: str, **more) -> str:
        client.chat(provider.port, model, headers={"x-maester-request-id": model}, **more)
        provider.wait_idle()
        return [call["outcome"] for call in provider.calls() if call["request_id"] == model][-1]
    assert outcome("plain") == "complete"
    assert outcome("fault:cut:20") == "cut"
    assert outcome("fault:hang-mid", timeout=0.3) == "client-closed"


def test_a_script_changes_what_a_plain_model_meets(provider):
    try:
        provider.script({"default": "fault:503", "models": {"good": "echo"}})
        assert client.chat(provider.port, "plain").status == 503
        assert client.chat(provider.port, "good").status == 200
        provider.script({"phases": [{"seconds": 60, "default": "fault:429:retry-after=7"}]})
        assert client.chat(provider.port, "plain").headers["retry-after"] == "7"
    finally:
        provider.script({})
    assert client.chat(provider.port, "plain").status == 200


def test_chaos_repeats_from_its_seed(provider):
    def statuses() -> list:
        provider.reset()
        return [client.chat(provider.port, "chaos:7:percent=80", timeout=0.2).status for _ in range(12)]
    first = statuses()
    assert first == statuses() and len(set(first)) > 1


def test_a_reader_that_pauses_gets_all_in_the_end(provider):
    stream = client.OpenStream(provider.port, "/v1/chat/completions",
                               {"model": "stream:chunks=3000:interval_ms=0:pad=4096", "stream": True, "messages": []}, timeout=5)
    time.sleep(0.5)
    assert provider.stats()["active"] == 1
    assert stream.read_events(3002).count(b"[id=") == 3000
    stream.close()


def test_the_driver_sees_every_chunk_of_every_stream(provider):
    report = loadgen(provider.port, "-c", 50, "-d", 1, "--stream", "--model", STAMPED, "--expect-chunks", 20)
    assert report["failed"] == 0 and report["ok"] >= 50
    assert report["chunks"]["stamped"] == report["ok"] * 20
    assert all(report["chunks"][fault] == 0 for fault in ("lost", "repeated", "corrupt", "foreign"))


def test_the_driver_misses_chunks_that_do_not_come(provider):
    report = loadgen(provider.port, "-c", 2, "-n", 4, "--stream", "--model", STAMPED, "--expect-chunks", 21)
    assert report["chunks"]["lost"] == 4


def test_the_driver_names_what_went_wrong(provider):
    def errors(model: str, *options) -> dict:
        return loadgen(provider.port, "-c", 2, "-n", 6, "--model", model, "--timeout-ms", 300, *options)["errors"]
    assert errors("fault:503") == {"status_503": 6}
    assert errors("fault:cut:30") == {"cut": 6}
    assert errors("fault:garbage") == {"framing": 6}
    assert errors("fault:no-done", "--stream") == {"stream_without_end": 6}
    assert errors("fault:error-event", "--stream") == {"stream_error": 6}
    assert errors("fault:hang-headers") == {"timeout": 6}


def test_the_open_loop_charges_a_stall_to_the_requests_that_waited(provider):
    # One connection, an answer takes 50 ms, 40 are due each second: the queue grows and latency with it.
    report = loadgen(provider.port, "-c", 1, "-r", 40, "-d", 1, "--model", "latency:50")
    assert report["latency_us"]["p50"] > 120_000
    closed = loadgen(provider.port, "-c", 1, "-d", 1, "--model", "latency:50")
    assert 50_000 <= closed["latency_us"]["p50"] < 90_000


def test_acks_say_what_was_promised(provider, tmp_path):
    acks = tmp_path / "acks.jsonl"
    loadgen(provider.port, "-c", 4, "-n", 40, "--stream-percent", 50, "--cancel-percent", 50, "--model", STAMPED, "--acks", acks,
            "--fsync")
    lines = [json.loads(line) for line in acks.read_text().splitlines()]
    assert len(lines) == 40 and len({line["client_request_id"] for line in lines}) == 40
    assert any(line["cancelled"] for line in lines) and not any(line["cancelled"] and line["complete"] for line in lines)
