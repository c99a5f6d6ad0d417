"""The official OpenAI SDK for Node: each scenario of scenarios.mjs is one case."""
import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from server_config import KEY

FOLDER = Path(__file__).parent


def node(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(["node", "scenarios.mjs", *arguments], cwd=FOLDER, env=dict(os.environ, **environment),
                          capture_output=True, text=True, timeout=60)


def scenarios() -> list:
    listed = node()
    assert listed.returncode == 0, listed.stderr
    return listed.stdout.split()


@pytest.mark.parametrize("scenario", scenarios())
def test_node(scenario, maester, provider_sees_a_client_leave):
    with provider_sees_a_client_leave() if scenario == "leaving_a_stream" else contextlib.nullcontext():
        done = node(scenario, MAESTER_URL=maester.url, MAESTER_API_KEY=KEY)
        assert done.returncode == 0, done.stdout + done.stderr
