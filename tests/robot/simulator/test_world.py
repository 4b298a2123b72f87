"""The world without a network, on a clock of the test's own."""

import io
import math
from typing import Any

import pytest
from PIL import Image

from robot.simulator.camera import picture, png
from robot.simulator.canvas import PIXELS, SIDE, Pen
from robot.simulator.parameters import Parameters, turtlesim_parameters
from robot.simulator.turtle import ABORTED, CANCELED, STEP, SUCCEEDED, Rotation, Turtle, Velocity
from robot.simulator.world import World


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def parameters() -> Parameters:
    return Parameters(turtlesim_parameters())


@pytest.fixture
def world(said: list[str], parameters: Parameters) -> World:
    return World(parameters, now=0.0, log=lambda _, text: said.append(text))


def turtle_of(world: World) -> Turtle:
    return world.turtles["turtle1"]


def test_it_begins_with_one_turtle_in_the_middle_looking_along_x(world: World):
    turtle = turtle_of(world)
    assert (turtle.x, turtle.y, turtle.theta) == (5.5444445, 5.5444445, 0.0)


def test_a_velocity_moves_it_that_far(world: World):
    world.command("turtle1", Velocity(0.5))
    world.advance(0.8)
    assert turtle_of(world).x == pytest.approx(SIDE / 2 + 0.4, abs=STEP)


def test_a_velocity_expires_one_second_after_the_last_command(world: World):
    world.command("turtle1", Velocity(1.0))
    world.advance(5.0)
    assert turtle_of(world).x == pytest.approx(SIDE / 2 + 1.0, abs=2 * STEP)
    assert turtle_of(world).velocity == Velocity()


def test_a_stream_of_commands_keeps_it_going(world: World):
    for tenth in range(30):
        world.advance(tenth / 10)
        world.command("turtle1", Velocity(1.0))
    assert turtle_of(world).x == pytest.approx(SIDE / 2 + 2.9, abs=2 * STEP)


def test_it_turns_left_and_drives_a_curve(world: World):
    world.command("turtle1", Velocity(math.pi / 2, turn=math.pi))
    world.advance(1.0)
    turtle = turtle_of(world)
    assert abs(turtle.theta) == pytest.approx(math.pi, abs=0.1)
    assert turtle.y - SIDE / 2 == pytest.approx(1.0, abs=0.05)
    assert turtle.x == pytest.approx(SIDE / 2, abs=0.05)


def test_sideways_counts_only_for_a_holonomic_robot(world: World, parameters: Parameters):
    world.command("turtle1", Velocity(left=1.0))
    world.advance(0.5)
    assert turtle_of(world).y == SIDE / 2
    parameters.set("/turtlesim", "holonomic", True)
    world.advance(1.0)
    assert turtle_of(world).y > SIDE / 2 + 0.4


def test_a_wall_stops_it_and_is_counted_once(world: World, said: list[str]):
    world.command("turtle1", Velocity(1e9))
    world.advance(0.5)
    turtle = turtle_of(world)
    assert (turtle.x, turtle.y, turtle.wall_hits) == (SIDE, SIDE / 2, 1)
    assert any(text.startswith("Oh no! I hit the wall!") for text in said)
    world.command("turtle1", Velocity(-0.5))
    world.advance(0.7)
    world.command("turtle1", Velocity(0.5))
    world.advance(1.5)
    assert turtle.wall_hits == 2


@pytest.mark.parametrize("speed", [math.nan, math.inf, -math.inf])
def test_what_is_no_speed_changes_nothing(world: World, speed: float):
    world.command("turtle1", Velocity(speed))
    world.advance(1.0)
    assert turtle_of(world).x == SIDE / 2


def test_a_long_gap_does_not_take_long_to_make_up(world: World):
    world.advance(1e9)
    assert world.time == pytest.approx(1e9, abs=STEP)


def rotation(theta: float, ended: list[Any], heard: list[float] | None = None) -> Rotation:
    feedback = [] if heard is None else heard
    return Rotation(theta, feedback.append, lambda status, delta: ended.append((status, delta)))


def test_a_goal_turns_it_at_one_radian_a_second_and_tells_how_far_it_is(world: World):
    ended: list[Any] = []
    heard: list[float] = []
    assert world.rotate("turtle1", rotation(1.0, ended, heard))
    world.advance(0.5)
    assert (turtle_of(world).theta, ended) == (pytest.approx(0.5, abs=0.02), [])
    world.advance(2.0)
    assert ended == [(SUCCEEDED, pytest.approx(-1.0, abs=0.03))]
    assert heard[0] == pytest.approx(1.0)
    assert heard == sorted(heard, reverse=True)


def test_a_goal_takes_the_shorter_way(world: World):
    world.rotate("turtle1", rotation(-3.0, []))
    world.advance(0.5)
    assert turtle_of(world).theta < 0


def test_a_second_goal_aborts_the_first(world: World):
    first: list[Any] = []
    second: list[Any] = []
    world.rotate("turtle1", rotation(2.0, first))
    world.advance(0.2)
    world.rotate("turtle1", rotation(0.0, second))
    assert [status for status, _ in first] == [ABORTED]
    world.advance(3.0)
    assert [status for status, _ in second] == [SUCCEEDED]


@pytest.mark.parametrize("end", ["kill", "reset", "halt"])
def test_whatever_ends_the_turtle_ends_its_goal(world: World, end: str):
    ended: list[Any] = []
    world.rotate("turtle1", rotation(2.0, ended))
    {"kill": lambda: world.kill("turtle1"), "reset": world.reset, "halt": world.halt}[end]()
    assert [status for status, _ in ended] == [CANCELED]


def test_a_halt_stops_it_and_keeps_it_stopped_until_released(world: World):
    world.command("turtle1", Velocity(1.0))
    world.advance(0.2)
    world.halt()
    stopped = turtle_of(world).x
    world.command("turtle1", Velocity(1.0))
    assert not world.rotate("turtle1", rotation(1.0, []))
    world.advance(1.0)
    assert turtle_of(world).x == stopped
    world.release()
    world.command("turtle1", Velocity(1.0))
    world.advance(1.5)
    assert turtle_of(world).x > stopped


def test_turtles_are_named_in_turn_and_a_taken_name_is_refused(world: World, said: list[str]):
    assert world.spawn("", 1, 1, 0) == "turtle2"
    assert world.spawn("leo", 1, 1, 0) == "leo"
    assert world.spawn("leo", 1, 1, 0) == ""
    assert "A turtle named [leo] already exists" in said
    world.kill("nobody")
    assert "Tried to kill turtle [nobody], which does not exist" in said


def test_a_teleport_out_of_the_world_ends_at_its_edge(world: World):
    world.teleport(turtle_of(world), 50.0, -3.0, 7.0)
    world.advance(STEP * 2)
    turtle = turtle_of(world)
    assert (turtle.x, turtle.y) == (SIDE, 0.0)
    assert turtle.theta == pytest.approx(7.0 - 2 * math.pi)


def test_the_pen_paints_what_the_turtle_then_stands_on(world: World):
    turtle = turtle_of(world)
    assert world.canvas.colour_at(turtle.x, turtle.y) is None
    turtle.set_pen(Pen((255, 0, 0), 5))
    world.command("turtle1", Velocity(1.0))
    world.advance(0.5)
    assert world.canvas.colour_at(turtle.x, turtle.y) == (255, 0, 0)
    turtle.set_pen(Pen(on=False))
    world.advance(0.9)
    assert world.canvas.colour_at(turtle.x, turtle.y) is None
    world.clear()
    assert world.canvas.painted == {}


def test_the_trail_is_numbered_so_that_a_map_can_go_on_drawing(world: World):
    trail = turtle_of(world).trail
    world.command("turtle1", Velocity(1.0))
    world.advance(0.5)
    seen = len(trail.points)
    world.advance(0.9)
    new = trail.since(seen)
    assert 0 < len(new) < len(trail.points)
    assert new[-1] is trail.points[-1]
    world.clear()
    assert trail.first >= seen
    assert len(trail.since(0)) == 1


def test_the_camera_sees_background_line_and_robot(world: World, parameters: Parameters):
    world.command("turtle1", Velocity(2.0))
    world.advance(0.9)
    parameters.set("/turtlesim", "background_r", 10)
    image = picture(world)
    seen = {image[start : start + 3] for start in range(0, len(image), 3)}
    assert {bytes((10, 86, 255)), bytes(Pen().colour), bytes((200, 30, 30))} <= seen
    assert png(image).startswith(b"\x89PNG")
    assert len(image) == PIXELS * PIXELS * 3


def test_the_picture_is_a_png_that_an_image_library_reads(world: World):
    world.turtles["turtle1"].x = SIDE
    read = Image.open(io.BytesIO(png(picture(world)))).convert("RGB")
    assert read.size == (PIXELS, PIXELS)
    assert read.tobytes() == picture(world)
