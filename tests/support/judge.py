"""A model that grades, in the test's own process."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Judge(ThreadingHTTPServer):
    """A model that grades by what it finds between the fences, and a service at /echo."""
    daemon_threads = True

    def __init__(self):
        self.bodies = []
        super().__init__(("127.0.0.1", 0), JudgeHandler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class JudgeHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.bodies.append(body)
        if self.path.startswith("/echo"):
            return self.reply(200 if body["q"] != "boom" else 500,
                              {"answer": {"text": body["q"].upper(), "path": self.path}, "team": self.headers["x-team"]})
        text = "\n".join(m["content"] for m in body["messages"])
        said = "I cannot say."
        if "GOOD" in text:
            said = '{"reason": "good", "score": 1, "pass": true}'
        elif "BAD" in text:
            said = '{"reason": "bad", "score": 0.2, "pass": false}'
        self.reply(200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}})

    def reply(self, status, value):
        out = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)
