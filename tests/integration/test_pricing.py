"""Prices over time: import without a restart, effective dates, corrections of the past, cost components."""
import json
import os
import sqlite3
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import pytest
from support.client import request
from support.programs import Maester, maester_binary

CONFIG = """
[[providers]]
name = "openai"
kind = "simulated"
[[models]]
name = "gpt-4.1"
provider = "openai"
[[models]]
name = "unheard-of"
provider = "openai"
[[models]]
name = "agreed"
provider = "openai"
price = { input_per_mtok = "1", output_per_mtok = "2", per_request = "0.001" }
[[cost_components]]
name = "gateway"
kind = "infrastructure"
price = "0.0001"
models = ["agreed"]
"""


@pytest.fixture
def server(space, binary, tmp_path):
    return space.add(Maester(tmp_path, CONFIG))


def ask(server, model="gpt-4.1") -> dict:
    """The receipt of one request: 2 x 4 words in, 20 out and more."""
    answer = request(server.port, "POST", "/v1/chat/completions",
                     {"model": model, "messages": [{"role": "user", "content": "one two three four"}]})
    assert answer.status == 200, answer.body
    return get(server, "/v1/requests/" + answer.headers["x-request-id"])


def get(server, path, status=200) -> dict:
    answer = request(server.port, "GET", path)
    assert answer.status == status, answer.body
    return answer.json()


def put(server, text: str, query="", status=201) -> dict:
    answer = request(server.port, "POST", "/v1/pricing/import" + query, text.encode())
    assert answer.status == status, answer.body
    return answer.json()


def recost(server, **body) -> dict:
    answer = request(server.port, "POST", "/v1/pricing/recost", {"from": "2026-01-01", "to": "2100-01-01", **body})
    assert answer.status == 202, answer.body
    run = answer.json()
    until = time.monotonic() + 60
    while run["state"] == "running" and time.monotonic() < until:
        time.sleep(0.02)
        run = get(server, "/v1/pricing/recost/" + run["id"])
    assert run["state"] == "done", run
    return run


def spent(server) -> Decimal:
    return Decimal(get(server, "/v1/usage")["total"]["total_cost_usd"])


def cost(receipt) -> Decimal:
    tokens = receipt["usage"]
    total = Decimal(receipt["cost"]["total"])
    assert total == sum(Decimal(part["amount"]) for part in receipt["cost"]["parts"]), "a sum of named parts"
    return total if tokens else Decimal(0)


DEARER = '"gpt-4.1" = { provider = "openai", input = "20", output = "80" }\n'


def test_an_import_prices_the_next_request_and_survives_a_restart(server):
    first = ask(server)
    answer = put(server, DEARER)
    assert answer["created"] and answer["report"]["carried"] == 1
    second = ask(server)
    assert cost(second) == 10 * cost(first)
    assert second["price_version"] == answer["price_version"] != first["price_version"]
    assert put(server, DEARER, status=200)["created"] is False, "the same table changes nothing"
    server.stop()
    again = Maester(server.directory, CONFIG, name="again")
    try:
        third = ask(again)
        assert (cost(third), third["price_version"]) == (cost(second), second["price_version"])
        assert get(again, "/v1/pricing/gpt-4.1")["data"][0]["prices"]["input"] == "20"
        # The first book is still known by the version that the first receipt names.
        run = recost(again, price_version=first["price_version"])
        assert Decimal(run["total"]["after_usd"]) == 3 * cost(first)
    finally:
        again.stop()


def test_a_price_holds_from_its_day_on(server):
    before = ask(server)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    answer = put(server, DEARER, "?valid_from=" + soon)
    assert answer["price_version"] == before["price_version"], "not yet"
    until = time.monotonic() + 60
    while get(server, "/v1/pricing")["price_version"] == before["price_version"] and time.monotonic() < until:
        time.sleep(0.1)
    assert cost(ask(server)) == 10 * cost(before)
    assert get(server, "/v1/pricing")["imports"][0]["valid_from"].startswith(soon[:-1])


def test_recosting_corrects_once_and_only_when_told(server):
    receipts = [ask(server) for _ in range(3)]
    unpriced = ask(server, "unheard-of")
    assert unpriced["cost"]["total"] is None, "no price is not a price of 0"
    before = spent(server)
    put(server, DEARER + '"openai/unheard-of" = { provider = "openai", input = "1", output = "1" }\n',
        "?valid_from=2026-01-01")
    dry = recost(server)
    assert dry["dry_run"] and dry["total"]["changed"] == 4 and spent(server) == before
    run = recost(server, dry_run=False)
    assert Decimal(run["total"]["difference_usd"]) == Decimal(dry["total"]["difference_usd"]) > 0
    assert {m["model"]: m["changed"] for m in run["models"]} == {"gpt-4.1": 3, "unheard-of": 1}
    after = spent(server)
    assert after == before + Decimal(run["total"]["difference_usd"])
    assert recost(server, dry_run=False)["total"]["changed"] == 0 and spent(server) == after
    # The receipt never changes; the row that lists the request says what it costs now.
    first = receipts[0]
    assert get(server, "/v1/requests/" + first["request_id"])["cost"] == first["cost"]
    rows = {row["request_id"]: row for row in get(server, "/v1/requests")["data"]}
    assert Decimal(rows[first["request_id"]]["cost_usd"]) == 10 * cost(first)
    assert rows[unpriced["request_id"]]["cost_usd"] is not None
    assert get(server, "/v1/usage")["total"]["unpriced"] == 0
    # The projection made again from the journal says the same.
    server.stop()
    for name in ("usage.db", "usage.db-wal", "usage.db-shm"):
        (server.data / name).unlink(missing_ok=True)
    again = Maester(server.directory, CONFIG, name="again")
    try:
        assert spent(again) == after
        assert recost(again, dry_run=False)["total"]["changed"] == 0
    finally:
        again.stop()
    checked = subprocess.run([maester_binary(), "verify", "--data", server.data], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_components_and_a_price_per_request_are_parts_of_the_cost(server):
    receipt = ask(server, "agreed")
    parts = {part.get("component") or part["bucket"]: Decimal(part["amount"]) for part in receipt["cost"]["parts"]}
    assert parts["gateway"] == Decimal("0.0001") and parts["requests"] == Decimal("0.001")
    usage = receipt["usage"]
    tokens = (usage["input_tokens"] + 2 * usage["output_tokens"]) / Decimal(1_000_000)
    assert cost(receipt) == tokens + Decimal("0.0011") == spent(server)
    assert recost(server)["total"]["changed"] == 0, "components stay as they were charged"
    assert not any("component" in part for part in ask(server)["cost"]["parts"])


def test_bad_input_is_refused_with_its_place(server):
    for text, query, part in (("{", "", "JSON"), ('"m" = { inptu = "1" }', "", "Line 1"), ("", "", "no model"),
                              (DEARER, "?valid_from=yesterday", "valid_from")):
        answer = request(server.port, "POST", "/v1/pricing/import" + query, text.encode())
        assert answer.status == 400 and part in answer.body.decode(), answer.body
    assert get(server, "/v1/pricing")["imports"] == []
    for body in ({}, {"from": "2026-02-01", "to": "2026-01-01"}, {"from": "2026-01-01", "to": "2026-01-02", "x": 1}):
        assert request(server.port, "POST", "/v1/pricing/recost", body).status == 400
    unknown = {"from": "2026-01-01", "to": "2026-01-02", "price_version": "0123456789ab"}
    assert request(server.port, "POST", "/v1/pricing/recost", unknown).status == 404
    assert get(server, "/v1/pricing/nothing-of-that-name", 404)["code"] == "not_found"


def test_the_whole_public_table_is_imported_with_a_report(server):
    shared = Path(os.environ.get("MAESTER_SHARED", "/work/shared")) / "data/pricing/litellm_model_prices.json"
    if not shared.is_file():
        pytest.fail("no shared data") if os.environ.get("CI") else pytest.skip("no shared data")
    env = {**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}"}

    def run(*arguments):
        done = subprocess.run([maester_binary(), "pricing", *arguments], capture_output=True, text=True, env=env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    dry = json.loads(run("import", str(shared), "--dry-run", "-o", "json"))
    keys = json.loads(shared.read_text())
    assert dry["report"]["keys"] == len(keys) == 2985
    left_out = {n["model"] for n in dry["report"]["notes"] if n["kind"] == "skipped" and not n.get("field")}
    assert dry["report"]["carried"] + len(left_out) == 2985 and left_out < set(keys)
    assert sum(r["count"] for r in dry["report"]["reasons"]) == len(dry["report"]["notes"])
    assert "DBU" in run("import", str(shared), "--dry-run")
    assert "stored: import 1" in run("import", str(shared))
    assert "unchanged" in run("import", str(shared))
    assert "dashscope/qwen-flash" in run("show", "dashscope/qwen-flash")
    page = get(server, "/v1/pricing?book=true&limit=500")
    assert len(page["data"]) == 500 and page["next_cursor"]


def test_what_changes_money_is_in_the_audit_log_and_a_restart_finishes_a_recosting(server):
    first = ask(server)
    put(server, DEARER, "?valid_from=2026-01-01")
    run = recost(server, dry_run=False)
    rows = get(server, "/v1/audit?system=true")["data"]
    assert [(row["action"], row["object"]) for row in rows if row["action"].startswith("pricing.")] == [
        ("pricing.recost", run["id"]), ("pricing.import", "1")]
    put(server, DEARER.replace("20", "40"), "?valid_from=2026-01-01")
    server.stop()
    # As a crash in the middle leaves it: the order is there, its end is not.
    nanoseconds = [int(time.mktime((year, 1, 1, 0, 0, 0, 0, 0, 0))) * 10**9 for year in (2026, 2099)]
    with sqlite3.connect(server.data / "control.db") as control:
        assert control.execute("SELECT count(*) FROM recost_orders").fetchone() == (0,), "those that ended are gone"
        control.execute("INSERT INTO recost_orders VALUES ('cut-off', ?, ?, 0, '')", nanoseconds)
    control.close()
    again = Maester(server.directory, CONFIG, name="again")
    try:
        until = time.monotonic() + 60
        while (resumed := get(again, "/v1/pricing/recost/cut-off"))["state"] == "running":
            assert time.monotonic() < until
            time.sleep(0.02)
        assert (resumed["state"], resumed["dry_run"], resumed["total"]["changed"]) == ("done", False, 1)
        assert spent(again) == Decimal(resumed["total"]["after_usd"]) > 10 * cost(first)
    finally:
        again.stop()
    with sqlite3.connect(server.data / "control.db") as control:
        assert control.execute("SELECT count(*) FROM recost_orders").fetchone() == (0,)
    control.close()
