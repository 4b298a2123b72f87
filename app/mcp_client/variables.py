"""Variables in mcp.json: ``${VAR}``, ``${VAR:-default}``, ``${env:VAR}``, ``${workspaceFolder}``, ``${userHome}``.

The forms are those of the clients people copy their files from. An undefined variable without a default is an
error rather than an empty string: a server that starts with an empty token fails later and less clearly.
Expansion is one pass, so a value that itself holds ``${`` is left as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FORM = re.compile(r"\$\{([^{}]*)(\}?)")
_NAME = re.compile(r"(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)
_INPUT = re.compile(r"input:([A-Za-z0-9_.-]+)")


class BadVariable(ValueError):
    """A variable that is malformed or undefined; the text says which."""


@dataclass
class Variables:
    """Where variables come from, and which of the environment's were used."""

    environment: Mapping[str, str]
    workspace: Path
    home: Path
    used: dict[str, str] = field(default_factory=dict[str, str])
    """Values taken from the environment by name; what must not be shown is chosen from these."""

    def expand(self, text: str) -> str:
        """Replace every variable in ``text``.

        Raises:
            BadVariable: One is malformed, or undefined without a default.
        """
        return _FORM.sub(self._replace, text)

    def _replace(self, match: re.Match[str]) -> str:
        inner, closed = match.groups()
        if not closed:
            raise BadVariable(f"`{match.group(0)}` has no closing brace")
        if inner == "workspaceFolder":
            return str(self.workspace)
        if inner == "userHome":
            return str(self.home)
        if asked := _INPUT.fullmatch(inner):
            return self._input(asked.group(1))
        named = _NAME.fullmatch(inner)
        if named is None:
            raise BadVariable(f"`{match.group(0)}` is not a variable this file can use")
        return self._lookup(named.group(1), named.group(2))

    def _lookup(self, name: str, default: str | None) -> str:
        value = self.environment.get(name)
        if value or (value is not None and default is None):
            self.used[name] = value
            return value
        if default is None:
            raise BadVariable(f"the variable {name} is not set and has no default (`${{{name}:-default}}`)")
        return default

    def _input(self, identifier: str) -> str:
        name = "MCP_INPUT_" + re.sub(r"[^A-Z0-9]", "_", identifier.upper())
        if name not in self.environment:
            raise BadVariable(f"`${{input:{identifier}}}` is asked for; set {name} in the environment")
        return self._lookup(name, None)
