"""Tenants, keys and the audit log through the real binary (CONTRACT.md §1, §4; RULES.md §1-§5)."""
import json
import os
import re
import sqlite3
import subprocess
import threading
import time

import pytest
from support import client, configs
from support.access import SIMULATED, Caller, admin_of
from support.programs import Maester

SLOW = "stream:chunks=2000:interval_ms=50"


@pytest.fixture(scope="module")
def server(space, binary, provider):
    directory = space.path / "access"
    directory.mkdir()
    config = SIMULATED + configs.providers(provider.port) + configs.models([SLOW]) + \
        '[[keys]]\nname = "given"\nkey = "given-key-0123456789abcdef"\ntenant = "given-tenant"\n'
    return space.add(Maester(directory, config, dev=False))


@pytest.fixture(scope="module")
def admin(server):
    return admin_of(server)


def metric(server, reason: str) -> int:
    text = client.request(server.port, "GET", "/metrics").body.decode()
    found = re.search(r'maester_auth_refused_total\{reason="%s"\} (\d+)' % reason, text)
    return int(found[1]) if found else 0


def problem(answer) -> dict:
    """An error's body without what differs by request."""
    body = answer.json()
    body.pop("request_id", None)
    body.get("error", {}).pop("request_id", None)
    return {"status": answer.status, **body}


def test_a_key_is_made_shown_once_and_works(admin):
    admin.json("POST", "/v1/tenants", {"name": "once"}, 201)
    made = admin.json("POST", "/v1/keys", {"tenant": "once", "name": "ci", "role": "member"}, 201)
    assert re.fullmatch(r"mst_k_[a-z2-7]{12}_[A-Za-z0-9_-]{49}", made["key"])
    listed = [key for key in admin.json("GET", "/v1/keys?tenant=once")["data"]]
    assert [key["id"] for key in listed] == [made["id"]] and "key" not in listed[0]
    assert made["key"][24:] not in json.dumps(admin.json("GET", f"/v1/keys/{made['id']}"))
    caller = Caller(admin.server, made["key"])
    assert caller.chat().status == 200
    assert client.request(admin.server.port, "GET", "/v1/models", headers={"x-api-key": made["key"]}).status == 200


def test_every_bad_credential_gets_the_same_answer_and_is_counted(admin):
    server = admin.server
    revoked = admin.mint(name="revoked")
    admin.json("DELETE", f"/v1/keys/{revoked.id}")
    elsewhere = admin.mint(name="elsewhere", networks=["10.0.0.0/8"])
    rotated = admin.mint(name="rotated")
    admin.json("POST", f"/v1/keys/{rotated.id}/rotate", {})
    cases = {"unknown": "mst_k_aaaaaaaaaaaa_" + "A" * 43, "malformed": "mst_k_typo", "revoked": revoked.key,
             "network": elsewhere.key, "wrong": rotated.key, "missing": ""}
    # A CRC that fits, so that the unknown one is unknown and not malformed.
    cases["unknown"] = "sk-unknown-unknown-unknown"
    for path in ("/v1/models", "/v1/requests", "/v1/chat/completions"):
        answers = []
        for reason, key in cases.items():
            before = metric(server, reason)
            method, body = ("POST", {"model": "m", "messages": []}) if "chat" in path else ("GET", None)
            answer = client.request(server.port, method, path, body, {"authorization": f"Bearer {key}"})
            assert answer.status == 401, (reason, answer.body)
            assert answer.headers["www-authenticate"] == "Bearer" and answer.headers["x-should-retry"] == "false"
            assert metric(server, reason) == before + 1, reason
            answers.append(problem(answer))
        assert all(answer == answers[0] for answer in answers)


def test_two_different_credentials_are_refused_whichever_is_good(admin):
    other = admin.mint(name="other")
    for one, two in ((admin.key, other.key), (admin.key, "sk-nonsense"), ("sk-nonsense", admin.key)):
        answer = client.request(admin.server.port, "GET", "/v1/models",
                                headers={"authorization": f"Bearer {one}", "x-api-key": two})
        assert answer.status == 400 and answer.json()["error"]["code"] == "invalid_request"
    assert client.request(admin.server.port, "GET", "/v1/models",
                          headers={"authorization": f"Bearer {admin.key}", "x-api-key": admin.key}).status == 200


def test_models_and_routes_of_a_key_are_all_it_can_reach(admin):
    limited = admin.mint(models=["m"])
    unknown = problem(admin.chat("other-model"))
    unknown["error"]["message"] = unknown["error"]["message"].replace("other-model", "other")
    assert problem(limited.chat("other")) == unknown  # as if it did not exist
    assert limited.chat("m").status == 200
    assert limited.chat("fast").headers["x-maester-model"] == "m"  # the route's other target is closed to it
    assert [one["id"] for one in limited.json("GET", "/v1/models")["data"]] == ["fast", "m"]
    assert limited.call("GET", "/v1/models/other").status == 404
    assert limited.call("POST", "/v1/reliable_completion", {"prompt": "x", "model": "other"}).status == 404
    routed = admin.mint(routes=["fast"])
    assert routed.chat("fast").status == 200 and routed.chat("m").status == 404
    closed = admin.mint(models=["nothing"])
    assert closed.chat("fast").status == 404 and closed.json("GET", "/v1/models")["data"] == []


def test_an_expired_key_stops_by_itself(admin):
    soon = time.time() + 1.5
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(soon)) + f".{int(soon % 1 * 1000):03d}Z"
    short = admin.mint(expires_at=text)
    until = time.monotonic() + 30
    while short.call("GET", "/v1/models").status == 200 and time.monotonic() < until:
        time.sleep(0.05)
    assert short.call("GET", "/v1/models").status == 401
    assert admin.call("POST", "/v1/keys", {"expires_at": "2020-01-01"}).status == 400


def test_a_rotated_key_keeps_its_id_and_its_old_secret_for_the_overlap(admin):
    key = admin.mint(name="turning")
    made = admin.json("POST", f"/v1/keys/{key.id}/rotate", {"overlap_s": 3600})
    new = Caller(admin.server, made["key"], made["id"])
    assert made["id"] == key.id and made["previous_valid_until"]
    assert key.chat().status == 200 and new.chat().status == 200
    rows = new.json("GET", "/v1/requests?key_id=" + key.id)["data"]
    assert len(rows) == 2  # one key, whichever secret
    made = admin.json("POST", f"/v1/keys/{key.id}/rotate", {"overlap_s": 0})
    assert key.chat().status == 401 and new.chat().status == 401
    assert Caller(admin.server, made["key"]).chat().status == 200


def test_revoking_is_effective_at_once_on_every_core(admin):
    """Many callers hammer with a key: none that begins after the revocation was answered gets through."""
    key = admin.mint(name="hammered")
    gone = threading.Event()
    late: list = []
    statuses: list = []

    def hammer():
        for _ in range(300):
            after = gone.is_set()
            status = key.call("GET", "/v1/models").status
            statuses.append(status)
            if after:
                late.append(status)
                return

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    while len(statuses) < 40:
        time.sleep(0.005)
    admin.json("DELETE", f"/v1/keys/{key.id}")
    gone.set()
    for thread in threads:
        thread.join()
    assert late and set(late) == {401}
    assert 200 in statuses


def test_a_revoked_keys_stream_ends_with_an_error_and_is_settled(admin, provider):
    key = admin.mint(name="streaming")
    other = admin.mint(name="unharmed")
    streams = [client.OpenStream(admin.server.port, "/v1/chat/completions",
                                 {"model": SLOW, "stream": True, "messages": [{"role": "user", "content": "x"}]},
                                 {"authorization": f"Bearer {one.key}"}) for one in (key, other)]
    request_id = streams[0].response.getheader("x-maester-request-id")
    for stream in streams:
        stream.read_events(2)
    admin.json("DELETE", f"/v1/keys/{key.id}")
    rest = streams[0].read_events(100_000, seconds=20).decode()  # it would go on for longer
    assert '"code":"unauthenticated"' in rest and "[DONE]" not in rest
    assert streams[1].read_events(3)  # another key's goes on
    row = next(row for row in admin.json("GET", "/v1/requests?key_id=" + key.id)["data"])
    assert row["request_id"] == request_id and row["outcome"] == "interrupted"
    for stream in streams:
        stream.close()
    provider.wait_idle(30)


def test_groups_count_only_when_the_key_may_delegate(admin):
    for delegate in (False, True):
        key = admin.mint(groups=["own"], delegate=delegate)
        body = {"model": "m", "messages": [{"role": "user", "content": "x"}],
                "maester": {"user": {"id": "ann", "groups": ["staff"]}}}
        assert key.call("POST", "/v1/chat/completions", body).status == 200
        bad = {**body, "maester": {"user": {"id": "ann", "groups": "staff"}}}
        assert key.call("POST", "/v1/chat/completions", bad).status == 400


def test_roles_and_scope_hold(admin):
    admin.json("POST", "/v1/tenants", {"name": "roles"}, 201)
    viewer, member, boss = (admin.mint(tenant="roles", role=role) for role in ("viewer", "member", "admin"))
    assert viewer.chat().status == 403 and member.chat().status == 200
    assert viewer.call("GET", "/v1/requests").status == 200
    assert member.call("GET", "/v1/keys").status == 403
    mine = boss.json("GET", "/v1/keys")["data"]
    assert {key["tenant"] for key in mine} == {"roles"} and len(mine) == 3
    assert boss.call("GET", "/v1/tenants").status == 403
    minted = boss.mint(name="own", role="viewer")
    assert minted.json("GET", "/v1/me/usage")["tenant"] == "roles"
    foreign = boss.call("POST", "/v1/keys", {"tenant": "default"})
    missing = boss.call("POST", "/v1/keys", {"tenant": "no-such"})
    assert foreign.status == missing.status == 404
    assert problem(foreign)["detail"].replace("default", "no-such") == problem(missing)["detail"]


def test_given_keys_work_and_cannot_be_changed_here(admin):
    given = Caller(admin.server, "given-key-0123456789abcdef")
    assert given.chat().status == 200 and given.json("GET", "/v1/me/usage")["tenant"] == "given-tenant"
    assert admin.call("DELETE", "/v1/keys/given").status == 409
    assert "given-tenant" in [one["name"] for one in admin.json("GET", "/v1/tenants")["data"]]


def test_lists_page(admin):
    admin.json("POST", "/v1/tenants", {"name": "pages"}, 201)
    made = {admin.mint(tenant="pages", name=str(i)).id for i in range(7)}
    seen, cursor = [], ""
    while True:
        page = admin.call("GET", f"/v1/keys?tenant=pages&limit=3&cursor={cursor}").json()
        seen += [key["id"] for key in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = client_quote(page["next_cursor"])
    assert len(seen) == 7 and set(seen) == made


def client_quote(text: str) -> str:
    from urllib.parse import quote
    return quote(text, safe="")


def cli(server, key: str, *arguments) -> subprocess.CompletedProcess:
    env = {**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}", "MAESTER_API_KEY": key}
    return subprocess.run([server.command[0], *arguments], env=env, capture_output=True, text=True, timeout=60)


def test_the_command_line_does_the_same(admin):
    server = admin.server
    assert cli(server, admin.key, "tenants", "create", "cli").returncode == 0
    made = cli(server, admin.key, "keys", "create", "--tenant", "cli", "--role", "admin", "--name", "n", "--group", "a",
               "--group", "b", "--expires", "30d")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert key.startswith("mst_a_") and "\n" not in key
    listed = json.loads(cli(server, key, "keys", "list", "-o", "json").stdout)["data"]
    assert [one["groups"] for one in listed] == [["a", "b"]] and listed[0]["expires_at"]
    rotated = cli(server, key, "keys", "rotate", listed[0]["id"], "--overlap", "1h").stdout.strip()
    assert cli(server, rotated, "keys", "revoke", listed[0]["id"]).returncode == 0
    refused = cli(server, rotated, "keys", "list")
    assert refused.returncode == 1 and "401" in refused.stderr
    assert "cli" in cli(server, admin.key, "tenants", "list").stdout
    assert cli(server, admin.key, "tenants", "delete", "cli").returncode == 0
    assert "cli" not in cli(server, admin.key, "tenants", "list").stdout
    assert cli(server, admin.key, "keys", "create", "--expires", "soon").returncode == 2


def test_an_erased_tenant_leaves_nothing_that_opens(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    admin.json("POST", "/v1/tenants", {"name": "gone"}, 201)
    key = admin.mint(tenant="gone", role="admin")
    request_id = key.chat(content="the captured words").headers["x-request-id"]
    assert "the captured words" in json.dumps(key.json("GET", f"/v1/replays/{request_id}"))
    key.json("POST", "/v1/prompts", {"name": "p", "template": "hello"}, 201)
    key.json("POST", "/v1/budgets", {"name": "b", "scope": {"user": "ann"}, "window": "day", "limit_usd": "1"}, 201)
    key.json("POST", "/v1/limits", {"scope": {"user": "ann"}, "concurrency": 3}, 201)
    admin.json("DELETE", "/v1/tenants/gone")
    assert key.chat().status == 401 and key.call("GET", "/v1/keys").status == 401
    assert admin.call("GET", "/v1/tenants/gone").status == 404
    assert admin.call("DELETE", "/v1/tenants/gone").status == 404
    assert admin.call("POST", "/v1/tenants", {"name": "gone"}).status == 409
    assert admin.call("DELETE", "/v1/tenants/default").status == 409
    server.stop()
    with sqlite3.connect(server.data / "control.db") as control:
        for table in ("keys", "tenant_keys", "prompt_versions", "prompt_label_moves"):
            assert control.execute(f"SELECT count(*) FROM {table} WHERE tenant = 'gone'").fetchone() == (0,), table
        for table in ("budgets", "limits"):
            assert control.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    again = space.add(Maester(tmp_path, SIMULATED, dev=False))
    assert Caller(again, key.key).chat().status == 401
    again.stop()


def run_verify(server, *more) -> dict:
    done = subprocess.run([server.command[0], "verify", "--data", server.data, "-o", "json", *more], capture_output=True,
                          text=True, timeout=60)
    return {"status": done.returncode, "said": done.stderr, **(json.loads(done.stdout) if done.stdout else {})}


def test_the_audit_log_tells_who_changed_what_and_verify_finds_alterations(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    admin.json("POST", "/v1/tenants", {"name": "acme"}, 201)
    boss = admin.mint(tenant="acme", role="admin", name="boss")
    for i in range(5):
        boss.json("POST", "/v1/prompts", {"name": "p", "template": f"hello {i}"}, 201)
    boss.json("POST", "/v1/prompts/p/labels", {"label": "production", "version": "v1"})
    assert boss.call("POST", "/v1/prompts/p/labels", {"label": "production", "version": "v99"}).status == 404
    for kind, body, change in (("budget", {"name": "b", "window": "day", "limit_usd": "1"}, {"limit_usd": "2"}),
                               ("limit", {"scope": {"user": "ann"}, "concurrency": 3}, {"concurrency": 4})):
        made = boss.json("POST", f"/v1/{kind}s", body, 201)["id"]
        boss.json("PATCH", f"/v1/{kind}s/{made}", change)
        boss.json("DELETE", f"/v1/{kind}s/{made}")
        told = boss.json("GET", "/v1/audit?limit=3")["data"]
        assert [row["action"] for row in told] == [f"{kind}.delete", f"{kind}.change", f"{kind}.create"]
        assert {row["object"] for row in told} == {made} and told[1]["before"] != told[1]["after"] == told[0]["before"]
    log = boss.json("GET", "/v1/audit")
    log["data"] = [row for row in log["data"] if not row["action"].startswith(("budget", "limit"))]
    assert [row["action"] for row in log["data"]] == ["prompt.label"] + ["prompt.push"] * 5 + ["key.create"]
    assert [row["seq"] for row in log["data"]] == [7, 6, 5, 4, 3, 2, 1]
    assert log["data"][0]["actor"] == {"tenant": "acme", "key_id": boss.id, "source": "api 127.0.0.1"}
    assert log["data"][-1]["actor"]["key_id"] == "admin"
    assert boss.call("GET", "/v1/audit?system=true").status == 403
    assert problem(boss.call("GET", "/v1/audit?tenant=default"))["detail"].replace("default", "x") == \
        problem(boss.call("GET", "/v1/audit?tenant=x"))["detail"]
    system = admin.json("GET", "/v1/audit?system=true&limit=1")
    assert system["data"][0]["action"] == "tenant.create" and system["data"][0]["object"] == "acme"
    server.stop()
    whole = run_verify(server)
    assert whole["status"] == 0 and whole["ok"] and whole["audit"]["rows"] >= 9 and whole["audit"]["anchors"] >= 2
    assert f'"hash":"{log["head"]["hash"]}"' in server.log()  # the anchor that leaves the machine
    control = sqlite3.connect(server.data / "control.db")
    control.execute("UPDATE audit SET actor = 'somebody' WHERE chain = 'acme' AND seq = 4")
    control.commit()
    broken = run_verify(server)
    assert broken["status"] == 1 and broken["audit"]["faults"] == [
        {"chain": "acme", "seq": 4, "why": "it was changed"}], broken
    control.execute("UPDATE audit SET actor = 'acme' WHERE chain = 'acme' AND seq = 4")
    control.execute("DELETE FROM audit WHERE chain = 'acme' AND seq > 5")
    control.commit()
    control.close()
    cut = run_verify(server)
    assert cut["status"] == 1 and cut["audit"]["faults"][0]["seq"] == 6 and "cut off" in cut["said"]


def test_another_kek_opens_all_that_the_old_one_sealed(space, binary, tmp_path):
    server = Maester(tmp_path, SIMULATED, dev=False)
    admin = admin_of(server)
    key = admin.mint(name="stays")
    kept = key.chat().headers["x-maester-request-id"]

    def rotate() -> subprocess.CompletedProcess:
        return subprocess.run([binary, "keys", "rotate-kek", "--data", server.data], capture_output=True, text=True, timeout=60)
    refused = rotate()
    assert refused.returncode == 1 and "process" in refused.stderr, refused.stderr
    server.stop()
    old = (server.data / "kek").read_text()
    done = rotate()
    assert done.returncode == 0 and "seals 2 data keys" in done.stdout, done.stderr + done.stdout
    assert (server.data / "kek").read_text() != old and (server.data / "kek").stat().st_mode & 0o777 == 0o600
    again = Maester(tmp_path, SIMULATED, dev=False, name="again")
    for caller in (admin, key):
        caller.server = again
    assert key.chat().status == 200
    assert admin.json("GET", f"/v1/replays/{kept}")["record"]["request"]["request_id"] == kept
    again.stop()
    (server.data / "kek").write_text(old)
    stopped = Maester(tmp_path, SIMULATED, dev=False, name="wrong", wait=False)
    assert stopped.child.wait(30) == 1 and "does not open this data directory" in stopped.log()
