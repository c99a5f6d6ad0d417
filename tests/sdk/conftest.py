"""Maester in front of the fake provider, with both protocols, for tests with the official SDKs as they are."""
import contextlib
import time

import pytest

from support.sdk_server import server_config
from support.processes import Workspace
from support.programs import FakeProvider, Maester

@pytest.fixture(scope="session")
def workspace():
    with Workspace() as space:
        yield space


@pytest.fixture(scope="session")
def provider(workspace):
    return workspace.add(FakeProvider(log=workspace.path / "provider.log"))


@pytest.fixture(scope="session")
def maester(workspace, provider):
    running = workspace.add(Maester(workspace.path, server_config(provider.port), dev=False))
    running.url = f"http://127.0.0.1:{running.port}"
    return running


@pytest.fixture
def provider_sees_a_client_leave(provider):
    """A context that fails unless the provider's call is cancelled within two seconds of its end."""
    @contextlib.contextmanager
    def watch():
        before = provider.stats()["client_closed"]
        yield
        end = time.monotonic() + 2
        while provider.stats()["client_closed"] <= before:
            assert time.monotonic() < end, "the provider's call goes on after the client left"
            time.sleep(0.02)

    return watch
