"""The chat templates: as text against golden files, against transformers, and through vLLM's own parsers."""
