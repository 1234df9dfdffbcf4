"""The result of a study, for Python programs and notebooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import optuna

from xlt.objectives.objective import Value
from xlt.search.evidence.record import ProofRecord
from xlt.search.report import facts
from xlt.search.report.outcome import Outcome, outcome
from xlt.search.results import export
from xlt.search.results.export import REPORT, Export
from xlt.search.results.notebook import as_notebook
from xlt.search.results.trials_csv import training_rows
from xlt.search.storage.studies import load_store

if TYPE_CHECKING:
    import pandas

REPORT_HEIGHT = 800  # pixels, in a notebook


@dataclass(frozen=True)
class HtmlPage:
    """A page that a notebook shows in a frame."""

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {REPORT_HEIGHT}px; border: 1px solid #d0d7de"
        return f'<iframe style="{style}" srcdoc="{escape(self.html)}"></iframe>'


@dataclass(frozen=True)
class StudyResult:
    """A study as it is stored. A notebook shows it as a table.

    Attributes:
        name: The name under which it is stored.
        runs: The folder of all studies.
        storage: The URL of the database; None: the file in `runs`.
    """

    name: str
    runs: Path
    storage: str | None = None

    @property
    def folder(self) -> Path:
        """The folder of `best.toml`, the report and the model."""
        return self.runs / self.name

    @property
    def export(self) -> Export:
        """What `best.toml` holds: configuration, scores, data, versions.

        Raises:
            InputError: Nothing has been scored yet.
        """
        return export.build_export(load_store(self.storage, self.runs, self.name))

    @property
    def best(self) -> Mapping[str, Value]:
        """The configuration of the winner."""
        return self.export.configuration

    @property
    def test_score(self) -> float | None:
        """The score on the test set; None before the final run."""
        return self.export.test.score if self.export.test else None

    @property
    def proof(self) -> ProofRecord | None:
        """The comparison with the baseline on new seeds; None if there is none."""
        return self.export.proof

    @property
    def optuna_study(self) -> optuna.Study:
        """The study of Optuna, with all trials."""
        return load_store(self.storage, self.runs, self.name).study

    def notebook_code(self) -> str:
        """The winner as Python code for a notebook, as `xlt-search export --format notebook`."""
        return as_notebook(self.export)

    def to_frame(self) -> "pandas.DataFrame":
        """A row for each training, as in `trials.csv`."""
        import pandas  # optional

        return pandas.DataFrame(training_rows(load_store(self.storage, self.runs, self.name)))

    def report(self) -> HtmlPage:
        """The report, to be shown in a notebook.

        Raises:
            FileNotFoundError: It was not written.
        """
        return HtmlPage((self.folder / REPORT).read_text(encoding="utf-8"))

    @property
    def _outcome(self) -> Outcome:
        return outcome(facts.read(load_store(self.storage, self.runs, self.name), self.runs))

    def __str__(self) -> str:
        return f"{self.name}: {self._outcome.headline}"

    def _repr_html_(self) -> str:
        shown = self._outcome
        scores = {"baseline": shown.baseline, "winner": shown.winner, "gain": shown.difference}
        if shown.test:
            scores["test"] = shown.test
        rows = "".join(
            f"<tr><th>{label}</th><td>{escape(stat.text)}</td><td>{escape(stat.note)}</td></tr>"
            for label, stat in scores.items()
        )
        values = "".join(
            f"<tr><th>{escape(row.name)}</th><td>{escape(row.baseline)}</td>"
            f"<td>{'<b>' * row.changed}{escape(row.winner)}{'</b>' * row.changed}</td></tr>"
            for row in shown.parameters
        )
        return (
            f"<p><b>{escape(f'{self.name}: {shown.headline}')}</b></p><table>{rows}</table>"
            f"<table><tr><th></th><th>baseline</th><th>winner</th></tr>{values}</table>"
        )
