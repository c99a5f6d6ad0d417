"""A provider of vectors and rankings in the test's own process: what it was asked, and faults on demand."""
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIZE = 8
CONCEPTS = {"dog": 0, "hound": 0, "puppy": 0, "car": 1, "automobile": 1, "vehicle": 1, "money": 2, "cash": 2}


def vector_of(text: str) -> list:
    """Words of one concept share a dimension: what hashing of letters cannot know."""
    out = [0.01 * (hashlib.sha256(text.encode()).digest()[i] / 255) for i in range(SIZE)]
    for word in text.lower().replace(".", " ").split():
        if word in CONCEPTS:
            out[CONCEPTS[word]] += 1
    return out


class EmbeddingServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        self.texts, self.asked, self.fault, self.delay = [], 0, 0, 0.0
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        server.asked += 1
        if server.delay:
            time.sleep(server.delay)
        if server.fault:
            return self.reply(server.fault, {"error": {"message": "on purpose", "type": "server_error", "code": None}})
        if self.path.endswith("/rerank"):
            documents = body["documents"]
            order = sorted(range(len(documents)), key=lambda i: -len(documents[i]))
            return self.reply(200, {"id": "r", "model": body["model"], "results": [
                {"index": i, "relevance_score": 1 / (n + 1)} for n, i in enumerate(order)], "usage": {"total_tokens": 5, "prompt_tokens": 5}})
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        server.texts += inputs
        self.reply(200, {"object": "list", "model": body["model"], "usage": {"prompt_tokens": len(inputs), "total_tokens": len(inputs)},
                         "data": [{"object": "embedding", "index": i, "embedding": vector_of(text)} for i, text in enumerate(inputs)]})

    def reply(self, status: int, told: dict) -> None:
        out = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)
