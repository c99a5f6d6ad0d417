"""TESTS.md T27: every secret is a canary, and none of them is found where it must not be.

Provider keys, Maester's keys, the key-encryption key and the words of captured bodies go through a whole life of the
server: start, requests that succeed and fail, rotation, revocation, restart. Then everything that it wrote or said is searched."""
import json
import os
import re
import resource
from pathlib import Path

import pytest
from support import client, configs
from support.access import Caller, admin_of
from support.programs import Maester

KEK = "c0ffee" + "a5" * 29
PROVIDER_KEYS = ["sk-fake-openai-credential-0001", "sk-fake-anthropic-credential-0002"]
GIVEN = "canary-given-key-0123456789abcdef"
WORDS = "canary words of a captured body"


def config_of(provider) -> str:
    return ('default_model = "plain"\n[capture]\nreplay = "full"\n' + configs.providers(provider.port)
            + configs.models(["plain", "error:status=401", "error:status=500", "fault:rst-mid;stream:chunks=20"])
            + f'[[keys]]\nname = "given"\nkey = "{GIVEN}"\n')


class Saying:
    """All that the server says over HTTP, kept to be searched."""

    def __init__(self):
        self.texts: list = []

    def add(self, answer: client.Answer) -> client.Answer:
        self.texts.append(json.dumps(answer.headers).encode() + answer.body)
        return answer


@pytest.fixture(scope="module")
def life(space, binary, provider):
    """The server's life; what it was told to keep secret, what it said, and its directory."""
    directory = space.path / "secrets"
    directory.mkdir()
    said = Saying()
    environment = {"MAESTER_KEK": KEK, "MAESTER_DUMPABLE": "0", "ASAN_OPTIONS": "detect_leaks=0"}
    server = space.add(Maester(directory, config_of(provider), dev=False, env=environment))
    admin = admin_of(server)
    made = admin.call("POST", "/v1/keys", {"name": "canary"})
    key = Caller(server, made.json()["key"], made.json()["id"])
    rotated = admin.call("POST", f"/v1/keys/{key.id}/rotate", {"overlap_s": 60}).json()["key"]
    for caller in (admin, key, Caller(server, rotated), Caller(server, GIVEN)):
        for model in ("plain", "error:status=401", "error:status=500", "fault:rst-mid;stream:chunks=20", "unknown"):
            for stream in (False, True):
                answer = said.add(caller.chat(model, WORDS if model == "plain" else "x", stream=stream))
                for place in ("requests", "traces", "replays"):
                    found = caller.call("GET", f"/v1/{place}/{answer.headers.get('x-maester-request-id', 'x')}")
                    if place != "replays":
                        said.add(found)
    wrong = key.key[:-1] + ("A" if key.key[-1] != "A" else "B")
    for credential in (wrong, GIVEN + "x", PROVIDER_KEYS[0]):
        for path in ("/v1/models", "/v1/keys", "/v1/chat/completions", "/v1/nothing"):
            for header in ({"authorization": f"Bearer {credential}"}, {"x-api-key": credential},
                           {"authorization": f"Bearer {credential}", "x-api-key": GIVEN}):
                said.add(client.request(server.port, "GET", path, headers=header))
    for path in ("/v1/keys", "/v1/audit", "/v1/audit?system=true", "/v1/usage?group_by=key", "/v1/requests", "/v1/traces",
                 "/v1/tenants", "/metrics", "/readyz", "/openapi.json", "/v1/me/usage", f"/v1/keys/{key.id}"):
        said.add(admin.call("GET", path))
    yield {"server": server, "said": said, "key": key, "directory": directory,
           "secrets": {"admin": admin.key, "key": key.key, "rotated": rotated, "given": GIVEN, "kek": KEK,
                       **{f"provider {i}": value for i, value in enumerate(PROVIDER_KEYS)}}}
    server.stop()


def forms(secret: str) -> list:
    """How a secret could stand in a file: whole, its telling part, in hexadecimal, as bytes."""
    telling = secret.split("_", 3)[-1] if secret.startswith("mst_") else secret  # which may hold further ones
    out = [secret.encode(), telling.encode(), telling.encode().hex().encode()]
    if re.fullmatch("[0-9a-f]{64}", secret):
        out.append(bytes.fromhex(secret))
    return out


def test_a_running_server_gives_its_memory_to_nobody_and_dumps_no_core(life):
    pid = life["server"].pid
    status = Path(f"/proc/{pid}/limits").read_text()
    assert re.search(r"Max core file size\s+0\s+0", status)
    # A process that is not dumpable has its /proc entry owned by root and refuses a tracer of its own user.
    if os.getuid() != 0:
        with pytest.raises(PermissionError):
            Path(f"/proc/{pid}/mem").open("rb").close()


def test_no_secret_is_in_any_answer(life):
    for name, secret in life["secrets"].items():
        for form in forms(secret):
            for text in life["said"].texts:
                assert form not in text, (name, text[:400])
    for text in life["said"].texts:
        assert WORDS.encode() not in text or b'"choices"' in text


def test_no_secret_is_in_the_log_or_in_the_data_directory(life):
    server = life["server"]
    server.stop()
    files = [path for path in server.data.rglob("*") if path.is_file()] + [server.log_path]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        for name, secret in life["secrets"].items():
            if name == "admin" and path.name == "admin.key":
                continue  # where it is meant to be, mode 0600
            for form in forms(secret):
                assert form not in content, (name, path)
        assert WORDS.encode() not in content, path
    assert (server.data / "admin.key").stat().st_mode & 0o77 == 0
    assert not (server.data / "kek").exists()  # given by the environment
