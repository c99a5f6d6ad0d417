"""Every kind of provider behind the real server: what is said arrives, whole and streamed; what breaks is told as broken."""
import datetime
import hashlib
import hmac
import http.server
import json
import threading

import pytest
from support import client, configs
from support.programs import FakeProvider, Maester

# name -> the fields of its [[providers]] beside name and base_url, and what follows the port in base_url.
KINDS = {
    "openai": ('kind = "openai"\napi_key = "k-openai-0001"', "/v1"),
    "anthropic": ('kind = "anthropic"\napi_key = "k-anthropic-0002"', "/v1"),
    "gemini": ('kind = "gemini"\napi_key = "k-gemini-0003"', "/v1beta"),
    "bedrock": ('kind = "bedrock"\nregion = "us-east-1"\naccess_key_id = "AKIDEXAMPLE"\nsecret_access_key = "secret"', ""),
    "bedrock-key": ('kind = "bedrock"\nregion = "us-east-1"\napi_key = "k-bedrock-0005"', ""),
    "azure": ('kind = "azure"\napi_version = "2024-10-21"\napi_key = "k-azure-0006"', ""),
    "azure-v1": ('kind = "azure"\napi_key = "k-azure-0007"', ""),
    "mistral": ('kind = "mistral"\napi_key = "k-mistral-0008"', "/v1"),
    "cohere": ('kind = "cohere"\napi_key = "k-cohere-0009"', "/v2"),
    "ollama": ('kind = "ollama"', ""),
    "compatible": ('kind = "openai-compatible"\napi_key = "k-compatible-0011"', "/v1"),
}
PATHS = {
    "gemini": "/v1beta/models/echo:generateContent", "bedrock": "/model/echo/converse", "bedrock-key": "/model/echo/converse",
    "azure": "/openai/deployments/echo/chat/completions?api-version=2024-10-21", "azure-v1": "/openai/v1/chat/completions",
    "mistral": "/v1/chat/completions", "cohere": "/v2/chat", "ollama": "/api/chat", "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages", "compatible": "/v1/chat/completions",
}
UPSTREAM = ["echo", "tools", "tools-parallel", "fault:503", "fault:429:retry-after=7", "fault:400:say=no such thing",
            "fault:error-event", "fault:no-done", "fault:garbage-json", "fault:cut:200"]
TOOLS = [{"type": "function", "function": {"name": name, "description": "d", "parameters": {"type": "object"}}}
         for name in ("get_weather", "get_time")]
SENTENCE = "Grüße, 世界 🌍 and \"quotes\" \\ back\nlines"


def config_for(port: int, kinds=KINDS) -> str:
    out = f'[egress]\nallow = ["127.0.0.1:{port}"]\n' + configs.FORGETFUL + configs.NO_LIMITS
    for name, (fields, path) in kinds.items():
        out += f'[[providers]]\nname = "{name}"\nbase_url = "http://127.0.0.1:{port}{path}"\n{fields}\n'
    for name in kinds:
        out += configs.models({f"{name}/{model}": model for model in UPSTREAM}, name)
    return out


@pytest.fixture(scope="module")
def server(space, provider, binary):
    return space.add(Maester(space.path, config_for(provider.port)))


def receipt_of(server, answer) -> dict:
    return client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()


@pytest.mark.parametrize("kind", KINDS)
def test_text_arrives_whole_and_streamed(server, provider, kind):
    provider.reset()
    whole = client.chat(server.port, f"{kind}/echo", SENTENCE)
    assert whole.status == 200 and whole.text() == SENTENCE
    usage = whole.json()["usage"]
    assert usage["completion_tokens"] == (len(SENTENCE.encode()) + 3) // 4 and usage["prompt_tokens"] > 0
    assert receipt_of(server, whole)["usage"]["provenance"] == "provider"
    streamed = client.chat(server.port, f"{kind}/echo", SENTENCE, stream=True, stream_options={"include_usage": True})
    assert streamed.done() and streamed.text() == SENTENCE
    if kind != "mistral":  # which sends its usage unasked, as the fake provider, in OpenAI's dialect, does not
        assert streamed.chunks()[-1]["usage"]["completion_tokens"] == usage["completion_tokens"]
    finishes = [c["choices"][0]["finish_reason"] for c in streamed.chunks() if c["choices"]]
    assert [f for f in finishes if f] == ["stop"]


@pytest.mark.parametrize("kind", KINDS)
def test_parallel_tool_calls_arrive(server, kind):
    want = [("get_weather", {"city": "Paris", "unit": "celsius"}), ("get_time", {"city": "Zürich"})]
    whole = client.chat(server.port, f"{kind}/tools-parallel", tools=TOOLS)
    choice = whole.json()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    calls = choice["message"]["tool_calls"]
    assert [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in calls] == want
    assert len({c["id"] for c in calls}) == 2 and all(c["id"] for c in calls)
    streamed = client.chat(server.port, f"{kind}/tools-parallel", tools=TOOLS, stream=True)
    assert streamed.done()
    gathered: dict = {}
    for chunk in streamed.chunks():
        for delta in chunk["choices"][0]["delta"].get("tool_calls", []) if chunk["choices"] else []:
            name, text = gathered.get(delta["index"], ("", ""))
            function = delta.get("function", {})
            gathered[delta["index"]] = (name + (function.get("name") or ""), text + (function.get("arguments") or ""))
    assert [(name, json.loads(text)) for name, text in gathered.values()] == want
    # The whole turn goes back, with the results under the ids that were given.
    messages = [{"role": "user", "content": "q"}, choice["message"]]
    messages += [{"role": "tool", "tool_call_id": c["id"], "content": f"result {i}"} for i, c in enumerate(calls)]
    back = client.request(server.port, "POST", "/v1/chat/completions",
                          {"model": f"{kind}/echo", "messages": messages, "tools": TOOLS})
    assert back.status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_errors_have_their_class(server, kind):
    assert client.chat(server.port, f"{kind}/fault:503").status in (502, 503)
    limited = client.chat(server.port, f"{kind}/fault:429:retry-after=7")
    assert limited.status == 429 and int(limited.headers["retry-after"]) >= 1
    wrong = client.chat(server.port, f"{kind}/fault:400:say=no such thing")
    assert wrong.status == 400 and "no such thing" in wrong.body.decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["fault:error-event", "fault:garbage-json", "fault:cut:200"])
def test_a_stream_that_breaks_is_never_a_whole_answer(server, kind, fault):
    answer = client.chat(server.port, f"{kind}/{fault}", stream=True)
    assert not (answer.status == 200 and answer.done()), answer.body


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("mistral", "compatible")])
def test_a_stream_without_its_end_is_incomplete(server, kind):
    answer = client.chat(server.port, f"{kind}/fault:no-done", stream=True)
    assert not answer.done()


# The others speak the caller's protocol: its bytes pass.
@pytest.mark.parametrize("kind", ["anthropic", "gemini", "bedrock", "bedrock-key", "mistral", "cohere", "ollama"])
def test_what_cannot_be_said_is_refused_by_name_before_anything_is_sent(server, provider, kind):
    provider.reset()
    answer = client.chat(server.port, f"{kind}/echo", logit_bias={"1": 1})
    assert answer.status == 400 and answer.json()["error"]["param"] == "logit_bias"
    assert provider.stats()["requests"] == 0


def test_paths_and_credentials_are_the_providers_own(space, binary, tmp_path_factory):
    journal = tmp_path_factory.mktemp("providers") / "calls.jsonl"
    fake = space.add(FakeProvider(journal=journal))
    directory = tmp_path_factory.mktemp("own")
    server = space.add(Maester(directory, config_for(fake.port)))
    for kind in KINDS:
        assert client.chat(server.port, f"{kind}/echo", "x").status == 200, kind
    fake.wait_idle()
    calls = fake.calls()
    assert [call["path"] for call in calls] == [PATHS[kind] for kind in KINDS]
    ends = {kind: fields.split('api_key = "')[1].split('"')[0][-4:] for kind, (fields, _) in KINDS.items() if "api_key" in fields}
    for kind, call in zip(KINDS, calls):
        if kind in ends:
            assert call["credential"] == ends[kind], kind


class Recorder(http.server.BaseHTTPRequestHandler):
    seen: list = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Recorder.seen.append((self.path, dict(self.headers.items()), body))
        text = json.dumps({"output": {"message": {"role": "assistant", "content": [{"text": "ok"}]}}, "stopReason": "end_turn",
                           "usage": {"inputTokens": 1, "outputTokens": 1}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def signature(path: str, host: str, date: str, token: str, body: bytes) -> str:
    """Signature version 4 once more, written from AWS's description and not from src/."""
    canonical_path = "".join(c if c.isalnum() or c in "-._~/" else f"%{ord(c):02X}" for c in path)
    names = "host;x-amz-date;x-amz-security-token"
    request = "\n".join(["POST", canonical_path, "", f"host:{host}", f"x-amz-date:{date}", f"x-amz-security-token:{token}", "",
                         names, hashlib.sha256(body).hexdigest()])
    scope = f"{date[:8]}/eu-west-1/bedrock/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = b"AWS4the secret"
    for part in (date[:8], "eu-west-1", "bedrock", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return (f"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders={names}, "
            f"Signature={hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}")


def test_bedrock_requests_are_signed_for_the_bytes_and_the_time_they_are_sent(space, binary, tmp_path_factory):
    Recorder.seen = []
    recorder = http.server.HTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    port = recorder.server_port
    fields = ('kind = "bedrock"\nregion = "eu-west-1"\naccess_key_id = "AKIDEXAMPLE"\nsecret_access_key = "the secret"\n'
              'session_token = "tok"')
    config = config_for(port, {"aws": (fields, "")})
    config += configs.models({"claude": "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"}, "aws")
    server = space.add(Maester(tmp_path_factory.mktemp("aws"), config))
    assert client.chat(server.port, "claude", SENTENCE).text() == "ok"
    recorder.shutdown()
    (path, headers, body), = Recorder.seen
    headers = {name.lower(): value for name, value in headers.items()}
    assert path == "/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
    assert headers["authorization"] == signature(path, headers["host"], headers["x-amz-date"], "tok", body)
    signed_at = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    assert abs((datetime.datetime.now(datetime.timezone.utc) - signed_at).total_seconds()) < 300
    assert "secret" not in json.dumps(headers) and len([h for h in headers if h == "content-type"]) == 1
