"""Names the model may use: legal for OpenAI-compatible APIs, unique over all servers, never changed.

A tool keeps its own name when no other server has one like it; else all that share it are prefixed with their
server. Names are given once: a tool that appears later takes a free one and renames nobody, because the history
is full of the old names.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence

LONGEST = 64
Origin = tuple[str, str]
"""Server and the server's own name of the tool."""


def legal(name: str) -> str:
    """``name`` with everything outside ``[a-zA-Z0-9_-]`` replaced, cut to 64 characters with a hash of the whole."""
    cleaned = re.sub(r"[^a-zA-Z0-9_-]", "_", name) or "_"
    return cleaned if len(cleaned) <= LONGEST else _hashed(cleaned, name)


def assign_names(origins: Sequence[Origin], given: Mapping[Origin, str]) -> dict[Origin, str]:
    """Names for all ``origins``; those in ``given`` keep theirs."""
    names = {origin: given[origin] for origin in origins if origin in given}
    taken = set(given.values())
    shared = Counter(legal(tool) for _, tool in origins)
    for origin in origins:
        if origin not in names:
            names[origin] = _free_name(origin, taken, alone=shared[legal(origin[1])] == 1)
            taken.add(names[origin])
    return {origin: names[origin] for origin in origins}


def _free_name(origin: Origin, taken: set[str], *, alone: bool) -> str:
    server, tool = origin
    candidates = [legal(tool)] if alone else []
    candidates.append(legal(f"{server}_{tool}"))
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    return _hashed(re.sub(r"[^a-zA-Z0-9_-]", "_", f"{server}_{tool}"), f"{server}:{tool}")


def _hashed(cleaned: str, whole: str) -> str:
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{cleaned[: LONGEST - 9]}_{digest}"
