"""Why a start failed, in one sentence with a hint, read from what vLLM wrote.

vLLM's own end is a traceback of three processes in which the cause stands somewhere in the middle. The
first reason that fits wins, so what causes other errors stands above what is caused. What vLLM only informs or
warns of is no cause: it went on after it.
"""

import re
import signal

from app.errors import EndpointError

_REASONS = (
    (
        r"\[Errno (?:98|48)\]",
        "the port is taken by another program.",
        "Take another with --port, or end that program.",
    ),
    (
        r"invalid (?:tool call|reasoning) parser: (\S+)|[Rr]easoning parser '(\S+)' not found",
        "this vLLM has no parser called '{}'.",
        "`serve list` shows each profile's parser; vLLM's log lists all names.",
    ),
    (
        r"--tool-call-parser (\S+) cannot be used with the tokenizer",
        "the tool-call parser '{}' needs tokens that this model's tokenizer has not.",
        "Take the parser that the model was trained for; `serve list` shows each profile's.",
    ),
    (
        r"could not locate think start/end tokens|could not locate think end",
        "the reasoning parser needs thinking tokens that this model's tokenizer has not.",
        "Use --reasoning-parser qwen3, which reads plain text, or none.",
    ),
    (
        r"Failed to infer device type|No CUDA GPUs are available|Found no NVIDIA driver|libcuda\.so",
        "vLLM found no GPU, and this build of it needs one.",
        "Check nvidia-smi; without a GPU, serve with --install, which takes the CPU build.",
    ),
    (
        r"max_model_len \((\d+)\) is greater than the derived max_model_len \(max_position_embeddings=(\d+)",
        "the context length {} is more than the {} tokens this model was made for.",
        "Lower --max-model-len.",
    ),
    (
        r"max seq len \((\d+)\).*?(?:estimated maximum model length is (\d+)|$)",
        "the KV cache has no room for one request of {} tokens.",
        "Lower --max-model-len, or raise --gpu-memory-utilization or --kv-cache-memory-bytes.",
    ),
    (
        r"is less than desired (?:GPU|CPU) memory utilization",
        "other programs hold the memory that vLLM was told to take.",
        "End them (nvidia-smi shows who), or lower --gpu-memory-utilization.",
    ),
    (
        r"CUDA out of memory|OutOfMemoryError|No available memory for the cache blocks|Cannot allocate memory",
        "the memory is too small for this model.",
        "Try a smaller or quantized profile, --tensor-parallel-size, --cpu-offload-gb, or a lower --max-model-len.",
    ),
    (
        r"gated repo|GatedRepoError|access to model (\S+) is restricted",
        "the model is gated on the hub.",
        "Accept its terms on the model's page, then set HF_TOKEN.",
    ),
    (
        r"(?:Repository Not Found|RepositoryNotFoundError|is not a local folder and is not a valid model identifier)",
        "there is no such model on the hub, nor a folder of that name.",
        "Check the name; a private model needs HF_TOKEN, a mirror HF_ENDPOINT.",
    ),
    (
        r"LocalEntryNotFoundError|OfflineModeIsEnabled|couldn't connect to|Max retries exceeded",
        "the hub cannot be reached and the model is not in its cache.",
        "Check the network or HF_ENDPOINT, or serve a local folder.",
    ),
    (
        r"No module named 'modelscope'|modelscope>=|modelscope is not installed",
        "vLLM's environment has no package modelscope, which that hub needs.",
        "Install it there with pip, or leave --hub out.",
    ),
    (
        r"chat template.*(?:not exist|doesn't|is not a file)|The supplied chat template",
        "the chat template cannot be read.",
        "Check --chat-template.",
    ),
    (
        r"must be divisible by tensor parallel size \((\d+)\)",
        "the model's heads cannot be split over {} devices.",
        "Choose a --tensor-parallel-size that divides them, mostly 1, 2, 4 or 8.",
    ),
    (r"--enable-auto-tool-choice requires", "tool choice was switched on without a parser.", "Add --tool-call-parser."),
    (
        r"Unknown quantization method|quantization.*invalid choice|Invalid.*quantization",
        "vLLM knows no such quantization.",
        "Leave --quantization out; vLLM reads it from the model.",
    ),
    (r"error: unrecognized arguments: (.+)", "vLLM does not know these flags: {}.", "See `vllm serve --help=all`."),
    (r"error: argument (.+)", "vLLM refused an argument: {}.", "See `vllm serve --help=all`."),
)
_NO_CAUSE = re.compile(r"^(?:\(.*?\) )?(?:DEBUG|INFO|WARNING) \d.*\n?", re.MULTILINE)
_ERROR = re.compile(r"^(?:\(.*?\) )?(?:ERROR [^\]]*\] )?([A-Za-z_.]*(?:Error|Exception): .+)$", re.MULTILINE)
_FOLLOWS = re.compile("Engine core initialization failed|WorkerProc initialization failed")


def failure_of(log: str, *, place: str, code: int = 1) -> EndpointError:
    """The error to report.

    Args:
        log: What the server wrote since it was started.
        place: Where a person can read all of it.
        code: What it ended with; less than 0 is a signal.
    """
    told = _NO_CAUSE.sub("", log)
    for pattern, message, hint in _REASONS:
        if found := re.search(pattern, told, re.IGNORECASE):
            parts = [part for part in found.groups() if part]
            return EndpointError(f"vLLM did not start: {message.format(*parts)}", hint=f"{hint} Its log: {place}")
    if code == -signal.SIGKILL:
        reason = "vLLM did not start: the system killed it, mostly because the main memory is full."
    elif causes := [error for error in _ERROR.findall(told) if not _FOLLOWS.search(error)]:
        reason = f"vLLM did not start: {causes[-1][:300]}"
    else:
        reason = f"vLLM ended with code {code} before it was ready."
    return EndpointError(reason, hint=f"Read its log: {place}")
