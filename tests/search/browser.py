"""A browser for tests: Chromium without a screen, driven by Playwright."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Its program, installed from Debian's packages where it is missing and we may; else a skip."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip("no Chromium here; install the package chromium")
    command = ["apt-get", "install", "--yes", "--quiet", "chromium"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    found = shutil.which("chromium")
    if found is None:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
        pytest.skip(f"Chromium could not be installed: {' '.join(reason)}")
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # In a container there are no namespaces for its own sandbox.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium(), args=options)
        yield browser
        browser.close()


@contextmanager
def watched(page: Page) -> Iterator[None]:
    """What goes wrong on a page in between is an error."""
    wrong: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield
    assert not wrong
