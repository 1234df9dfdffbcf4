"""A search from Python, and its result for programs and notebooks."""

import threading
from pathlib import Path

import pytest
import toy_objective

from xlt.search import StudyResult, events, load_result, run_study
from xlt.search.results.export import read_export
from xlt.spaces.errors import InputError


@pytest.fixture
def result(tmp_path: Path, toy_log: Path) -> StudyResult:
    """A finished search of the toy objective."""
    return run_study(
        "league",
        data="toy",
        n_trials=3,
        overrides=["proof.seeds=2"],
        runs=tmp_path / "runs",
        workers=1,
        on_event=lambda _: None,
        objective_factory=toy_objective.build,
    )


def test_the_result_is_that_of_best_toml(result: StudyResult, tmp_path: Path) -> None:
    export = read_export(tmp_path / "runs/league/best.toml")
    assert result.best == export.configuration
    assert export.test
    assert result.test_score == export.test.score
    assert result.proof == export.proof
    assert export.made.command == (
        "xlt-search --study league --set proof.seeds=2 --set search.n_trials=3 "
        "--set 'data.source=\"toy\"'"
    )
    assert len(result.optuna_study.trials) >= 3
    assert "MODEL_HP" in result.notebook_code()
    again = load_result("league", runs=tmp_path / "runs")
    assert again == result
    assert again.best == result.best


def test_the_frame_has_the_rows_of_the_file(result: StudyResult) -> None:
    pandas = pytest.importorskip("pandas")
    written = pandas.read_csv(result.folder / "trials.csv")
    frame = result.to_frame()
    assert list(frame.columns) == list(written.columns)
    assert frame["score"].tolist() == written["score"].tolist()
    assert (frame["kind"] == "final").sum() == 1


def test_a_notebook_shows_a_table_and_the_report(result: StudyResult) -> None:
    """As HTML. The report is in a frame of its own, so that it changes nothing else."""
    table = result._repr_html_()
    assert str(result) in table.replace("&gt;", ">")
    assert f"{result.test_score:.2f}" in table
    assert "learning_rate" in table
    page = result.report()._repr_html_()
    assert page.startswith("<iframe")
    assert page.count("<") == 2  # the rest is escaped


def test_events_go_to_the_callback(tmp_path: Path, toy_log: Path) -> None:
    """Also in a thread, as a server would call it. The same call goes on."""
    seen: list[events.Event] = []

    def search() -> None:
        run_study(
            "league",
            data="toy",
            n_trials=2,
            with_final=False,
            runs=tmp_path / "runs",
            study_name="mine",
            workers=1,
            on_event=seen.append,
            objective_factory=toy_objective.build,
        )

    for tried in (0, 2):
        thread = threading.Thread(target=search)
        thread.start()
        thread.join()
        (opened,) = [event for event in seen if isinstance(event, events.StudyOpened)]
        assert (opened.study, opened.tried) == ("mine", tried)
        seen.clear()


def test_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'no option worker; did you mean "workers"\?; expected'):
        run_study("league", worker=2, runs=tmp_path)
    for options, expected in (
        ({"precision": "int8"}, "--precision int8: expected one of auto"),
        ({"engine": "lcal"}, '--engine lcal: .*did you mean "local"'),
        ({"workers": 0}, "--workers 0: expected a whole number"),
    ):
        with pytest.raises(InputError, match=expected):
            run_study("league", runs=tmp_path, **options)
    with pytest.raises(InputError, match="--time-budget soon"):
        run_study("league", time_budget="soon", runs=tmp_path)
    with pytest.raises(InputError, match="no study"):
        load_result("league", runs=tmp_path)
