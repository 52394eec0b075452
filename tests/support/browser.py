"""A browser for the tests of the page: the system's Chromium, through Playwright, with no network to use."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ViewportSize

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browser(profile: Path, width: int = 1280, height: int = 900) -> "Iterator[BrowserContext]":
    """A browser with an empty profile. Skips the test where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("there is no Chromium")
    size: ViewportSize = {"width": width, "height": height}
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=path, headless=True, args=list(_FLAGS), viewport=size
        )
        try:
            yield opened
        finally:
            opened.close()
