"""Shared prefixes as the search sees them, against the league's own prefix_config."""

from hypothesis import given
from hypothesis import strategies as st

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.objectives.translation.league import League
from xlt.search.suggest.shared_prefix import PrefixTracker, SharedPrefix
from xlt.spaces.league import GROUPS, PROTOCOL
from xlt.studies.study import load

BASELINE = load("league").space.baseline
OTHERS: list[Configuration] = [
    {**BASELINE, "warmup_steps": 100},
    {**BASELINE, "learning_rate": 2e-5},
    {**BASELINE, "d_model": 256, "d_ff": 1024},
    {**BASELINE, "dropout": 0.1},
]


def league() -> PrefixTracker:
    return PrefixTracker(TASKS["translation"].shared_params, PROTOCOL.stages)


@given(
    step=st.integers(1, PROTOCOL.steps), one=st.sampled_from(OTHERS), other=st.sampled_from(OTHERS)
)
def test_prefix_ids_match_lineages(step: int, one: Configuration, other: Configuration) -> None:
    tracker, prefix_config = league(), League.__new__(League)
    prefix_config.stages = PROTOCOL.stages
    same = prefix_config.prefix_config(one, step) == prefix_config.prefix_config(other, step)
    assert (tracker.prefix_id(one, step) == tracker.prefix_id(other, step)) == same


@given(step=st.integers(1, PROTOCOL.steps))
def test_trained_until(step: int) -> None:
    """A configuration's own training counts in full, a sibling's up to the end of Stage A."""
    tracker = league()
    assert tracker.prefix == SharedPrefix(PROTOCOL.stage_a_steps, GROUPS["MODEL_HP"])
    tracker.record(BASELINE, step)
    assert tracker.trained_until(BASELINE) == step
    for other in OTHERS:
        sibling = all(other[name] == BASELINE[name] for name in GROUPS["MODEL_HP"])
        shared = min(step, PROTOCOL.stage_a_steps) if sibling else 0
        assert tracker.trained_until(other) == shared
        assert tracker.is_pending(other) == (sibling and step < PROTOCOL.stage_a_steps)
        assert tracker.shared_until(other) == (PROTOCOL.stage_a_steps if sibling else 0)


def test_without_shared_parameters_nothing_is_shared() -> None:
    study = load("ner-zero-shot")
    tracker = PrefixTracker(TASKS["ner"].shared_params, {"fine-tuning": study.steps})
    assert tracker.prefix is None
    tracker.record(study.space.baseline, 100)
    assert tracker.trained_until(study.space.baseline) == 100
    assert tracker.trained_until({**study.space.baseline, "learning_rate": 1e-3}) == 0
