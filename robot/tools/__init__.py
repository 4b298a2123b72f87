"""Closed-loop tools for models that cannot steer by themselves: an MCP server that says what was measured."""
