"""Maester in front of the fake provider, for clients that live in environments of their own."""
import hashlib
import subprocess
from pathlib import Path

import pytest
from support import configs
from support.processes import Workspace
from support.programs import FakeProvider, Maester
from support.sdk_server import server_config

ROOT = Path(__file__).parent.parent.parent
RANKS = {"cl100k_base": "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken",
         "o200k_base": "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"}


@pytest.fixture(scope="session")
def maester():
    with Workspace() as space:
        provider = space.add(FakeProvider(log=space.path / "provider.log"))
        # LlamaIndex's class for OpenAI knows OpenAI's names only.
        known = configs.models({"gpt-4o": "plain", "gpt-4o-mini": "tools-parallel"})
        # What docs/how-to/clients.md asks for.
        known += configs.models({"gpt-4.1-mini": "plain", "text-embedding-3-small": "plain"})
        known += configs.models({"claude-sonnet-4-5": "plain"}, "fake-anthropic")
        running = space.add(Maester(space.path, server_config(provider.port) + known, dev=False))
        running.url = f"http://127.0.0.1:{running.port}"
        yield running


@pytest.fixture(scope="session")
def ranks(tmp_path_factory) -> Path:
    """tiktoken's cache, filled with the ranks that the build fetched: nothing is loaded from OpenAI's storage."""
    folder = tmp_path_factory.mktemp("ranks")
    source = Path(subprocess.run([ROOT / "scripts/fetch_ranks.sh"], check=True, capture_output=True, text=True).stdout.strip())
    for name, url in RANKS.items():
        (folder / hashlib.sha1(url.encode()).hexdigest()).symlink_to(source / f"{name}.tiktoken")
    return folder
