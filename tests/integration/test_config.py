"""Changing the configuration of a running server: SIGHUP, the API, versions and the way back."""
import os
import re
import signal
import subprocess
import threading
import time
from decimal import Decimal

import pytest
from support import client, configs
from support.processes import Process
from support.programs import Maester

ADMIN = "/v1/config"
SECRET = "sk-fake-openai-credential-0001"


def config_for(provider, models=("plain",), more: str = "") -> str:
    return configs.NO_LIMITS + more + configs.providers(provider.port) + configs.models(list(models))


@pytest.fixture
def server(space, provider, binary, tmp_path):
    return space.add(Maester(tmp_path, config_for(provider)))


def text_of(server) -> str:
    return server.config_path.read_text()


def put(server, text: str, headers=None) -> client.Answer:
    return client.request(server.port, "PUT", ADMIN, text.encode(), headers)


def in_force(server) -> dict:
    return client.request(server.port, "GET", ADMIN).json()


def hang_up(server, version: int) -> None:
    """SIGHUP, then until the version is in force."""
    server.child.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while in_force(server)["version"] != version:
        assert time.monotonic() < until, server.log()[-2000:]
        time.sleep(0.01)


def test_sighup_reads_the_file_again(server, provider):
    first = client.chat(server.port, "plain").headers["x-maester-config"]
    assert client.chat(server.port, "later").status == 404
    server.config_path.write_text(text_of(server) + configs.models(["later"]))
    hang_up(server, 2)
    answer = client.chat(server.port, "later")
    assert answer.status == 200 and answer.headers["x-maester-config"] != first
    receipt = client.request(server.port, "GET", "/v1/requests/" + answer.headers["x-maester-request-id"]).json()
    assert receipt["config_version"] == in_force(server)["config"] == answer.headers["x-maester-config"]
    listed = client.request(server.port, "GET", ADMIN + "/versions").json()["data"]
    assert [(row["version"], row["source"]) for row in listed] == [(2, "sighup"), (1, "file")]


def test_a_file_that_does_not_load_changes_nothing_and_the_log_says_why(server):
    good = text_of(server)
    server.config_path.write_text(good.replace("[[models]]", "[[modles]]"))
    server.child.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while "config_refused" not in server.log():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert re.search(r"maester\.toml:\d+:\d+: unknown key `modles`.*did you mean `models`", server.log()), server.log()
    assert in_force(server)["version"] == 1 and client.chat(server.port, "plain").status == 200


def test_what_needs_a_restart_is_refused_by_name(server):
    good = text_of(server)
    for change, name in [(good.replace("data_dir = \"", "data_dir = \"/tmp/other-"), "data_dir"),
                         ("cores = 7\n" + good, "cores"),
                         (good + '[ledger]\ndurability = "power"\n', "ledger.durability"),
                         (re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", good, count=1), "listen")]:
        refused = put(server, change + configs.models(["half"]))
        assert refused.status == 422, refused.body
        body = refused.json()
        assert f"`{name}` needs a restart" in body["detail"] and body["problems"][0]["line"] > 0
        assert client.chat(server.port, "half").status == 404
    assert in_force(server)["version"] == 1


def test_the_api_puts_shows_and_rolls_back(server):
    good = text_of(server)
    assert put(server, good).json()["changed"] is False
    first = put(server, good + configs.models(["one"])).json()
    second = put(server, good + configs.models(["two"])).json()
    assert (first["version"], second["version"]) == (2, 3) and second["source"] == "api"
    assert [client.chat(server.port, m).status for m in ("one", "two")] == [404, 200]
    back = client.request(server.port, "POST", ADMIN + "/rollback", {}).json()
    assert (back["version"], back["origin"], back["config"]) == (4, 2, first["config"])
    assert [client.chat(server.port, m).status for m in ("one", "two")] == [200, 404]
    assert client.request(server.port, "POST", ADMIN + "/rollback", {}).json()["origin"] == 1
    assert client.request(server.port, "POST", ADMIN + "/rollback", {}).status == 409
    assert client.request(server.port, "POST", ADMIN + "/rollback", {"version": 3}).json()["origin"] == 3
    assert client.request(server.port, "POST", ADMIN + "/rollback", {"version": 99}).status == 404


def test_two_who_change_it_at_once_do_not_undo_each_other(server):
    shown = client.request(server.port, "GET", ADMIN)
    assert shown.headers["etag"] == '"1"'
    mine, theirs = (text_of(server) + configs.models([name]) for name in ("mine", "theirs"))
    first = put(server, mine, {"if-match": shown.headers["etag"]})
    assert (first.status, first.headers["etag"]) == (200, '"2"')
    second = put(server, theirs, {"if-match": shown.headers["etag"]})
    assert second.status == 409, second.body
    assert second.json()["code"] == "version_conflict" and "version 2 is in force, not 1" in second.json()["detail"]
    assert in_force(server)["version"] == 2 and client.chat(server.port, "mine").status == 200
    back = client.request(server.port, "POST", ADMIN + "/rollback", {}, {"if-match": '"1"'})
    assert back.status == 409 and in_force(server)["version"] == 2
    assert put(server, theirs, {"if-match": "two"}).status == 400
    assert put(server, theirs, {"if-match": "*"}).status == 200
    assert put(server, mine, {"if-match": "3"}).status == 200


def test_secrets_are_never_shown(server, tmp_path):
    shown = client.request(server.port, "GET", ADMIN)
    assert SECRET not in shown.body.decode() and 'api_key = "(secret)"' in shown.json()["toml"]
    assert "[[models]]" in shown.json()["toml"]
    old = client.request(server.port, "GET", ADMIN + "/versions/1")
    assert old.status == 200 and SECRET not in old.body.decode()
    for path in server.data.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
    masked = put(server, shown.json()["toml"])
    assert masked.status == 422 and "is a mask" in masked.json()["detail"]


def test_the_api_reads_nothing_that_the_file_does_not(space, provider, binary, tmp_path):
    (tmp_path / "token").write_text("token-of-the-file-0001")
    text = config_for(provider) + '[[keys]]\nname = "app"\nkey = "${file:token}"\n'
    server = space.add(Maester(tmp_path, text, env={"OTHER_SECRET": "canary-of-the-environment"}))
    good = text_of(server)
    assert "${file:token}" in in_force(server)["toml"]
    assert put(server, good + configs.models(["more"])).status == 200, "a reference may stay where it is"
    port = provider.port
    stolen = f'[[providers]]\nname = "evil"\nkind = "openai"\nbase_url = "http://127.0.0.1:{port}/evil"\napi_key = '
    for change in (good + stolen + '"${env:OTHER_SECRET}"\n', good + stolen + '"${file:token}"\n',
                   good + stolen + '"${file:/etc/hostname}"\n',
                   good.replace('name = "app"', 'name = "${file:/etc/passwd}"'),
                   good.replace("[egress]\n", '[egress]\nca_file = "/etc/passwd"\n')):
        refused = put(server, change)
        assert refused.status == 422, refused.body
        assert "does not stand at this setting" in refused.json()["detail"], refused.body
        assert "canary" not in refused.body.decode() and "root:" not in refused.body.decode()


def test_only_an_admin_of_all_tenants_may(space, provider, binary, tmp_path):
    keys = "".join(f'[[keys]]\nname = "{name}"\nkey = "key-of-the-{name}-0001"\ntenant = "{tenant}"\nrole = "{role}"\n'
                   for name, tenant, role in (("root", "default", "admin"), ("member", "default", "member"),
                                              ("foreign", "acme", "admin")))
    server = space.add(Maester(tmp_path, config_for(provider) + keys, dev=False))
    for name, status in (("root", 200), ("member", 403), ("foreign", 403)):
        headers = {"authorization": f"Bearer key-of-the-{name}-0001"}
        assert client.request(server.port, "GET", ADMIN, headers=headers).status == status
        assert put(server, text_of(server), headers).status == status
    assert client.request(server.port, "GET", ADMIN).status == 401


def test_a_change_over_the_api_survives_a_restart_until_the_file_changes(space, provider, binary, tmp_path):
    config = config_for(provider)
    server = space.add(Maester(tmp_path, config))
    head = text_of(server)
    assert put(server, head + configs.models(["added"])).json()["version"] == 2
    assert server.stop() == 0

    def restart() -> Process:
        process = space.add(Process([binary, "serve", "--config", server.config_path, "--dev"],
                                    log=tmp_path / "again.log", pipe=False))
        process.wait_port(server.port, 30)
        return process
    second = restart()
    assert client.chat(server.port, "added").status == 200
    assert in_force(server)["version"] == 2
    assert second.stop() == 0
    server.config_path.write_text(head + "# edited\n")
    restart()
    assert client.chat(server.port, "added").status == 404
    assert in_force(server)["version"] == 3 and in_force(server)["source"] == "file"


def test_the_command_line_lists_and_rolls_back(server, binary):
    put(server, text_of(server) + configs.models(["two"]))
    env = dict(os.environ, MAESTER_URL=f"http://127.0.0.1:{server.port}")
    listed = subprocess.run([binary, "config", "versions"], env=env, capture_output=True, text=True, check=True).stdout
    assert "api" in listed and "file" in listed
    done = subprocess.run([binary, "config", "rollback"], env=env, capture_output=True, text=True, check=True).stdout
    assert "version 3 is in force" in done and "the text of version 1" in done


def test_a_hundred_reloads_under_load_drop_nothing(space, provider, binary, tmp_path):
    """T19, short: every tenth is invalid, each answer is by a version that existed, a stream keeps its own."""
    server = space.add(Maester(tmp_path, config_for(provider, ["plain", "stream:chunks=20:interval_ms=20"])))
    good = text_of(server)
    stop, answers, lock = threading.Event(), [], threading.Lock()

    def load(model: str, **more) -> None:
        while not stop.is_set():
            answer = client.chat(server.port, model, timeout=120, **more)
            with lock:
                answers.append(answer)
    threads = [threading.Thread(target=load, args=("plain",)) for _ in range(3)]
    threads += [threading.Thread(target=load, args=("stream:chunks=20:interval_ms=20",), kwargs={"stream": True})]
    for thread in threads:
        thread.start()
    prices, refused = {in_force(server)["config"]: 1}, 0
    for i in range(100):
        price = f'input_per_mtok = "{i + 2}.00"'
        text = good.replace('input_per_mtok = "1.00"', price)
        if i % 10 == 9:
            text += "[[models]]\nname = \"broken\"\nprovider = \"nobody\"\n"
        answer = put(server, text)
        if i % 10 == 9:
            refused += answer.status == 422 and "unknown provider `nobody`" in answer.json()["detail"]
        else:
            assert answer.status == 200, answer.body
            prices[answer.json()["config"]] = i + 2
    stop.set()
    for thread in threads:
        thread.join()
    assert refused == 10 and len(prices) == 91 and len(answers) > 20
    assert all(answer.complete and answer.status == 200 for answer in answers), [a.status for a in answers if a.status != 200]
    assert {answer.headers["x-maester-config"] for answer in answers} <= set(prices)
    assert all(answer.done() for answer in answers if answer.headers["content-type"].startswith("text/event-stream"))
    # No mixture: what a request cost is by the prices of the version that it names.
    whole = [answer for answer in answers if answer.headers["content-type"] == "application/json"]
    for answer in whole:
        usage = answer.json()["usage"]
        price = prices[answer.headers["x-maester-config"]]
        cost = Decimal(usage["prompt_tokens"] * price + usage["completion_tokens"] * 4) / 1_000_000
        assert Decimal(answer.headers["x-maester-cost-usd"]) == cost, answer.headers
    assert len({answer.headers["x-maester-config"] for answer in whole}) > 3


def test_keys_of_the_file_come_and_go_with_a_reload(space, provider, binary, tmp_path):
    def keys(*names: str) -> str:
        return "".join(f'[[keys]]\nname = "{name}"\nkey = "key-of-the-{name}-0001"\nrole = "admin"\n' for name in names)
    server = space.add(Maester(tmp_path, config_for(provider) + keys("root", "old"), dev=False))
    root, old, new = ({"authorization": f"Bearer key-of-the-{name}-0001"} for name in ("root", "old", "new"))
    assert [client.chat(server.port, "plain", headers=one).status for one in (root, old, new)] == [200, 200, 401]
    text = text_of(server).replace(keys("old"), keys("new"))
    assert put(server, text, root).status == 200
    assert [client.chat(server.port, "plain", headers=one).status for one in (root, old, new)] == [200, 401, 200]
    assert client.request(server.port, "POST", ADMIN + "/rollback", {}, root).status == 200
    assert [client.chat(server.port, "plain", headers=one).status for one in (root, old, new)] == [200, 200, 401]
