"""Where packages come from: what pip is told to use, said in uv's words.

uv installs vLLM, because pip cannot override what a package asks for. uv does not read pip's
configuration, yet that is where a machine behind a mirror, or with wheels that PyPI lacks, says so.
pip is asked instead of its files, so that its own rules on which file wins hold.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SECTIONS = ("global", "install", ":env:")
"""Sections of pip's configuration that an installation reads; a later one wins."""
_FLAGS = {"find-links": "--find-links", "extra-index-url": "--index", "trusted-host": "--allow-insecure-host"}
_INDEXES = ("index-url", "extra-index-url")
_OWN_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")


@dataclass(frozen=True)
class PackageSources:
    """Options and environment variables that make uv look where pip would."""

    options: list[str] = field(default_factory=list[str])
    environment: dict[str, str] = field(default_factory=dict[str, str])


def pip_sources(settings: Mapping[str, str] | None = None) -> PackageSources:
    """The sources that pip is configured with, for uv. What uv itself is configured with stays in force beside them.

    Args:
        settings: pip's options by their long names; None asks pip.
    """
    known = dict(pip_settings() if settings is None else settings)
    options: list[str] = []
    if known.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        options += ["--no-index"]
        known = {name: value for name, value in known.items() if name not in _INDEXES}
    if "index-url" in known and not any(name in os.environ for name in _OWN_INDEX):
        options += ["--default-index", known["index-url"]]
    for name, flag in _FLAGS.items():
        for value in known.get(name, "").split():
            options += [flag, _place(value)]
    if "extra-index-url" in known:  # pip has no order among indexes
        options += ["--index-strategy", "unsafe-best-match"]
    return PackageSources(options, dict(_variables(known)))


def pip_settings() -> dict[str, str]:
    """What pip would install with, by its options' long names; only the environment's when there is no pip."""
    for command in _pips():
        done = subprocess.run([*command, "config", "list"], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode == 0:
            return _merged(done.stdout.splitlines())
    return {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.startswith("PIP_")
    }


def _pips() -> Iterator[list[str]]:
    yield [sys.executable, "-m", "pip"]
    yield from ([found] for name in ("pip", "pip3") if (found := shutil.which(name)))


def _merged(lines: Iterable[str]) -> dict[str, str]:
    """The options of lines such as ``global.find-links='/wheels'``."""
    sections: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in lines:
        key, equals, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if equals and section in sections:
            sections[section][name] = str(ast.literal_eval(value))
    return {name: value for section in _SECTIONS for name, value in sections[section].items()}


def _place(value: str) -> str:
    """A folder as an absolute path, since uv runs elsewhere; addresses and hosts as they are."""
    path = Path(value).expanduser()
    return str(path.resolve()) if "://" not in value and path.exists() else value


def _variables(known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, variable in (("cert", "SSL_CERT_FILE"), ("proxy", "ALL_PROXY")):
        if name in known and variable not in os.environ:
            yield variable, known[name]
