"""The official MCP client SDK against the server: over standard input and output, and over HTTP, with the key's permissions."""
import asyncio
import os

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client
from support.access import SIMULATED, admin_of
from support.knowledge import REFUNDS, Collection
from support.programs import Maester, maester_binary


@pytest.fixture(scope="module")
def server(space, binary):
    directory = space.path / "mcp"
    directory.mkdir()
    return space.add(Maester(directory, SIMULATED, dev=False))


@pytest.fixture(scope="module")
def keys(server):
    admin = admin_of(server)
    staff = admin.mint(role="member", name="staff", groups=["staff"])
    collection = Collection(admin.call)
    collection.put("refunds", REFUNDS, title="Refunds")
    collection.put("plans", "The plan of the staff is secret.", acl={"groups": ["staff"]})
    return {"staff": staff, "guest": admin.mint(role="member", name="guest"), "viewer": admin.mint(role="viewer", name="viewer")}


def over_stdio(server, key: str, work):
    async def run():
        parameters = StdioServerParameters(command=str(maester_binary()), args=["mcp"],
                                           env={**os.environ, "MAESTER_URL": f"http://127.0.0.1:{server.port}", "MAESTER_API_KEY": key})
        async with stdio_client(parameters) as (reading, writing), ClientSession(reading, writing) as session:
            await session.initialize()
            return await work(session)
    return asyncio.run(run())


def over_http(server, key: str, work):
    async def run():
        async with create_mcp_http_client(headers={"authorization": f"Bearer {key}"}) as client, \
                streamable_http_client(f"http://127.0.0.1:{server.port}/mcp", http_client=client) as streams, \
                ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            return await work(session)
    return asyncio.run(run())


@pytest.mark.parametrize("over", [over_stdio, over_http])
def test_an_assistant_searches_and_asks(server, keys, over):
    async def work(session):
        tools = await session.list_tools()
        found = await session.call_tool("search", {"collection": "handbook", "query": "refunds", "mode": "lexical"})
        told = await session.call_tool("ask", {"collection": "handbook", "question": "How long do refunds take?"})
        wrong = await session.call_tool("search", {"collection": "nothere", "query": "x"})
        return tools, found, told, wrong
    tools, found, told, wrong = over(server, keys["guest"].key, work)
    assert {tool.name for tool in tools.tools} == {"list_collections", "search", "ask"}
    assert [hit["source_id"] for hit in found.structured_content["hits"]] == ["refunds"]
    assert told.structured_content["request_id"] and told.structured_content["decision"] == "return"
    assert wrong.is_error and "no collection" in wrong.content[0].text


@pytest.mark.parametrize("over", [over_stdio, over_http])
def test_permissions_are_the_keys(server, keys, over):
    async def work(session):
        found = await session.call_tool("search", {"collection": "handbook", "query": "plan", "mode": "lexical"})
        return found.content[0].text
    assert "secret" in over(server, keys["staff"].key, work)
    assert "secret" not in over(server, keys["guest"].key, work)


def test_a_viewer_may_search_and_not_ask(server, keys):
    async def work(session):
        found = await session.call_tool("search", {"collection": "handbook", "query": "refunds"})
        told = await session.call_tool("ask", {"collection": "handbook", "question": "How long do refunds take?"})
        return found.content[0].text, told.content[0].text
    found, told = over_stdio(server, keys["viewer"].key, work)
    assert "14 days" in found and "member" in told
