"""Every wrong key of a study is refused with the file, the key, the rule and the remedy."""

from pathlib import Path

import pytest

from xlt.studies.loader import StudyError
from xlt.studies.study import load

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
        (HEAD + BUDGET + '[search]\nsampler = "\\u001b"', 'sampler: "\\u001b" is not one of'),
    ],
)
def test_a_mistake_in_a_file(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert message in refusal(tmp_path / "mine.toml", text)


def test_what_others_call_a_locked_setting_is_not_misspelt() -> None:
    """Though it is like a setting that there is."""
    with pytest.raises(StudyError, match="locked: all studies share checkpoints = 4"):
        load("ner-zero-shot", ["settings.eval_steps=100"])


def test_a_study_with_several_mistakes_names_them_all_near_misses_first(tmp_path: Path) -> None:
    """A misspelt key explains a missing one, so it comes first."""
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
