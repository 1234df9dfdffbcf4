"""The page: one self-contained HTML file about one or several studies."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from pkgutil import iter_modules

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from xlt.search.report import sections
from xlt.search.report.facts import Facts, read
from xlt.search.report.outcome import Outcome, outcome
from xlt.search.report.section import DARK, PAGE_SECTIONS, STUDY_SECTIONS, Figure, Section
from xlt.search.results import export
from xlt.search.results.trials_csv import TRIALS_FILE
from xlt.search.storage.store import Store
from xlt.search.tables import format_latex
from xlt.spaces.errors import InputError

# Modules register their sections when they are imported.
for _module in iter_modules(sections.__path__, f"{sections.__name__}."):
    import_module(_module.name)


@dataclass(frozen=True)
class Chapter:
    """One study of a page."""

    outcome: Outcome
    sections: Sequence[Section]


def write(stores: Sequence[Store], runs: Path, path: Path) -> None:
    """Write the report about some studies, and its tables for LaTeX beside it.

    Args:
        stores: The studies.
        runs: The folder of runs. The comparison of the NER strategies is read from there.
        path: The HTML file to write.

    Raises:
        InputError: A study has no scored configuration, the comparison's files were changed, or the
            file cannot be written.
    """
    studies = [read(store, runs) for store in stores]
    for facts in studies:
        if facts.winner is None:
            raise InputError(
                f"the study {facts.name!r} has no scored configuration: there is nothing to "
                f"report; {TRIALS_FILE} says how its trials ended"
            )
    chapters = [Chapter(outcome(facts), list(study_sections(facts))) for facts in studies]
    together = [section for build in PAGE_SECTIONS for section in build(studies, runs)]
    export.write_file(html(chapters, together), path)
    built = [section for chapter in chapters for section in chapter.sections] + together
    tables = [format_latex(table) for section in built for table in section.tables]
    text = "\n\n".join([r"% Needs \usepackage{booktabs,longtable}", *tables])
    export.write_file(text, path.with_suffix(".tex"))


def study_sections(facts: Facts) -> Iterator[Section]:
    """All sections of one study, in the order of the page."""
    for build in STUDY_SECTIONS:
        yield from build(facts)


def html(chapters: Sequence[Chapter], together: Sequence[Section]) -> str:
    """The page as HTML.

    Args:
        chapters: Studies.
        together: Sections that come after all studies.
    """
    folder = files("xlt.search.report")
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
    )
    environment.filters["json"] = _plot_json
    return environment.get_template("page.html.jinja").render(
        chapters=chapters,
        together=together,
        title=" and ".join(chapter.outcome.name for chapter in chapters),
        style=Markup((folder / "page.css").read_text(encoding="utf-8")),
        script=Markup((folder / "page.js").read_text(encoding="utf-8")),
        plotly=Markup(get_plotlyjs()),
        dark=_escaped(json.dumps(DARK, ensure_ascii=False, separators=(",", ":"))),
    )


def _plot_json(figure: Figure) -> Markup:
    return _escaped(figure.plot.to_json())


def _escaped(text: str) -> Markup:
    """JSON in which no HTML parser sees the end of the script element."""
    return Markup(text.replace("<", "\\u003c"))
