"""Translates what a server asks or says in a session into `ServerHandlers`, and the answers into mcp's types.

mcp runs these inside the loop that reads the session: until a question is answered that server's other answers
wait behind it. A changed tool list is therefore only signalled here; asking for the new one would wait for
itself.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import mcp.types as mcp_types
from mcp.client.session import ElicitationFnT, ListRootsFnT, LoggingFnT, MessageHandlerFnT, SamplingFnT
from pydantic import FileUrl

from app.mcp_client.handlers import (
    NOBODY,
    Elicitation,
    ElicitationAnswer,
    SamplingReply,
    SamplingRequest,
    ServerHandlers,
)
from app.mcp_client.in_flight import InFlight
from app.mcp_client.server_log import ServerLog


class SessionKwargs(TypedDict, total=False):
    """The callbacks of a ``ClientSession``."""

    sampling_callback: SamplingFnT
    elicitation_callback: ElicitationFnT
    list_roots_callback: ListRootsFnT
    logging_callback: LoggingFnT
    message_handler: MessageHandlerFnT


class Callbacks:
    """The callbacks of one server."""

    def __init__(
        self,
        server: str,
        *,
        workspace: Path,
        handlers: ServerHandlers,
        in_flight: InFlight,
        log: ServerLog,
        on_tools_changed: Callable[[], None],
    ) -> None:
        self._server = server
        self._workspace = workspace
        self._handlers = handlers
        self._in_flight = in_flight
        self._log = log
        self._on_tools_changed = on_tools_changed

    def session_kwargs(self) -> SessionKwargs:
        """Sampling is offered only when somebody does it; a server then knows without asking."""
        kwargs = SessionKwargs(
            elicitation_callback=self._elicit,
            list_roots_callback=self._roots,
            logging_callback=self._logged,
            message_handler=self._heard,
        )
        if self._handlers.sample is not None:
            kwargs["sampling_callback"] = self._sample
        return kwargs

    async def _elicit(self, context: Any, params: mcp_types.ElicitRequestParams) -> mcp_types.ElicitResult:
        if isinstance(params, mcp_types.ElicitRequestURLParams):
            question = Elicitation(server=self._server, message=params.message, schema={}, url=params.url)
        else:
            question = Elicitation(server=self._server, message=params.message, schema=params.requestedSchema)
        answer = await self._answer(question)
        if answer.action == "accept":
            return mcp_types.ElicitResult(action="accept", content=None if question.url else answer.content)
        said = f": {answer.reason}" if answer.reason else ""
        self._in_flight.note(f'The server asked "{question.message}"; this was not answered{said}.')
        return mcp_types.ElicitResult(action=answer.action)

    async def _answer(self, question: Elicitation) -> ElicitationAnswer:
        if self._handlers.elicit is None:
            return ElicitationAnswer(action="decline", reason=NOBODY)

        async def ask(elicit: Any = self._handlers.elicit) -> ElicitationAnswer:
            return await elicit(question)

        try:
            answer = await self._in_flight.ask(ask())
        except Exception as error:  # noqa: BLE001 # whatever a door's form raises, the server must get an answer
            return ElicitationAnswer(action="cancel", reason=f"asking failed ({error})")
        return answer or ElicitationAnswer(action="cancel", reason="the call was withdrawn")

    async def _sample(
        self, context: Any, params: mcp_types.CreateMessageRequestParams
    ) -> mcp_types.CreateMessageResult | mcp_types.ErrorData:
        hints = params.modelPreferences.hints if params.modelPreferences else None
        request = SamplingRequest(
            server=self._server,
            messages=[message.model_dump(mode="json", exclude_none=True) for message in params.messages],
            max_tokens=params.maxTokens,
            system_prompt=params.systemPrompt or "",
            temperature=params.temperature,
            stop_sequences=params.stopSequences or [],
            model_hints=[hint.name for hint in hints or [] if hint.name],
        )
        reply = await self._reply(request)
        if reply.refused:
            return mcp_types.ErrorData(code=mcp_types.INVALID_REQUEST, message=reply.refused)
        content = mcp_types.TextContent(type="text", text=reply.text)
        return mcp_types.CreateMessageResult(
            role="assistant", content=content, model=reply.model, stopReason=reply.stop_reason
        )

    async def _reply(self, request: SamplingRequest) -> SamplingReply:
        async def ask(sample: Any = self._handlers.sample) -> SamplingReply:
            return await sample(request)

        try:
            reply = await self._in_flight.ask(ask())
        except Exception as error:  # noqa: BLE001 # whatever the chat model raises, the server must get an answer
            return SamplingReply(refused=f"the chat model failed: {error}")
        return reply or SamplingReply(refused="the call was withdrawn")

    async def _roots(self, context: Any) -> mcp_types.ListRootsResult:
        root = mcp_types.Root(uri=FileUrl(self._workspace.as_uri()), name=self._workspace.name)
        return mcp_types.ListRootsResult(roots=[root])

    async def _logged(self, params: mcp_types.LoggingMessageNotificationParams) -> None:
        text = params.data if isinstance(params.data, str) else str(params.data)
        await self._log.write(f"{params.level}: {text}")
        if self._handlers.on_log is not None:
            self._handlers.on_log(self._server, params.level, text)

    async def _heard(self, message: object) -> None:
        if isinstance(message, mcp_types.ServerNotification) and isinstance(
            message.root, mcp_types.ToolListChangedNotification
        ):
            self._on_tools_changed()
