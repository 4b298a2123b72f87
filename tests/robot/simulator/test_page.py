"""The web page: in a real browser, and against pages and people that it must not obey."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from robot.simulator.canvas import SIDE
from robot.simulator.guard_view import GuardView
from robot.simulator.page_server import PageServer
from robot.simulator.server import Simulator
from tests.robot.simulator.browser import open_browser
from tests.robot.simulator.client import Client, until

LONGEST_WAIT = 40


@pytest.fixture
async def page(simulator: Simulator) -> AsyncGenerator[PageServer]:
    server = PageServer(simulator)
    await server.start(0)
    yield server
    await server.stop()


async def ask(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(url, headers=headers)


async def test_the_page_is_one_file_that_asks_no_other_machine(page: PageServer):
    answer = await ask(page.url)
    assert answer.status_code == 200
    assert "{{nonce}}" not in answer.text
    assert "{{token}}" not in answer.text
    assert re.findall(r"""(?:src|href)=["'](?!data:)|@import|url\(""", answer.text) == []
    rules = answer.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "frame-ancestors 'none'" in rules


async def test_the_camera_picture_is_served(page: PageServer):
    answer = await ask(page.url + "camera.png?at=1")
    assert (answer.headers["content-type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert (await ask(page.url + "nothing")).status_code == 404


@pytest.mark.parametrize("host", ["robot.example", "robot.example:9080", "127.0.0.1", "127.0.0.1:1", "[::1]:80"])
async def test_a_foreign_name_for_this_machine_gets_nothing(page: PageServer, host: str):
    assert (await ask(page.url, Host=host)).status_code == 403


def live(page: PageServer, origin: str | None) -> Any:
    return connect(f"ws://127.0.0.1:{page.port}/live", origin=origin, proxy=None)  # type: ignore[arg-type] # any text


@pytest.mark.parametrize("origin", [None, "null", "http://robot.example", "http://127.0.0.1:1", "https://127.0.0.1"])
async def test_another_page_cannot_connect(page: PageServer, origin: str | None):
    with pytest.raises(InvalidStatus) as refused:
        async with live(page, origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_press_without_the_pages_token_stops_nothing(page: PageServer, simulator: Simulator):
    async with live(page, f"http://127.0.0.1:{page.port}") as socket:
        for press in ({"op": "stop"}, {"op": "stop", "token": "guessed"}, {"op": "stop", "token": 7}):
            await socket.send(json.dumps(press))
            assert "did not come from this page" in await said(socket)
        for noise in ("{", "[]", "7"):
            await socket.send(noise)
        await socket.send(json.dumps({"op": "stop", "token": ""}))
        await said(socket)
    assert simulator.world.halted is False


async def said(socket: Any) -> str:
    async with asyncio.timeout(5):
        while "said" not in (message := json.loads(await socket.recv())):
            pass
    return message["said"]


async def test_only_new_points_of_the_trail_are_sent(page: PageServer, client: Client, simulator: Simulator):
    async with live(page, f"http://127.0.0.1:{page.port}") as socket:
        first = json.loads(await socket.recv())["turtles"][0]["trail"]
        assert len(first["points"]) == 1
        await client.move(1.0)
        await until(lambda: simulator.world.turtles["turtle1"].x > SIDE / 2 + 0.3)
        total = 1
        async with asyncio.timeout(5):
            while total < len(simulator.world.turtles["turtle1"].trail.points):
                trail = json.loads(await socket.recv())["turtles"][0]["trail"]
                assert trail["start"] == total
                total += len(trail["points"])


async def test_a_guard_that_does_not_answer_leaves_the_button_working(simulator: Simulator, tmp_path: Path):
    guarded = PageServer(simulator, GuardView(tmp_path / "no-such-guard.json"))
    await guarded.start(0)
    try:
        assert "so the simulated robot was halted itself" in await guarded.press_stop()
    finally:
        await guarded.stop()
    assert simulator.world.halted


def wait(browser: Chrome, happened: Callable[[Chrome], object]) -> None:
    WebDriverWait(browser, LONGEST_WAIT, poll_frequency=0.1).until(happened)


def text_of(browser: Chrome, element: str) -> str:
    return browser.find_element(By.ID, element).text


PAINTED = """
const map = document.getElementById("map");
return Array.from(map.getContext("2d").getImageData(0, 0, map.width, map.height).data).join().length + map.toDataURL();
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_the_map_moves_and_the_button_stops_the_robot(
    page: PageServer, client: Client, simulator: Simulator, tmp_path: Path
):
    turtle = simulator.world.turtles["turtle1"]
    driving = asyncio.create_task(drive(client))

    def look(browser: Chrome) -> None:
        browser.get(page.url)
        wait(browser, lambda _: "turtle1" in text_of(browser, "poses"))
        before = browser.execute_script(PAINTED)
        wait(browser, lambda _: "0.50 m/s" in text_of(browser, "poses"))
        wait(browser, lambda _: browser.execute_script(PAINTED) != before)
        camera = "return document.getElementById('camera').naturalWidth"
        wait(browser, lambda _: browser.execute_script(camera) == 250)
        assert text_of(browser, "guard") == "no guard"
        browser.find_element(By.ID, "stop").click()
        wait(browser, lambda _: "The simulated robot is halted." in text_of(browser, "said"))
        wait(browser, lambda _: "halted" in text_of(browser, "poses"))
        assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []

    with open_browser(tmp_path / "profile") as browser:
        await asyncio.to_thread(look, browser)
        assert not driving.done(), "the robot has to be stopped while it is still told to move"
        stopped = (turtle.x, turtle.y, turtle.theta)
        await client.settle()
        assert (turtle.x, turtle.y, turtle.theta) == stopped
        await asyncio.to_thread(release, browser)
        await until(lambda: (turtle.x, turtle.y) != stopped[:2])
    driving.cancel()


def release(browser: Chrome) -> None:
    browser.find_element(By.ID, "release").click()
    wait(browser, lambda _: "takes commands again" in text_of(browser, "said"))


async def drive(client: Client) -> None:
    """Send velocities for as long as the test lasts, as a client does that heard of no stop."""
    while True:
        await client.move(0.5, 0.7)
        await asyncio.sleep(0.1)
