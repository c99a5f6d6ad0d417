"""/v1/files and /v1/batches at the real binary, and `maester batch`: what runs, what is refused, what a crash leaves."""
import json
import os
import socket
import sqlite3
import subprocess
import time
from decimal import Decimal

import pytest
from support import batches, client, configs
from support.access import SIMULATED, admin_of
from support.batches import Server, jsonl, request
from support.programs import Maester, maester_binary
from support.scripted import Scripted

SLOW = "latency:400"


def fake_config(provider, more: str = "") -> str:
    return configs.NO_LIMITS + configs.FORGETFUL + configs.providers(provider.port) + configs.models(
        {"m": "plain", "slow": SLOW, "bad": "fault:400", "down": "fault:503", "limited": "fault:429:retry-after=1;times:3"}) + more


@pytest.fixture(scope="module")
def sim(space, binary):
    directory = space.path / "sim"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED, dev=False))


@pytest.fixture(scope="module")
def admin(sim):
    return admin_of(sim)


@pytest.fixture
def server(space, provider, binary, tmp_path):
    return space.add(Maester(tmp_path, fake_config(provider)))


def total_cost(call) -> Decimal:
    return Decimal(call("GET", "/v1/usage").json()["total"]["total_cost_usd"])


# ---- files
def test_a_file_comes_back_as_it_went(admin):
    content = os.urandom(700_000) + b"\r\n--not a boundary\r\n"
    made = batches.upload(admin.call, content, purpose="user_data", name="a b.bin")
    assert made["bytes"] == len(content) and made["filename"] == "a b.bin" and made["object"] == "file" and made["status"] == "processed"
    assert admin.json("GET", f"/v1/files/{made['id']}") == made
    got = admin.call("GET", f"/v1/files/{made['id']}/content")
    assert got.body == content and got.headers["content-type"] == "application/octet-stream" and got.complete
    assert admin.json("DELETE", f"/v1/files/{made['id']}") == {"id": made["id"], "object": "file", "deleted": True}
    assert admin.call("GET", f"/v1/files/{made['id']}").status == 404
    assert admin.call("GET", f"/v1/files/{made['id']}/content").status == 404
    assert admin.call("DELETE", f"/v1/files/{made['id']}").json()["error"]["message"] == f"No such File object: {made['id']}"


def test_files_page_by_their_ids(admin):
    made = [batches.upload(admin.call, b"x", purpose="vision")["id"] for _ in range(5)]
    first = admin.json("GET", "/v1/files?purpose=vision&limit=2")
    assert [one["id"] for one in first["data"]] == made[:2:-1] and first["has_more"] is True
    assert (first["first_id"], first["last_id"]) == (made[4], made[3])
    rest = admin.json("GET", f"/v1/files?purpose=vision&after={first['last_id']}")
    assert [one["id"] for one in rest["data"]] == made[2::-1] and rest["has_more"] is False
    up = admin.json("GET", f"/v1/files?purpose=vision&order=asc&limit=1&after={made[0]}")
    assert up["data"][0]["id"] == made[1]
    for wrong in ("limit=0", "limit=10001", "limit=x", "order=up"):
        assert admin.call("GET", f"/v1/files?{wrong}").status == 400


@pytest.mark.parametrize("fields, param", [({"purpose": "nothing"}, "purpose"), ({"color": "red"}, "color"),
                                           ({"expires_after[anchor]": "created_at", "expires_after[seconds]": "60"}, "expires_after[seconds]"),
                                           ({"expires_after[anchor]": "now", "expires_after[seconds]": "4000"}, "expires_after[anchor]")])
def test_a_wrong_upload_is_refused_by_its_field(admin, sim, fields, param):
    body, kind = batches.form(b"x", **fields)
    before = sorted(os.listdir(sim.data / "files"))
    answer = admin.call("POST", "/v1/files", body, {"content-type": kind})
    assert answer.status == 400 and answer.json()["error"]["param"] == param
    assert admin.call("POST", "/v1/files", {"file": "x"}).status == 400
    until = time.monotonic() + 10
    while sorted(os.listdir(sim.data / "files")) != before and time.monotonic() < until:
        time.sleep(0.02)
    assert sorted(os.listdir(sim.data / "files")) == before


def test_an_upload_that_breaks_off_leaves_nothing(admin, sim):
    before = sorted(os.listdir(sim.data / "files"))
    body, kind = batches.form(b"y" * 3_000_000)
    with socket.create_connection(("127.0.0.1", sim.port)) as connection:
        connection.sendall(f"POST /v1/files HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {admin.key}\r\ncontent-type: {kind}\r\n"
                           f"content-length: {len(body)}\r\n\r\n".encode() + body[:2_000_000])
        until = time.monotonic() + 10
        while len(os.listdir(sim.data / "files")) == len(before) and time.monotonic() < until:
            time.sleep(0.01)
        assert len(os.listdir(sim.data / "files")) == len(before) + 1
    until = time.monotonic() + 10
    while sorted(os.listdir(sim.data / "files")) != before and time.monotonic() < until:
        time.sleep(0.02)
    assert sorted(os.listdir(sim.data / "files")) == before


def test_a_file_beyond_the_limit_is_refused(space, binary, tmp_path):
    small = space.add(Maester(tmp_path, SIMULATED + "[batches]\nmax_file_mb = 1\n"))
    body, kind = batches.form(b"x" * (1 << 20) + b"x")
    answer = client.request(small.port, "POST", "/v1/files", body, {"content-type": kind})
    assert answer.status == 413 and answer.json()["error"]["code"] == "too_large"
    assert batches.upload(Server(small).call, b"x" * (1 << 20))["bytes"] == 1 << 20


def test_bodies_are_sealed_on_disk(admin, sim):
    made = batches.upload(admin.call, "a very recognisable sentence " * 100)
    assert b"recognisable" not in (sim.data / "files" / made["id"]).read_bytes()


# ---- batches
@pytest.mark.parametrize("endpoint, body", [("/v1/chat/completions", {}), ("/v1/responses", {"input": "hi"}),
                                            ("/v1/completions", {"prompt": "hi"}), ("/v1/embeddings", {"input": "hi"}),
                                            ("/v1/messages", {"max_tokens": 16})])
def test_every_endpoint_runs_as_a_batch(server, endpoint, body):
    call = Server(server).call
    made = batches.create(call, jsonl(request(n, url=endpoint, **body) for n in range(30)), endpoint, metadata={"night": "1"})
    assert made["status"] == "validating" and made["object"] == "batch" and made["metadata"] == {"night": "1"}
    done = batches.wait(call, made)
    assert done["status"] == "completed" and done["request_counts"] == {"total": 30, "completed": 30, "failed": 0}, done
    assert done["error_file_id"] is None and done["errors"] is None and done["model"] == "m"
    assert done["created_at"] <= done["in_progress_at"] <= done["finalizing_at"] <= done["completed_at"] < done["expires_at"]
    out = batches.lines(call, done["output_file_id"])
    assert [line["custom_id"] for line in out] == [f"r{n}" for n in range(30)]
    for line in out:
        assert line["error"] is None and line["response"]["status_code"] == 200 and line["id"].startswith("batch_req_")
        receipt = call("GET", f"/v1/requests/{line['response']['request_id']}").json()
        assert receipt["purpose"] == "batch"
    assert done["usage"]["total_tokens"] > 0
    assert Decimal(done["maester"]["cost_usd"]) == total_cost(call) > 0
    info = call("GET", f"/v1/files/{done['output_file_id']}").json()
    assert info["purpose"] == "batch_output" and info["filename"] == f"{done['id']}_output.jsonl"


def test_bad_input_is_told_by_line_and_nothing_runs(admin):
    before = total_cost(admin.call)
    text = jsonl([request(1), {**request(2), "method": "GET"}, request(1)]) + "nonsense\n" + jsonl([request(3, stream=True), request(4, url="/v1/embeddings")])
    done = batches.wait(admin.call, batches.create(admin.call, text))
    assert done["status"] == "failed" and done["failed_at"] and done["output_file_id"] is None
    assert done["errors"]["object"] == "list"
    assert [(one["line"], one["code"]) for one in done["errors"]["data"]] == [
        (2, "invalid_method"), (3, "duplicate_custom_id"), (4, "invalid_json_line"), (5, "stream_not_supported"), (6, "mismatched_endpoint")]
    assert total_cost(admin.call) == before


@pytest.mark.parametrize("change, status, param", [({"endpoint": "/v1/rerank"}, 400, "endpoint"), ({"completion_window": "1h"}, 400, "completion_window"),
                                                   ({"input_file_id": "file-none"}, 404, "input_file_id"), ({"metadata": {"a": 1}}, 400, "metadata"),
                                                   ({"output_expires_after": {"anchor": "created_at", "seconds": 1}}, 400, "output_expires_after[seconds]")])
def test_a_wrong_batch_is_refused_by_its_field(admin, change, status, param):
    made = batches.upload(admin.call, jsonl([request(1)]))
    answer = admin.call("POST", "/v1/batches", {"input_file_id": made["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h", **change})
    assert answer.status == status and answer.json()["error"]["param"] == param, answer.body


def test_a_file_for_something_else_is_no_input(admin):
    made = batches.upload(admin.call, jsonl([request(1)]), purpose="user_data")
    answer = admin.call("POST", "/v1/batches", {"input_file_id": made["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"})
    assert answer.status == 400 and answer.json()["error"]["param"] == "input_file_id"


def test_failed_lines_stand_in_the_error_file(server):
    call = Server(server).call
    done = batches.wait(call, batches.create(call, jsonl([request(1), request(2, "bad"), request(3, "nobody"), request(4)])))
    assert done["status"] == "completed" and done["request_counts"] == {"total": 4, "completed": 2, "failed": 2}
    assert [line["custom_id"] for line in batches.lines(call, done["output_file_id"])] == ["r1", "r4"]
    failed = batches.lines(call, done["error_file_id"])
    assert [(line["custom_id"], line["response"]["status_code"]) for line in failed] == [("r2", 400), ("r3", 404)]
    assert failed[1]["response"]["body"]["error"]["code"] == "model_not_found"


def test_a_429_is_waited_out(server):
    call = Server(server).call
    done = batches.wait(call, batches.create(call, jsonl(request(n, "limited") for n in range(6))))
    assert done["request_counts"] == {"total": 6, "completed": 6, "failed": 0}, done


def test_a_budget_holds_within_a_batch(server):
    call = Server(server).call
    price = 4 * 50  # millionths of a dollar: what is set aside for a line, input aside
    made = call("POST", "/v1/budgets", {"name": "night", "scope": {}, "window": "total", "limit_usd": f"0.{price * 20:06d}"})
    assert made.status == 201
    done = batches.wait(call, batches.create(call, jsonl(request(n, max_tokens=50) for n in range(100))))
    counts = done["request_counts"]
    assert counts["completed"] + counts["failed"] == 100 and counts["failed"] > 0 and counts["completed"] > 0
    assert {line["response"]["status_code"] for line in batches.lines(call, done["error_file_id"])} == {402}
    spent = call("GET", f"/v1/budgets/{made.json()['id']}").json()["spent_usd"]
    assert Decimal(spent) <= Decimal(price * 20) / 10**6
    assert Decimal(done["maester"]["cost_usd"]) == Decimal(spent)


def test_a_cancel_keeps_what_is_finished(server):
    call = Server(server).call
    made = batches.create(call, jsonl(request(n, "slow") for n in range(400)))
    until = time.monotonic() + 60
    while batches.show(call, made)["request_counts"]["completed"] == 0 and time.monotonic() < until:
        time.sleep(0.05)
    assert call("DELETE", f"/v1/files/{made['input_file_id']}").status == 409
    cancelling = call("POST", f"/v1/batches/{made['id']}/cancel")
    assert cancelling.status == 200 and cancelling.json()["status"] in ("cancelling", "cancelled") and cancelling.json()["cancelling_at"]
    done = batches.wait(call, made)
    assert done["status"] == "cancelled" and done["cancelled_at"]
    out, failed = batches.lines(call, done["output_file_id"]), batches.lines(call, done["error_file_id"])
    assert 0 < len(out) < 400 and len(out) == done["request_counts"]["completed"] and len(out) + len(failed) == 400
    assert {line["error"]["code"] for line in failed} == {"batch_cancelled"}
    assert call("GET", "/v1/usage").json()["total"]["requests"] == len(out)
    assert call("POST", f"/v1/batches/{made['id']}/cancel").status == 409
    assert call("DELETE", f"/v1/files/{made['input_file_id']}").status == 200


def test_the_end_of_the_window_marks_the_rest(space, provider, binary, tmp_path):
    config = fake_config(provider)
    server = space.add(Maester(tmp_path, config))
    call = Server(server).call
    made = batches.create(call, jsonl(request(n, "slow") for n in range(2_000)))
    until = time.monotonic() + 60
    while batches.show(call, made)["request_counts"]["completed"] == 0 and time.monotonic() < until:
        time.sleep(0.05)
    server.kill()
    with sqlite3.connect(server.data / "work.db") as db:
        db.execute("UPDATE batches SET expires_at = ?", (time.time_ns(),))
    server = space.add(Maester(tmp_path, config, name="later"))
    call = Server(server).call
    done = batches.wait(call, made)
    assert done["status"] == "expired" and done["expired_at"]
    out, failed = batches.lines(call, done["output_file_id"]), batches.lines(call, done["error_file_id"])
    assert len(out) > 0 and len(out) + len(failed) == 2_000
    assert {line["error"]["code"] for line in failed} == {"batch_expired"}


def test_a_killed_server_goes_on_and_asks_nothing_twice(space, provider, binary, tmp_path):
    config = fake_config(provider)
    provider.reset()
    server = space.add(Maester(tmp_path, config))
    call = Server(server).call
    made = batches.create(call, jsonl(request(n, "slow") for n in range(300)))
    for round in range(5):  # more often than a job may die over one and the same thing
        before = batches.show(call, made)["request_counts"]["completed"]
        until = time.monotonic() + 30
        while batches.show(call, made)["request_counts"]["completed"] == before and time.monotonic() < until:
            time.sleep(0.05)
        server.kill()
        server = space.add(Maester(tmp_path, config, name=f"round-{round}"))
        call = Server(server).call
    done = batches.wait(call, made)
    out, failed = batches.lines(call, done["output_file_id"]), batches.lines(call, done["error_file_id"])
    assert done["status"] == "completed" and len(out) + len(failed) == 300
    assert {line["error"]["code"] for line in failed} <= {"outcome_unknown"} and len(failed) <= 5 * 16
    assert len({line["custom_id"] for line in out + failed}) == 300
    asked = provider.wait_idle()["requests"]
    assert len(out) <= asked <= 300, "a line was asked twice, or never"


def test_a_stopped_server_finishes_what_is_under_way(space, provider, binary, tmp_path):
    config = fake_config(provider, "")
    provider.reset()
    server = space.add(Maester(tmp_path, config))
    call = Server(server).call
    made = batches.create(call, jsonl(request(n, "slow") for n in range(200)))
    time.sleep(1.0)
    server.stop()
    server = space.add(Maester(tmp_path, config, name="again"))
    call = Server(server).call
    done = batches.wait(call, made)
    assert done["request_counts"] == {"total": 200, "completed": 200, "failed": 0}
    assert provider.wait_idle()["requests"] == 200


def test_a_tier_is_asked_for_where_the_model_grants_it(space, binary, tmp_path):
    provider = Scripted()
    provider.answers = ["yes"] * 2
    port = provider.server_address[1]
    models = configs.models({"flexible": "flexible", "plain": "plain"}).replace('"flexible"\nprice', '"flexible"\nbatch = { service_tier = "flex" }\nprice')
    server = space.add(Maester(tmp_path, configs.providers(port) + models))
    call = Server(server).call
    done = batches.wait(call, batches.create(call, jsonl([request(1, "flexible"), request(2, "plain")])))
    assert done["request_counts"]["completed"] == 2
    assert {body["model"]: body.get("service_tier") for body in provider.bodies} == {"flexible": "flex", "plain": None}
    provider.shutdown()


def test_another_tenant_sees_nothing(admin):
    admin.json("POST", "/v1/tenants", {"name": "stranger"}, 201)
    stranger = admin.mint(tenant="stranger", role="admin")
    made = batches.create(admin.call, jsonl([request(1)]))
    done = batches.wait(admin.call, made)
    for path in (f"/v1/files/{made['input_file_id']}", f"/v1/files/{made['input_file_id']}/content", f"/v1/files/{done['output_file_id']}/content",
                 f"/v1/batches/{made['id']}"):
        assert admin.call("GET", path).status == 200 and stranger.call("GET", path).status == 404, path
    assert stranger.json("GET", "/v1/files")["data"] == [] and stranger.json("GET", "/v1/batches")["data"] == []
    assert stranger.call("POST", "/v1/batches", {"input_file_id": made["input_file_id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}).status == 404
    viewer = admin.mint(role="viewer")
    assert viewer.call("GET", f"/v1/batches/{made['id']}").status == 200
    assert viewer.call("POST", f"/v1/batches/{made['id']}/cancel", {}).status == 403


def test_an_erased_tenants_files_are_gone(admin, sim):
    admin.json("POST", "/v1/tenants", {"name": "leaver"}, 201)
    leaver = admin.mint(tenant="leaver", role="admin")
    file = batches.upload(leaver.call, b"words")["id"]
    admin.json("DELETE", "/v1/tenants/leaver")
    assert leaver.call("GET", f"/v1/files/{file}").status == 401
    with sqlite3.connect(sim.data / "work.db", timeout=30) as db:
        assert db.execute("SELECT count(*) FROM files WHERE tenant = 'leaver'").fetchone() == (0,)
    db.close()
    until = time.monotonic() + 60
    while (sim.data / "files" / file).exists() and time.monotonic() < until:
        time.sleep(0.2)
    assert not (sim.data / "files" / file).exists()


def test_a_revoked_key_ends_its_batch(space, provider, binary, tmp_path):
    server = space.add(Maester(tmp_path, fake_config(provider), dev=False))
    admin = admin_of(server)
    key = admin.mint(role="member")
    made = batches.create(key.call, jsonl(request(n, "slow") for n in range(200)))
    batches.wait(admin.call, made, until=("in_progress",))
    admin.json("DELETE", f"/v1/keys/{key.id}")
    done = batches.wait(admin.call, made)
    assert done["request_counts"]["failed"] > 100
    assert {line["response"]["status_code"] for line in batches.lines(admin.call, done["error_file_id"])} == {401}


def test_a_backup_has_the_files(admin, sim, tmp_path):
    made = batches.upload(admin.call, b"to be kept " * 50_000, purpose="user_data")
    backup = admin.json("POST", "/v1/backup", {"keep": 1}, 201)
    folder = next(path for path in (sim.data / "backups").iterdir() if path.name == backup["id"])
    assert (folder / "files" / made["id"]).read_bytes() == (sim.data / "files" / made["id"]).read_bytes()
    done = subprocess.run([maester_binary(), "restore", folder, "--data", tmp_path / "new"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "files" / made["id"]).exists()


# ---- maester batch
def cli(*arguments, cwd, **env) -> subprocess.CompletedProcess:
    return subprocess.run([maester_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False, cwd=cwd,
                          env={**{k: v for k, v in os.environ.items() if not k.startswith("MAESTER_")}, **env})


def read(path) -> list:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_batch_run_needs_no_server(binary, tmp_path):
    (tmp_path / "in.jsonl").write_text(jsonl({"event_text": f"Backup {n} failed."} for n in range(50)))
    done = cli("batch", "run", "in.jsonl", "-o", "out.jsonl", "--dev", "--prompt", "system_summary@v1", "--model", "gpt-4.1-mini", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = read(tmp_path / "out.jsonl")
    assert [row["custom_id"] for row in rows] == [f"line-{n}" for n in range(1, 51)]
    assert "Generated response" in rows[7]["response"]["body"]["choices"][0]["message"]["content"]
    assert rows[7]["response"]["body"]["maester"]["prompt"]["version"] == "v1"
    assert "50 of 50 lines were answered" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl", "out.jsonl.state"]
    again = cli("batch", "run", "in.jsonl", "-o", "out.jsonl", "--dev", "--prompt", "system_summary@v1", cwd=tmp_path)
    assert again.returncode == 1 and "is there already" in again.stderr


def test_batch_run_tells_broken_lines_by_file_and_line(binary, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"a": 1}\n{\n' + jsonl([request(1), request(2, url="/v1/embeddings")]))
    done = cli("batch", "run", "in.jsonl", "-o", "out.jsonl", "--dev", cwd=tmp_path)
    assert done.returncode == 1 and not (tmp_path / "out.jsonl").exists()
    assert [line.split(" ")[0] for line in done.stderr.splitlines()[:3]] == ["in.jsonl:1:", "in.jsonl:2:", "in.jsonl:4:"], done.stderr
    assert cli("batch", "run", "in.jsonl", cwd=tmp_path).returncode == 2


def test_batch_run_goes_on_after_a_kill(binary, provider, tmp_path):
    provider.reset()
    (tmp_path / "m.toml").write_text(fake_config(provider))
    (tmp_path / "in.jsonl").write_text(jsonl(request(n) for n in range(200)))
    options = ("batch", "run", "in.jsonl", "-o", "out.jsonl", "--config", "m.toml", "--model", "slow", "--concurrency", "8")
    child = subprocess.Popen([maester_binary(), *options], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env={k: v for k, v in os.environ.items() if not k.startswith("MAESTER_")})
    until = time.monotonic() + 60
    while provider.stats()["requests"] < 40 and time.monotonic() < until:
        time.sleep(0.05)
    child.kill()
    child.wait()
    refused = cli(*options, cwd=tmp_path)
    assert refused.returncode == 1 and "--resume" in refused.stderr
    done = cli(*options, "--resume", cwd=tmp_path)
    rows = read(tmp_path / "out.jsonl")
    assert [row["custom_id"] for row in rows] == [f"r{n}" for n in range(200)]
    unknown = [row for row in rows if row["error"]]
    assert {row["error"]["code"] for row in unknown} <= {"outcome_unknown"} and len(unknown) <= 8
    assert done.returncode == (1 if unknown else 0), done.stderr
    assert len(rows) - len(unknown) <= provider.wait_idle()["requests"] <= 200


def test_batch_run_on_a_server(server, tmp_path):
    (tmp_path / "in.jsonl").write_text(jsonl([request(1), request(2, "bad"), request(3)]))
    where = {"MAESTER_URL": f"http://127.0.0.1:{server.port}"}
    done = cli("batch", "run", "in.jsonl", "-o", "out.jsonl", cwd=tmp_path, **where)
    assert done.returncode == 1 and "2 of 3 lines were answered, 1 failed" in done.stdout, done.stderr
    assert [row["response"]["status_code"] for row in read(tmp_path / "out.jsonl")] == [200, 400, 200]
    listed = cli("batch", "list", "-o", "json", cwd=tmp_path, **where)
    batch = json.loads(listed.stdout)["data"][0]
    assert batch["status"] == "completed"
    assert batch["id"] in cli("batch", "show", batch["id"], cwd=tmp_path, **where).stdout
    assert cli("files", "get", batch["output_file_id"], "-o", "got.jsonl", cwd=tmp_path, **where).returncode == 0
    assert len(read(tmp_path / "got.jsonl")) == 2
    assert cli("files", "delete", batch["output_file_id"], cwd=tmp_path, **where).returncode == 0
    assert batch["output_file_id"] not in cli("files", "list", cwd=tmp_path, **where).stdout
