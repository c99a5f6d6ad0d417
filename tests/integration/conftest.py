import os

import pytest
from support.processes import Workspace
from support.programs import FakeProvider, maester_binary, tool


@pytest.fixture(scope="module")
def space():
    with Workspace() as workspace:
        yield workspace


@pytest.fixture(scope="module")
def provider(space):
    if not tool("fakeprovider").is_file():
        pytest.fail("fakeprovider is not built") if os.environ.get("CI") else pytest.skip("fakeprovider is not built")
    return space.add(FakeProvider(journal=space.path / "calls.jsonl", log=space.path / "provider.log"))


@pytest.fixture(scope="module")
def binary():
    if not maester_binary().is_file():
        pytest.fail("maester is not built") if os.environ.get("CI") else pytest.skip("maester is not built")
    return maester_binary()
