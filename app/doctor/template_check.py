"""Do the chat templates that a server would be started with render what the agent sends?

This is about the files on this machine. Which template a running server has, only its answers tell: they are
the later checks.
"""

from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from app.chat.chat_template import compile_template
from app.doctor.finding import Finding, failed, ok, warning
from app.doctor.probes import CLOCK, HARD_TEXT, NOTE, ONE_CALL_ARGUMENTS, ONE_CALL_NAME, TIME, user
from app.errors import UsageError
from app.serving.families import options_for_model
from app.serving.profiles import FOLDER, Options, Profile, load_profile, profile_names
from app.shipped import local_or_shipped

_CHECK = "template"


def check_template(model: str) -> Finding:
    """The template that `serve` gives to `model`, or every shipped one where it knows none for it."""
    file, origin = template_of(model)
    files = [file] if file else sorted(local_or_shipped("prompts/templates").glob("*.jinja"))
    for each in files:
        if cause := _fault(each):
            return failed(_CHECK, f"{each} does not render: {cause}", "Mend it, or put the shipped one back.")
    if file:
        return ok(_CHECK, f"{file.name} of {origin} renders tools and results.")
    if not files:
        return warning(_CHECK, "there are no chat templates.", "prompts/templates of the working directory is empty.")
    names = ", ".join(each.stem for each in files)
    return ok(_CHECK, f"{names} render tools and results; no profile serves {model or 'this model'}.")


def template_of(model: str) -> tuple[Path | None, str]:
    """The file that `serve` would give to a model, and where that is written down."""
    if profile := profile_of(model):
        return _file(profile.options), f"the profile {profile.name}"
    try:
        options, name = options_for_model(model) if model else ({}, "")
    except UsageError:
        return None, ""
    return _file(options), f"the family of {name}"


def _file(options: Options) -> Path | None:
    return Path(str(options["chat-template"])) if "chat-template" in options else None


def profile_of(model: str) -> Profile | None:
    """The shipped profile whose server would call its model so."""
    profiles = (load_profile(FOLDER / f"{name}.yaml") for name in profile_names())
    return next((profile for profile in profiles if model and model in _names(profile)), None)


def _names(profile: Profile) -> tuple[str, ...]:
    served = profile.options.get("served-model-name", profile.options["model"])
    return tuple(map(str, served)) if isinstance(served, list) else (str(served),)


def _fault(file: Path) -> str:
    """Why a template cannot be used; empty where it can."""
    try:
        template = compile_template(file.read_text(encoding="utf-8"))
        asked = template.render(messages=_CONVERSATION[:1], tools=[TIME, _BARE], add_generation_prompt=True)
        answered = template.render(messages=_CONVERSATION, tools=[TIME, NOTE], add_generation_prompt=True)
    except (OSError, UnicodeDecodeError, TemplateError, TypeError, ValueError) as error:
        return " ".join(str(error).split())
    if ONE_CALL_NAME not in asked or "grüezi" not in asked:
        return "the tools or the question are not in the prompt"
    return "" if CLOCK in answered else "a tool's result is not in the prompt"


_BARE: dict[str, Any] = {"type": "function", "function": {"name": "stop", "description": None, "parameters": None}}
_CALL = {"name": ONE_CALL_NAME, "arguments": ONE_CALL_ARGUMENTS}
_CONVERSATION: list[dict[str, Any]] = [
    user(HARD_TEXT),
    {"role": "assistant", "content": "", "tool_calls": [{"id": "call_doc1", "type": "function", "function": _CALL}]},
    {"role": "tool", "tool_call_id": "call_doc1", "content": CLOCK},
]
