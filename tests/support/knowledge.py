"""Collections for tests: documents in, questions out, over HTTP."""
import json

from . import client

ENGINEERING = """# Expenses

## Travel
Train tickets are reimbursed within 10 days. Flights above 900 EUR need the approval of the Comptroller.

## Meals
A meal on a journey is paid up to 35 EUR."""

REFUNDS = "Refunds are paid within 14 days of the return. Gift cards are never refunded."


class Collection:
    """A collection through one caller's eyes: `call(method, path, body, headers)`."""

    def __init__(self, call, name: str = "handbook", **settings):
        self.call, self.name, self.path = call, name, f"/v1/collections/{name}"
        if settings.pop("make", True):
            made = call("POST", "/v1/collections", {"name": name, **settings})
            assert made.status == 201, made.body

    def as_seen_by(self, call) -> "Collection":
        return Collection(call, self.name, make=False)

    def put(self, source_id: str, text: str, status: int = 200, **more) -> dict:
        answer = self.call("POST", f"{self.path}/documents?wait=true", {"source_id": source_id, "text": text, **more})
        assert answer.status == status, answer.body
        return answer.json()

    def upload(self, name: str, content: bytes, **fields) -> client.Answer:
        boundary = "b0undary"
        body = b"".join(f'--{boundary}\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
        body += (f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n').encode() + content
        body += f"\r\n--{boundary}--\r\n".encode()
        return self.call("POST", f"{self.path}/documents?wait=true", body,
                         {"content-type": f"multipart/form-data; boundary={boundary}"})

    def lines(self, documents: list, wait: bool = True) -> dict:
        body = "\n".join(json.dumps(one) for one in documents).encode()
        answer = self.call("POST", f"{self.path}/documents" + ("?wait=true" if wait else ""), body,
                           {"content-type": "application/x-ndjson"})
        assert answer.status in (200, 202), answer.body
        return answer.json()

    def search(self, query: str, **more) -> dict:
        answer = self.call("POST", f"{self.path}/search", {"query": query, **more})
        assert answer.status == 200, answer.body
        return answer.json()

    def sources(self, query: str, **more) -> list:
        return [hit["source_id"] for hit in self.search(query, **more)["hits"]]

    def text(self, document_id: str) -> bytes:
        answer = self.call("GET", f"{self.path}/documents/{document_id}/text")
        assert answer.status == 200, answer.body
        return answer.body

    def ask(self, question: str, **more) -> client.Answer:
        return self.call("POST", f"{self.path}/answers", {"question": question, **more})
