"""Ending and handing over (T20, short): no connection refused, streams end whole or say why, all is settled."""
import os
import re
import signal
import socket
import subprocess
import threading
import time

from support import client, configs
from support.processes import Process
from support.programs import Maester

SHORT = "stream:chunks=40:interval_ms=50"
LONG = "stream:chunks=4000:interval_ms=50"


def config_for(provider, more: str = "") -> str:
    return more + configs.NO_LIMITS + configs.providers(provider.port) + configs.models(["plain", SHORT, LONG, "latency:3000"])


def in_background(count: int, work) -> tuple:
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(work()), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, results


def error_of(answer) -> dict:
    return answer.chunks()[-1].get("error", {})


def test_readiness_fails_at_once_and_what_runs_ends(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider)))
    waiting = client.OpenStream(server.port, "/v1/chat/completions",
                                {"model": SHORT, "stream": True, "messages": [{"role": "user", "content": "x"}]})
    # A connection that is open before the signal may still ask.
    probe = client.http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    probe.request("POST", "/v1/chat/completions", client.json.dumps(
        {"model": "latency:3000", "messages": [{"role": "user", "content": "x"}]}).encode())
    time.sleep(0.3)
    server.child.send_signal(signal.SIGTERM)
    rest = waiting.read_events(1000)
    assert rest.endswith(b"data: [DONE]\n\n")
    assert probe.getresponse().status == 200
    waiting.close()
    probe.close()
    assert server.child.wait(60) == 0, server.log()[-2000:]
    assert "draining" in server.log()


def test_a_stream_past_the_limit_ends_with_an_error_event_and_is_settled(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, config_for(provider, "drain_seconds = 1\n")))
    threads, results = in_background(10, lambda: client.chat(server.port, LONG, stream=True, timeout=120))
    whole_threads, whole = in_background(3, lambda: client.chat(server.port, "latency:3000", timeout=120))
    time.sleep(1)
    server.child.send_signal(signal.SIGTERM)
    for thread in threads + whole_threads:
        thread.join()
    assert server.child.wait(60) == 0, server.log()[-2000:]
    for answer in results:
        assert answer.status == 200 and not answer.done(), answer.body[-300:]
        assert error_of(answer).get("code") == "overloaded" and "stopping" in error_of(answer)["message"], answer.body[-300:]
    assert all(answer.status in (200, 503) for answer in whole), [(a.status, a.error) for a in whole]
    again = Maester(tmp_path, config_for(provider))
    try:
        for answer in results:
            receipt = client.request(again.port, "GET", "/v1/requests/" + answer.headers["x-maester-request-id"])
            assert receipt.status == 200
        assert not re.search(r'"interrupted_attempts":[1-9]', again.log()), "nothing was left to the next start to settle"
    finally:
        again.stop()


def test_a_listener_that_is_handed_over_refuses_nobody(space, provider, binary, tmp_path):
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    config = tmp_path / "maester.toml"
    config.write_text(f'listen = "127.0.0.1:{port}"\ndata_dir = "{tmp_path}/data"\n' + config_for(provider))

    def start(name: str) -> Process:
        # As a process manager does: the socket is descriptor 3.
        os.set_inheritable(listener.fileno(), True)
        command = ["bash", "-c", f'exec 3<&{listener.fileno()}; export LISTEN_FDS=1; exec "$@"', "bash",
                   binary, "serve", "--dev", "--config", config]
        process = Process.__new__(Process)
        process.command, process.log_path = command, tmp_path / f"{name}.log"
        with open(process.log_path, "ab") as log:
            process.child = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log, close_fds=False)
        return space.add(process)

    first = start("first")
    stop, answers, lock = threading.Event(), [], threading.Lock()

    def load(model: str, **more) -> None:
        while not stop.is_set():
            answer = client.chat(port, model, timeout=120, **more)
            with lock:
                answers.append(answer)
    threads = [threading.Thread(target=load, args=("plain",), daemon=True) for _ in range(4)]
    threads += [threading.Thread(target=load, args=(SHORT,), kwargs={"stream": True}, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    current = first
    for name in ("second", "third"):
        time.sleep(1)
        current.child.send_signal(signal.SIGTERM)
        assert current.child.wait(120) == 0, current.log()[-2000:]
        time.sleep(0.3)  # nobody accepts: connections wait
        current = start(name)
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join()
    listener.close()
    bad = [(answer.status, answer.error) for answer in answers if answer.status != 200 or not answer.complete]
    assert not bad and len(answers) > 20, (bad, len(answers))
    assert all(answer.done() for answer in answers if answer.headers["content-type"].startswith("text/event-stream"))
