"""Moving a turtle or a robot: the tools of a simulator."""

from models.embedded.recipe.domains.form import ask
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Arg, Request, Tool

WHO = ("the turtle ", "the robot ", "", "it ", "")
ANGLES = (45, 90, 180, 30, 60, 120, 15, 270)


def draw_turtle(draw: Draw) -> Request:
    """One of the moves, with the name prefixed sometimes."""
    prefix = draw.pick(("", "", "turtle_", "robot_"))
    move = draw.pick((_move, _rotate, _turn, _pose, _reset, _teleport, _pen))
    return move(draw, prefix, draw.pick(WHO))


def _degrees(draw: Draw) -> int:
    return draw.pick((*ANGLES, draw.number_in(1, 360), draw.number_in(1, 360)))


def _move(draw: Draw, prefix: str, who: str) -> Request:
    key = draw.pick(("distance", "meters", "length"))
    name = draw.pick(("move", "drive", "move_forward", "forward", "go_forward"))
    description = draw.pick(("Move the turtle forward by a distance in meters.", "drive straight", ""))
    tool = Tool(prefix + name, description, (Arg(key, "number"),), frozenset(("move",)))
    far = round(draw.random.uniform(0.1, 9), 1) if draw.chance(0.6) else draw.number_in(1, 30)
    v = f"{{{key}}}"
    return ask(draw, tool, (f"move {who}forward {v} meters", f"move {who}{v} meters", f"drive {who}forward {v}",
                            f"move {who}forward by {v} meters", f"go forward {v} meters", f"move {who}{v} m"),
               {key: far})  # fmt: skip


def _rotate(draw: Draw, prefix: str, who: str) -> Request:
    key = draw.pick(("angle", "degrees", "theta"))
    description = draw.pick(("Rotate the turtle by an angle in degrees.", "turn in place by degrees", ""))
    name = prefix + draw.pick(("rotate", "turn", "rotate_by"))
    tool = Tool(name, description, (Arg(key, "number"),), frozenset(("turn",)))
    angle = _degrees(draw) * (-1 if draw.chance(0.25) else 1)
    v = f"{{{key}}}"
    return ask(draw, tool, (f"rotate {who}by {v} degrees", f"turn {who}{v} degrees", f"rotate {who}{v}",
                            f"turn {who}by {v}", f"spin {who}{v} degrees"), {key: angle})  # fmt: skip


def _turn(draw: Draw, prefix: str, who: str) -> Request:
    side, angle = draw.pick(("direction", "side")), draw.pick(("angle", "degrees", "theta"))
    args = (Arg(side, "string", True, ("left", "right")), Arg(angle, "number"))
    description = draw.pick(("Turn left or right by degrees.", ""))
    tool = Tool(prefix + draw.pick(("turn", "rotate")), description, args, frozenset(("turn",)))
    s, g = f"{{{side}}}", f"{{{angle}}}"
    return ask(draw, tool, (f"turn {who}{s} by {g} degrees", f"turn {who}{s} {g} degrees", f"rotate {who}{s} {g}",
                            f"turn {who}{g} degrees {s}", f"turn {who}{g} degrees to the {s}"),
               {side: draw.pick(("left", "right")), angle: _degrees(draw)})  # fmt: skip


def _pose(draw: Draw, prefix: str, who: str) -> Request:
    description = draw.pick(("Return the pose of the turtle.", "current position and heading", ""))
    tool = Tool(prefix + draw.pick(("get_pose", "pose", "where", "position")), description, (), frozenset(("pose",)))
    return ask(draw, tool, ("where is the turtle", "where is the robot", "what is the pose of the turtle",
                            "get the pose", "what is the current pose", "tell me the position of the robot"),
               {})  # fmt: skip


def _reset(draw: Draw, prefix: str, who: str) -> Request:
    description = draw.pick(("Reset the turtle to its home.", "reset the simulation", ""))
    tool = Tool(prefix + draw.pick(("reset", "reset_simulation", "go_home")), description, (), frozenset(("reset",)))
    return ask(draw, tool, ("reset the turtle", "reset the simulation", "reset the robot", "go home", "reset"), {})


def _teleport(draw: Draw, prefix: str, who: str) -> Request:
    description = draw.pick(("Go to a point.", "teleport to x and y", ""))
    name = prefix + draw.pick(("teleport", "goto", "go_to"))
    tool = Tool(name, description, (Arg("x", "number"), Arg("y", "number")), frozenset(("goto",)))
    return ask(draw, tool, (f"teleport {who}to {{x}}, {{y}}", "go to {x} {y}", f"move {who}to x {{x}} y {{y}}",
                            f"teleport {who}to x={{x}} y={{y}}", "go to x {x} and y {y}"),
               {"x": draw.number(), "y": draw.number()})  # fmt: skip


def _pen(draw: Draw, prefix: str, who: str) -> Request:
    key = draw.pick(("color", "colour"))
    name = prefix + draw.pick(("set_pen", "pen_color", "set_pen_color"))
    tool = Tool(name, draw.pick(("Set the pen color.", "")), (Arg(key, "string"),), frozenset(("pen",)))
    v = f"{{{key}}}"
    return ask(draw, tool, (f"set the pen to {v}", f"make the pen {v}", f"change the pen color to {v}",
                            f"use a {v} pen"),
               {key: draw.pick(("red", "green", "blue", "black", "white", "yellow"))})  # fmt: skip
