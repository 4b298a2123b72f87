"""Where shipped files are: prompts, the default mcp.json and policy.toml, the embedded model.

In a wheel they lie in ``app/defaults/``; in a checkout at the repository's root. A file of the same
name in the working directory wins, so a person can replace any of them without touching the package.
"""

from pathlib import Path

_PACKAGED = Path(__file__).parent / "defaults"
_CHECKOUT = Path(__file__).parent.parent


def shipped(name: str) -> Path:
    """The path of a file that came with Switchyard, for example ``prompts/system.md``."""
    packaged = _PACKAGED / name
    return packaged if packaged.exists() else _CHECKOUT / name


def local_or_shipped(name: str) -> Path:
    """The file of that name in the working directory, or the shipped one."""
    local = Path.cwd() / name
    return local if local.exists() else shipped(name)
