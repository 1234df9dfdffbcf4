"""Studies: loaded, resolved, written and read back."""

import pickle
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.spaces.league import LEAGUE, PROTOCOL
from xlt.studies.loader import StudyError, shipped
from xlt.studies.resolved import difference, resolved, to_toml
from xlt.studies.schema import Search
from xlt.studies.study import Study, load

MINE = """
name = "mine"
task = "translation"

[budget]
rungs = [50, 100]
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


def reloaded(study: Study, folder: Path) -> Study:
    path = folder / "again.toml"
    path.write_text(to_toml(study))
    return load(str(path))


def test_every_shipped_study_loads() -> None:
    assert "league" in shipped()
    for name in shipped():
        study = load(name)
        assert study.name == study.origin == name
        assert study.description
        assert study.budget.rungs[-1] <= study.steps


def test_the_league_is_the_declared_space_in_full_length() -> None:
    study = load("league")

    assert study.space == LEAGUE
    assert study.protocol == PROTOCOL
    assert study.steps == 1100 >= study.budget.rungs[-1]
    assert (study.search.n_trials, study.search.sampler, study.search.seed) == (40, "auto", 42)
    assert study.data.source == "auto"


def test_a_path_works_like_a_shipped_name(mine: Path) -> None:
    study = load(str(mine))

    assert study.name == "mine"
    assert study.origin == str(mine)
    assert study.space == LEAGUE
    assert study.search == Search()
    assert study.budget.rungs == (50, 100)


def test_a_file_may_begin_with_a_byte_order_mark(mine: Path) -> None:
    mine.write_bytes(b"\xef\xbb\xbf" + MINE.encode())

    assert load(str(mine)).name == "mine"


def test_every_range_that_the_league_suggests_in_a_comment_works(tmp_path: Path) -> None:
    """The lines a reader would uncomment, one at a time."""
    text = (Path(__file__).parents[2] / "studies" / "league.toml").read_text()
    lines = [line[5:].strip() for line in text.splitlines() if line.startswith("#     ")]

    assert len(lines) == 7
    for line in lines:
        option = line.partition("#")[0]
        key, _, value = option.partition("=")
        if key.strip() == "enqueue":
            assert len(load("league", [f"search.enqueue={value.strip()}"]).initial_configs) == 3
            continue
        table = "baseline" if value.strip() == "0.1" else "space"
        overrides = [f"{table}.{key.strip()}={value.strip()}", "baseline.dropout=0.1"]
        if key.strip() == "learning_rate":
            overrides.append("baseline.learning_rate=1e-5")
        load("league", overrides)


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

    again = reloaded(study, folder)

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


def test_a_study_survives_the_way_to_another_process() -> None:
    study = load("league")

    assert pickle.loads(pickle.dumps(study)) == study


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


def test_only_the_record_of_what_is_sealed_may_be_read_back(mine: Path) -> None:
    mine.write_text(MINE + "[protocol]\nbatch = 32\nadam_betas = [0.9, 0.999]\nclip = 1\n")
    load(str(mine))

    mine.write_text(MINE + "[protocol]\nbatch = 64\n")
    with pytest.raises(StudyError) as caught:
        load(str(mine))

    message = str(caught.value)
    assert message.startswith(f"{mine}: protocol.batch: 64: locked: the league fixes batch = 32; ")
    assert message.endswith("may be tuned; remove it")


def test_enqueued_configurations_follow_the_baseline(tmp_path: Path) -> None:
    """Each changes the baseline; what a study's own ranges leave out is left out."""
    study = load("ner-zero-shot")
    first, second, third = study.initial_configs
    assert first == study.space.default_config
    assert second == {**first, **study.search.enqueue[0]}
    assert third["tuning_method"] == "partial"
    assert all(each in study.space for each in study.initial_configs)
    narrowed = load("ner-zero-shot", ['space.tuning_method=["full", "lora"]'])
    assert list(narrowed.initial_configs) == [first, second]
    again = tmp_path / "again.toml"
    again.write_text(to_toml(narrowed), encoding="utf-8")
    assert list(load(str(again)).initial_configs) == list(narrowed.initial_configs)
    assert (narrowed.skipped, load(str(again)).skipped) == ([2], [])
    # What is left out has no meaning beside the baseline as it is written.
    again.write_text(to_toml(load("ner-zero-shot", ["space.tuning_method=head"])), encoding="utf-8")
    assert not load(str(again)).skipped
    wide = ["space.learning_rate={ low = 1e-6, high = 1e-2 }"]
    wider = load("ner-zero-shot", [*wide, "search.enqueue=[{ learning_rate = 5e-3 }]"])
    assert wider.initial_configs[1]["learning_rate"] == 5e-3
    with pytest.raises(
        StudyError, match=r"table 1: learning_rate: .*no effect unless tuning_method is"
    ):
        load("ner-zero-shot", ['search.enqueue=[{ tuning_method = "lora", learning_rate = 1e-3 }]'])
    with pytest.raises(StudyError, match=r"search.enqueue, table 1: dropuot: .*\"dropout\""):
        load("league", ["search.enqueue=[{ dropuot = 0.2 }]"])
    with pytest.raises(StudyError, match=r"search.enqueue: \[3\] is not a list of tables"):
        load("league", ["search.enqueue=[3]"])
