"""Files and batches over HTTP, and batches put into a server's work.db."""
import json
import sqlite3
import time
import uuid

from . import client, jobs

ENDED = ("completed", "failed", "expired", "cancelled")


def form(content: bytes, purpose: str = "batch", name: str = "in.jsonl", **fields) -> tuple:
    """(body, content type) of an upload."""
    boundary = "b" + uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
             for key, value in {"purpose": purpose, **fields}.items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                 "Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def upload(call, content, **more) -> dict:
    """`call` is a Caller's call, or Server(...).call."""
    body, kind = form(content if isinstance(content, bytes) else content.encode(), **more)
    answer = call("POST", "/v1/files", body, {"content-type": kind})
    assert answer.status == 200, answer.body
    return answer.json()


def request(n, model: str = "m", url: str = "/v1/chat/completions", **body) -> dict:
    if url.endswith("chat/completions") or url.endswith("messages"):
        body.setdefault("messages", [{"role": "user", "content": f"question {n}"}])
    return {"custom_id": f"r{n}", "method": "POST", "url": url, "body": {"model": model, **body}}


def jsonl(rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def create(call, content, endpoint: str = "/v1/chat/completions", **more) -> dict:
    made = upload(call, content)
    answer = call("POST", "/v1/batches", {"input_file_id": made["id"], "endpoint": endpoint, "completion_window": "24h", **more})
    assert answer.status == 200, answer.body
    return answer.json()


def show(call, batch) -> dict:
    answer = call("GET", f"/v1/batches/{batch['id'] if isinstance(batch, dict) else batch}")
    assert answer.status == 200, answer.body
    return answer.json()


def wait(call, batch, seconds: float = 60, until=ENDED) -> dict:
    end = time.monotonic() + seconds
    while True:
        now = show(call, batch)
        if now["status"] in until or (until is not ENDED and now["status"] in ENDED):
            return now
        assert time.monotonic() < end, now
        time.sleep(0.05)


def lines(call, file_id) -> list:
    if not file_id:
        return []
    answer = call("GET", f"/v1/files/{file_id}/content")
    assert answer.status == 200 and answer.complete, answer
    return [json.loads(line) for line in answer.body.splitlines()]


class Server:
    """A server in --dev, as a Caller is one with a key."""

    def __init__(self, server):
        self.server = server

    def call(self, method, path, body=None, headers=None, **more):
        return client.request(self.server.port, method, path, body, headers or {}, **more)


def plant(server, tenant: str, input_file: str, status: str = "in_progress", subject: str = "") -> str:
    """A batch that stands still, for its job is nobody's. Its id."""
    now = time.time_ns()
    batch = "batch_" + uuid.uuid4().hex
    job = jobs.plant(server, tenant, "queued", subject=subject or batch)
    with sqlite3.connect(server.data / "work.db", timeout=30) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(batches)")]
        empty = {"metadata", "model", "errors", "output_file", "error_file"}
        row = {name: "" if name in empty else 0 for name in columns}
        row |= {"tenant": tenant, "id": batch, "status": status, "input_file": input_file, "endpoint": "/v1/chat/completions",
                "completion_window": "24h", "created_at": now, "expires_at": now + 86_400 * 10**9, "key_id": "planted", "job": job,
                "cost": b"\x80" + bytes(15)}
        db.execute(f"INSERT INTO batches ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    db.close()
    return batch
