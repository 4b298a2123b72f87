"""The conversation in a terminal: one application for the whole session, under a text that only grows."""
