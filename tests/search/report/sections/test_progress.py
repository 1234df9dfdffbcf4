"""Where the seconds went."""

from dataclasses import replace

import pytest

from xlt.search.report.facts import Facts
from xlt.search.report.sections.progress import seconds_by_phase
from xlt.search.storage.keys import SECONDS
from xlt.search.storage.store import Store


def test_every_phase_has_its_seconds(facts: Facts, store: Store) -> None:
    """They are the sums of the records; runs that share their Stage A are counted once."""
    phases = seconds_by_phase(facts)
    runs = store.attributes["proof"]["runs"]
    prefix = ("d_model", "nhead", "num_layers", "d_ff", "dropout")
    shared = {
        (run["seed"], *(run["configuration"][name] for name in prefix)): run[SECONDS]["stage_a"]
        for run in runs
    }
    own = sum(run[SECONDS].get("stage_b", 0.0) for run in runs)
    assert phases["proof"][0] == pytest.approx(sum(shared.values()) + own)
    assert phases["final"] == tuple(store.attributes["final"][SECONDS].values())
    assert all(seconds >= 0 for parts in phases.values() for seconds in parts)


def test_a_study_without_a_final_run_has_no_seconds_of_one(facts: Facts) -> None:
    assert "final" not in seconds_by_phase(replace(facts, final=None))
