"""Finding out, check by check, whether everything from settings to tool calling works, and what to do where not."""
