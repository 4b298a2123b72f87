"""Everything of Switchyard that touches the world: doors, MCP client, chat models, storage."""
