"""The script people write instead: langchain's `create_agent` over sessions that are held open.

Usage: create_agent_script.py BASE_URL MCP_JSON QUERY
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from langchain_openai import ChatOpenAI


async def main(base_url: str, servers: dict[str, dict[str, Any]], query: str) -> None:
    client = MultiServerMCPClient({name: {"transport": "stdio", **server} for name, server in servers.items()})
    async with AsyncExitStack() as sessions:
        tools = []
        for name in servers:
            session = await sessions.enter_async_context(client.session(name))
            tools += await load_mcp_tools(session)
        agent = create_agent(ChatOpenAI(model="scripted", base_url=base_url, api_key="EMPTY"), tools)
        result = await agent.ainvoke({"messages": [("user", query)]}, {"recursion_limit": 100})
    print(result["messages"][-1].text)


asyncio.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())["mcpServers"], sys.argv[3]))
