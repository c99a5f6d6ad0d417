"""An HTTP client for tests: says whether an answer was whole, and takes event streams apart."""
import http.client
import json
import socket
import time
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    complete: bool = True  # by HTTP's own framing
    error: str = ""        # what happened when it was not

    def json(self):
        return json.loads(self.body)

    def events(self) -> list:
        """[(event, data)] of a stream; comments are left out, an event that is not whole too."""
        out = []
        text = self.body.decode("utf-8", errors="replace").replace("\r\n", "\n")
        for block in text.split("\n\n")[:-1]:
            name, data = "", []
            for line in block.split("\n"):
                key, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if key == "event":
                    name = value
                elif key == "data":
                    data.append(value)
            if name or data:
                out.append((name, "\n".join(data)))
        return out

    def chunks(self) -> list:
        """The JSON of a stream's events, end marker left out."""
        return [json.loads(data) for _, data in self.events() if data and data != "[DONE]"]

    def done(self) -> bool:
        """Whether the stream said that it is complete."""
        return any(data == "[DONE]" or name == "message_stop" for name, data in self.events())

    def text(self) -> str:
        """The text of an OpenAI answer or stream, or of an Anthropic one."""
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            return "".join(_delta_text(chunk) for chunk in self.chunks())
        body = self.json()
        if "choices" in body:
            return body["choices"][0]["message"]["content"] or ""
        return "".join(part.get("text", "") for part in body.get("content", []))


def _delta_text(chunk: dict) -> str:
    if "choices" in chunk:
        return "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])
    return chunk.get("delta", {}).get("text", "") if chunk.get("type") == "content_block_delta" else ""


def request(port: int, method: str, path: str, body=None, headers: dict | None = None, timeout: float = 30) -> Answer:
    """One request on a connection of its own. `body` is bytes or is sent as JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    sent = dict(headers or {})
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        sent.setdefault("content-type", "application/json")
    answer = Answer()
    try:
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        answer.status = response.status
        answer.headers = {name.lower(): value for name, value in response.getheaders()}
        answer.body = response.read()
    except http.client.IncompleteRead as broken:
        answer.body, answer.complete, answer.error = broken.partial, False, "cut"
    except (http.client.HTTPException, ConnectionError) as error:
        answer.complete, answer.error = False, type(error).__name__
    except socket.timeout:
        answer.complete, answer.error = False, "timeout"
    finally:
        connection.close()
    return answer


def chat(port: int, model: str, content: str = "Say something.", headers: dict | None = None, timeout: float = 30,
         **more) -> Answer:
    body = {"model": model, "messages": [{"role": "user", "content": content}], **more}
    return request(port, "POST", "/v1/chat/completions", body, headers, timeout)


def messages(port: int, model: str, content: str = "Say something.", headers: dict | None = None, timeout: float = 30,
             **more) -> Answer:
    body = {"model": model, "max_tokens": 256, "messages": [{"role": "user", "content": content}], **more}
    return request(port, "POST", "/v1/messages", body, headers, timeout)


class OpenStream:
    """A streamed chat that is read step by step, to be left in the middle."""

    def __init__(self, port: int, path: str, body: dict, headers: dict | None = None, timeout: float = 30):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.request("POST", path, json.dumps(body).encode(),
                                {"content-type": "application/json", **(headers or {})})
        self.response = self.connection.getresponse()

    def read_events(self, count: int, seconds: float = 600) -> bytes:
        """Reads until so many events (with `data:`) have come, the end, or so long."""
        out, until = b"", time.monotonic() + seconds
        while out.count(b"\n\n") < count and time.monotonic() < until:
            piece = self.response.read1(65536)
            if not piece:
                break
            out += piece
        return out

    def close(self) -> None:
        if self.connection.sock:
            self.connection.sock.close()
        self.response.close()
        self.connection.close()
