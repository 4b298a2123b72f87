import math

import pytest

from robot.tools.poses import Pose
from robot.tools.steering import METRES, RADIANS, Straight, Turn, remaining, speed_for

HERE = Pose(1.0, 2.0, math.pi / 2)


def test_a_straight_way_is_measured_along_the_heading_of_its_start():
    goal = Straight(HERE, 1.0)
    assert goal.done(Pose(1.0, 2.5, math.pi / 2)) == pytest.approx(0.5)
    assert goal.done(Pose(9.0, 2.0, 0.0)) == pytest.approx(0.0)
    assert goal.done(Pose(1.0, 1.5, math.pi / 2)) == pytest.approx(-0.5)


def test_a_turn_adds_up_over_the_seam_and_beyond_a_whole_round():
    goal = Turn(Pose(0, 0, 3.0), math.radians(720))
    for step in range(1, 26):
        done = goal.done(Pose(0, 0, math.remainder(3.0 + 0.5 * step, 2 * math.pi)))
    assert done == pytest.approx(12.5)


@pytest.mark.parametrize(
    ("asked", "done", "left"), [(1.0, 0.4, 0.6), (-1.0, -0.4, 0.6), (-1.0, 0.1, 1.1), (1, 1.2, -0.2)]
)
def test_what_is_left_is_counted_in_the_direction_that_was_asked(asked: float, done: float, left: float):
    assert remaining(Straight(HERE, asked), done) == pytest.approx(left)


def test_the_speed_falls_towards_the_goal_and_never_below_a_crawl_or_above_the_top():
    speeds = [speed_for(left, top=0.5, braking=1.0, unit=METRES) for left in (5.0, 0.1, 0.05, 0.01, 0.0, -1.0)]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[0] == 0.5
    assert speeds[-1] == METRES.slowest
    assert speed_for(9.0, top=0.01, braking=1.0, unit=RADIANS) == 0.01


@pytest.mark.parametrize("left", [0.3, 0.1, 0.03])
def test_from_the_speed_given_the_robot_can_still_stop_in_time(left: float):
    speed = speed_for(left, top=9.0, braking=0.8, unit=METRES)
    assert speed**2 / (2 * 0.8) <= left + 1e-9
