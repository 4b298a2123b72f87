"""The doors: thin commands over runtime and session."""
