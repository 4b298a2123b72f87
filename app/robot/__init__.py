"""The agent's side of robot work: the guard it starts, what it knows of a command, what it makes of a result."""
