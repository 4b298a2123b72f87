"""What vLLM is doing while it starts, told from its log: a start takes from half a minute to many."""

import re

_STAGES = (
    (r"Starting vLLM server on|Application startup complete", "opening the port"),
    (r"Capturing CUDA graphs|Profiling CUDA graph", "capturing CUDA graphs"),
    (r"KV cache size|Maximum concurrency|Available KV cache memory", "reserving the KV cache"),
    (r"Warming up model for the compilation|Compile and warming up|Dynamo bytecode|Compiling a graph", "compiling"),
    (r"Loading weights took|Model loading took", "weights are loaded"),
    (r"Starting to load model|Loading safetensors", "loading weights"),
    (r"Time spent downloading weights", "weights are downloaded"),
    (r"Initializing a V1 LLM engine", "starting the engine"),
    (r"Resolved architecture", "reading the model's configuration"),
    (r"non-default args", "reading its options"),
)
_SHARD = re.compile(r"Loading safetensors checkpoint shards:\s+(\d+)% Completed")


def stage_of(line: str) -> str:
    """The stage that a line of the log announces; empty for all other lines."""
    if shard := _SHARD.search(line):
        return f"loading weights, {shard[1]} %"
    return next((stage for pattern, stage in _STAGES if re.search(pattern, line)), "")
