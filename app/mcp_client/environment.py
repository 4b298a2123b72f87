"""The environment a stdio server is started with.

The whole environment is inherited, less what is ours: servers need far more than PATH and HOME (VIRTUAL_ENV,
proxies, ROS_DOMAIN_ID, AMENT_PREFIX_PATH, DISPLAY, CUDA_VISIBLE_DEVICES ...), and a list of what is needed
would always lack somebody's. What a server has no business with are the keys of the chat model and of the
storage, so the variables of our own settings and the model providers' keys are removed. A server that is meant
to have one is given it by name in mcp.json: ``"env": {"OPENAI_API_KEY": "${OPENAI_API_KEY}"}``.
"""

from collections.abc import Mapping

_OUR_SECTIONS = ("MODEL__", "AGENT__", "MCP__", "STORAGE__")
_OUR_KEYS = frozenset({"OPENAI_API_KEY", "AGENT_MODEL", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY"})


def server_environment(inherited: Mapping[str, str], own: Mapping[str, str | None]) -> dict[str, str]:
    """The inherited variables without ours, then the entry's own; ``None`` removes a variable."""
    kept = {name: value for name, value in inherited.items() if not _is_ours(name)}
    for name, value in own.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value
    return kept


def _is_ours(name: str) -> bool:
    return name.upper().startswith(_OUR_SECTIONS) or name.upper() in _OUR_KEYS
