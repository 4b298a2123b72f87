import pytest

from tests.graphs.bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
