"""Many queries through one agent: items in, answers out, nothing lost in between."""
