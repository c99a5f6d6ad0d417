"""Rules that ask somebody else: a model that judges, a webhook; and what becomes of a request when they do not answer."""
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support import client, configs
from support.programs import Maester

SECRET = "whsec-0123456789abcdef"


class Judge(ThreadingHTTPServer):
    """An OpenAI-shaped judge under /v1 and a webhook under /hook. `say` is what both answer; `delay` comes first."""
    daemon_threads = True

    def __init__(self):
        self.say, self.delay, self.seen = '{"flagged": false}', 0.0, []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, raw, dict(self.headers)))
        time.sleep(self.server.delay)
        said = self.server.say
        status = 500 if said == "500" else 200
        if self.path.startswith("/v1"):
            body = {"id": "x", "created": 1, "model": "judge", "object": "chat.completion", "choices": [
                {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}}
            said = json.dumps(body)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said.encode())))
        self.end_headers()
        try:
            self.wfile.write(said.encode())
        except OSError:
            pass


@pytest.fixture(scope="module")
def judge():
    server = Judge()
    yield server
    server.shutdown()


@pytest.fixture(autouse=True)
def fresh(judge):
    judge.say, judge.delay, judge.seen = '{"flagged": false}', 0.0, []


@pytest.fixture(scope="module")
def server(space, provider, binary, judge):
    hook = f"http://127.0.0.1:{judge.server_address[1]}"
    remote = f"type = 'webhook', url = '{hook}/hook', secret = '{SECRET}', timeout_ms = 700"
    config = configs.NO_LIMITS + configs.providers(provider.port).replace(
        "allow = [", f'allow = ["127.0.0.1:{judge.server_address[1]}", ')
    config += f'[[providers]]\nname = "judge"\nkind = "openai"\nbase_url = "{hook}/v1"\napi_key = "sk-judge-000000000000"\n'
    config += configs.models(["echo"]) + configs.models(["judge"], "judge")
    config += f"""
[[policies]]
name = "model"
input = [ {{ type = "pii", action = "redact" }}, {{ type = "moderation", model = "judge", timeout_ms = 700 }} ]
[[policies]]
name = "model-out"
output = [ {{ type = "moderation", model = "judge", timeout_ms = 700, kinds = ["violence"] }} ]
[[policies]]
name = "hook"
input = [ {{ {remote} }} ]
[[policies]]
name = "hook-open"
input = [ {{ {remote}, on_error = "allow" }} ]
[[policies]]
name = "hook-out"
output = [ {{ {remote} }} ]
"""
    for policy in ("model", "model-out", "hook", "hook-open", "hook-out"):
        config += configs.route(policy + "-route", ["echo"], attempts=1) + f'policy = "{policy}"\n'
    return space.add(Maester(space.path, config))


def ask(server, policy, text="Tell me.", **more):
    return client.chat(server.port, policy + "-route", text, **more)


def receipt_of(server, answer) -> dict:
    return client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()


def findings(server, answer) -> list:
    return [(f["phase"], f["rule"], f["kind"], f["action"], f["outcome"]) for f in receipt_of(server, answer)["guard"]["findings"]]


def test_a_model_judges_what_the_provider_would_get(server, judge):
    answer = ask(server, "model", "I am bo@example.com")
    assert answer.status == 200 and answer.text() == "I am [redacted:email]"
    path, raw, _ = judge.seen[0]
    messages = json.loads(raw)["messages"]
    assert path == "/v1/chat/completions" and messages[-1] == {"role": "user", "content": "I am [redacted:email]"}
    judge.say = 'Here: ```{"flagged": true, "categories": ["violence"]}```'
    answer = ask(server, "model")
    assert answer.status == 422 and "found violence" in answer.json()["error"]["message"]
    assert findings(server, answer) == [("input", "moderation", "violence", "block", "found")]


def test_its_calls_are_metered_with_receipts_of_their_own(server, judge):
    before = client.request(server.port, "GET", "/v1/usage?group_by=model").json()["data"]
    answer = ask(server, "model")
    after = client.request(server.port, "GET", "/v1/usage?group_by=model").json()["data"]

    def requests(rows):
        return sum(row["requests"] for row in rows if row["model"] == "judge")
    assert requests(after) == requests(before) + 1
    listed = client.request(server.port, "GET", "/v1/requests?limit=5").json()["data"]
    own = [receipt for receipt in (client.request(server.port, "GET", f"/v1/requests/{row['request_id']}").json() for row in listed)
           if receipt.get("judges_for") == answer.headers["x-maester-request-id"]]
    assert len(own) == 1 and own[0]["model"]["resolved"] == "judge" and own[0]["cost"]["total"] is not None


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_judges_answers_by_category(server, judge, stream):
    judge.say = "unsafe\nhate"
    assert ask(server, "model-out", stream=stream).text() == "Tell me."
    judge.say = "unsafe\nhate,violence"
    answer = ask(server, "model-out", stream=stream)
    assert answer.status == 422 and findings(server, answer)[0][2] == "violence"


def test_a_webhook_is_signed_and_obeyed(server, judge):
    assert ask(server, "hook", "Grüße").status == 200
    path, raw, headers = judge.seen[0]
    headers = {name.lower(): value for name, value in headers.items()}
    sent = json.loads(raw)
    assert path == "/hook" and sent["phase"] == "input" and sent["texts"] == [{"role": "user", "text": "Grüße"}]
    signed = hmac.new(SECRET.encode(), headers["x-maester-timestamp"].encode() + b"." + raw, hashlib.sha256)
    assert headers["x-maester-signature"] == "sha256=" + signed.hexdigest()
    judge.say = '{"flagged": true, "categories": ["off_brand"]}'
    answer = ask(server, "hook")
    assert answer.status == 422 and findings(server, answer) == [("input", "webhook", "off_brand", "block", "found")]
    assert ask(server, "hook-out").status == 422 and ask(server, "hook-out", stream=True).status == 422


@pytest.mark.parametrize("say, delay, kind", [("500", 0, "error"), ("no verdict", 0, "error"), ('{"flagged": false}', 3, "timeout")])
def test_closed_by_default_open_when_told_and_on_record(server, judge, say, delay, kind):
    judge.say, judge.delay = say, delay
    closed = ask(server, "hook")
    assert closed.status == 503 and "could not be asked" in closed.json()["error"]["message"]
    assert findings(server, closed) == [("input", "webhook", kind, "block", "not_scanned")]
    open_ = ask(server, "hook-open")
    assert open_.status == 200 and findings(server, open_) == [("input", "webhook", kind, "record", "not_scanned")]


def test_a_judge_that_does_not_answer_closes_too(server, judge):
    judge.say = "I would rather not say"
    answer = ask(server, "model")
    assert answer.status == 503 and findings(server, answer)[-1][2:] == ("error", "block", "not_scanned")
