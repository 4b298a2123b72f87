"""The page in front of a real guard: it shows what the guard says, and its button is the guard's."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from websockets.asyncio.client import connect

from robot.guard.guard import Guard, GuardOptions, open_guard
from robot.simulator.guard_view import GuardView
from robot.simulator.page_server import PageServer
from tests.robot.simulated import Simulated, eventually, simulated
from tests.robot.simulator.browser import open_browser
from tests.robot.simulator.client import Client
from tests.robot.simulator.test_page import drive, text_of, wait


@pytest.fixture
async def robot(tmp_path: Path) -> AsyncGenerator[Simulated]:
    async with simulated(tmp_path) as running:
        yield running


@pytest.fixture
async def guard(robot: Simulated, tmp_path: Path) -> AsyncGenerator[Guard]:
    async with open_guard(robot.profile, GuardOptions(tmp_path / "guard")) as running:
        await eventually(lambda: running.connected)
        yield running


async def test_the_button_presses_the_guards_e_stop_and_leaves_the_robot_itself_alone(robot: Simulated, guard: Guard):
    page = PageServer(robot.simulator, GuardView(guard.endpoint_path))
    assert "The guard's E-stop is latched." in await page.press_stop()
    assert guard.status()["state"] == "estop"
    assert guard.status()["reason"] == "pressed on the simulator's web page"
    assert robot.simulator.world.halted is False


@pytest.mark.slow
async def test_a_guard_that_comes_late_and_one_that_ends_are_noticed(robot: Simulated, tmp_path: Path):
    folder = tmp_path / "guard"
    view = GuardView(folder / "turtlesim.json")
    following = asyncio.create_task(view.follow())
    try:
        await eventually(lambda: "no guard is running" in view.problem)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(open_guard(robot.profile, GuardOptions(folder)))
            await eventually(lambda: view.status is not None and view.status["state"] == "released")
        await eventually(lambda: view.status is None)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_press_in_the_browser_stops_a_robot_that_is_driven_through_the_guard(
    robot: Simulated, guard: Guard, tmp_path: Path
):
    page = PageServer(robot.simulator, GuardView(guard.endpoint_path))
    await page.start(0)

    def look(browser: Chrome) -> None:
        browser.get(page.url)
        wait(browser, lambda _: "lets commands through" in text_of(browser, "guard"))
        wait(browser, lambda _: "0.50 m/s" in text_of(browser, "poses"))
        browser.find_element(By.ID, "stop").click()
        wait(browser, lambda _: "The guard's E-stop is latched." in text_of(browser, "said"))
        wait(browser, lambda _: "E-stop is latched" in text_of(browser, "guard"))

    async with connect(guard.endpoint.rosbridge_url, proxy=None) as socket:
        driving = asyncio.create_task(drive(Client(socket)))
        try:
            with open_browser(tmp_path / "profile") as browser:
                await asyncio.to_thread(look, browser)
            assert not driving.done(), "the client goes on sending"
            await robot.still()
            assert guard.status()["state"] == "estop"
        finally:
            driving.cancel()
            await page.stop()
