"""What completion offers that must be asked for first: threads on disk, prompts and resources of servers."""

import asyncio
import contextlib
from collections.abc import Mapping

from app.errors import SwitchyardError
from app.repl.desk import Desk

_SECONDS = 60.0


class Catalog:
    """The latest known lists; `refresh` renews them in the background."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._threads: dict[str, str] = {}
        self._prompts: dict[str, str] = {}
        self._resources: dict[str, str] = {}

    async def keep_fresh(self) -> None:
        """Refresh every minute until cancelled."""
        while True:
            with contextlib.suppress(SwitchyardError):
                await self.refresh()
            await asyncio.sleep(_SECONDS)

    async def refresh(self) -> None:
        """Ask for everything again. A server that does not answer costs only its own entries."""
        runtime = self._desk.runtime
        self._threads = {thread.id: thread.title for thread in await runtime.store.threads.all()}
        self._prompts = {f"{p.server}:{p.name}": p.description for p in await runtime.hub.prompts()}
        self._resources = {f"{r.server}:{r.uri}": r.name for r in await runtime.hub.resources()}

    def threads(self) -> Mapping[str, str]:
        """Titles by id, the latest first."""
        return self._threads

    def prompts(self) -> Mapping[str, str]:
        """Descriptions by `server:name`."""
        return self._prompts

    def resources(self) -> Mapping[str, str]:
        """Names by `server:uri`."""
        return self._resources

    def tools(self) -> Mapping[str, str]:
        """Descriptions by the name the model uses."""
        return {spec.name: spec.description for spec in self._desk.runtime.hub.specs()}

    def models(self) -> Mapping[str, str]:
        """Configured endpoints by name, with the place."""
        models = self._desk.runtime.models
        return {name: models.describe(name).endpoint for name in models.names}
