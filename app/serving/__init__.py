"""Serving a model with vLLM, which runs in an environment of its own: nothing here imports it."""
