"""The blocks of docs/how-to/clients.md, run as they stand."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.sdk_server import KEY

ROOT = Path(__file__).parent.parent.parent
SENTENCE = "The fake provider has read your request"
BLOCKS = re.findall(r"^```(python|js) (\w+)\n(.*?)^```", (ROOT / "docs/how-to/clients.md").read_text(), re.M | re.S)

HERE = [block for block in BLOCKS if block[1] in ("openai", "anthropic", "vercel")]  # the others' programs run theirs


def test_there_is_a_block_for_every_client():
    assert [name for _, name, _ in BLOCKS] == ["openai", "anthropic", "langchain", "llamaindex", "litellm", "vercel"]


@pytest.mark.parametrize("language, client, text", HERE, ids=[name for _, name, _ in HERE])
def test_snippet(language, client, text, maester):
    program = [sys.executable, "-c", text] if language == "python" else ["node", "--input-type=module", "-e", text]
    done = subprocess.run(program, cwd=ROOT / "tests" / "sdk", capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, MAESTER_URL=maester.url, MAESTER_API_KEY=KEY))
    assert done.returncode == 0, done.stdout + done.stderr
    assert SENTENCE in done.stdout
