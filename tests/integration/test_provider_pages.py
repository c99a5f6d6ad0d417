"""The configurations in docs/reference/providers are read by the server as they stand."""
import re
import subprocess
from pathlib import Path

import pytest
from support.programs import maester_binary

PAGES = sorted((Path(__file__).parents[2] / "docs/reference/providers").glob("*.md"))
BLOCKS = [(page.stem, number, block) for page in PAGES
          for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL))]


def test_every_kind_has_a_page():
    assert {"openai", "azure", "anthropic", "gemini", "bedrock", "mistral", "cohere", "ollama", "openai-compatible"} <= {
        page.stem for page in PAGES}
    assert len(BLOCKS) >= 14


@pytest.mark.parametrize("page, number, block", BLOCKS, ids=[f"{page}-{number}" for page, number, _ in BLOCKS])
def test_a_block_is_a_good_configuration(page, number, block, tmp_path):
    file = tmp_path / "maester.toml"
    file.write_text(block)
    names = re.findall(r"\${env:(\w+)}", block)
    checked = subprocess.run([maester_binary(), "config", "check", file], capture_output=True, text=True, timeout=60, check=False,
                             env={name: f"secret-of-{name.lower()}" for name in names})
    assert checked.returncode == 0, checked.stdout + checked.stderr
