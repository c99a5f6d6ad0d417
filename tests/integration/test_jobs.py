"""/v1/jobs, `maester jobs` and `maester worker` on jobs that stand still: their kind is nobody's here. What runs is tested where handlers are."""
import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from support import jobs
from support.access import SIMULATED, admin_of
from support.knowledge import Collection
from support.programs import Maester, maester_binary


@pytest.fixture(scope="module")
def server(space, binary):
    directory = space.path / "jobs"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED, dev=False))


@pytest.fixture(scope="module")
def admin(server):
    return admin_of(server)


def cli(server, admin, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run([maester_binary(), *arguments], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}", "MAESTER_API_KEY": admin.key})


def worker(server, *options) -> list:
    return [maester_binary(), "worker", "--config", server.config_path, *options]


def test_a_job_is_shown_listed_cancelled_and_retried(server, admin):
    queued = jobs.plant(server, "default", "queued", subject="a.pdf")
    dead = jobs.plant(server, "default", "dead", subject="b.pdf", attempts=8, error_code="upstream_error", error_message="The provider is away.")
    shown = admin.json("GET", f"/v1/jobs/{dead}")
    assert shown["state"] == "dead" and shown["error"] == {"code": "upstream_error", "message": "The provider is away."}
    assert shown["steps"] == [] and shown["progress"] == 0 and shown["attempts"] == 8 and shown["ended_at"]
    assert [one["id"] for one in admin.json("GET", "/v1/jobs?state=dead")["data"]] == [dead]
    assert admin.call("GET", "/v1/jobs?state=asleep").json()["code"] == "invalid_request"
    first = admin.json("GET", "/v1/jobs?limit=1")
    second = admin.json("GET", f"/v1/jobs?limit=1&cursor={first['next_cursor']}")
    assert [first["data"][0]["id"], second["data"][0]["id"]] == [dead, queued]

    assert admin.json("POST", f"/v1/jobs/{queued}/cancel")["state"] == "cancelled"
    again = admin.call("POST", f"/v1/jobs/{dead}/cancel")
    assert again.status == 409 and again.json()["code"] == "conflict"
    revived = admin.json("POST", f"/v1/jobs/{dead}/retry")
    assert revived["id"] == dead and revived["state"] == "queued" and revived["attempts"] == 0
    assert admin.call("POST", f"/v1/jobs/{dead}/retry").status == 409
    assert admin.call("GET", "/v1/jobs/nothing").status == 404


def test_a_viewer_looks_and_does_not_touch(server, admin):
    job = jobs.plant(server, "default")
    viewer = admin.mint(role="viewer", name="looks")
    assert viewer.call("GET", f"/v1/jobs/{job}").status == 200
    assert viewer.call("GET", "/v1/jobs/doctor").status == 200
    assert viewer.call("POST", f"/v1/jobs/{job}/cancel").status == 403
    assert viewer.call("POST", f"/v1/jobs/{job}/retry").status == 403


def test_the_doctor_names_the_reason_of_each_job(server, admin):
    strange = jobs.plant(server, "default")
    later = jobs.plant(server, "default", due_at=time.time_ns() + 3600 * 10**9)
    failed = jobs.plant(server, "default", "failed", error_code="unprocessable", error_message="The file is no PDF.")
    poison = jobs.plant(server, "default", "dead", crashes=3)
    told = admin.json("GET", "/v1/jobs/doctor")
    reasons = {one["id"]: one["reason"] for one in told["data"]}
    assert [reasons[one] for one in (strange, later, failed, poison)] == ["no_handler", "scheduled", "failed", "poison"]
    found = {one["id"]: one for one in told["data"]}
    assert "The file is no PDF." in found[failed]["explanation"] and found[later]["until"]
    assert told["workers"]["threads"] == 2 and told["workers"]["started"] and told["complete"]
    assert told["counts"]["poison"] >= 1


def test_the_command_line_does_the_same(server, admin):
    job = jobs.plant(server, "default", "failed", subject="c.pdf", error_code="too_large", error_message="It is too large.")
    listed = cli(server, admin, "jobs", "list", "--state", "failed")
    assert listed.returncode == 0 and job in listed.stdout and "c.pdf" in listed.stdout, listed
    shown = cli(server, admin, "jobs", "show", job)
    assert "too_large: It is too large." in shown.stdout, shown
    assert json.loads(cli(server, admin, "jobs", "show", job, "-o", "json").stdout)["id"] == job
    told = cli(server, admin, "jobs", "doctor")
    assert "too_large: It is too large." in told.stdout and "workers: 0 of 2 busy" in told.stdout, told
    assert cli(server, admin, "jobs", "retry", job).stdout == f"Job {job} is queued again.\n"
    assert cli(server, admin, "jobs", "cancel", job).stdout == f"Job {job} is cancelled.\n"
    assert json.loads(cli(server, admin, "jobs", "list", "-o", "json", "--state", "cancelled").stdout)["data"][0]["id"] == job
    missing = cli(server, admin, "jobs", "show", "nothing")
    assert missing.returncode == 1 and "There is no job `nothing`" in missing.stderr


def test_metrics_count_what_lives(server, admin):
    jobs.plant(server, "default", kind="counted")
    for _ in range(600):  # they are measured every few seconds
        text = admin.call("GET", "/metrics").body.decode()
        if 'maester_jobs{kind="counted",state="queued"} 1' in text:
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the gauge does not come")
    assert "maester_job_workers 2" in text


def test_an_erased_tenants_jobs_are_gone_and_stay_gone(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin = admin_of(server)
    admin.json("POST", "/v1/tenants", {"name": "gone"}, 201)
    jobs.plant(server, "gone")
    kept = jobs.plant(server, "default")
    admin.json("DELETE", "/v1/tenants/gone")

    def rows() -> list:
        with sqlite3.connect(server.data / "work.db", timeout=30) as db:
            return db.execute("SELECT tenant, id FROM jobs").fetchall()
    assert rows() == [("default", kept)]
    # As if the process had died between the two databases.
    server.child.send_signal(signal.SIGTERM)
    assert server.child.wait(60) == 0
    jobs.plant(server, "gone")
    assert len(rows()) == 2
    space.add(Maester(tmp_path, SIMULATED, dev=False, name="again"))
    assert rows() == [("default", kept)]


def test_a_start_takes_back_what_the_dead_process_held(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    held = jobs.plant(server, "default", "running", attempts=1, epoch=1, worker="dead", lease_until=time.time_ns() + 60 * 10**9)
    server.child.send_signal(signal.SIGKILL)
    server.child.wait(60)
    again = space.add(Maester(tmp_path, SIMULATED, dev=False, name="again"))
    job = admin_of(again).json("GET", f"/v1/jobs/{held}")
    assert job["state"] in ("retry_wait", "queued") and "process ended" in job["error"]["message"], job
    until = time.monotonic() + 30  # another thread writes the log
    while '"jobs_taken_back":1' not in again.log() and time.monotonic() < until:
        time.sleep(0.05)
    assert '"jobs_taken_back":1' in again.log()


def test_a_worker_needs_the_directory_for_itself(server):
    refused = subprocess.run(worker(server), capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1
    assert "in use by another Maester process, which also runs its jobs" in refused.stderr, refused


def listening(pid: int) -> set:
    """The listening sockets of a process."""
    sockets = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(os.readlink(fd))
        except OSError:
            pass
    rows = [line.split() for name in ("tcp", "tcp6") if Path(f"/proc/{pid}/net/{name}").exists()
            for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


def test_a_worker_runs_until_it_is_told_or_nothing_is_left(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    assert len(listening(server.child.pid)) >= 1, "or the check below proves nothing"
    jobs.plant(server, "default")
    server.child.send_signal(signal.SIGTERM)
    assert server.child.wait(60) == 0
    done = subprocess.run(worker(server, "--until-empty"), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done
    assert "Maester runs the jobs of" in done.stdout and '"event":"worker_started"' in done.stderr
    running = subprocess.Popen(worker(server), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert running.stdout.readline().startswith(b"Maester runs the jobs of")
    assert not listening(running.pid)
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0
    running.stdout.close()


def test_a_worker_without_threads_says_so(binary, tmp_path):
    config = tmp_path / "maester.toml"
    config.write_text(f'data_dir = "{tmp_path / "data"}"\n{SIMULATED}\n[jobs]\nworkers = 0\n')
    refused = subprocess.run([maester_binary(), "worker", "--config", config], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1 and "`[jobs] workers` is 0" in refused.stderr, refused


def collection_of(server) -> Collection:
    return Collection(lambda method, path, body=None, headers=None: admin_of(server).call(method, path, body, headers))


def wait_for(admin, job: str, *states: str) -> dict:
    until = time.monotonic() + 60
    while (found := admin.json("GET", f"/v1/jobs/{job}"))["state"] not in states and time.monotonic() < until:
        time.sleep(0.02)
    assert found["state"] in states, found
    return found


def test_an_ingestion_is_a_job_with_steps_spans_and_metrics(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin, collection = admin_of(server), collection_of(server)
    accepted = collection.lines([{"source_id": f"d{i}", "text": f"Zebra number{i}."} for i in range(20)], wait=False)
    job = wait_for(admin, accepted["job_id"], "succeeded")
    assert job["kind"] == "ingest" and job["progress"] == 1 and job["attempts"] == 1 and "error" not in job
    assert job["steps"] and all(step["state"] == "succeeded" and step["started_at"] for step in job["steps"])
    spans = admin.json("GET", f"/v1/traces/{job['trace_id']}")["spans"]
    assert {span["name"] for span in spans} >= {"job ingest", *(step["name"] for step in job["steps"])}
    metrics = admin.call("GET", "/metrics").body.decode()
    assert 'maester_job_attempts_ended_total{kind="ingest",state="succeeded"} 1' in metrics
    assert admin.json("GET", "/v1/jobs/doctor")["data"] == []


def test_a_file_that_cannot_be_read_is_explained_and_retried_by_hand(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED, dev=False))
    admin, collection = admin_of(server), collection_of(server)
    told = collection.upload("broken.pdf", b"%PDF-1.7\nnothing of a PDF follows").json()
    job = wait_for(admin, told["job_id"], "failed", "dead")
    [found] = admin.json("GET", "/v1/jobs/doctor")["data"]
    assert found["id"] == job["id"] and found["reason"] == "failed" and job["error"]["message"] in found["explanation"]
    assert cli(server, admin, "jobs", "retry", job["id"]).returncode == 0
    wait_for(admin, job["id"], "failed", "dead", "succeeded")


def test_a_worker_ends_what_a_server_without_workers_took(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED + "\n[jobs]\nworkers = 0\n", dev=False))
    admin, collection = admin_of(server), collection_of(server)
    accepted = collection.lines([{"source_id": "keep", "text": "Zebras graze."}], wait=False)
    [found] = admin.json("GET", "/v1/jobs/doctor")["data"]
    assert found["id"] == accepted["job_id"] and found["reason"] == "no_workers"
    server.child.send_signal(signal.SIGTERM)
    assert server.child.wait(60) == 0
    server.config_path.write_text(server.config_path.read_text().replace("workers = 0", "workers = 1"))
    done = subprocess.run(worker(server, "--until-empty"), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and '"event":"job_finished"' in done.stderr, done
    again = space.add(Maester(tmp_path, SIMULATED, dev=False, name="again"))
    assert admin_of(again).json("GET", f"/v1/jobs/{accepted['job_id']}")["state"] == "succeeded"
    found = admin_of(again).json("POST", f"{collection.path}/search", {"query": "graze"})
    assert [hit["source_id"] for hit in found["hits"]] == ["keep"]
