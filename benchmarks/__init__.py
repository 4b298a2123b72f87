"""Measurements against what people use instead. Run by hand; their last results are in docs/benchmarks.md."""
