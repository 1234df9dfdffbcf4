"""The page itself: one HTML file that needs nothing beside it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from xlt.search.report.compared import compared
from xlt.search.report.cost import cost
from xlt.search.report.course import course
from xlt.search.report.drawing import DARK
from xlt.search.report.examples import examples
from xlt.search.report.facts import Facts, read
from xlt.search.report.outcome import Outcome, outcome
from xlt.search.report.parameters import parameters
from xlt.search.report.parts import Part, Picture
from xlt.search.report.strategies import strategies
from xlt.search.report.trust import trust
from xlt.search.results import export
from xlt.search.results.trials_csv import TRIALS_FILE
from xlt.search.storage.store import Store
from xlt.spaces.errors import InputError


@dataclass(frozen=True)
class Chapter:
    """One study of a page."""

    outcome: Outcome
    parts: Sequence[Part]


def write(stores: Sequence[Store], runs: Path, path: Path) -> None:
    """Write the report on some studies.

    Raises:
        InputError: a study has no scored configuration, or the file cannot be written.
    """
    found = [read(store) for store in stores]
    for facts in found:
        if facts.winner is None:
            raise InputError(
                f"the study {facts.name!r} has no scored configuration: there is nothing to report; "
                f"{TRIALS_FILE} says how its trials ended"
            )
    chapters = [Chapter(outcome(facts), list(parts(facts))) for facts in found]
    together: list[Part] = list(compared(found)) if len(found) > 1 else []
    if any(facts.study.task == "ner" for facts in found):
        together += strategies(runs)
    export.write_file(html(chapters, together), path)


def parts(facts: Facts) -> Sequence[Part]:
    """All there is to tell of one study, in order."""
    return [
        *trust(facts),
        *course(facts),
        *parameters(facts),
        *cost(facts),
        *examples(facts),
    ]


def html(chapters: Sequence[Chapter], together: Sequence[Part]) -> str:
    here = files("xlt.search.report")
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(lambda name: (here / name).read_text(encoding="utf-8")),
    )
    environment.filters["figure"] = _figure
    return environment.get_template("page.html.jinja").render(
        chapters=chapters,
        together=together,
        title=" and ".join(chapter.outcome.name for chapter in chapters),
        style=Markup((here / "page.css").read_text(encoding="utf-8")),
        script=Markup((here / "page.js").read_text(encoding="utf-8")),
        plotly=Markup(get_plotlyjs()),
        dark=_plain(DARK),
    )


def _figure(picture: Picture) -> Markup:
    return _harmless(picture.figure.to_json())


def _plain(data: object) -> Markup:
    return _harmless(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _harmless(text: str) -> Markup:
    """JSON that no HTML parser takes for the end of its element."""
    return Markup(text.replace("<", "\\u003c"))
