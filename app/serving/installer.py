"""Installs packages with uv, telling line by line what it does.

uv, because a requirement of a requirement has to be overridden, which pip cannot do. A machine
without uv gets one from its package index, in a folder beside the environments.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from app.serving.package_sources import pip_sources

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_PACKAGE = " + "
"""What uv begins the line of an installed package with; there are hundreds."""
_KEPT_LINES = 60


class InstallationFailed(Exception):
    """A program that installs ended with an error; `output` is the end of what it said."""

    def __init__(self, output: Sequence[str]) -> None:
        self.output = "\n".join(output)
        causes = [line.strip() for line in output if line.strip().startswith(("error:", "cause:"))]
        said = causes or [line.strip() for line in output if line.strip()][-1:] or ["no reason given"]
        super().__init__(said[-1].partition(": ")[2] or said[-1])


class Installer:
    """uv, and the sources that pip is configured with."""

    def __init__(self, folder: Path, on_progress: Callable[[str], None]) -> None:
        self._folder = folder
        self._on_progress = on_progress
        self._sources = pip_sources()
        self._uv = shutil.which("uv") or self._own_uv()

    def make_environment(self, folder: Path) -> None:
        """An empty virtual environment of this Python that still works after it was renamed."""
        self._run(self._uv, "venv", "--quiet", "--relocatable", "--no-project", "--python", sys.executable, str(folder))

    def install(self, python: Path, requirements: Path, overrides: Sequence[Path], *options: str) -> None:
        """Install what a requirements file names into the environment of `python`."""
        replaced = [part for file in overrides for part in ("--override", str(file))]
        command = [self._uv, "pip", "install", "--python", str(python), "--requirement", str(requirements)]
        self._run(*command, *replaced, *self._sources.options, *options)

    def _own_uv(self) -> str:
        folder = self._folder / "uv"
        if not (folder / "bin" / "uv").exists():
            self._on_progress("Getting uv")
            self._run(sys.executable, "-m", "venv", "--clear", str(folder))
            self._run(str(folder / "bin" / "python"), "-m", "pip", "install", "--progress-bar", "off", "uv>=0.8")
        return str(folder / "bin" / "uv")

    def _run(self, *command: str) -> None:
        said: deque[str] = deque(maxlen=_KEPT_LINES)
        environment = {**os.environ, **self._sources.environment, "NO_COLOR": "1"}
        with subprocess.Popen(
            command,
            cwd=self._folder,  # not in a project, whose settings for uv would hold
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                said.append(_COLOURS.sub("", line.rstrip()))
                if said[-1] and not said[-1].startswith(_PACKAGE):
                    self._on_progress(said[-1].strip())
        if process.returncode:
            raise InstallationFailed(list(said))
