"""Flags that guides still show and vLLM no longer has, each with what to write today.

vLLM's own answer is a list of two hundred flags. Checked against the release in ``environments/``.
"""

from collections.abc import Sequence

from app.errors import UsageError

DROPPED = {
    "--device": "vLLM finds the device by itself.",
    "--disable-frontend-multiprocessing": "There is nothing to set; the API server is a process of its own.",
    "--disable-log-requests": "Requests are not logged unless --enable-log-requests is given.",
    "--enable-reasoning": "--reasoning-parser NAME alone switches reasoning on.",
    "--guided-decoding-backend": 'Write --structured-outputs-config \'{"backend": "xgrammar"}\'.',
    "--image-input-type": "There is nothing to set; images come in the request.",
    "--max-seq-len-to-capture": "There is nothing to set; see --cudagraph-capture-sizes.",
    "--num-scheduler-steps": "There is nothing to set; scheduling is asynchronous by itself.",
    "--preemption-mode": "There is nothing to set; a preempted request is computed again.",
    "--rope-scaling": "Write --hf-overrides '{\"rope_parameters\": {...}}'.",
    "--speculative-model": 'Write --speculative-config \'{"model": ..., "num_speculative_tokens": ...}\'.',
    "--swap-space": "Preempted requests are computed again; --cpu-offload-gb moves weights to memory.",
    "--task": "Write --runner and, for pooling models, --convert.",
    "--tokenizer-pool-size": "There is nothing to set.",
    "--use-v2-block-manager": "There is nothing to set; it is the only one.",
    "--worker-use-ray": "Write --distributed-executor-backend ray.",
}


def check_flags(flags: Sequence[str]) -> None:
    """Refuse what vLLM would refuse, with today's name.

    Raises:
        UsageError: A flag was dropped, or takes another form now.
    """
    if flags and not flags[0].startswith("-"):
        raise UsageError(f"'{flags[0]}' is one argument too many.", hint="Flags for vLLM itself follow after --.")
    for flag, value in zip(flags, [*flags[1:], ""], strict=False):
        name, _, joined = flag.partition("=")
        name = name.replace("_", "-")
        if name in DROPPED:
            raise UsageError(f"vLLM has no {name} any more.", hint=DROPPED[name])
        if name == "--limit-mm-per-prompt" and not (joined or value).lstrip().startswith("{"):
            raise UsageError(
                f"--limit-mm-per-prompt takes JSON now, not {joined or value!r}.",
                hint="Write --limit-mm-per-prompt '{\"image\": 2}'.",
            )
