"""Resolved studies: written, read back and compared."""

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.spaces.league import LEAGUE
from xlt.studies.resolved import difference, resolved, to_toml
from xlt.studies.study import load


def test_resolved_is_whole_and_is_what_is_written() -> None:
    study = load("league")
    record = resolved(study)

    assert tomllib.loads(to_toml(study)) == record
    assert set(record["space"]) == set(LEAGUE.by_name) == set(record["baseline"])
    assert record["space"]["d_model"] == {"low": 128, "high": 512, "step": 64, "log": False}
    assert record["space"]["d_ff"] == {"times": "d_model", "low": 2, "high": 4, "step": 1}
    assert record["protocol"]["stage_a_steps"] == 600
    assert record["protocol"]["adam_betas"] == [0.9, 0.999]


WIDTHS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([128, 256, 320]),
    st.lists(st.sampled_from([128, 192, 256, 640]), min_size=1, unique=True),
    st.fixed_dictionaries({"high": st.sampled_from([128, 256, 512])}),
)

FACTORS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([512, 640]),
    st.lists(st.sampled_from([512, 1024]), min_size=1, unique=True),
    st.builds(
        lambda low, more: {"times": "d_model", "low": low, "high": low + more},
        st.integers(1, 4),
        st.integers(0, 4),
    ),
)

DROPOUTS: st.SearchStrategy[Any] = st.one_of(
    st.floats(0, 0.5),
    st.lists(st.floats(0, 0.5), min_size=1, max_size=4, unique=True),
    st.fixed_dictionaries({"high": st.sampled_from([0.1, 0.3, 0.5])}),
    st.fixed_dictionaries({"step": st.sampled_from([0, 0.1, 0.15])}),
)

RATES: st.SearchStrategy[Any] = st.one_of(
    st.floats(1e-7, 1e-3),
    st.fixed_dictionaries({"low": st.floats(1e-7, 1e-5), "high": st.floats(1e-3, 1e-1)}),
    st.fixed_dictionaries({"log": st.booleans()}),
)

SCHEDULES = st.sampled_from(["cosine", ["linear"], ["linear", "cosine"]])


@settings(deadline=None)  # it writes files, which takes as long as the disk likes
@given(
    space=st.fixed_dictionaries(
        {},
        optional={
            "d_model": WIDTHS,
            "d_ff": FACTORS,
            "dropout": DROPOUTS,
            "learning_rate": RATES,
            "lr_scheduler_type": SCHEDULES,
        },
    ),
    trials=st.integers(1, 999),
    rungs=st.sets(st.integers(1, 1100), min_size=1, max_size=5),
)
def test_a_study_comes_back_from_its_resolved_text(
    tmp_path_factory: pytest.TempPathFactory, space: dict[str, Any], trials: int, rungs: set[int]
) -> None:
    """Equal in every field, and resolved to the same text."""
    folder = tmp_path_factory.mktemp("studies")
    path = folder / "first.toml"
    tables = {
        "name": "first",
        "task": "translation",
        "space": space,
        "baseline": _first_values(space),
        "search": {"n_trials": trials},
        "budget": {"rungs": sorted(rungs)},
    }
    path.write_text(tomli_w.dumps(tables))
    study = load(str(path))

    second = folder / "second.toml"
    second.write_text(to_toml(study))
    again = load(str(second))

    assert again == study
    assert to_toml(again) == to_toml(study)
    assert difference(resolved(study), resolved(again)) == []


def _first_values(space: dict[str, Any]) -> dict[str, Any]:
    """A baseline for ranges that the declared one may be outside of."""
    values: dict[str, Any] = {}
    for name, written in sorted(space.items(), key=lambda item: item[0] != "d_model"):
        match written:
            case {"times": _, "low": factor}:
                values[name] = factor * values.get("d_model", 128)
            case {}:
                values[name] = written.get("low", LEAGUE.by_name[name].to_toml_value()["low"])
            case [first, *_]:
                values[name] = first
            case _:
                values[name] = written
    return values


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (["space.d_model.high=384"], ["space.d_model.high: 512 -> 384"]),
        (
            ["space.nhead=[2, 4]", "search.sampler=gp"],
            ["space.nhead: [2, 4, 8, 16] -> [2, 4]", 'search.sampler: "auto" -> "gp"'],
        ),
        (
            ["space.num_layers=2"],
            ["space.num_layers: {low = 2, high = 4, step = 1, log = false} -> 2"],
        ),
        (
            ["budget.rungs=[100]"],
            [f"budget.rungs: {list(load('league').budget.rungs)} -> [100]"],
        ),
        (["search.n_trials=99", "data.source=synthetic", 'description="other words"'], []),
    ],
)
def test_a_difference_names_what_changed(options: list[str], lines: list[str]) -> None:
    """A total may be raised, a text reworded, and data are compared by fingerprint elsewhere."""
    assert difference(resolved(load("league")), resolved(load("league", options))) == lines


def test_a_difference_names_what_came_and_went() -> None:
    old, new = {"protocol": {"a": 1}}, {"protocol": {"b": True}}

    assert difference(old, new) == ["protocol.a: 1 -> (none)", "protocol.b: (none) -> true"]
    assert difference({"a": 1}, {"a": True}) == ["a: 1 -> true"]
