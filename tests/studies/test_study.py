"""Studies: loaded and checked."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.errors import InputError
from xlt.spaces.league import LEAGUE, PROTOCOL, QUICK, QUICK_PROTOCOL
from xlt.studies.loader import StudyError, shipped
from xlt.studies.resolved import resolved, to_toml
from xlt.studies.schema import Search
from xlt.studies.study import check_name, load

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


def test_the_quick_study_ends_in_five_minutes_under_a_protocol_of_its_own() -> None:
    """Whoever reads its description or its definition sees that it is not the contest."""
    study = load("quick")

    assert study.space == QUICK
    assert study.protocol == QUICK_PROTOCOL
    assert study.budget.seconds == 300
    assert study.proof.seeds == 3
    assert study.data.source == "synthetic"
    assert "not the contest's protocol" in study.description
    assert resolved(study)["protocol"]["name"] == "quick league"


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


def test_a_study_survives_the_way_to_another_process() -> None:
    study = load("league")

    assert pickle.loads(pickle.dumps(study)) == study


def test_only_the_record_of_what_is_locked_may_be_read_back(mine: Path) -> None:
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
    assert first == study.space.baseline_config
    assert second == {**first, **study.search.enqueue[0]}
    assert third["tuning_method"] == "partial"
    assert all(each in study.space for each in study.initial_configs)
    smaller = load("ner-zero-shot", ['space.tuning_method=["full", "lora"]'])
    assert list(smaller.initial_configs) == [first, second]
    again = tmp_path / "again.toml"
    again.write_text(to_toml(smaller), encoding="utf-8")
    assert list(load(str(again)).initial_configs) == list(smaller.initial_configs)
    assert (smaller.skipped, load(str(again)).skipped) == ([2], [])
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


@given(name=st.text(st.sampled_from("az09._-/\\~A\0 ä\n"), max_size=70))
def test_a_name_that_passes_stays_in_its_folder(name: str) -> None:
    """Whatever passes is one plain part of a path, and no option."""
    try:
        check_name(name, "--study-name")
    except InputError:
        return
    assert Path("runs", name).resolve() == Path("runs").resolve() / name
    assert name.isascii()
    assert name.isprintable()
    assert not name.startswith((".", "-"))


@pytest.mark.parametrize(
    "name", ["data", "checkpoints", "artifacts", "dashboard.db", "search.db-wal"]
)
def test_a_name_of_what_studies_share_is_refused(name: str) -> None:
    with pytest.raises(
        StudyError, match="is reserved for files that studies share; use another name"
    ):
        check_name(name, "name")


@pytest.mark.parametrize("name", ["a", "mine-2", "0.1_b", "a" * 64])
def test_plain_names_pass(name: str) -> None:
    check_name(name, "name")
