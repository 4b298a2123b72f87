"""What happened, one JSON object a line, for machines; nothing is written unless settings ask."""
