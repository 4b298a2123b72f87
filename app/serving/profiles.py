"""A profile: what vLLM needs to know about one model so that tool calling works, in vLLM's own ``--config`` form.

The files are YAML that vLLM reads too, so nothing here invents a format; what a person should know
stands in the comments on top. Templates are named as shipped files and resolved when a command is built.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from app.errors import ConfigurationError
from app.shipped import local_or_shipped

Options = dict[str, Any]
"""vLLM's long option names without dashes, and their values as YAML gives them."""

FOLDER = Path(__file__).parent / "profiles"
_NOTE = re.compile(r"^# (\w+): (.+)$")


@dataclass(frozen=True)
class Profile:
    """One file."""

    name: str
    path: Path
    title: str
    notes: dict[str, str]
    """`memory`, `parser`, `template`, `content` (the format of message contents) and `note`, for people."""
    options: Options

    @property
    def model(self) -> str:
        """A name on the hub, or an absolute folder for a model that came with Switchyard."""
        return str(self.options["model"])


def profile_names() -> list[str]:
    """The shipped profiles."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def find_profile(target: str) -> Profile | None:
    """The shipped profile of that name, or a person's own YAML file; None when it is neither."""
    if target in profile_names():
        return load_profile(FOLDER / f"{target}.yaml")
    own = Path(target)
    return load_profile(own) if own.suffix in (".yaml", ".yml") and own.is_file() else None


def load_profile(path: Path) -> Profile:
    """Read a profile; its template and a model that came with Switchyard become absolute paths.

    Raises:
        ConfigurationError: It is no table of options, or names no model.
    """
    text = path.read_text(encoding="utf-8")
    try:
        options: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(options, dict) or "model" not in options:
        raise ConfigurationError(f"{path} names no model.", hint="A profile is YAML with vLLM's long option names.")
    header = [line for line in text.splitlines() if line.startswith("# ")]
    title = header[0].removeprefix("# ") if header else path.stem
    notes = {found[1]: found[2] for line in header if (found := _NOTE.match(line))}
    return Profile(path.stem, path, title, notes, _resolved(cast(Options, options)))


def _resolved(options: Options) -> Options:
    """Shipped files as absolute paths; everything else as it stands."""
    paths = {name: local_or_shipped(str(options[name])) for name in ("model", "chat-template") if name in options}
    return options | {name: str(path) for name, path in paths.items() if path.exists()}
