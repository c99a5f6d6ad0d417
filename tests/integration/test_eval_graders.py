"""`maester eval run` with graders and services that are asked: in its own process, with a server, over HTTP."""
import json
import os
import subprocess

import pytest
from support import client
from support.judge import Judge
from support.programs import Maester


@pytest.fixture
def judge():
    server = Judge()
    yield server
    server.shutdown()


def config(judge) -> str:
    return f"""default_model = "judge"
[[providers]]
name = "judge"
kind = "openai-compatible"
base_url = "http://127.0.0.1:{judge.port}/v1"
[[models]]
name = "judge"
provider = "judge"
price = {{ input_per_mtok = "1", output_per_mtok = "2" }}
[egress]
allow = ["127.0.0.1:{judge.port}"]
"""


SUITE = """
prompts: ['{{ word }}']
providers: [echo]
tests:
  - {description: good, vars: {word: GOOD}, assert: [{type: llm-rubric, value: is kind, metric: kind}]}
  - {description: bad, vars: {word: BAD}, assert: [{type: llm-rubric, value: is kind}]}
  - {description: nonsense, vars: {word: HM}, assert: [{type: llm-rubric, value: is kind}, {type: not-llm-rubric, value: is kind, weight: 0}]}
"""


def run(binary, folder, *arguments, env=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAESTER_")} | (env or {})
    return subprocess.run([str(binary), "eval", "run", *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=120, env=environment)


def rows(folder, name="r.jsonl") -> dict:
    return {r["testCase"]["description"]: r for r in map(json.loads, (folder / name).read_text().splitlines())}


def test_graders_in_process_need_no_server(binary, tmp_path, judge):
    (tmp_path / "s.yaml").write_text(SUITE)
    (tmp_path / "m.toml").write_text(config(judge))
    arguments = ["s.yaml", "--config", "m.toml", "--data", "data", "-o", "r.jsonl"]
    done = run(binary, tmp_path, *arguments)
    assert done.returncode == 100, done.stderr
    assert "1 of 3 passed, 1 failed, 1 error" in done.stdout, done.stdout
    # 3 questions of 10 and 5 tokens: 20 microdollars each.
    assert "grading: 3 asked, 0 from the cache, 0.00006 USD" in done.stdout, done.stdout
    got = rows(tmp_path)
    assert got["good"]["success"] and got["good"]["namedScores"] == {"kind": 1}
    assert got["bad"]["failureReason"] == 1 and got["bad"]["score"] == 0.2
    assert got["nonsense"]["failureReason"] == 2 and "no JSON object" in got["nonsense"]["error"]
    assert got["good"]["gradingResult"]["tokensUsed"] == {"prompt": 10, "completion": 5, "total": 15, "numRequests": 1,
                                                          "cachedGrades": 0, "cost": 0.00002}
    # What was graded is not asked and not paid again; what could not be read is.
    asked = len(judge.bodies)
    again = run(binary, tmp_path, *arguments)
    assert "grading: 1 asked, 2 from the cache, 0.00002 USD" in again.stdout, again.stdout
    assert len(judge.bodies) == asked + 1
    fresh = run(binary, tmp_path, *arguments, "--no-cache")
    assert "grading: 3 asked, 0 from the cache" in fresh.stdout, fresh.stdout


def test_what_the_run_cannot_start_runs_nothing(binary, tmp_path, judge):
    (tmp_path / "s.yaml").write_text(SUITE)
    (tmp_path / "bad.toml").write_text("nosuch = 1\n")
    done = run(binary, tmp_path, "s.yaml", "--config", "bad.toml", "-o", "r.jsonl")
    assert done.returncode == 1 and "unknown key `nosuch`" in done.stderr, done.stderr
    assert not (tmp_path / "r.jsonl").exists()
    both = run(binary, tmp_path, "s.yaml", "--data", "x", env={"MAESTER_URL": "http://127.0.0.1:1"})
    assert both.returncode == 2, both.stderr


def test_a_servers_registry_has_the_grading_prompt(binary, space, tmp_path, judge):
    server = space.add(Maester(tmp_path, config(judge)))
    pushed = client.request(server.port, "POST", "/v1/prompts", {
        "name": "maester.graders.llm-rubric", "template": "REGISTERED {{rubric}} {{output}}"})
    assert pushed.status in (200, 201), pushed.body
    (tmp_path / "s.yaml").write_text(SUITE)
    done = run(binary, tmp_path, "s.yaml", "--grader", "maester:judge", env={"MAESTER_URL": f"http://127.0.0.1:{server.port}"})
    assert "1 of 3 passed, 1 failed, 1 error" in done.stdout, done.stdout + done.stderr
    assert judge.bodies and all(b["messages"][0]["content"].startswith("REGISTERED is kind <<<BEGIN output") for b in judge.bodies)
    assert "0.00006 USD" in done.stdout


def test_services_over_http(binary, tmp_path, judge):
    (tmp_path / "h.yaml").write_text(f"""
prompts: ['say "{{{{ word }}}}"']
providers:
  - id: http://127.0.0.1:{judge.port}/echo?v=1
    label: service
    config: {{headers: {{x-team: 'evals {{{{prompt}}}}'}}, body: {{q: '{{{{prompt}}}}'}}, transformResponse: 'json.answer.text + " " + json.answer.path'}}
tests: [{{vars: {{word: hi}}, assert: [{{type: equals, value: 'SAY "HI" /echo?v=1'}}]}}]
""")
    refused = run(binary, tmp_path, "h.yaml", "-o", "r.jsonl")
    assert refused.returncode == 100 and not judge.bodies, refused.stdout
    done = run(binary, tmp_path, "h.yaml", "--egress", f"127.0.0.1:{judge.port}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert judge.bodies[-1] == {"q": 'say "hi"'}
    (tmp_path / "e.yaml").write_text((tmp_path / "h.yaml").read_text().replace("say \"{{ word }}\"", "boom"))
    failed = run(binary, tmp_path, "e.yaml", "--egress", f"127.0.0.1:{judge.port}", "-o", "r.jsonl")
    assert failed.returncode == 100 and "status 500" in json.loads((tmp_path / "r.jsonl").read_text())["error"]
    for wrong in ("transformRequest: 'x'", "body: {q: '{{other}}'}", "transformResponse: '(json) => json.a'", "method: DELETE"):
        (tmp_path / "w.yaml").write_text(f"prompts: [x]\nproviders: [{{id: 'http://127.0.0.1:1/', config: {{{wrong}}}}}]\ntests: [{{vars: {{}}}}]\n")
        assert run(binary, tmp_path, "w.yaml").returncode == 1, wrong
