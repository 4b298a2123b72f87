"""Why a start failed, from what vLLM 0.32 wrote when it was made to fail: paths and lists are shortened.

Those marked "from its source" could not be made to happen on a machine without a GPU or a hub.
"""

import pytest

from app.serving.start_failures import failure_of
from app.serving.start_progress import stage_of

TRACEBACK = """(APIServer pid=21191) INFO 11-21 07:10:15 [api_utils.py:286] non-default args: {'port': 8123}
Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
"""
UNKNOWN_PARSER = "KeyError: 'invalid tool call parser: nonsense (chose from { apertus,hermes,mistral,xlam })'"
UNKNOWN_REASONING = "KeyError: \"Reasoning parser 'nonsense' not found. Available parsers: deepseek_r1, qwen3\""
TOO_LONG = """pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig
  Value error, User-specified max_model_len (99999) is greater than the derived max_model_len \
(max_position_embeddings=2048.0 or model_max_length=None in model's config.json). To allow overriding this maximum, \
set the env var VLLM_ALLOW_LONG_MAX_MODEL_LEN=1."""
NO_ROOM = """\
ValueError: To serve at least one request with the model's max seq len (2048), (0.01 GiB KV cache is \
needed, which is larger than the available KV cache memory (0.0 GiB). Based on the available memory, the estimated \
maximum model length is 320. Try increasing `gpu_memory_utilization`.
RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}"""
NOT_REACHED = """\
huggingface_hub.errors.LocalEntryNotFoundError: An error happened while trying to locate the file on \
the Hub and we cannot find the requested files in the local cache.
OSError: We couldn't connect to 'https://huggingface.co' to load the files."""
NOT_FOUND = """huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error.
Repository Not Found for url: https://huggingface.co/api/models/someone/no-such-model."""
GATED = """huggingface_hub.errors.GatedRepoError: 401 Client Error.
Cannot access gated repo for url https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct/resolve/main/config.json.
OSError: You are trying to access a gated repo."""
NO_HEADS = "  Value error, Total number of attention heads (6) must be divisible by tensor parallel size (5)."
NO_TEMPLATE = """\
vllm.exceptions.VLLMValidationError: The supplied chat template string (/no/file.jinja) appears \
path-like, but doesn't exist! Tried: /no/file.jinja (parameter=chat_template)"""
ODD_QUANTIZATION = "  Value error, Unknown quantization method: w8a16. Must be one of ['awq', 'fp8']."
PORT = "OSError: [Errno 98] Address already in use"
NO_PARSER = "TypeError: Error: --enable-auto-tool-choice requires --tool-call-parser"
NO_GPU = """RuntimeError: Failed to infer device type, please set the environment variable \
`VLLM_LOGGING_LEVEL=DEBUG` to turn on verbose logging to help debug the issue."""  # from its source
FULL = """torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB.
RuntimeError: Engine core initialization failed. See root cause above."""  # from its source
TAKEN = """ValueError: Free memory on device cuda:0 (3.1/23.6 GiB) on startup is less than desired GPU memory \
utilization (0.92, 21.7 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes."""
THINK = "RuntimeError: DeepSeekR1 reasoning parser could not locate think start/end tokens in the tokenizer!"
NO_TOKEN = """\
(APIServer pid=7704) WARNING 11-21 11:15:47 [model.py:2660] User-specified max_model_len (8192) is greater than the \
derived max_model_len (max_position_embeddings=2048.0 or model_max_length=None in model's config.json). \
VLLM_ALLOW_LONG_MAX_MODEL_LEN must be used with extreme caution.
RuntimeError: Llama3JsonToolParser could not locate the bot token '<|python_tag|>' in the tokenizer.

The above exception was the direct cause of the following exception:

TypeError: --tool-call-parser llama3_json cannot be used with the tokenizer of '/m': Llama3JsonToolParser could not \
locate the bot token '<|python_tag|>' in the tokenizer."""
NO_MODELSCOPE = "ImportError: Please install modelscope>=1.18.1 via `pip install modelscope>=1.18.1` to use ModelScope."
UNKNOWN_FLAG = "entry.py: error: unrecognized arguments: --no-such-flag 4"


@pytest.mark.parametrize(
    ("log", "reason", "hint"),
    [
        (UNKNOWN_PARSER, "this vLLM has no parser called 'nonsense'.", "serve list"),
        (UNKNOWN_REASONING, "this vLLM has no parser called 'nonsense'.", "serve list"),
        (TOO_LONG, "the context length 99999 is more than the 2048 tokens", "--max-model-len"),
        (NO_ROOM, "the KV cache has no room for one request of 2048 tokens.", "--gpu-memory-utilization"),
        (NOT_REACHED, "the hub cannot be reached", "HF_ENDPOINT"),
        (NOT_FOUND, "there is no such model on the hub", "HF_TOKEN"),
        (GATED, "the model is gated on the hub.", "HF_TOKEN"),
        (NO_HEADS, "cannot be split over 5 devices", "--tensor-parallel-size"),
        (NO_TEMPLATE, "the chat template cannot be read.", "--chat-template"),
        (ODD_QUANTIZATION, "vLLM knows no such quantization.", "Leave --quantization out"),
        (PORT, "the port is taken by another program.", "--port"),
        (NO_PARSER, "tool choice was switched on without a parser.", "--tool-call-parser"),
        (NO_GPU, "vLLM found no GPU", "nvidia-smi"),
        (FULL, "the memory is too small for this model.", "quantized"),
        (TAKEN, "other programs hold the memory", "--gpu-memory-utilization"),
        (NO_TOKEN, "the tool-call parser 'llama3_json' needs tokens", "serve list"),
        (THINK, "the reasoning parser needs thinking tokens", "qwen3"),
        (NO_MODELSCOPE, "no package modelscope", "--hub"),
        (UNKNOWN_FLAG, "vLLM does not know these flags: --no-such-flag 4.", "--help"),
    ],
)
def test_the_reason_is_one_sentence_with_a_hint(log: str, reason: str, hint: str) -> None:
    error = failure_of(TRACEBACK + log + "\n", place="/the/log")
    assert error.message.startswith("vLLM did not start: ")
    assert reason in error.message
    assert "\n" not in error.message
    assert hint in error.hint
    assert "/the/log" in error.hint
    assert error.exit_code == 4


def test_an_unknown_reason_is_the_last_error_of_the_log() -> None:
    log = TRACEBACK + "(EngineCore pid=2) ERROR 11-21 07:10:15 [core.py:1] ValueError: the moon is full\n"
    assert failure_of(log, place="x").message == "vLLM did not start: ValueError: the moon is full"
    follows = "Exception: WorkerProc initialization failed due to an exception in a background process."
    assert failure_of(f"{log}{follows}\n", place="x").message == "vLLM did not start: ValueError: the moon is full"
    assert failure_of("so long\n", place="x", code=7).message == "vLLM ended with code 7 before it was ready."
    assert "memory" in failure_of("", place="x", code=-9).message


def test_what_vllm_only_warns_of_is_not_the_reason() -> None:
    warned = (
        "(APIServer pid=1) WARNING 11-21 11:15:47 [model.py:2660] max_model_len (8192) is greater than the derived "
    )
    warned += "max_model_len (max_position_embeddings=2048.0)\nINFO 11-21 11:15:47 [x.py:1] CUDA out of memory\n"
    log = f"{warned}{TRACEBACK}ValueError: the moon is full\n"
    assert failure_of(log, place="x").message == "vLLM did not start: ValueError: the moon is full"
    assert failure_of(warned, place="x", code=7).message == "vLLM ended with code 7 before it was ready."


@pytest.mark.parametrize(
    ("line", "stage"),
    [
        ("(Worker pid=3) INFO [cpu_model_runner.py:104] Starting to load model m...", "loading weights"),
        (
            "Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:03<00:10,  3.5s/it]",
            "loading weights, 25 %",
        ),
        ("(EngineCore pid=2) INFO [kv_cache_utils.py:1724] GPU KV cache size: 87,381 tokens", "reserving the KV cache"),
        ("(Worker pid=3) INFO [cpu_model_runner.py:137] Warming up model for the compilation...", "compiling"),
        ("(APIServer pid=1) WARNING [vllm.py:1] Enforce eager set, disabling torch.compile and CUDAGraphs.", ""),
        ("(APIServer pid=1) INFO [launcher.py:38] Available routes are:", ""),
    ],
)
def test_a_line_of_the_log_says_what_vllm_is_doing(line: str, stage: str) -> None:
    assert stage_of(line) == stage
