"""Which chat model answers: what settings name, else what `serve` started, else the embedded one; then fallbacks.

Nothing is asked of the network before a model is chosen, and only of the endpoints that the choice needs.
A key alone never names an endpoint: without an address nothing leaves this machine.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from langchain_core.messages import AnyMessage

from app.chat.endpoint import EndpointInfo, UnknownModelError, count_tokens, probe
from app.errors import EndpointError
from app.serving.running import running_endpoint
from app.settings import Endpoint, ModelSettings, SettingsTree
from graphs.chat_models import ModelChoice
from graphs.images import ImageRoom

if TYPE_CHECKING:
    from app.chat.vllm_chat import ChatVLLM

EMBEDDED = "embedded"
NOTICE = (
    "the small embedded model answers: it calls simple tools and sees one request at a time"
    " (`python -m app serve` starts a real model, MODEL__BASE_URL names one)."
)
SERVED_NOTICE = "no model endpoint is configured: using the server at {}, which `serve` started."
_FORGET_FAILURE_AFTER = 30.0


@dataclass(frozen=True)
class ModelDescription:
    """What to tell a person about a choice."""

    model: str
    """Served model name, as far as it is known."""
    endpoint: str
    """Base URL, or `embedded`."""


@dataclass(eq=False)
class _Target:
    """An endpoint, the name wanted there, and what was found."""

    endpoint: Endpoint | None
    """None is the embedded model."""
    wanted: str
    choice: ModelChoice | None = None
    failure: EndpointError | None = None
    failed_at: float = 0.0

    @property
    def described(self) -> ModelDescription:
        place = self.endpoint.base_url if self.endpoint else EMBEDDED
        return ModelDescription(self.choice.name if self.choice else self.wanted, place)


class ConfiguredModels:
    """The chat models that settings name, opened when they are chosen. Implements `graphs.chat_models.ChatModels`."""

    def __init__(self, settings: ModelSettings, notice: str = "") -> None:
        self._settings = settings
        self._targets: dict[tuple[Endpoint | None, str], _Target] = {}
        self._answering: dict[str, _Target] = {}
        self._infos: dict[str, EndpointInfo] = {}
        self._notices: list[str] = []
        self._told: set[str] = set()
        self.on_fallback: Callable[[str, str, str], None] | None = None
        """Hears of the model that cannot be reached, of the one that answers instead, and why, as often as it does."""
        self._closers: list[Callable[[], Awaitable[None]]] = []
        if notice:
            self._tell(notice)
        self._tell_of_embedded(settings.name)

    @property
    def names(self) -> list[str]:
        """Names that can be chosen without asking any endpoint."""
        return [*self._settings.endpoints, EMBEDDED]

    def take_notices(self) -> list[str]:
        """What a person should be told and was not yet: the embedded model in use, a fallback left out or in charge."""
        notices, self._notices = self._notices, []
        return notices

    async def choose(self, name: str) -> Sequence[ModelChoice]:
        """The model called `name` (the default for an empty name), then the fallbacks that can be reached.

        Raises:
            EndpointError: Neither it nor a fallback can be reached, or its endpoint serves no such model.
        """
        wanted = self._target(name)
        self._tell_of_embedded(name or self._settings.name)
        others = self._fallbacks(wanted)
        await asyncio.gather(*(self._open(target, patient=bool(others)) for target in (wanted, *others)))
        open_targets = [target for target in (wanted, *others) if target.choice]
        if wanted.failure and (isinstance(wanted.failure, UnknownModelError) or not open_targets):
            raise wanted.failure
        for target in others:
            if target.failure:
                self._tell(f"fallback left out: {target.failure.message}")
        if wanted.failure:
            successor = open_targets[0].described.model
            self._tell(f"{wanted.failure.message} {successor} takes over.")
            if self.on_fallback:
                self.on_fallback(wanted.described.model or "default", successor, "unreachable")
        self._answering[name] = open_targets[0]
        return [target.choice for target in open_targets if target.choice]

    def describe(self, name: str = "") -> ModelDescription:
        """Which model answers under `name`, as far as it is known without asking."""
        try:
            return (self._answering.get(name) or self._target(name)).described
        except EndpointError:
            return ModelDescription(name or self._settings.name, "")

    async def aclose(self) -> None:
        """Close the connections of every model that was opened."""
        for close in self._closers:
            await close()
        self._closers.clear()
        self._targets.clear()
        self._answering.clear()

    def _target(self, name: str) -> _Target:
        key = resolve(self._settings, name or self._settings.name)
        return self._targets.setdefault(key, _Target(*key))

    def _fallbacks(self, wanted: _Target) -> list[_Target]:
        others: list[_Target] = []
        for name in self._settings.fallbacks:
            try:
                target = self._target(name)
            except EndpointError as error:
                self._tell(f"fallback left out: {error.message}")
                continue
            if target is not wanted and target not in others:
                others.append(target)
        return others

    async def _open(self, target: _Target, *, patient: bool) -> None:
        """Fill in the target's choice or failure. A patient caller has other models and waits before asking again."""
        lately = time.monotonic() - target.failed_at < _FORGET_FAILURE_AFTER
        if target.choice or (patient and target.failure and lately):
            return
        try:
            target.failure, target.choice = None, await self._opened(target)
        except EndpointError as error:
            target.failure, target.failed_at = error, time.monotonic()

    async def _opened(self, target: _Target) -> ModelChoice:
        if target.endpoint is None:
            return await asyncio.to_thread(_embedded_choice)
        info = await self._asked(target.endpoint)
        name = info.served_name(target.wanted)
        await asyncio.to_thread(import_module, "app.chat.vllm_chat")
        return self._served(target.endpoint, name, info)

    async def _asked(self, endpoint: Endpoint) -> EndpointInfo:
        if endpoint.base_url not in self._infos:
            timeout = self._settings.connect_timeout
            self._infos[endpoint.base_url] = await probe(endpoint, connect_timeout=timeout)
        return self._infos[endpoint.base_url]

    def _served(self, endpoint: Endpoint, name: str, info: EndpointInfo) -> ModelChoice:
        from app.chat.vllm_chat import ChatVLLM

        model = ChatVLLM.of(endpoint, name, self._settings)
        self._closers.append(model.aclose)
        counter = partial(_count, model, endpoint) if info.has_tokenize else None
        images = ImageRoom(kept=0 if model.images == "off" else self._settings.images_kept)
        window = info.models[name]
        return ModelChoice(
            name=name,
            model=model,
            endpoint=self._label(endpoint),
            context_window=window,
            count_tokens=counter,
            images=images,
        )

    def _label(self, endpoint: Endpoint) -> str:
        """The name that settings give the endpoint, else host and port."""
        named = (name for name, known in self._settings.endpoints.items() if known == endpoint)
        return next(named, urlsplit(endpoint.base_url).netloc.rpartition("@")[2])

    def _tell_of_embedded(self, name: str) -> None:
        """Say that the embedded model answers, where that is what the name means."""
        with suppress(EndpointError):
            if resolve(self._settings, name)[0] is None:
                self._tell(NOTICE)

    def _tell(self, notice: str) -> None:
        if notice not in self._told:
            self._told.add(notice)
            self._notices.append(notice)


def open_chat_models(settings: SettingsTree) -> ConfiguredModels:
    """The chat models of the settings. Asks nothing of the network yet."""
    model = with_running_server(settings)
    served = not default_endpoint(settings.model) and not model.name and bool(model.base_url)
    return ConfiguredModels(model, SERVED_NOTICE.format(model.base_url) if served else "")


def import_for(settings: SettingsTree) -> None:
    """Import what the default model needs, for callers that have time before the first question."""
    endpoint, _ = resolve(with_running_server(settings), settings.model.name)
    import_module("app.chat.vllm_chat" if endpoint else "app.chat.embedded")


def with_running_server(settings: SettingsTree) -> ModelSettings:
    """The settings, with a server that `serve` started in the place of an endpoint that they do not name."""
    server = None if default_endpoint(settings.model) else running_endpoint(settings)
    if not server:
        return settings.model
    return settings.model.model_copy(update={"base_url": server.base_url, "api_key": server.api_key})


def default_endpoint(settings: ModelSettings) -> Endpoint | None:
    """`base_url`, else the first of `endpoints`, else None for the embedded model."""
    if settings.base_url:
        return Endpoint(base_url=settings.base_url, model=settings.name, api_key=settings.api_key)
    return next(iter(settings.endpoints.values()), None)


def resolve(settings: ModelSettings, name: str) -> tuple[Endpoint | None, str]:
    """The endpoint a name means (None is the embedded model) and the model name wanted there.

    Raises:
        EndpointError: The name needs an endpoint and none is configured.
    """
    if name == EMBEDDED:
        return None, EMBEDDED
    if name in settings.endpoints:
        return settings.endpoints[name], settings.endpoints[name].model
    endpoint = default_endpoint(settings)
    if endpoint:
        return endpoint, name or endpoint.model
    if not name:
        return None, EMBEDDED
    raise EndpointError(
        f"no endpoint is configured that could serve '{name}'.",
        hint="Set MODEL__BASE_URL or --base-url to an OpenAI-compatible server, or use --model embedded.",
    )


def _embedded_choice() -> ModelChoice:
    from app.chat.embedded import EmbeddedChatModel

    model = EmbeddedChatModel.from_directory()
    window, blind = model.context_window, ImageRoom(kept=0, most=0)
    return ModelChoice(
        name=EMBEDDED,
        model=model,
        endpoint=EMBEDDED,
        context_window=window,
        count_tokens=model.count_tokens,
        images=blind,
    )


async def _count(
    model: "ChatVLLM", endpoint: Endpoint, messages: Sequence[AnyMessage], tools: Sequence[Mapping[str, Any]]
) -> int | None:
    """Tokens by the endpoint's own count; one that fails here must not end a turn that an estimate can serve."""
    try:
        return await count_tokens(endpoint, model.model_name, await model.wire_messages(messages), tools)
    except EndpointError:
        return None
