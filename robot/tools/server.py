"""The MCP server of the closed-loop tools.

FastMCP on asyncio, so that `notifications/cancelled` and the end of a session reach a tool in the middle of a
movement. Failures are returned rather than raised: FastMCP would put its own words before ours.
"""

import base64
from collections.abc import Awaitable
from typing import Annotated

from mcp.server.fastmcp import FastMCP
from mcp.types import CallToolResult, ImageContent, TextContent, ToolAnnotations
from pydantic import Field

from robot.tools.actions import Robot
from robot.tools.bridge import ToolFailed

_MOVES = ToolAnnotations(readOnlyHint=False, destructiveHint=True, idempotentHint=False, openWorldHint=True)
_READS = ToolAnnotations(readOnlyHint=True, openWorldHint=True)
_STOPS = ToolAnnotations(readOnlyHint=False, destructiveHint=False, idempotentHint=True, openWorldHint=True)

Metres = Annotated[float, Field(description="How far, in metres. Negative is backwards.")]
Speed = Annotated[float | None, Field(description="Metres per second. Leave it out for the usual speed.")]
Degrees = Annotated[float, Field(description="How far, in degrees. Positive is left, negative is right.")]
Camera = Annotated[str, Field(description="Name of the camera. Leave it out for the first one.")]


def build_server(robot: Robot) -> FastMCP:
    """The server over one robot."""
    server, tools = FastMCP("robot", instructions=robot.profile.prompt or None, log_level="WARNING"), _Tools(robot)
    server.add_tool(tools.drive, title="Drive", annotations=_MOVES, structured_output=False)
    server.add_tool(tools.turn, title="Turn", annotations=_MOVES, structured_output=False)
    server.add_tool(tools.read_pose, title="Read the pose", annotations=_READS, structured_output=False)
    server.add_tool(tools.take_picture, title="Take a picture", annotations=_READS, structured_output=False)
    server.add_tool(tools.stop, title="Stop", annotations=_STOPS, structured_output=False)
    return server


class _Tools:
    """The functions that FastMCP reads: their docstrings are what a model is told."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot

    async def drive(self, meters: Metres, speed: Speed = None) -> CallToolResult:
        """Drive the robot straight by a distance in meters. Says how far it really moved."""
        return await _told(self._robot.drive(meters, speed))

    async def turn(self, degrees: Degrees) -> CallToolResult:
        """Turn the robot on the spot by an angle in degrees. Says how far it really turned."""
        return await _told(self._robot.turn(degrees))

    async def read_pose(self) -> CallToolResult:
        """Return the pose of the robot: where it is, position and heading."""
        return await _told(self._robot.read_pose())

    async def take_picture(self, camera: Camera = "") -> CallToolResult:
        """Take a picture with the robot's camera."""
        return await _shown(self._robot, camera)

    async def stop(self) -> CallToolResult:
        """Stop the robot."""
        return await _told(self._robot.stop())


async def _told(work: Awaitable[str]) -> CallToolResult:
    try:
        return CallToolResult(content=[_text(await work)])
    except ToolFailed as error:
        return _failed(error)


async def _shown(robot: Robot, camera: str) -> CallToolResult:
    try:
        picture, words = await robot.take_picture(camera)
    except ToolFailed as error:
        return _failed(error)
    data = base64.b64encode(picture.content).decode()
    return CallToolResult(content=[ImageContent(type="image", data=data, mimeType=picture.mime_type), _text(words)])


def _failed(error: ToolFailed) -> CallToolResult:
    return CallToolResult(content=[_text(str(error))], isError=True)


def _text(words: str) -> TextContent:
    return TextContent(type="text", text=words)
