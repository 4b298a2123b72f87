"""Compiles chat templates as vLLM does: the same sandbox, options, filters and globals.

A template that renders here renders there, and a test compares the two. transformers, which vLLM asks
for this, was decided against because it is far too heavy for the agent.
"""

import json
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Template
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment


@cache
def compile_template(source: str) -> Template:
    """The template in an environment like that of vLLM."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _tojson
    return environment.from_string(source, {"raise_exception": _raise_exception, "strftime_now": _strftime_now})


def _tojson(value: Any, indent: int | None = None, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, **options)


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)
