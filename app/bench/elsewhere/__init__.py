"""Scripts that another environment's Python runs, each alone: with evalscope, or with vLLM and torch.

They read one JSON object from stdin and write one into the file it names, because those libraries
print what they like. Nothing here is imported by the program, and nothing of the program here.
"""
