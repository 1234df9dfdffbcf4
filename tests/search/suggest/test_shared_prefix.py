"""What the search takes to be trained already, against the league's own lineage."""

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
    return PrefixTracker(TASKS["translation"].shared_prefixes, PROTOCOL.stages)


@given(
    step=st.integers(1, PROTOCOL.steps), one=st.sampled_from(OTHERS), other=st.sampled_from(OTHERS)
)
def test_paths_are_lineages(step: int, one: Configuration, other: Configuration) -> None:
    trunks, lineage = league(), League.__new__(League)
    lineage.stages = PROTOCOL.stages
    same = lineage.lineage(one, step) == lineage.lineage(other, step)
    assert (trunks.prefix_id(one, step) == trunks.prefix_id(other, step)) == same


@given(step=st.integers(1, PROTOCOL.steps))
def test_what_is_trained(step: int) -> None:
    """Its own training counts whole, that of another with the same structure to Stage A's end."""
    trunks = league()
    assert trunks.prefix == SharedPrefix(PROTOCOL.stage_a_steps, GROUPS["MODEL_HP"])
    trunks.record(BASELINE, step)
    assert trunks.trained_until(BASELINE) == step
    for other in OTHERS:
        alike = all(other[name] == BASELINE[name] for name in GROUPS["MODEL_HP"])
        shared = min(step, PROTOCOL.stage_a_steps) if alike else 0
        assert trunks.trained_until(other) == shared
        assert trunks.is_pending(other) == (alike and step < PROTOCOL.stage_a_steps)
        assert trunks.shared_until(other) == (PROTOCOL.stage_a_steps if alike else 0)


def test_where_everything_matters_from_the_start() -> None:
    study = load("ner-zero-shot")
    trunks = PrefixTracker(TASKS["ner"].shared_prefixes, {"fine-tuning": study.steps})
    assert trunks.prefix is None
    trunks.record(study.space.baseline, 100)
    assert trunks.trained_until(study.space.baseline) == 100
    assert trunks.trained_until({**study.space.baseline, "learning_rate": 1e-3}) == 0
