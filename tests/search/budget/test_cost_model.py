"""Seconds of runs, against machines whose speed is known."""

import math
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.budget.cost_model import JOB_OVERHEAD_SECONDS, RuntimeModel
from xlt.search.execution.jobs import ObjectiveInfo
from xlt.search.pipeline.session import prior_runtime_model
from xlt.studies.study import load

LEAGUE = load("league")
RUNGS = LEAGUE.budget.rungs


def costs() -> RuntimeModel:
    return RuntimeModel(TASKS["translation"].cost, {}, RUNGS, "cpu")


def model(width: int, layers: int = 2) -> Configuration:
    return {**LEAGUE.space.baseline, "d_model": width, "num_layers": layers, "d_ff": 4 * width}


def taken(config: Configuration, step: int, speed: float, power: float = 0.0) -> dict[str, float]:
    """On a machine that does a unit of work in `speed` seconds, wide models differently."""
    first = TASKS["translation"].cost.run_units(config, 0, 1, (), {})["stage_a"]
    scale = speed * first**power
    return {
        part: units * scale
        for part, units in TASKS["translation"].cost.run_units(config, 0, step, RUNGS, {}).items()
    }


def test_what_was_not_run_yet_is_thought_as_slow_as_what_was() -> None:
    """Also if somebody asked before anything was run: nothing of the guess is kept."""
    asked, fresh = costs(), costs()
    asked.predict_run(model(256), 0, 1100)
    for known in (asked, fresh):
        known.observe("a", model(256), 40, taken(model(256), 40, 1e-9))
    assert asked.predict_run(model(256), 0, 1100) == fresh.predict_run(model(256), 0, 1100)
    assert asked.predict_test(model(256), 1100) == fresh.predict_test(model(256), 1100)


@given(speed=st.floats(1e-13, 1e-9))
def test_one_run_tells_the_speed(speed: float) -> None:
    """Of another run as wide, within 2 %, however far from the first guess the machine is."""
    known = costs()
    known.observe("a", model(256), 650, taken(model(256), 650, speed))
    found = known.predict_run(model(256), 0, 1100) - JOB_OVERHEAD_SECONDS
    assert found == pytest.approx(sum(taken(model(256), 1100, speed).values()), rel=0.02)


@pytest.mark.parametrize(("begin", "part"), [(100, "stage_a"), (650, "stage_b")])
def test_a_pause_is_not_scored(begin: int, part: str) -> None:
    """Ten steps to a pause are ten steps, where scores take as long as many, too."""
    known = costs()
    known.observe("a", model(256), 1100, taken(model(256), 1100, 1e-11))
    steps = {end: taken(model(256), end, 1e-11)[part] for end in (begin, begin + 10)}
    found = known.predict_training(model(256), begin, begin + 10) - JOB_OVERHEAD_SECONDS
    assert found == pytest.approx(steps[begin + 10] - steps[begin], rel=0.02)
    assert found < 0.9 * (known.predict_run(model(256), begin, begin + 10) - JOB_OVERHEAD_SECONDS)


@given(power=st.floats(-0.5, 0.1))
def test_some_runs_tell_how_width_counts(power: float) -> None:
    known = costs()
    for width in (128, 192, 320, 448):
        config = model(width)
        known.observe(str(width), config, 650, taken(config, 650, 1e-11, power))
    found = known.predict_run(model(512), 0, 650) - JOB_OVERHEAD_SECONDS
    assert found == pytest.approx(sum(taken(model(512), 650, 1e-11, power).values()), rel=0.1)


def test_what_a_search_weighs() -> None:
    """The way to the last rung, rung by rung less likely; less where a part is trained already;
    and never by what was measured."""
    known = costs()
    before = known.acquisition_cost(model(256), 0, 0, RUNGS, 0.25)
    ways = [
        costs().predict_run(model(256), *way) - JOB_OVERHEAD_SECONDS
        for way in pairwise((0, *RUNGS))
    ]
    assert before - JOB_OVERHEAD_SECONDS == pytest.approx(ways[0] + ways[1] / 4 + ways[2] / 16)
    assert known.acquisition_cost(model(256), 600, 600, RUNGS, 0.25) < ways[2]
    # A fine-tuning of a structure that did not go on says something at the last rung alone.
    late = known.acquisition_cost(model(256), 40, 600, RUNGS, 0.25)
    assert late - JOB_OVERHEAD_SECONDS == pytest.approx(ways[1] + ways[2])
    known.observe("a", model(256), 650, taken(model(256), 650, 1e-9))
    assert known.acquisition_cost(model(256), 0, 0, RUNGS, 0.25) == before
    assert known.acquisition_cost(model(512), 0, 0, RUNGS, 0.25) > 2 * before


def test_a_part_not_met_is_as_fast_as_the_others() -> None:
    """Stage B and decoding, from a run of Stage A on a machine ten times as slow as the guess."""
    slow, guess = costs(), costs()
    config = model(128)
    seconds = taken(config, 40, 2e-10, -0.25)
    level = 2e-11 * 6.3e9**0.25
    scaled = {part: each / 2e-10 * 10 * level for part, each in seconds.items()}
    slow.observe("a", config, 40, scaled)
    ratio = (slow.predict_run(config, 600, 1100) - JOB_OVERHEAD_SECONDS) / (
        guess.predict_run(config, 600, 1100) - JOB_OVERHEAD_SECONDS
    )
    assert ratio == pytest.approx(10, rel=0.05)


@given(
    ends=st.tuples(st.integers(0, 1100), st.integers(0, 1100), st.integers(0, 1100)),
    width=st.sampled_from([128, 256, 512]),
)
def test_work_adds_up(ends: tuple[int, int, int], width: int) -> None:
    """Of two parts of a run, rungs counted once."""
    begin, middle, end = sorted(ends)

    def work(begin: int, end: int) -> Mapping[str, float]:
        rungs = (*RUNGS, middle) if begin < middle < end else RUNGS
        return TASKS["translation"].cost.run_units(model(width), begin, end, rungs, {})

    if begin < middle < end:
        whole, first, second = work(begin, end), work(begin, middle), work(middle, end)
        for part, units in whole.items():
            assert math.isclose(units, first[part] + second[part], rel_tol=1e-9)


def test_what_moves_costs_in_ner() -> None:
    """Nothing costs more than everything trained, and a frozen body least."""
    study = load("ner-zero-shot")
    work = TASKS["ner"].cost.run_units

    def a_run(**changes: object) -> float:
        config: Configuration = {**study.space.default_config, **changes}  # type: ignore[dict-item]
        return work(config, 0, 80, study.budget.rungs, study.settings)["fine-tuning"]

    full = a_run(tuning_method="full")
    assert a_run(tuning_method="head") < a_run(tuning_method="lora") < full
    assert a_run(tuning_method="partial", frozen_layer_fraction=0.5) < full


def of_data(**sentences: int) -> RuntimeModel:
    """Of the zero-shot study on a folder with so many sentences a language, in either split."""
    parts = {
        f"{language}/{split}": number
        for language, number in sentences.items()
        for split in ("validation", "test")
    }
    data = {"settings": {"encoder": "tiny"}, "sentences": {"de/train": 12_580, **parts}}
    return prior_runtime_model(
        ZERO_SHOT, ObjectiveInfo(800, {"fine-tuning": 800}, {"device": "cpu"}, data)
    )


ZERO_SHOT = load("ner-zero-shot")
NER_CONFIG = ZERO_SHOT.space.baseline


def test_a_folder_with_many_languages_is_planned_with_a_longer_test() -> None:
    """A test takes time by the sentences that there are, not by PAN-X's four times 10,000."""

    def test(**sentences: int) -> float:
        return of_data(**sentences).predict_test(NER_CONFIG, 800) - JOB_OVERHEAD_SECONDS

    four = test(de=10_000, fr=10_000, it=10_000, en=10_000)
    many = test(**{f"l{i}": 10_000 for i in range(15)}, de=10_000)
    assert many == pytest.approx(4 * four)
    assert test(de=500, nl=300) == pytest.approx(four * 800 / 40_000)


def test_a_folder_with_large_validation_sets_is_planned_with_longer_scoring() -> None:
    """At the steps on the way those that choose are scored, at the end all languages."""

    def scoring(end: int, **sentences: int) -> float:
        known = of_data(**sentences)
        seconds = known.predict_run(NER_CONFIG, end - 1, end)
        return seconds - known.predict_training(NER_CONFIG, end - 1, end)

    assert scoring(80, de=2_000, nl=500) == pytest.approx(2 * scoring(80, de=1_000, nl=500))
    assert scoring(80, de=1_000, nl=500) == pytest.approx(scoring(80, de=1_000))
    assert scoring(800, de=1_000, nl=500) == pytest.approx(scoring(800, de=1_000) * 2_500 / 2_000)


def test_before_the_data_are_known_they_are_taken_for_pan_x() -> None:
    """As `show` must; numbers that the study sets count."""
    work = TASKS["ner"].cost.test_units
    panx = {f"{language}/test": 10_000 for language in ("de", "fr", "it", "en")}
    known = work(NER_CONFIG, 800, {**ZERO_SHOT.settings, "sentences": panx})
    assert work(NER_CONFIG, 800, ZERO_SHOT.settings) == known
    few = work(NER_CONFIG, 800, {**ZERO_SHOT.settings, "test": 1_000})["scoring"]
    assert few == pytest.approx(known["scoring"] / 10)


def test_whole_validation_sets_are_not_taken_for_a_thousand_sentences() -> None:
    """`settings.validation = 0` takes all of them."""
    work = TASKS["ner"].cost.run_units

    def scoring(validation: int) -> float:
        settings = {**ZERO_SHOT.settings, "validation": validation}
        return work(NER_CONFIG, 0, 80, (), settings)["scoring"]

    assert scoring(0) == pytest.approx(10 * scoring(1_000))
