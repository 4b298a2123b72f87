"""The endpoint of a started server in ``.env``, where the next run finds it; a value that stands there stays."""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values, set_key


def write_endpoint(file: Path, values: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Add what is missing; gives the names that were written and those that already had another value."""
    present = dotenv_values(file) if file.exists() else {}
    written = [name for name in values if not present.get(name)]
    if written:
        file.touch(mode=0o600)
    for name in written:
        set_key(file, name, values[name], quote_mode="auto")
    return written, [name for name, value in values.items() if present.get(name) not in (None, "", value)]
