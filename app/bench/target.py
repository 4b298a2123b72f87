"""What is measured: servers by name, from the command line or from a file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from app.errors import UsageError
from app.settings import Endpoint

Kind = Literal["openai", "vllm", "ollama"]
KINDS = ("openai", "vllm", "ollama")
DEFAULT_FILE = Path("benchmarks/endpoints.yaml")
_FIELDS = {"name", "url", "model", "kind", "key_env", "pid", "body"}
_FORM = "NAME=http://host:port/v1,model=NAME"


@dataclass(frozen=True)
class Target:
    """One server."""

    name: str
    url: str
    """Up to and including `/v1`."""
    model: str = ""
    """Served model name; empty takes the first that the server lists."""
    kind: Kind | Literal[""] = ""
    """Whose own figures are asked for; empty finds out."""
    key_env: str = ""
    """The variable that holds the key. Keys stand in no file and on no command line."""
    pid: int | None = None
    """The server's process on this machine; None looks who listens at the port."""
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    """Fields added to every request, such as vLLM's `ignore_eos`."""

    @property
    def key(self) -> str:
        """The key, or what servers without keys accept."""
        return os.environ.get(self.key_env, "") or "EMPTY" if self.key_env else "EMPTY"

    @property
    def endpoint(self) -> Endpoint:
        """The same for the rest of the program."""
        return Endpoint.model_validate({"base_url": self.url, "model": self.model, "api_key": self.key})


def parse_target(text: str) -> Target:
    """Read `name=url,model=...,kind=...`.

    Raises:
        UsageError: It has another form.
    """
    name, equals, rest = text.partition("=")
    url, *pairs = rest.split(",")
    if not equals or not url.startswith(("http://", "https://")):
        raise UsageError(f"--endpoint takes {_FORM}, not '{text}'.", hint="The address goes up to and including /v1.")
    fields: dict[str, Any] = {"name": name.strip(), "url": url.strip()}
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found:
            raise UsageError(f"'{pair}' of --endpoint {name} is no name=value.", hint=f"Write {_FORM}.")
        fields[key.strip()] = value.strip()
    return _target(fields, f"--endpoint {name}")


def load_targets(path: Path) -> list[Target]:
    """Read a YAML list of servers.

    Raises:
        UsageError: There is no such file, or an entry is no server.
    """
    try:
        loaded: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", hint=f"Or name servers: --endpoint {_FORM}."
        ) from error
    except yaml.YAMLError as error:
        raise UsageError(
            f"{path} is not YAML: {' '.join(str(error).split())}.", hint="See docs/benchmarking.md."
        ) from error
    if not isinstance(loaded, list) or not loaded:
        raise UsageError(f"{path} lists no servers.", hint="Write a list of `- name: ...` with `url: ...` each.")
    entries = cast(list[object], loaded)
    targets = [_target(entry, f"server {number} of {path}") for number, entry in enumerate(entries, 1)]
    return checked(targets)


def checked(targets: Sequence[Target]) -> list[Target]:
    """The same, when every name is there once.

    Raises:
        UsageError: Two servers have one name.
    """
    names = [target.name for target in targets]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(f"two servers are called '{twice}'.", hint="Each needs a name of its own.")
    return list(targets)


def _target(entry: object, place: str) -> Target:
    fields = cast(dict[str, Any], entry) if isinstance(entry, dict) else {}
    if not fields.get("name") or not str(fields.get("url", "")).startswith(("http://", "https://")):
        raise UsageError(f"{place} needs a name and a url.", hint=f"On the command line: {_FORM}.")
    if unknown := set(fields) - _FIELDS:
        raise UsageError(
            f"{place} has an unknown field '{min(unknown)}'.", hint=f"Known: {', '.join(sorted(_FIELDS))}."
        )
    kind = str(fields.get("kind", ""))
    if kind and kind not in KINDS:
        raise UsageError(
            f"{place} is of no kind '{kind}'.", hint=f"Known: {', '.join(KINDS)}; leave it out to find out."
        )
    pid = str(fields.get("pid", ""))
    if pid and not pid.isdecimal():
        raise UsageError(f"{place} has no process '{pid}'.", hint="pid is the number of the server's process.")
    body = fields.get("body") or {}
    if not isinstance(body, dict):
        raise UsageError(f"the body of {place} is no table.", hint="It holds fields added to every request.")
    named = {key: str(fields.get(key, "")) for key in ("name", "url", "model", "key_env")}
    return Target(
        **named,
        kind=cast(Kind, kind),
        pid=int(pid) if pid else None,
        body=cast(dict[str, Any], body),
    )
