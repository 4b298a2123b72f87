"""The toolset with a robot in it: calls of robot servers pass through here, all others pass by.

What reads is looked at for truth. What writes runs alone, with leave from the guard that ends with the call, and its
result says what the guard did and where the robot stands now.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.robot.arguments import completed
from app.robot.guard_facts import GuardFacts, facts_between
from app.robot.knowledge import knowledge_of
from app.robot.link import is_open
from app.robot.measurement import Measurement, measure
from app.robot.permit import Permit, permit
from app.robot.prediction import leads_somewhere
from app.robot.result_truth import complaint, suspects_the_link
from graphs.toolset import OnProgress, ToolResult, Toolset, ToolSpec
from robot.control import GuardControl, GuardRefused, GuardUnreachable
from robot.profile import Address, RobotProfile
from robot.tools.poses import Pose

CLOSED_LOOP = frozenset({"drive", "turn"})
"""Tools that measure for themselves."""
MOVES = frozenset({"publish_for_durations", "send_action_goal"})
"""Tools whose measured effect is told even when there was none."""
STOPS = frozenset({"stop", "cancel_action_goal"})
"""Writes that need no leave and wait for nobody: the guard lets zeros and cancels through in every state."""
GUARD = "robot guard"
_HIDDEN_HINT = "Image saved to ./camera/received_image.jpeg. Use view_saved_image() to re-view it."
"""What ros-mcp says of a file that the next picture overwrites, and of a tool that no model gets."""


@dataclass(frozen=True)
class _Send:
    """How to make the call itself."""

    inner: Toolset
    spec: ToolSpec
    arguments: dict[str, Any]
    call_id: str
    on_progress: OnProgress | None

    async def __call__(self) -> ToolResult:
        return await self.inner.call(self.spec.name, self.arguments, call_id=self.call_id, on_progress=self.on_progress)


@dataclass(eq=False)
class RobotToolset:
    """Implements `graphs.toolset.Toolset` over another toolset."""

    inner: Toolset
    control: GuardControl
    profile: RobotProfile
    servers: Collection[str]
    """Names of the MCP servers that reach the robot."""
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _seen: Sequence[ToolSpec] = ()
    _specs: tuple[ToolSpec, ...] = ()

    def specs(self) -> Sequence[ToolSpec]:
        """The tools; those of the robot with what is known of their calls."""
        if (given := self.inner.specs()) is not self._seen:
            self._seen, self._specs = given, tuple(self._known(spec) for spec in given)
        return self._specs

    async def call(
        self, name: str, arguments: dict[str, Any], *, call_id: str, on_progress: OnProgress | None = None
    ) -> ToolResult:
        """Run one call; see `graphs.toolset.Toolset`."""
        spec = next((spec for spec in self.specs() if spec.name == name), None)
        if spec is None or spec.server not in self.servers:
            return await self.inner.call(name, arguments, call_id=call_id, on_progress=on_progress)
        full = completed(spec.tool, arguments, self.profile, spec.knowledge)
        send = _Send(self.inner, spec, full, call_id, on_progress)
        if spec.read_only or spec.tool in STOPS:
            return await self._judged(spec, await send())
        async with self._writing:
            return await self._write(send)

    @property
    def address(self) -> Address:
        """The guard's rosbridge side."""
        return Address(self.control.endpoint.host, self.control.endpoint.port)

    def _known(self, spec: ToolSpec) -> ToolSpec:
        if spec.server not in self.servers:
            return spec
        names = spec.input_schema.get("properties", {})
        return replace(spec, knowledge=knowledge_of(spec.tool, self.profile, read_only=spec.read_only, names=names))

    async def _write(self, send: _Send) -> ToolResult:
        spec = send.spec
        try:
            before = await self.control.status()
            if not before.get("connected", True):
                bridge = self.profile.rosbridge.url
                return _failed(f"Nothing was sent: the guard has no connection to the robot at {bridge} (rosbridge).")
            stood = None if spec.tool in CLOSED_LOOP else await measure(self.profile, self.address)
            result = await self._with_leave(send)
            facts = facts_between(before, await self.control.status())
        except GuardRefused as error:
            return _failed(f"Not sent: {error} Only a person can do that.", denied=True)
        except GuardUnreachable as error:
            return _failed(f"The robot's guard is gone, so nothing can be sent to the robot: {error}. Start again.")
        result = _with_facts(await self._judged(spec, result), facts)
        return result if stood is None else await self._measured(send, result, stood)

    async def _with_leave(self, send: _Send) -> ToolResult:
        work: asyncio.Task[ToolResult] | None = None
        try:
            async with permit(self.control, f"call {send.call_id}") as leave:
                work = asyncio.create_task(send())
                ended = asyncio.create_task(leave.ended.wait())
                try:
                    await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    ended.cancel()
            return work.result() if work.done() else _stopped(leave)
        finally:
            if work is not None and not work.done():
                work.cancel()
                await asyncio.wait({work})

    async def _judged(self, spec: ToolSpec, result: ToolResult) -> ToolResult:
        """The result with what is wrong about it in front."""
        result = replace(result, text=result.text.replace(_HIDDEN_HINT, "").strip())
        said = complaint(spec.tool, result)
        if not said and result.status == "success" and not suspects_the_link(spec.tool, result):
            return result
        if (said or suspects_the_link(spec.tool, result)) and not await is_open(self.profile.rosbridge):
            bridge = self.profile.rosbridge.url
            said = f"The robot is not connected: nothing answers at {bridge} (rosbridge). {said or ''}".rstrip()
        denied = "DENIED by robot guard" in result.text and "unreachable" not in result.text
        if not said and not denied:
            return result
        text = f"{said}\n{result.text}" if said else result.text
        return _marked(replace(result, text=text, status="error", size=0), denied=denied)

    async def _measured(self, send: _Send, result: ToolResult, before: Pose) -> ToolResult:
        after = await measure(self.profile, self.address, at_rest=True)
        if after is None:
            return result
        change = Measurement(before, after)
        expected = leads_somewhere(send.arguments, self.profile)
        if expected and change.stood_still:
            text = f"The robot did not move.\n{result.text}\n{change.described()}"
            return replace(result, text=text, status="error", size=0)
        if change.stood_still and not expected and send.spec.tool not in MOVES:
            return result
        return replace(result, text=f"{result.text}\n{change.described()}", size=0)


def _with_facts(result: ToolResult, facts: GuardFacts) -> ToolResult:
    """What the guard did: in front where it is why the call failed."""
    if not facts.text:
        return result
    if not facts.failed:
        return replace(result, text=f"{result.text}\n{facts.text}", size=0)
    text = f"This did not work. {facts.text}\n{result.text}"
    return _marked(replace(result, text=text, status="error", size=0), denied=facts.denied)


def _stopped(leave: Permit) -> ToolResult:
    return _failed(f"Stopped before its end: {leave.why}. The robot stands still. Tell the person; do not go on.")


def _failed(text: str, *, denied: bool = False) -> ToolResult:
    return _marked(ToolResult(text=text, status="error"), denied=denied)


def _marked(result: ToolResult, *, denied: bool) -> ToolResult:
    if not denied:
        return result
    return replace(result, artifact={**(result.artifact or {}), "denied": GUARD})
