"""Predicted seconds, compared with simulated machines of known speed."""

import math
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.budget.cost_model import JOB_OVERHEAD_SECONDS, RuntimeModel
from xlt.search.execution.jobs import ObjectiveDescription
from xlt.search.pipeline.session import prior_runtime_model
from xlt.studies.study import load

LEAGUE = load("league")
RUNGS = LEAGUE.budget.rungs


def costs() -> RuntimeModel:
    return RuntimeModel(TASKS["translation"].cost, {}, RUNGS, "cpu")


def model(width: int, layers: int = 2) -> Configuration:
    return {**LEAGUE.space.baseline, "d_model": width, "num_layers": layers, "d_ff": 4 * width}


def taken(config: Configuration, step: int, speed: float, power: float = 0.0) -> dict[str, float]:
    """Seconds by part where a unit takes `speed` seconds, times a power of a step's work."""
    first = TASKS["translation"].cost.run_units(config, 0, 1, (), {})["stage_a"]
    scale = speed * first**power
    return {
        part: units * scale
        for part, units in TASKS["translation"].cost.run_units(config, 0, step, RUNGS, {}).items()
    }


def test_a_prediction_before_a_measurement_changes_nothing() -> None:
    """Predictions that were cached from the prior are dropped."""
    used, fresh = costs(), costs()
    used.predict_run(model(256), 0, 1100)
    for runtimes in (used, fresh):
        runtimes.observe("a", model(256), 40, taken(model(256), 40, 1e-9))
    assert used.predict_run(model(256), 0, 1100) == fresh.predict_run(model(256), 0, 1100)
    assert used.predict_test(model(256), 1100) == fresh.predict_test(model(256), 1100)


@given(speed=st.floats(1e-13, 1e-9))
def test_one_measurement_suffices_for_models_of_the_same_width(speed: float) -> None:
    """Within 2 %, however far the machine is from the prior."""
    runtimes = costs()
    runtimes.observe("a", model(256), 650, taken(model(256), 650, speed))
    predicted = runtimes.predict_run(model(256), 0, 1100) - JOB_OVERHEAD_SECONDS
    assert predicted == pytest.approx(sum(taken(model(256), 1100, speed).values()), rel=0.02)


@pytest.mark.parametrize(("begin", "part"), [(100, "stage_a"), (650, "stage_b")])
def test_training_without_scoring(begin: int, part: str) -> None:
    """Ten steps take ten steps' time, though scoring takes as long as many steps."""
    runtimes = costs()
    runtimes.observe("a", model(256), 1100, taken(model(256), 1100, 1e-11))
    steps = {end: taken(model(256), end, 1e-11)[part] for end in (begin, begin + 10)}
    predicted = runtimes.predict_training(model(256), begin, begin + 10) - JOB_OVERHEAD_SECONDS
    assert predicted == pytest.approx(steps[begin + 10] - steps[begin], rel=0.02)
    assert predicted < 0.9 * (
        runtimes.predict_run(model(256), begin, begin + 10) - JOB_OVERHEAD_SECONDS
    )


@given(power=st.floats(-0.5, 0.1))
def test_a_few_widths_predict_another(power: float) -> None:
    runtimes = costs()
    for width in (128, 192, 320, 448):
        config = model(width)
        runtimes.observe(str(width), config, 650, taken(config, 650, 1e-11, power))
    predicted = runtimes.predict_run(model(512), 0, 650) - JOB_OVERHEAD_SECONDS
    assert predicted == pytest.approx(sum(taken(model(512), 650, 1e-11, power).values()), rel=0.1)


def test_acquisition_cost() -> None:
    """The sum over rungs times their probability, less what is trained; measurements do not count."""
    runtimes = costs()
    before = runtimes.expected_seconds(model(256), 0, 0, RUNGS, 0.25)
    ways = [
        costs().predict_run(model(256), *way) - JOB_OVERHEAD_SECONDS
        for way in pairwise((0, *RUNGS))
    ]
    assert before - JOB_OVERHEAD_SECONDS == pytest.approx(ways[0] + ways[1] / 4 + ways[2] / 16)
    assert runtimes.expected_seconds(model(256), 600, 600, RUNGS, 0.25) < ways[2]
    # With scores known up to step 600 the last rung is reached for certain.
    late = runtimes.expected_seconds(model(256), 40, 600, RUNGS, 0.25)
    assert late - JOB_OVERHEAD_SECONDS == pytest.approx(ways[1] + ways[2])
    runtimes.observe("a", model(256), 650, taken(model(256), 650, 1e-9))
    assert runtimes.expected_seconds(model(256), 0, 0, RUNGS, 0.25) == before
    assert runtimes.expected_seconds(model(512), 0, 0, RUNGS, 0.25) > 2 * before


def test_parts_without_measurements_are_as_fast_as_the_others() -> None:
    """Stage B and decoding, after a measurement of Stage A ten times slower than the prior."""
    slow, prior = costs(), costs()
    config = model(128)
    seconds = taken(config, 40, 2e-10, -0.25)
    level = 2e-11 * 6.3e9**0.25
    scaled = {part: taken / 2e-10 * 10 * level for part, taken in seconds.items()}
    slow.observe("a", config, 40, scaled)
    ratio = (slow.predict_run(config, 600, 1100) - JOB_OVERHEAD_SECONDS) / (
        prior.predict_run(config, 600, 1100) - JOB_OVERHEAD_SECONDS
    )
    assert ratio == pytest.approx(10, rel=0.05)


@given(
    ends=st.tuples(st.integers(0, 1100), st.integers(0, 1100), st.integers(0, 1100)),
    width=st.sampled_from([128, 256, 512]),
)
def test_work_adds_up(ends: tuple[int, int, int], width: int) -> None:
    """The work of two halves of a run is that of the run; a rung between them counts once."""
    begin, middle, end = sorted(ends)

    def work(begin: int, end: int) -> Mapping[str, float]:
        rungs = (*RUNGS, middle) if begin < middle < end else RUNGS
        return TASKS["translation"].cost.run_units(model(width), begin, end, rungs, {})

    if begin < middle < end:
        whole, first, second = work(begin, end), work(begin, middle), work(middle, end)
        for part, units in whole.items():
            assert math.isclose(units, first[part] + second[part], rel_tol=1e-9)


def test_cost_of_tuning_methods_in_ner() -> None:
    """Full fine-tuning costs most, a frozen encoder least."""
    study = load("ner-zero-shot")
    work = TASKS["ner"].cost.run_units

    def a_run(**changes: object) -> float:
        config: Configuration = {**study.space.baseline_config, **changes}  # type: ignore[dict-item]
        return work(config, 0, 80, study.budget.rungs, study.settings)["fine-tuning"]

    full = a_run(tuning_method="full")
    assert a_run(tuning_method="head") < a_run(tuning_method="lora") < full
    assert a_run(tuning_method="partial", frozen_layer_fraction=0.5) < full


def of_data(**sentences: int) -> RuntimeModel:
    """The zero-shot study's model for a folder with so many sentences per language and split."""
    parts = {
        f"{language}/{split}": number
        for language, number in sentences.items()
        for split in ("validation", "test")
    }
    data = {"settings": {"encoder": "tiny"}, "sentences": {"de/train": 12_580, **parts}}
    return prior_runtime_model(
        ZERO_SHOT, ObjectiveDescription(800, {"fine-tuning": 800}, {"device": "cpu"}, data)
    )


ZERO_SHOT = load("ner-zero-shot")
NER_CONFIG = ZERO_SHOT.space.baseline


def test_time_of_a_test_follows_the_number_of_sentences() -> None:
    """A corpus may have other languages and sizes than PAN-X, with four times 10,000 sentences."""

    def test(**sentences: int) -> float:
        return of_data(**sentences).predict_test(NER_CONFIG, 800) - JOB_OVERHEAD_SECONDS

    four = test(de=10_000, fr=10_000, it=10_000, en=10_000)
    many = test(**{f"l{i}": 10_000 for i in range(15)}, de=10_000)
    assert many == pytest.approx(4 * four)
    assert test(de=500, nl=300) == pytest.approx(four * 800 / 40_000)


def test_time_of_scoring_follows_the_size_of_validation_sets() -> None:
    """Rungs score the selection languages, the end scores all languages."""

    def scoring(end: int, **sentences: int) -> float:
        runtimes = of_data(**sentences)
        seconds = runtimes.predict_run(NER_CONFIG, end - 1, end)
        return seconds - runtimes.predict_training(NER_CONFIG, end - 1, end)

    assert scoring(80, de=2_000, nl=500) == pytest.approx(2 * scoring(80, de=1_000, nl=500))
    assert scoring(80, de=1_000, nl=500) == pytest.approx(scoring(80, de=1_000))
    assert scoring(800, de=1_000, nl=500) == pytest.approx(scoring(800, de=1_000) * 2_500 / 2_000)


def test_unknown_data_are_assumed_to_be_pan_x() -> None:
    """For `xlt-search show`. Numbers of sentences that the study sets count."""
    work = TASKS["ner"].cost.test_units
    panx = {f"{language}/test": 10_000 for language in ("de", "fr", "it", "en")}
    known = work(NER_CONFIG, 800, {**ZERO_SHOT.settings, "sentences": panx})
    assert work(NER_CONFIG, 800, ZERO_SHOT.settings) == known
    few = work(NER_CONFIG, 800, {**ZERO_SHOT.settings, "test": 1_000})["scoring"]
    assert few == pytest.approx(known["scoring"] / 10)


def test_whole_validation_sets() -> None:
    """`settings.validation = 0` takes all sentences."""
    work = TASKS["ner"].cost.run_units

    def scoring(validation: int) -> float:
        settings = {**ZERO_SHOT.settings, "validation": validation}
        return work(NER_CONFIG, 0, 80, (), settings)["scoring"]

    assert scoring(0) == pytest.approx(10 * scoring(1_000))


def test_training_is_predicted_from_training() -> None:
    """Stage B has no measurement yet. That scoring is slow says nothing about it."""
    runtimes = costs()
    seconds = taken(model(256), 100, 1e-11)
    runtimes.observe("a", model(256), 100, {**seconds, "scoring": 5 * seconds["scoring"]})
    whole, before = (taken(model(256), step, 1e-11)["stage_b"] for step in (1000, 700))
    predicted = runtimes.predict_training(model(256), 700, 1000) - JOB_OVERHEAD_SECONDS
    assert predicted == pytest.approx(whole - before, rel=0.02)
