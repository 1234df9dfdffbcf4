"""Every mistake in a study is answered with the place, the key, the rule and the remedy."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.spaces.errors import InputError
from xlt.spaces.limits import toml
from xlt.studies.loader import MAX_FILE_BYTES, StudyError, parsed
from xlt.studies.study import check_name, load

HEAD = 'name = "mine"\ntask = "translation"\n'
BUDGET = "[budget]\nrungs = [50, 100]\n"


def refusal(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StudyError) as caught:
        load(str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "pydantic" not in message.lower()
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, "budget: is missing; give a table, like rungs = [300, 600, 1100]"),
        (HEAD + "[budget]\n", "budget.rungs: is missing; give a list of increasing steps, each at"),
        ('task = "translation"\n' + BUDGET, 'name: is missing; give a name, like "mine"'),
        ('name = "mine"\n' + BUDGET, 'task: is missing; give a task, like "translation"'),
        ("nmae = 'x'\n" + HEAD + BUDGET, 'nmae: unknown key; did you mean "name"?; known are name'),
        (
            HEAD + "[serch]\nseed = 1\n" + BUDGET,
            'serch: unknown key; did you mean "search"?; known',
        ),
        (
            HEAD + BUDGET + "rung = 3\n",
            'budget.rung: unknown key; did you mean "rungs"?; known are',
        ),
        (HEAD + BUDGET + "[search]\ntrials = 3\n", 'unknown key; did you mean "n_trials"?; known'),
        (HEAD + BUDGET + "[search]\nn_trials = 0\n", "search.n_trials: 0 is not a whole number of"),
        (HEAD + BUDGET + "[search]\nn_trials = 4.0\n", "4.0 is not a whole number of at least 1"),
        (HEAD + BUDGET + "[search]\nn_trials = true\n", "true is not a whole number of at least 1"),
        (HEAD + BUDGET + "[search]\nn_trials = nan\n", "nan is not a whole number of at least 1"),
        (
            HEAD + BUDGET + "[search]\nseed = -1\n",
            "search.seed: -1 is not a whole number from 0 to",
        ),
        (HEAD + BUDGET + "[search]\nsampler = 'tep'\n", '"tep" is not one of "auto", "tpe", "gp'),
        (HEAD + BUDGET + "[search]\nsampler = 'tep'\n", 'did you mean "tpe"?'),
        (HEAD + BUDGET + "[search]\npruner = 3\n", "search.pruner: 3 is not one of"),
        (HEAD + BUDGET + "[data]\nsource = ''\n", 'data.source: "" is not "auto", "hub", "synthet'),
        (
            HEAD + "[budget]\nrungs = [100, 50]\n",
            "budget.rungs: [100, 50] is not a list of increas",
        ),
        (HEAD + "[budget]\nrungs = [50, 50]\n", "budget.rungs: [50, 50] is not a list of increasi"),
        (
            HEAD + "[budget]\nrungs = []\n",
            "budget.rungs: [] is not a list of increasing steps, eac",
        ),
        (
            HEAD + "[budget]\nrungs = [0, 5]\n",
            "budget.rungs: [0, 5] is not a list of increasing st",
        ),
        (
            HEAD + "[budget]\nrungs = [5.0]\n",
            "budget.rungs: [5.0] is not a list of increasing step",
        ),
        (
            HEAD + "[budget]\nrungs = 50\n",
            "budget.rungs: 50 is not a list of increasing steps, eac",
        ),
        (
            HEAD + "[budget]\nrungs = [9999]\n",
            "9999 is beyond the full run's 1100 steps; end at 1100",
        ),
        (HEAD + "budget = 3\n", "budget: 3 is not a table, like rungs = [300, 600, 1100]"),
        (
            HEAD + "space = 3\n" + BUDGET,
            "space: 3 is not a table of ranges, like d_model = [128, 2",
        ),
        (
            HEAD + "description = 3\n" + BUDGET,
            'description: 3 is not a string, like "wider models"',
        ),
        ('name = "mine"\ntask = "tranlation"\n' + BUDGET, 'task: "tranlation" is unknown; did you'),
        (
            'name = "a/b"\ntask = "translation"\n' + BUDGET,
            'name: "a/b" is not a study\'s name; u',
        ),
        (
            HEAD + BUDGET + "[space]\nd_model = [100, 128]\n",
            "space.d_model: d_model = 100 violates d_",
        ),
        (
            HEAD + BUDGET + "[space]\nd_model = [192]\n[baseline]\nd_model = 128",
            "baseline.d_model: d",
        ),
        (
            HEAD + BUDGET + "[space]\nd_model = []\n",
            "space.d_model: is empty; give at least one va",
        ),
        (
            HEAD + BUDGET + "[space]\ndropout = inf\n",
            "space.dropout: inf is not a finite number; d",
        ),
        (
            HEAD + BUDGET + "[space]\nd_modell = 128\n",
            "space.d_modell: unknown parameter; did you m",
        ),
        (
            HEAD + BUDGET + "[space]\nd_model = 1979-05-27\n",
            "1979-05-27 is not a whole number; decl",
        ),
        (
            HEAD + BUDGET + "[space]\nbatch_size = [16]\n",
            "space.batch_size: locked: the league fixe",
        ),
        (
            HEAD + BUDGET + "[baseline]\ndropout = 0.7\n",
            "baseline.dropout: dropout = 0.7 is outside",
        ),
        (
            HEAD + BUDGET + "[baseline]\ndropout = 'a'\n",
            'dropout = "a" is not a finite number; its',
        ),
        (
            HEAD + BUDGET + "[baseline]\nseed = 1\n",
            "baseline.seed: locked: the league fixes seed = ",
        ),
        (
            "num_beams = 1\n" + HEAD + BUDGET,
            "num_beams: locked: the league fixes beams = 4; only MO",
        ),
        (
            'name = "mine"\n' + BUDGET + "[task]\nbatch = 6\n",
            "task.batch: locked: the league fixes b",
        ),
        (
            HEAD + BUDGET + "[protocol]\nbach = 6\n",
            "the protocol has no such constant; did you mean ",
        ),
        (HEAD + BUDGET + "[space\n", "is not TOML: line 5, column 7: Expected ']'"),
        (
            HEAD + BUDGET + "rungs = [1]\n",
            "is not TOML: line 5, column 12: Cannot overwrite a value",
        ),
        (HEAD + 'x = "', "is not TOML: "),
        (
            "name = mine\n" + BUDGET,
            "line 1, column 8: Invalid value; text needs straight quotes: n",
        ),
        ("name = mine\n" + BUDGET, 'name = "mine"'),
        (
            HEAD + BUDGET + "time_limit = 30m # all\n",
            'text needs straight quotes: time_limit = "30m"',
        ),
        (HEAD + "x = my data\n", 'text needs straight quotes: x = "my data"'),
        ("name = \u201cmine\u201d\n", 'text needs straight quotes: name = "mine"'),
        (HEAD + "x = True\n", "line 3, column 5: Invalid value; write x = true"),
        (HEAD + "x = 0,5\n", "write x = 0.5"),
        (HEAD + "x = 042\n", "write x = 42"),
        (HEAD + "x = [adam, sgd]\n", "text inside a list or a table needs quotes as well"),
        (HEAD + "x = " + "9" * 5000, "a number is beyond TOML's 64 bits; give a smaller one"),
        (
            HEAD + f"x = {2**63}\n" + BUDGET,
            "x: a number is beyond TOML's 64 bits; give a smaller o",
        ),
        (
            HEAD + f"x = [{{y = {-(2**64)}}}]\n",
            "x.y: a number is beyond TOML's 64 bits; give a smal",
        ),
        (HEAD + "x = " + "[" * 50_000, "is nested too deeply"),
        (HEAD + "x = " + "[" * 25 + "]" * 25, "is nested too deeply"),
        (HEAD + "x" + ".x" * 25 + " = 1", "is nested too deeply"),
        (HEAD + "x" + ".x" * 3_000 + " = 1", "is nested too deeply"),
        (HEAD + "x" * 300 + " = 1", "x... is too long or has control characters; drop it"),
        (HEAD + '"\\u001b[2J" = 1', 'the key "\\u001b[2J" is too long or has control characters'),
        (HEAD + BUDGET + '[search]\nsampler = "\\u001b"', 'sampler: "\\u001b" is not one of'),
        (HEAD + "#" * MAX_FILE_BYTES, "too large: has more than 1,000,000 bytes"),
        (HEAD.encode() + b"# caf\xe9\n", "line 3 is not UTF-8 (byte 0xe9); save it as UTF-8"),
    ],
)
def test_a_mistake_in_a_file(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert message in refusal(tmp_path / "mine.toml", text)


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
        ("confirm.seed=3", 'confirm.seed: unknown key; did you mean "seeds"?'),
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


def test_a_long_chain_of_keys_never_reaches_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the square of the chain's length, in time and in memory."""
    monkeypatch.setattr(tomllib, "loads", None)
    for chain in (
        "a" + ".a" * 100,
        "a" + " . a" * 100,
        "a" + ".'b c'" * 100,
        "a" + '."\\" b"' * 100,
    ):
        with pytest.raises(StudyError, match="nested too deeply"):
            parsed(f"x = 1\n{chain} = 1", "mine.toml")


def test_a_file_without_an_end() -> None:
    with pytest.raises(StudyError, match="/dev/zero: too large"):
        load("/dev/zero")


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


def test_a_missing_study_names_the_near_miss(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(HEAD + BUDGET)

    with pytest.raises(StudyError, match=r'^leage: no such study; did you mean "league"\?; use'):
        load("leage")
    with pytest.raises(StudyError, match=r"mien\.toml: no such file; did you mean .*mine\.toml"):
        load(str(tmp_path / "mien.toml"))
    with pytest.raises(StudyError, match=r'no such file; did you mean "league"'):
        load(str(tmp_path / "none" / "leage.toml"))
    with pytest.raises(StudyError, match="cannot be read: Is a directory; give a study's"):
        load(f"{tmp_path}/")
    with pytest.raises(StudyError, match="cannot be read: embedded null byte"):
        load("a\0b.toml")


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


@pytest.mark.parametrize("name", ["data", "checkpoints", "artifacts", "xlt.db", "xlt.db-wal"])
def test_a_name_of_what_studies_share_is_refused(name: str) -> None:
    with pytest.raises(
        StudyError, match="is reserved for files that studies share; use another name"
    ):
        check_name(name, "name")


@pytest.mark.parametrize("name", ["a", "mine-2", "0.1_b", "a" * 64])
def test_plain_names_pass(name: str) -> None:
    check_name(name, "name")


def test_a_file_beside_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever leaves out its ending is told it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").touch()
    with pytest.raises(StudyError, match=r'mine: no such study; did you mean "mine.toml"\?'):
        load("mine")
    with pytest.raises(StudyError, match="no such study"):
        load("a" * 300)


def test_what_others_call_a_sealed_setting_is_no_slip() -> None:
    """Though it is like a setting that there is."""
    with pytest.raises(StudyError, match="locked: all studies share checkpoints = 4"):
        load("ner-zero-shot", ["settings.eval_steps=100"])


def test_a_study_with_several_mistakes_names_them_all_near_misses_first(tmp_path: Path) -> None:
    """A slip explains what is missing, so it comes first."""
    text = (
        'name = "my study"\ntask = "translation"\nnum_beams = 1\n'
        "[spaec]\nd_model = 128\n"
        "[space]\nnhaed = 4\ndropout = 'a'\n"
        "[search]\nn_trials = 0\nsampler = 'tep'\n"
        "[baseline]\nlearning_rate = 'high'\n"
    )
    lines = refusal(tmp_path / "mine.toml", text).replace(f"{tmp_path}/mine.toml: ", "").split("\n")
    keys = [line.partition(": ")[0] for line in lines]
    hinted = ["search.sampler", "space.nhaed", "spaec"]
    assert sorted(keys[:3]) == hinted
    assert all("did you mean" in line for line in lines[:3])
    others = ["baseline.learning_rate", "budget", "name", "num_beams", "search.n_trials"]
    assert sorted(keys[3:]) == [*others, "space.dropout"]


def test_what_depends_on_several_tables_is_named_together_too(tmp_path: Path) -> None:
    text = HEAD + "[budget]\nrungs = [9999]\n[space]\nd_model = [100, 128]\n[protocol]\nbeams = 5\n"
    lines = refusal(tmp_path / "mine.toml", text).split("\n")
    assert len(lines) == 3
    for key in (
        "budget.rungs: 9999 is beyond",
        "space.d_model: d_model = 100",
        "protocol.beams: 5",
    ):
        assert sum(key in line for line in lines) == 1
