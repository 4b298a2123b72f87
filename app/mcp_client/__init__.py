"""The MCP client: everything that speaks to MCP servers, and the only room that knows which library does it."""
