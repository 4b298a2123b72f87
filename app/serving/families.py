"""Which profile a model without one of its own shares its way of calling tools with.

Guessed from names, as people give them: no network is asked before vLLM is. A model that nothing
matches is refused rather than served with a parser that would leave its calls in the text.
"""

import json
import re
from pathlib import Path
from typing import Any

from app.errors import UsageError
from app.serving.profiles import FOLDER, Options, load_profile, profile_names

_FAMILIES = (
    (r"hermes-?[23]", "hermes-2-pro-8b"),
    (r"robobrain2[._]5|qwen3-?vl", "robobrain2.5-8b"),
    (r"robobrain|qwen2[._]5-?vl", "robobrain2.0-7b"),
    (r"qwen2[._]5|qwq", "qwen2.5-7b"),
    (r"qwen3(?!.*(coder|next|omni))", "qwen3-8b"),
    (r"llama-?3[._][123]", "llama-3.1-8b"),
    (r"mi[sx]tral", "mistral-7b-v0.3"),
)
_ARCHITECTURES = {
    "Qwen2ForCausalLM": "qwen2.5-7b",
    "Qwen2_5_VLForConditionalGeneration": "robobrain2.0-7b",
    "Qwen3ForCausalLM": "qwen3-8b",
    "Qwen3VLForConditionalGeneration": "robobrain2.5-8b",
}
_WAY_OF_CALLING = (
    "chat-template",
    "enable-auto-tool-choice",
    "tool-call-parser",
    "reasoning-parser",
    "tokenizer-mode",
    "config-format",
    "load-format",
    "limit-mm-per-prompt",
)


def options_for_model(model: str) -> tuple[Options, str]:
    """Options for a model that has no profile, and the profile they were taken from.

    Raises:
        UsageError: No family is known for it.
    """
    name = _family(model)
    if not name:
        raise UsageError(
            f"no profile, and no family of models whose way of calling tools is known, matches '{model}'.",
            hint=f"Profiles: {', '.join(profile_names())}. For another model name vLLM's parser: "
            f"serve {model} -- --enable-auto-tool-choice --tool-call-parser NAME [--chat-template FILE].",
        )
    shared = load_profile(FOLDER / f"{name}.yaml").options
    return {"model": model} | {key: shared[key] for key in _WAY_OF_CALLING if key in shared}, name


def _family(model: str) -> str:
    wanted = Path(model).name if Path(model).is_dir() else model
    named = next((name for pattern, name in _FAMILIES if re.search(pattern, wanted.lower())), "")
    return named or _ARCHITECTURES.get(_architecture(Path(model)), "")


def _architecture(folder: Path) -> str:
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return str(config["architectures"][0])
    except (OSError, ValueError, LookupError):
        return ""
