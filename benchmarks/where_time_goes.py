"""Profiles of our own run, printed where a target is missed: a number alone helps nobody to mend it."""

import io
import pstats
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.cold_run import Scene, cold_run
from benchmarks.contenders import OURS, Contender

_SHOWN = 15


def profile_imports(contender: Contender = OURS) -> str:
    """Time spent in importing, by top-level package, its own modules only."""
    output = cold_run(contender, Scene.rounds(1), ["-X", "importtime"]).output
    spent, modules = Counter[str](), Counter[str]()
    for line in output.splitlines():
        own, _, name = line.removeprefix("import time:").replace("|", " ", 1).partition("|")
        if line.startswith("import time:") and (own := own.split()[0]).lstrip("-").isdigit():
            package = name.strip().partition(".")[0]
            spent[package] += int(own)
            modules[package] += 1
    total, count = sum(spent.values()) / 1000, sum(modules.values())
    lines = [f"imports of {contender.name}: {total:.0f} ms in {count} modules, of which"]
    lines += [f"{ns / 1000:8.0f} ms  {modules[name]:4} modules  {name}" for name, ns in spent.most_common(_SHOWN)]
    return "\n".join(lines)


def profile_calls(contender: Contender = OURS) -> str:
    """The functions of the main thread that take most in a run of twenty rounds."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "profile"
        cold_run(contender, Scene.rounds(20), ["-m", "cProfile", "-o", str(found)])
        text = io.StringIO()
        pstats.Stats(str(found), stream=text).strip_dirs().sort_stats("tottime").print_stats(_SHOWN)
    return f"functions of {contender.name}, twenty rounds:\n{text.getvalue().strip()}"
