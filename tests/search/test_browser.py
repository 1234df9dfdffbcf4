"""The report and the dashboard in a real browser."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import optuna
import pytest
from browser import browsing, watched
from commands import toy
from playwright.sync_api import Browser, Page, expect

from xlt.search.report.human_ratings import ratings
from xlt.search.storage.database import open_dashboard_storage
from xlt.studies.study import load

pytestmark = pytest.mark.slow
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
STUDIES = ("league", "ner-multilingual")


def answered(runs: Path) -> dict[int, list[Sequence[float]]]:
    return ratings(runs, "league")


def shown(runs: Path, study: str) -> optuna.Study:
    """What the dashboard shows of a study."""
    return optuna.load_study(study_name=study, storage=open_dashboard_storage(runs))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A league and an NER study, both on toys."""
    folder = tmp_path_factory.mktemp("browser")
    small = ("--workers", "1", "--n-trials", "16")
    run(folder, *toy("build_noisy"), "--study", "league", *small)
    run(folder, *toy("build", "toy_ner"), "--study", "ner-multilingual", *small)
    return folder / "runs"


def run(folder: Path, *arguments: str) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOY_LOG": str(folder / "toy.log")}
    subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, check=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("study", STUDIES)
def test_the_report(runs: Path, browser: Browser, study: str, width: str, scheme: str) -> None:
    """Without a network all plots are drawn, no text is cut, and there are no errors."""
    wide, high = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": wide, "height": high},
        color_scheme="dark" if scheme == "dark" else "light",
        offline=True,
    )
    page = context.new_page()
    with watched(page):
        page.goto((runs / study / "report.html").as_uri())
        page.wait_for_function(
            "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.main-svg'))"
        )
    assert page.evaluate("document.documentElement.scrollWidth") <= wide
    assert page.locator(".plot").count() > 10
    assert not overflowing(page)
    page.locator("summary").first.press("Enter")
    expect(page.locator("details[open] table").first).to_be_visible()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    context.close()


def overflowing(page: Page) -> list[str]:
    """The texts of plots that lie outside them."""
    texts: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.plot')].flatMap((plot) => {
            const box = plot.getBoundingClientRect();
            return [...plot.querySelectorAll('.main-svg text')]
                .filter((text) => text.textContent && text.getClientRects().length)
                .filter((text) => {
                    const at = text.getBoundingClientRect();
                    return at.width && (at.left < box.left - 2 || at.right > box.right + 2
                        || at.top < box.top - 2 || at.bottom > box.bottom + 2);
                })
                .map((text) => `${text.textContent} in ${plot.getAttribute('aria-label')}`);
        })"""
    )
    return texts


def test_the_report_on_paper(runs: Path, browser: Browser) -> None:
    """Light, whatever the screen's scheme is."""
    context = browser.new_context(color_scheme="dark", offline=True)
    page = context.new_page()
    with watched(page):
        page.goto((runs / "league" / "report.html").as_uri())
        page.emulate_media(media="print", color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.scheme === 'light'")
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert len(page.pdf()) > 10_000
    context.close()


@pytest.mark.parametrize("width", [703, 725])
def test_nothing_is_wider_than_paper(runs: Path, browser: Browser, width: int) -> None:
    """The pixels between the margins of A4 and of Letter; the page was open on a wide screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    with watched(page):
        page.goto((runs / "league" / "report.html").as_uri())
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        page.set_viewport_size({"width": width, "height": 900})
        outside = page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter((element) =>
                element.checkVisibility() && element.getBoundingClientRect().right > innerWidth)
                .map((element) => element.outerHTML.slice(0, 100))"""
        )
        assert not outside
        assert not overflowing(page)
    page.close()


@contextmanager
def dashboard(runs: Path) -> Iterator[str]:
    """Run `xlt-search dashboard`. Yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from xlt.search.cli.app import main; main()"
    command = [sys.executable, "-c", program, "dashboard", "--port", str(port), "--runs", str(runs)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        address = line.removeprefix("dashboard: ").strip()
        assert address == f"http://127.0.0.1:{port}/dashboard"
        for _ in range(100):
            try:
                urlopen(address).close()
                break
            except URLError:
                time.sleep(0.1)
        yield address
        server.terminate()


@pytest.fixture(scope="module")
def address(runs: Path) -> Iterator[str]:
    with dashboard(runs) as url:
        yield url


def test_the_list_of_studies(browser: Browser, address: str) -> None:
    page = browser.new_page()
    with watched(page):
        page.goto(address)
        for name in (*STUDIES, "league (ratings)"):
            expect(page.get_by_text(re.compile(rf"^\d+\. {re.escape(name)}$"))).to_be_visible()
    page.close()


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_and_its_trials(browser: Browser, address: str, runs: Path, study: str) -> None:
    """The best configuration is in the space; its curve, samples and notes are shown."""
    number = shown(runs, study)._study_id
    best = shown(runs, study).best_trial
    assert best.system_attrs["configuration"] in load(study).space
    page = browser.new_page()
    with watched(page):
        page.goto(f"{address}/studies/{number}")
        expect(page.get_by_text(f"Best Trial (number={best.number})").first).to_be_visible()
        page.goto(f"{address}/studies/{number}/note")
        expect(page.get_by_role("link", name="The report").first).to_be_visible()
        link = page.get_by_role("link", name="The report").first.get_attribute("href")
        page.goto(f"{address}/studies/{number}/trials?numbers={best.number}")
        expect(page.get_by_text("learning-curve.svg").first).to_be_visible()
        expect(page.get_by_text("samples.csv").first).to_be_visible()
        picture = page.locator("img[src*=artifacts]").first
        assert picture.evaluate("(image) => image.complete && image.naturalWidth") > 100
    page.close()
    assert link is not None
    with urlopen(address.removesuffix("/dashboard") + link) as answer:
        assert b"xlt-search" in answer.read(100_000)


def test_plots_are_there(browser: Browser, address: str, runs: Path) -> None:
    number = shown(runs, "league")._study_id
    page = browser.new_page()
    with watched(page):
        page.goto(f"{address}/studies/{number}")
        plot = page.get_by_text(re.compile("Where the seconds went")).first
        expect(plot).to_be_visible(timeout=30_000)
    page.close()


def test_translations_are_rated(browser: Browser, address: str, runs: Path) -> None:
    """An answer in the dashboard is stored in the study of ratings."""
    from xlt.search.report.human_ratings import QUESTIONS

    ratings = answered(runs)
    assert not ratings
    page = browser.new_page()
    with watched(page):
        page.goto(address)
        page.get_by_text("league (ratings)").click()
        page.wait_for_url("**/studies/*")
        page.goto(f"{page.url}/trials?numbers=0")
        for question in QUESTIONS.values():
            expect(page.get_by_text(question).first).to_be_visible()
        for choice in page.get_by_label("all do").all():
            choice.check()
        page.get_by_role("button", name="Submit").click()
        expect(page.get_by_text(re.compile("^Complete$")).first).to_be_visible()
    page.close()
    (answers,) = answered(runs).values()
    assert answers == [[1.0, 1.0]]


def test_a_port_in_use(runs: Path) -> None:
    """It is an error with exit status 2."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        program = "from xlt.search.cli.app import main; main()"
        command = [sys.executable, "-c", program, "dashboard", "--port", port, "--runs", str(runs)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert f"--port {port}" in done.stderr
    assert "Traceback" not in done.stderr
