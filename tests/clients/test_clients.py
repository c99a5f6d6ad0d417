"""Clients as they are, each a program in an environment of its own (.cache/clients, by ./dev setup): every scenario of every program is one case."""
import ast
import json
import os
import subprocess
from pathlib import Path

import pytest
from support.sdk_server import KEY

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
CLIENTS = ("langchain", "llamaindex", "litellm")


def scenarios() -> list:
    """Read from the programs' text: collecting tests needs none of the clients."""
    out = []
    for client in CLIENTS:
        for node in ast.parse((FOLDER / f"{client}_client.py").read_text()).body:
            if isinstance(node, ast.FunctionDef) and any(getattr(d, "id", "") == "scenario" for d in node.decorator_list):
                out.append((client, node.name))
        out.append((client, "the_documented_block"))
    return out


def start(client: str, url: str, environment: dict) -> subprocess.Popen:
    python = ROOT / ".cache" / "clients" / client / "bin" / "python"
    assert python.exists(), f"{python} is not there: ./dev setup makes it"
    return subprocess.Popen([python, FOLDER / f"{client}_client.py", url, KEY], env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture(scope="session")
def reports(maester, ranks):
    """What each program said; they run side by side, for most of their time goes into imports."""
    environment = dict(os.environ, TIKTOKEN_CACHE_DIR=str(ranks), LITELLM_LOCAL_MODEL_COST_MAP="True", LANGSMITH_TRACING="false")
    running = {client: start(client, maester.url, environment) for client in CLIENTS}
    try:
        return {client: program.communicate(timeout=400)[0] for client, program in running.items()}
    finally:
        for program in running.values():
            program.kill()
            program.wait()


@pytest.mark.parametrize("client, scenario", scenarios())
def test_client(reports, client, scenario):
    last = reports[client].splitlines()[-1]
    assert last.startswith("{"), reports[client][-4000:]
    failure = json.loads(last)[scenario]
    assert failure is None, failure
