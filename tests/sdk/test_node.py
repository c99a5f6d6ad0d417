"""The official SDKs for Node: each scenario of scenarios.mjs (OpenAI), anthropic_scenarios.mjs and vercel_scenarios.mjs is one case."""
import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from support.sdk_server import KEY

FOLDER = Path(__file__).parent


def node(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(["node", *arguments], cwd=FOLDER, env=dict(os.environ, **environment),
                          capture_output=True, text=True, timeout=60)


def scenarios() -> list:
    out = []
    for program in ("scenarios.mjs", "anthropic_scenarios.mjs", "vercel_scenarios.mjs"):
        listed = node(program)
        assert listed.returncode == 0, listed.stderr
        out += [(program, name) for name in listed.stdout.split()]
    return out


@pytest.mark.parametrize("program, scenario", scenarios())
def test_node(program, scenario, maester, provider_sees_a_client_leave):
    with provider_sees_a_client_leave() if scenario == "leaving_a_stream" else contextlib.nullcontext():
        done = node(program, scenario, MAESTER_URL=maester.url, MAESTER_API_KEY=KEY)
        assert done.returncode == 0, done.stdout + done.stderr
