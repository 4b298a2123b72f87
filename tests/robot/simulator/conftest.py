"""A simulated robot, and a client of it."""

from collections.abc import AsyncGenerator

import pytest

from robot.simulator.server import Simulator, SimulatorOptions
from tests.robot.simulator.client import Client, client_of


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with Simulator(SimulatorOptions(port=0)) as running:
        yield running


@pytest.fixture
async def client(simulator: Simulator) -> AsyncGenerator[Client]:
    async with client_of(simulator) as connected:
        yield connected
