"""The same prompts without a server: vLLM's batch ``LLM`` and plain transformers, in the environment that serves.

So one table says what the server costs over the batch, what vLLM brings over the loop that people write first,
and, with two profiles, what a quantised checkpoint brings over the full one. The profile's own template is used
in all of them. Nothing is downloaded that ``serve`` would not download.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from app.bench.measure import Progress, with_language
from app.bench.memory import MemoryReading, read_memory, server_pids
from app.bench.other_python import run_script
from app.bench.phase import Phase, PhaseResult
from app.bench.plan import Plan
from app.bench.prompt_set import Prompt
from app.bench.request_record import RequestRecord
from app.bench.target import Target
from app.errors import ConfigurationError, SwitchyardError, UsageError
from app.serving.command_line import Launch, Wish, plan_launch
from app.serving.environment import installed_environment, python_of
from app.serving.find_vllm import machine_kind
from app.serving.profiles import find_profile, profile_names
from app.settings import SettingsTree

_WAYS = {"vLLM batch": "vllm_batch", "transformers": "transformers_loop"}
_LOADING = 1800.0
_LOOK = 1.0
_HIDDEN = {"VLLM_NO_USAGE_STATS": "1", "TOKENIZERS_PARALLELISM": "false"}


def serving_python(settings: SettingsTree) -> Path:
    """The Python that has vLLM and torch: beside the command that settings name, or of our own environment.

    Raises:
        ConfigurationError: There is none.
    """
    if settings.serving.vllm:
        beside = Path(settings.serving.vllm.split()[0]).expanduser().resolve().parent / "python"
        if beside.exists():
            return beside
        raise ConfigurationError(
            f"there is no Python beside {settings.serving.vllm}.", hint="--offline runs scripts with vLLM's own Python."
        )
    if environment := installed_environment(machine_kind()):
        return python_of(environment)
    raise ConfigurationError(
        "--offline needs vLLM's environment, which is not installed.",
        hint="python -m app serve PROFILE --install makes it.",
    )


def check_profiles(names: Sequence[str]) -> None:
    """Refuse a name that is neither a profile nor a model, before anything is measured.

    Raises:
        UsageError: There is no such profile.
    """
    for name in names:
        if not find_profile(name) and not Path(name).exists() and "/" not in name:
            known = ", ".join(profile_names())
            raise UsageError(f"there is no profile '{name}'.", hint=f"Profiles: {known}; or a folder, or OWNER/MODEL.")


def measure_offline(name: str, plan: Plan, settings: SettingsTree, on_progress: Progress) -> list[PhaseResult]:
    """Run one profile both ways; a way that fails costs its own rows and a line.

    Raises:
        UsageError: There is no such profile.
        ConfigurationError: There is no environment to run it in.
    """
    python, launch = serving_python(settings), plan_launch(Wish(name))
    template = _template(launch)
    order: dict[str, Any] = {
        "model": launch.model,
        "flags": ["--model", launch.model, *launch.flags],
        "template": template.read_text(encoding="utf-8") if template else None,
        "bodies": [prompt.body() for prompt in plan.prompts],
        "phases": [[phase.protocol, phase.concurrency, phase.requests] for phase in plan.phases],
        "max_tokens": plan.options.max_tokens,
    }
    results: list[PhaseResult] = []
    for way, script in _WAYS.items():
        on_progress(f"{name}, {way}: loading and running {len(plan.phases)} phases without a server")
        try:
            found, memory = _run(python, script, order, plan.options.timeout)
        except SwitchyardError as error:
            on_progress(f"{name}, {way}: left out, because {error.message}")
            continue
        results += [_result(f"{name} ({way})", phase, plan.prompts, memory) for phase in found["phases"]]
    return results


def _run(python: Path, script: str, order: dict[str, Any], timeout: float) -> tuple[Any, MemoryReading]:
    """What the script found, and the most memory its processes held."""
    requests = sum(phase[2] + 1 for phase in order["phases"])
    started: list[int] = []
    most = MemoryReading()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            run_script,
            python,
            script,
            order,
            timeout=_LOADING + timeout * requests,
            on_start=started.append,
            environment=_HIDDEN,
        )
        while not running.done():
            try:
                running.result(timeout=_LOOK)
            except TimeoutError:
                if started:
                    own = Target(script, "http://127.0.0.1:9", pid=started[0], kind="openai")
                    most = most.or_more(read_memory(own, server_pids(own)))
        return running.result(), most


def _template(launch: Launch) -> Path | None:
    flags = list(launch.flags)
    return Path(flags[flags.index("--chat-template") + 1]) if "--chat-template" in flags else None


def _result(name: str, phase: dict[str, Any], prompts: Sequence[Prompt], memory: MemoryReading) -> PhaseResult:
    rows: list[dict[str, Any]] = phase["rows"]
    made = Phase(phase["name"], phase["at_once"], len(rows))
    records = [
        RequestRecord(
            target=name,
            protocol=made.protocol,
            concurrency=made.concurrency,
            number=number,
            expected_language=prompts[(number - 1) % len(prompts)].language,
            **row,
        )
        for number, row in enumerate(rows, 1)
    ]
    return PhaseResult(name, made, phase["wall"], with_language(records), memory)
