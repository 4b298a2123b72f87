"""The drawing of moments."""

from tests.crash.moments import PHASES, draw


def test_the_moments_of_a_seed_are_always_the_same_and_lie_in_all_phases() -> None:
    assert draw(7, 20) == draw(7, 20) != draw(8, 20)
    assert [moment.phase for moment in draw(7, 20)] == [*PHASES] * 5
