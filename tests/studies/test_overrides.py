"""Options that override keys of a study."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.limits import toml
from xlt.studies.loader import StudyError
from xlt.studies.study import load

HEAD = 'name = "mine"\ntask = "translation"\n'

BUDGET = "[budget]\nrungs = [50, 100]\n"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("space.d_model", "expected KEY=VALUE, like space.d_model=256"),
        ("space.d_model=", "expected KEY=VALUE, like space.d_model=256"),
        ("=3", "expected KEY=VALUE, like space.d_model=256"),
        ("space..d_model=3", "expected KEY=VALUE, like space.d_model=256"),
        (
            "space.d_model=[128,",
            "[128, is not a TOML value; expected a number, a word, true or false",
        ),
        (
            "space.d_model={low=1",
            "{low=1 is not a TOML value; expected a number, a word, true or fals",
        ),
        ('name="mine', '"mine is not a TOML value; expected'),
        ("name=a\nb", "is not a TOML value; expected"),
        ("search.seed=1\nname='x'", "expected one value; use a separate --set for each key"),
        (f"search.seed={2**64}", "search.seed: a number is beyond TOML's 64 bits; give a smaller"),
        ("search.sampler=tep", 'search.sampler: "tep" is not one of "auto", '),
        (
            "search.seed.x=3",
            "search.seed is a value in league, not a table; set search.seed itself",
        ),
        (
            "space.d_model=[100,128]",
            "space.d_model: d_model = 100 violates d_model % nhead == 0 with",
        ),
        (
            "space.nhead=[4, 12]",
            "space.d_model: d_model = 128 violates d_model % nhead == 0 with nhead",
        ),
        (
            "space.d_model.low=192",
            "space.d_model: the baseline is outside the range: d_model = 128 is ou",
        ),
        ("baseline.dropout=0.7", "baseline.dropout: dropout = 0.7 is outside its range"),
        (
            "task.batch=64",
            "task.batch: locked: the league fixes batch = 32; only MODEL_HP (d_model",
        ),
        (
            "batch=64",
            "batch: locked: the league fixes batch = 32; only MODEL_HP (d_model, nhead, nu",
        ),
        (
            "data.seed=1",
            "data.seed: locked: the league fixes seed = 42; only MODEL_HP (d_model, nhe",
        ),
        (
            "protocol.stage_a_steps=10",
            "protocol.stage_a_steps: 10: locked: the league fixes stage_a",
        ),
        ("protocol.beams=true", "protocol.beams: true: locked: the league fixes beams = 4"),
        ("serch.seed=1", 'serch: unknown key; did you mean "search"?'),
        ("proof.seed=3", 'proof.seed: unknown key; did you mean "seeds"?'),
        ("d_model=256", 'd_model: unknown key; did you mean "space.d_model"?'),
        ("seed=1", 'seed: unknown key; did you mean "search.seed"?'),
        ("n_trials=3", 'n_trials: unknown key; did you mean "search.n_trials"?'),
        ("rungs=[40]", 'rungs: unknown key; did you mean "budget.rungs"?'),
        ("rung=[40]", 'rung: unknown key; did you mean "budget.rungs"?'),
        ("lr=3", 'lr: unknown key; did you mean "space.learning_rate"?'),
        ("space.wd=0", 'space.wd: unknown parameter; did you mean "weight_decay"?'),
        ("space" + ".a" * 25 + "=1", "is nested too deeply"),
        (
            "name=../x",
            'name: "../x" is not a study\'s name; use up to 64 of a-z, 0-9, dot, _ and -',
        ),
    ],
)
def test_a_mistake_in_an_option(option: str, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        load("league", ["search.pruner=none", option])

    assert str(caught.value).startswith(f"--set {option}: ")
    assert message in str(caught.value)


def test_options_are_toml_and_bare_words_are_strings() -> None:
    options = [
        "space.d_model=[128, 256]",
        "space.dropout={low=0.0, high=0.2, step=0.1}",
        "baseline.dropout=0.1",
        'search.sampler="gp"',
        "search.pruner=none",
        "search.seed = 7",
        "budget.rungs=[50,100]",
        "data.source=../some folder/data",
    ]

    study = load("league", options)

    assert study.space.by_name["d_model"].to_toml_value() == [128, 256]
    assert study.space.by_name["dropout"].to_toml_value() == {
        "low": 0.0,
        "high": 0.2,
        "step": 0.1,
        "log": False,
    }
    assert study.space.baseline["dropout"] == 0.1
    assert (study.search.sampler, study.search.pruner, study.search.seed) == ("gp", "none", 7)
    assert study.budget.rungs == (50, 100)
    assert study.data.source == "../some folder/data"


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_text_can_be_an_option(text: str) -> None:
    """Foxes and line ends too: that is how `--data` comes to be `data.source`."""
    assert load("league", [f"data.source={toml(text)}"]).data.source == text


def test_the_later_option_counts() -> None:
    study = load("league", ["search.seed=1", "search.seed=2", "space.d_model=256"])

    assert study.search.seed == 2
    assert study.space.baseline["d_ff"] == 1024


def test_a_mistake_in_the_file_is_not_blamed_on_an_option(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + BUDGET + "[space]\ndropout = 2\n")

    with pytest.raises(StudyError) as caught:
        load(str(path), ["space.d_model=256"])

    assert str(caught.value).startswith(
        f"{path}: space.dropout: 2.0 is not possible; expected at least 0 an"
    )
