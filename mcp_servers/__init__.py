"""Small demo MCP servers, each runnable alone with ``python -m mcp_servers.NAME``."""
