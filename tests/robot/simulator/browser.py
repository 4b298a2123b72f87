"""Debian's Chromium without a window, driven through its own driver; nothing of a person's profile is touched."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions, ChromeService

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1120,880",
    "--force-color-profile=srgb",
)


@contextmanager
def open_browser(profile: Path, *flags: str) -> Generator[Chrome]:
    """A browser with a new, empty profile."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium, "install the Debian package chromium"
    assert driver, "install the Debian package chromium-driver"
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={profile}", *flags):
        options.add_argument(flag)
    browser = Chrome(options=options, service=ChromeService(driver))
    try:
        browser.set_page_load_timeout(60)
        yield browser
    finally:
        browser.quit()
