"""An OpenAI-shaped provider in the test's own process: it answers what the test says and keeps what it was sent."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Scripted(ThreadingHTTPServer):
    """An OpenAI-shaped provider that answers with the next of `calls`: lists of (tool, arguments), or a text."""
    daemon_threads = True

    def __init__(self):
        self.answers, self.bodies = [], []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append(body)
        answer = self.server.answers.pop(0)
        self.reply(body, {"content": answer} if isinstance(answer, str) else {"content": None, "tool_calls": [
            {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for i, (name, arguments) in enumerate(answer)]})

    def reply(self, body, message):
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        head = {"id": "chatcmpl-1", "created": 1, "model": "m"}
        if not body.get("stream"):
            out = json.dumps({**head, "object": "chat.completion", "choices": [
                {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}],
                "usage": {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}}).encode()
            kind = "application/json"
        else:
            out, kind = b"", "text/event-stream"
            for delta in self.deltas(message):
                out += self.chunk(head, delta, None)
            out += self.chunk(head, {}, finish) + b"data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    @staticmethod
    def deltas(message):
        for i, call in enumerate(message.get("tool_calls", [])):
            function = call["function"]
            yield {"tool_calls": [{"index": i, "id": call["id"], "type": "function", "function": {"name": function["name"], "arguments": ""}}]}
            for piece in function["arguments"]:
                yield {"tool_calls": [{"index": i, "function": {"arguments": piece}}]}
        for piece in message["content"] or "":
            yield {"content": piece}

    @staticmethod
    def chunk(head, delta, finish) -> bytes:
        chunk = {**head, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"
