"""`maester eval run`: suites in promptfoo's format, exit codes, reports; against a running server, too."""
import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from support.programs import Maester

SUITE = """
description: greetings
prompts: ['Hello {{ name }}']
providers: [echo]
tests:
  - description: good
    vars: {name: [Ada, Grace]}
    assert: [{type: equals, value: 'Hello {{ name }}', metric: exact}]
  - {description: worse, vars: {name: Bob}, assert: [{type: contains, value: WORD}]}
"""


def run(binary, folder, *arguments, env=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAESTER_")} | (env or {})
    return subprocess.run([str(binary), "eval", "run", *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=120, env=environment)


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "good.yaml").write_text(SUITE.replace("WORD", "Bob"))
    (tmp_path / "bad.yaml").write_text(SUITE.replace("WORD", "Eve"))
    return tmp_path


def test_exit_codes_and_reports(binary, suite):
    done = run(binary, suite, "good.yaml", "-o", "r.json", "-o", "r.jsonl", "-o", "r.csv", "--junit", "r.xml")
    assert done.returncode == 0, done.stderr
    assert "3 of 3 passed, 0 failed, 0 errors" in done.stdout
    report = json.loads((suite / "r.json").read_text())["results"]
    assert report["stats"] == {"successes": 3, "failures": 0, "errors": 0}
    assert [r["response"]["output"] for r in report["results"]] == ["Hello Ada", "Hello Grace", "Hello Bob"]
    assert report["results"][0]["namedScores"] == {"exact": 1}
    assert len((suite / "r.jsonl").read_text().splitlines()) == 3
    assert ElementTree.parse(suite / "r.xml").getroot().attrib["tests"] == "3"

    failed = run(binary, suite, "bad.yaml", "--junit", "f.xml")
    assert failed.returncode == 100
    assert "2 of 3 passed, 1 failed, 0 errors" in failed.stdout
    assert ElementTree.parse(suite / "f.xml").getroot().attrib["failures"] == "1"


def test_what_is_broken_runs_nothing(binary, suite):
    cases = {
        "tests: 5\nprompts: [x]\nproviders: [echo]\n": "broken.yaml:1:8: `tests` must be a list",
        "prompts: [x]\nproviders: [echo]\ntests: [{assert: [{type: nosuch}]}]\n": "Unknown assertion type: nosuch",
        "prompts: [x]\nproviders: [echo]\ntests: [{assert: [{type: python, value: x}]}]\n": "runs foreign code",
        "prompts: [x]\nproviders: [exec:./a]\ntests: [{vars: {}}]\n": "the provider `exec:./a` is not supported",
        "prompts: [x]\nproviders: [python:a.py]\ntests: [{vars: {}}]\n": "is not supported",
        "prompts: [x]\nproviders: [echo]\ntests: missing.csv\n": "missing.csv",
    }
    for text, reason in cases.items():
        (suite / "broken.yaml").write_text(text)
        done = run(binary, suite, "broken.yaml", "-o", "r.json")
        assert done.returncode == 1, (text, done.stdout)
        assert reason in done.stderr, done.stderr
        assert not list(suite.glob("r.json*")), "a report of a run that did not happen"
    assert run(binary, suite, "good.yaml", "--filter", "nothing").returncode == 1
    assert run(binary, suite, "missing.yaml").returncode == 1
    for wrong in (["good.yaml", "-o", "r.pdf"], ["good.yaml", "--filter", "("], ["good.yaml", "--nosuch"], []):
        assert run(binary, suite, *wrong).returncode == 2, wrong


def test_filters_and_repeats(binary, suite):
    assert "2 of 2 passed" in run(binary, suite, "bad.yaml", "--filter", "^good").stdout
    assert "6 of 9 passed" in run(binary, suite, "bad.yaml", "--repeat", "3").stdout
    # An unsupported assertion is an error of its rows when told so, and never a pass.
    (suite / "u.yaml").write_text(SUITE.replace("contains, value: WORD", "python, value: x"))
    done = run(binary, suite, "u.yaml", "--unsupported", "error")
    assert done.returncode == 100 and "2 of 3 passed, 0 failed, 1 error" in done.stdout


def test_hundred_thousand_cases_in_bounded_memory(binary, suite):
    with open(suite / "many.csv", "w") as out:
        out.write("name,__expected\n")
        out.writelines(f"n{i},contains:n{i}\n" for i in range(100_000))
    (suite / "many.yaml").write_text("prompts: ['Hi {{name}}']\nproviders: [echo]\ntests: many.csv\n")
    done = subprocess.run(["/bin/bash", "-c", f"ulimit -v 400000; {binary} eval run many.yaml -q -o r.jsonl"],
                          cwd=suite, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "100000 of 100000 passed" in done.stdout


CONFIG = """
[[providers]]
name = "sim"
kind = "simulated"
[[models]]
name = "gpt-4.1"
provider = "sim"
"""


def test_models_of_a_server(binary, space, suite):
    server = space.add(Maester(suite, CONFIG))
    env = {"MAESTER_URL": f"http://127.0.0.1:{server.port}"}
    (suite / "m.yaml").write_text("""
prompts: ['one {{n}}', '[{"role": "user", "content": "two {{n}}"}]']
providers: [{id: 'maester:gpt-4.1', config: {max_tokens: 50}}, 'openai:chat:nosuch']
tests: [{vars: {n: [a, b]}, assert: [{type: javascript, value: 'output.length > 0'}, {type: latency, threshold: 60000}, {type: cost, threshold: 1},
                                      {type: finish-reason, value: stop}]}]
""")
    done = run(binary, suite, "m.yaml", "-o", "r.json", env=env)
    rows = json.loads((suite / "r.json").read_text())["results"]["results"]
    good = [r for r in rows if r["provider"]["id"] == "maester:gpt-4.1"]
    assert len(good) == 4 and all(r["success"] for r in good), [r["gradingResult"]["reason"] for r in good]
    assert all(r["failureReason"] == 2 and "nosuch" in r["error"] for r in rows if r not in good)
    assert done.returncode == 100
