"""TESTS.md T07: a backup during load, brought back: what was acknowledged before is there, what was deleted before is not; damage is
named; what a crash leaves of a backup is none."""
import json
import os
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from support import client
from support.access import SIMULATED, admin_of
from support.knowledge import Collection
from support.programs import Maester, maester_binary


def run(*arguments, server: Maester | None = None, key: str = "", status: int = 0) -> str:
    env = {**os.environ, "MAESTER_API_KEY": key}
    if server:
        env["MAESTER_URL"] = f"http://127.0.0.1:{server.port}"
    done = subprocess.run([maester_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=300, env=env)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def collection_of(caller, name="handbook", **settings) -> Collection:
    return Collection(caller.call, name, **settings)


class Load:
    """Chats and uploads from several threads; what was acknowledged, and when it was."""

    def __init__(self, caller, handbook, threads: int = 3):
        self.caller, self.handbook, self.over = caller, handbook, threading.Event()
        self.chats, self.documents, self.errors = [], [], []
        self.threads = [threading.Thread(target=self.chat) for _ in range(threads)] + [threading.Thread(target=self.upload)]
        for thread in self.threads:
            thread.start()

    def chat(self):
        while not self.over.is_set():
            answer = self.caller.chat()
            if answer.status == 200:
                self.chats.append(answer.headers["x-maester-request-id"])
            else:
                self.errors.append((answer.status, answer.error, answer.body))

    def upload(self):
        number = 0
        while not self.over.is_set():
            number += 1
            try:
                self.handbook.put(f"doc{number}", f"Unique word{number}x and zebras. " + "filler text " * 30)
                self.documents.append(number)
                if number % 5 == 0:  # changes and removals, so that segments die and are merged
                    self.handbook.call("DELETE", f"{self.handbook.path}/documents?source_id=doc{number - 1}")
                    self.documents.remove(number - 1)
            except AssertionError as error:
                self.errors.append(error)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors[:3]


def wait_until(done, seconds: float = 60):
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture(scope="module")
def backed_up(space, binary):
    """A server under load, and a backup that was made in the middle of it."""
    directory = space.path / "backed-up"
    directory.mkdir()
    server = space.add(Maester(directory, SIMULATED, dev=False))
    admin = admin_of(server)
    member = admin.mint(name="loader", role="member")
    handbook = collection_of(member)
    gone = handbook.put("gone", "Giraffes whistle.")
    assert member.call("DELETE", f"{handbook.path}/documents/{gone['document_id']}").status == 200
    load = Load(member, handbook)
    wait_until(lambda: len(load.chats) > 30 and len(load.documents) > 12 or load.errors)
    chats, documents = list(load.chats), list(load.documents)
    told = run("backup", directory / "backup", "-o", "json", server=server, key=admin.key)
    time.sleep(0.2)
    load.stop()
    # The load deletes a document behind the one that it adds: what was deleted meanwhile is in neither set.
    documents = [number for number in documents if number in load.documents]
    return {"directory": directory, "backup": directory / "backup", "told": json.loads(told), "server": server, "admin": admin,
            "member": member, "chats": chats, "documents": documents}


def test_what_was_acknowledged_before_is_there_after_a_restore(space, backed_up, tmp_path):
    report = json.loads(run("restore", backed_up["backup"], "--data", tmp_path / "data", "-o", "json"))
    assert report["ok"] and report["records"] > 0 and report["indexes"]
    assert all(one["recall_permille"] >= 950 and one["terms_probed"] > 0 and one["vectors_probed"] > 0 for one in report["indexes"])
    assert not (tmp_path / "data" / "kek").exists()
    shutil.copy(backed_up["server"].data / "kek", tmp_path / "data" / "kek")
    server = space.add(Maester(tmp_path, SIMULATED, dev=False, name="restored"))
    admin = admin_of(server)
    assert admin.key != backed_up["admin"].key
    member = type(admin)(server, backed_up["member"].key)
    kept = {row["request_id"] if "request_id" in row else row["id"] for row in all_requests(member)}
    assert set(backed_up["chats"]) <= kept, len(set(backed_up["chats"]) - kept)
    for one in backed_up["chats"][:3] + backed_up["chats"][-3:]:
        assert member.call("GET", f"/v1/requests/{one}").status == 200
    usage = member.json("GET", "/v1/usage")
    assert usage["data"], usage
    handbook = collection_of(member, make=False)
    for number in backed_up["documents"]:
        assert handbook.sources(f"word{number}x", mode="lexical") == [f"doc{number}"], number
    assert handbook.sources("giraffes whistle", mode="lexical") == []
    handbook.put("new", "Okapis hum.")  # and it goes on
    assert handbook.sources("okapis", mode="lexical") == ["new"] and member.chat().status == 200
    server.stop()
    assert "ok" in run("verify", "--data", tmp_path / "data")


def all_requests(caller) -> list:
    rows, cursor = [], ""
    while True:
        page = caller.json("GET", "/v1/requests?limit=500" + (f"&cursor={cursor}" if cursor else ""))
        rows += page["data"]
        cursor = page.get("next_cursor")
        if not cursor:
            return rows


def test_the_server_lists_them_and_lets_old_ones_go(backed_up):
    admin, server = backed_up["admin"], backed_up["server"]
    first = admin.json("GET", "/v1/backups")["data"]
    assert [one["id"] for one in first] == [backed_up["told"]["id"]] and first[0]["bytes"] == backed_up["told"]["bytes"]
    made = [admin.json("POST", "/v1/backup", {"keep": 2}, 201) for _ in range(3)]
    kept = admin.json("GET", "/v1/backups")["data"]
    assert [one["id"] for one in kept] == [made[2]["id"], made[1]["id"]]
    assert sorted(os.listdir(server.data / "backups")) == sorted([made[1]["id"], made[2]["id"]])
    ready = client.request(server.port, "GET", "/readyz").json()
    assert ready["last_backup"]["at"] == made[2]["created_at"] and 0 <= ready["last_backup"]["age_s"] < 600
    for one in kept:
        assert sum(f.stat().st_size for f in Path(one["path"]).rglob("*") if f.is_file() and f.name != "backup.manifest") == one["bytes"]
    assert admin.call("POST", "/v1/backup", {"keep": 0}).status == 400
    assert backed_up["member"].call("POST", "/v1/backup", {}).status == 403
    actions = [row["action"] for row in admin.json("GET", "/v1/audit?system=true")["data"]]
    assert actions.count("backup.make") == 4


def test_no_key_is_in_a_backup(backed_up):
    names = {path.name for path in backed_up["backup"].rglob("*")}
    assert not names & {"kek", "admin.key", "kek.next", "lock", "backups"}
    secrets = [(backed_up["server"].data / name).read_text().strip() for name in ("kek", "admin.key")]
    for path in backed_up["backup"].rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), path


def test_a_flipped_byte_in_each_kind_of_file_is_named(backed_up, tmp_path):
    backup = tmp_path / "backup"
    shutil.copytree(backed_up["backup"], backup)
    names = [str(path.relative_to(backup)) for path in sorted(backup.rglob("*")) if path.is_file()]
    kinds = {}
    for name in names:
        kinds.setdefault((name.split("/")[0] if "/" in name else name, Path(name).suffix), name)
    assert {"journal", "knowledge", "control.db", "work.db", "usage.db", "idempotency.db", "backup.manifest"} <= {kind for kind, _ in kinds}
    for name in kinds.values():
        path = backup / name
        content = bytearray(path.read_bytes())
        content[len(content) // 3] ^= 0x10
        path.write_bytes(content)
        told = run("restore", backup, "--data", tmp_path / "new", status=1)
        assert name in told, (name, told)
        assert os.listdir(tmp_path) == ["backup"], name
        content[len(content) // 3] ^= 0x10
        path.write_bytes(content)
    run("restore", backup, "--data", tmp_path / "new")


def test_a_kill_during_a_backup_leaves_none(space, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    handbook = collection_of(admin)
    handbook.lines([{"source_id": f"d{i}", "text": f"word{i} " + "text of some length " * 200} for i in range(300)])
    assert admin.json("POST", "/v1/backup", {}, 201)["files"] > 0
    whole = set(os.listdir(server.data / "backups"))
    unfinished = 0
    for round_ in range(40):
        thread = threading.Thread(target=lambda: admin.call("POST", "/v1/backup", {"keep": 100}))
        thread.start()
        until = time.monotonic() + 30
        seen = False
        while thread.is_alive() and time.monotonic() < until and not seen:
            seen = any(name.startswith(".unfinished-") for name in os.listdir(server.data / "backups"))
        time.sleep(0.001 * round_)
        server.kill()
        thread.join()
        names = os.listdir(server.data / "backups")
        left = [name for name in names if name.startswith(".unfinished-")]
        unfinished += bool(left)
        for name in left:
            if not (server.data / "backups" / name / "backup.manifest").exists():
                run("restore", server.data / "backups" / name, "--data", tmp_path / "never", status=1)
        server = space.add(Maester(tmp_path, SIMULATED, dev=False, name=f"again{round_}"))
        admin = admin_of(server)
        listed = {one["id"] for one in admin.json("GET", "/v1/backups")["data"]}
        assert listed == {name for name in names if not name.startswith(".")} and whole <= listed
        assert not [name for name in os.listdir(server.data / "backups") if name.startswith(".")]
        if unfinished >= 3:
            break
    assert unfinished >= 3
    for name in listed:
        run("restore", server.data / "backups" / name, "--data", tmp_path / f"restored-{name}")


def test_a_stopped_server_is_backed_up_by_the_command(space, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    collection_of(admin).put("zebra", "Zebras graze.")
    chat = admin.chat().headers["x-maester-request-id"]
    told = run("backup", tmp_path / "backup", "--data", server.data, status=1)
    assert "in use by another Maester" in told and "Without --data" in told and not (tmp_path / "backup").exists()
    server.stop()
    run("backup", tmp_path / "backup", "--data", server.data)
    assert "is not empty" in run("backup", tmp_path / "backup", "--data", server.data, status=1)
    report = json.loads(run("restore", tmp_path / "backup", "--data", tmp_path / "new" / "data", "-o", "json"))
    assert [one["documents"] for one in report["indexes"]] == [1]
    shutil.copy(server.data / "kek", tmp_path / "new" / "data" / "kek")
    restored = space.add(Maester(tmp_path / "new", SIMULATED, dev=False))
    admin = admin_of(restored)
    assert admin.call("GET", f"/v1/requests/{chat}").status == 200
    assert collection_of(admin, make=False).sources("graze", mode="lexical") == ["zebra"]


class Elsewhere(BaseHTTPRequestHandler):
    """A server whose disk is not this machine's."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        told = json.dumps({"id": "20261121T193000123Z-4f0a91", "path": "/nowhere/on/this/machine"}).encode()
        self.send_response(201)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)


def test_a_backup_on_another_machine_is_not_taken_for_one_here(tmp_path):
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    done = subprocess.run([maester_binary(), "backup", str(tmp_path / "backup")], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.server_address[1]}"})
    server.shutdown()
    assert done.returncode == 1 and "/nowhere/on/this/machine on its own machine" in done.stderr, done.stderr
    assert not (tmp_path / "backup").exists()


def test_backups_and_erasures_do_not_wait_for_each_other(space, binary, tmp_path):
    """A backup holds the collections and waits for the thread that writes control.db; an erasure on that thread waits for collections."""
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    over, made, faults = threading.Event(), [], []

    def back_up():
        while not over.is_set():
            made.append(admin.call("POST", "/v1/backup", {"keep": 1}, timeout=60).status)

    def come_and_go(number: int):
        for turn in range(8):
            name = f"tenant-{number}-{turn}"
            try:
                admin.json("POST", "/v1/tenants", {"name": name}, 201)
                member = admin.mint(tenant=name, role="member")
                for collection in ("one", "two"):
                    collection_of(member, collection).put("d", "Zebras graze.")
                assert admin.call("DELETE", f"/v1/tenants/{name}", timeout=60).status == 200
            except Exception as error:  # noqa: BLE001 - told by the test's own thread
                faults.append(error)

    backing = threading.Thread(target=back_up)
    coming = [threading.Thread(target=come_and_go, args=(number,)) for number in range(3)]
    for thread in (backing, *coming):
        thread.start()
    for thread in coming:
        thread.join(180)
    over.set()
    backing.join(60)
    assert not any(thread.is_alive() for thread in (backing, *coming)) and not faults, faults[:2]
    assert 200 in made or 201 in made, made
    assert admin.call("GET", "/readyz").status == 200
