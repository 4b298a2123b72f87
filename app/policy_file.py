"""Policies as files: the project's policy.toml, and the person's own that "always" is written to.

The person's rules come first. "Always" never writes to the project's file, because a repository
must not inherit what one person once agreed to.
"""

import tomllib
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError
from app.paths import config_folder
from app.settings import AgentSettings
from app.shipped import local_or_shipped
from graphs.policy import ArgumentLimit, Policy, Rule


def personal_policy_path() -> Path:
    """The file of the person's own rules."""
    return config_folder() / "policy.toml"


def load_policy(settings: AgentSettings) -> Policy:
    """The person's rules, then those of the settings' file, the working directory's or the shipped one.

    Raises:
        ConfigurationError: a file is missing, is not TOML or holds an unknown key or value.
    """
    project = _read(settings.policy.expanduser() if settings.policy else local_or_shipped("policy.toml"))
    personal = _read(personal_policy_path()) if personal_policy_path().exists() else Policy()
    return Policy(rules=(*personal.rules, *project.rules), default=project.default)


def allow_always(qualified: str) -> Path:
    """Add a rule to the person's own policy that allows the tool `server:tool`; returns the file."""
    path = personal_policy_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    escaped = qualified.replace("\\", "\\\\").replace('"', '\\"')
    with path.open("a", encoding="utf-8") as file:
        file.write(f'\n[[rules]]\ntool = "{escaped}"\ndecision = "allow"\n')
    path.chmod(0o600)
    return path


def _read(path: Path) -> Policy:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"the policy {path} cannot be read: {error.strerror}.", hint="Check AGENT__POLICY."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} is not valid TOML: {error}.", hint="See the comments in policy.toml."
        ) from error
    return _parsed(path, table)


def _parsed(path: Path, table: dict[str, Any]) -> Policy:
    _refuse_unknown(path, "the policy", table, {"default", "rules"})
    default = table.get("default", "annotations")
    if default not in ("annotations", "allow", "ask", "deny"):
        raise _bad(path, f"default is {default!r}", "Allowed are annotations, allow, ask and deny.")
    rules = table.get("rules", [])
    if not isinstance(rules, list):
        raise _bad(path, "rules is not a list of tables", "Write each rule under [[rules]].")
    return Policy(rules=tuple(_rule(path, number, rule) for number, rule in enumerate(rules, 1)), default=default)


def _rule(path: Path, number: int, rule: Any) -> Rule:
    where = f"rule {number}"
    if not isinstance(rule, dict) or not isinstance(rule.get("tool"), str):
        raise _bad(path, f"{where} has no `tool`", 'Write tool = "server:tool", globs allowed.')
    _refuse_unknown(path, where, rule, {"tool", "decision", "limits"})
    decision = rule.get("decision", "allow")
    if decision not in ("allow", "ask", "deny"):
        raise _bad(path, f"{where} has the decision {decision!r}", "Allowed are allow, ask and deny.")
    limits = rule.get("limits", {})
    return Rule(
        tool=rule["tool"],
        decision=decision,
        limits={name: _limit(path, f"{where}, limit {name}", limit) for name, limit in limits.items()},
    )


def _limit(path: Path, where: str, limit: Any) -> ArgumentLimit:
    if not isinstance(limit, dict):
        raise _bad(path, f"{where} is not a table", "For example limits.x = { min = 0, max = 1 }.")
    _refuse_unknown(path, where, limit, {"min", "max", "pattern", "one_of"})
    return ArgumentLimit(**limit)


def _refuse_unknown(path: Path, where: str, table: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(table) - known):
        raise _bad(path, f"{where} has an unknown key {unknown[0]!r}", f"Known are {', '.join(sorted(known))}.")


def _bad(path: Path, what: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: {what}.", hint=hint)
