"""Tenants and keys for tests: a server without --dev, its admin key, and callers with keys of their own."""
from dataclasses import dataclass

from . import client
from .programs import Maester

SIMULATED = """default_model = "m"
[capture]
replay = "full"
[[providers]]
name = "sim"
kind = "simulated"
[[models]]
name = "m"
provider = "sim"
price = { input_per_mtok = "1.00", output_per_mtok = "4.00" }
[[models]]
name = "other"
provider = "sim"
price = { input_per_mtok = "1.00", output_per_mtok = "4.00" }
[[routes]]
name = "fast"
targets = [ { model = "m" }, { model = "other" } ]
"""


@dataclass
class Caller:
    """A key of a server."""
    server: Maester
    key: str
    id: str = ""

    def call(self, method: str, path: str, body=None, headers: dict | None = None, **more) -> client.Answer:
        return client.request(self.server.port, method, path, body,
                              {"authorization": f"Bearer {self.key}", **(headers or {})}, **more)

    def json(self, method: str, path: str, body=None, status: int = 0):
        answer = self.call(method, path, body)
        assert answer.status == status or (not status and 200 <= answer.status < 300), (path, answer.status, answer.body)
        return answer.json()

    def chat(self, model: str = "m", content: str = "Hello", **more) -> client.Answer:
        return self.call("POST", "/v1/chat/completions",
                         {"model": model, "messages": [{"role": "user", "content": content}], **more})

    def mint(self, **fields) -> "Caller":
        made = self.json("POST", "/v1/keys", fields, 201)
        return Caller(self.server, made["key"], made["id"])


def admin_of(server: Maester) -> Caller:
    return Caller(server, (server.data / "admin.key").read_text().strip(), "admin")
