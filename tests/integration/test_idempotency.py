"""Idempotency keys (T10): one call at the provider, the first result repeated, also after a crash."""
import os
import signal
import threading
import time

import pytest
from support import client, configs
from support.processes import Process
from support.programs import Maester

STREAM = "stream:chunks=20:interval_ms=20"
MODELS = ["plain", "latency:700", "latency:3000", "fault:500", STREAM, "stream:chunks=60:interval_ms=50"]


def config_for(provider) -> str:
    return configs.NO_LIMITS + configs.providers(provider.port) + configs.models(MODELS)


@pytest.fixture
def server(space, provider, binary, tmp_path):
    return space.add(Maester(tmp_path, config_for(provider)))


def restart(space, server, binary) -> Process:
    process = space.add(Process([binary, "serve", "--config", server.config_path, "--dev"],
                                log=server.directory / "again.log", pipe=False))
    process.wait_port(server.port, 30)
    return process


def ask(server, key: str, model: str = "plain", **more) -> client.Answer:
    return client.chat(server.port, model, headers={"idempotency-key": key}, timeout=120, **more)


def calls_of(provider, model: str) -> int:
    return sum(call["model"] == model for call in provider.calls())


def together(count: int, work) -> list:
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_at_once_fifty_later_and_after_a_crash_are_one_call(space, provider, binary, server):
    before = calls_of(provider, "latency:700")
    first = together(50, lambda: ask(server, "k-50", "latency:700"))
    answered = [answer for answer in first if answer.status == 200]
    assert len(answered) >= 1 and {answer.status for answer in first} <= {200, 409}
    later = [ask(server, "k-50", "latency:700") for _ in range(50)]
    assert {(answer.status, answer.body) for answer in later + answered} == {(200, answered[0].body)}
    assert all(answer.headers["idempotency-replayed"] == "true" for answer in later)
    assert sum("idempotency-replayed" not in answer.headers for answer in answered) == 1
    os.kill(server.pid, signal.SIGKILL)
    server.child.wait()
    restart(space, server, binary)
    after = ask(server, "k-50", "latency:700")
    assert (after.status, after.body) == (200, answered[0].body)
    assert calls_of(provider, "latency:700") - before == 1


def test_a_key_that_a_crash_cut_off_is_never_asked_again(space, provider, binary, server):
    before = calls_of(provider, "latency:3000")
    thread = threading.Thread(target=lambda: ask(server, "k-cut", "latency:3000"))
    thread.start()
    until = time.monotonic() + 20
    while provider.stats()["active"] == 0:
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(server.pid, signal.SIGKILL)
    server.child.wait()
    thread.join()
    restart(space, server, binary)
    for _ in range(3):
        answer = ask(server, "k-cut", "latency:3000")
        assert answer.status == 409 and answer.json()["error"]["code"] == "outcome_unknown", answer.body
        assert answer.headers["x-should-retry"] == "false"
    provider.wait_idle()
    assert calls_of(provider, "latency:3000") - before == 1


def test_another_body_is_refused_and_other_scopes_are_apart(server):
    assert ask(server, "k-body", content="one").status == 200
    other = ask(server, "k-body", content="two")
    assert other.status == 422 and other.json()["error"]["code"] == "idempotency_mismatch"
    reliable = client.request(server.port, "POST", "/v1/reliable_completion", {"prompt": "x", "model": "plain"},
                              {"idempotency-key": "k-body"})
    assert reliable.status == 200 and "idempotency-replayed" not in reliable.headers
    assert ask(server, "k" * 256).status == 400


def test_a_running_request_answers_409_and_then_its_result(server):
    results: list = []
    thread = threading.Thread(target=lambda: results.append(ask(server, "k-run", "latency:3000")))
    thread.start()
    time.sleep(0.5)
    running = ask(server, "k-run", "latency:3000")
    thread.join()
    assert running.status == 409 and running.json()["error"]["code"] == "conflict", running.body
    assert ask(server, "k-run", "latency:3000").body == results[0].body


def test_a_failure_is_repeated_too(server, provider):
    first = ask(server, "k-fail", "fault:500")
    before = calls_of(provider, "fault:500")
    again = ask(server, "k-fail", "fault:500")
    assert first.status == again.status >= 500 and first.body == again.body
    assert calls_of(provider, "fault:500") == before
    unknown = [ask(server, "k-none", "nobody") for _ in range(2)]
    assert [answer.status for answer in unknown] == [404, 404] and unknown[0].body == unknown[1].body


def test_a_stream_is_repeated_as_a_stream(server, provider):
    before = calls_of(provider, STREAM)
    first, again = (ask(server, "k-stream", STREAM, stream=True) for _ in range(2))
    assert first.done() and again.done() and first.events() == again.events()
    assert again.headers["content-type"].startswith("text/event-stream")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["x-maester-request-id"] == first.headers["x-maester-request-id"]
    assert calls_of(provider, STREAM) - before == 1


@pytest.mark.parametrize("model,stream", [("latency:3000", False), ("stream:chunks=60:interval_ms=50", True)])
def test_who_lost_the_connection_gets_the_answer_by_asking_again(server, provider, model, stream):
    before = calls_of(provider, model)
    headers = {"idempotency-key": f"k-lost-{model}"}
    body = {"model": model, "messages": [{"role": "user", "content": "Say something."}]}
    if stream:
        body["stream"] = True
        lost = client.OpenStream(server.port, "/v1/chat/completions", body, headers)
        lost.read_events(2)
        lost.close()
    else:
        assert client.request(server.port, "POST", "/v1/chat/completions", body, headers, timeout=0.5).error == "timeout"
    until = time.monotonic() + 60
    while True:
        again = client.request(server.port, "POST", "/v1/chat/completions", body, headers)
        if again.status != 409:
            break
        assert time.monotonic() < until
        time.sleep(0.05)
    assert again.status == 200 and (again.done() if stream else again.json()["choices"])
    assert again.headers["idempotency-replayed"] == "true" and calls_of(provider, model) - before == 1


def test_kept_answers_are_sealed(server):
    answer = ask(server, "k-sealed", content="canary-of-a-question")
    assert answer.status == 200
    text = answer.text().encode()
    for path in server.data.glob("idempotency.db*"):
        assert text not in path.read_bytes() and b"canary" not in path.read_bytes()
