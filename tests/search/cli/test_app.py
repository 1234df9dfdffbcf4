"""The program from the command to its files: searches that end, fail, are killed and resumed."""

import ast
import json
import os
import re
import signal
import time
import tomllib
from pathlib import Path
from typing import Any

import optuna
import pytest
from cli_program import QUICK, Program
from optuna.trial import TrialState
from toy_objective import quality

from xlt.search.results.export import selected
from xlt.search.storage.store import Store, config_key
from xlt.studies.study import load


def test_one_command_writes_a_score_and_a_file(program: Program) -> None:
    """The first line names the data, and one line the score; export and reproduce agree."""
    status, output, errors = program(*QUICK, "--n-trials", "4")
    assert (status, errors) == (0, "")
    lines = output.splitlines()
    started = [line for line in lines if not line.startswith("preparation: ")]
    assert started[0].startswith("data: toy: no data, called toy (fingerprint ")
    best = selected(program.store())
    assert f"FINAL_TEST_BLEU = {quality(best.configuration) - 1:.2f}" in lines

    file = program.folder / "runs" / "league" / "best.toml"
    record = tomllib.loads(file.read_text())
    assert record["configuration"] == best.configuration
    assert record["test"]["score"] == quality(best.configuration) - 1
    assert record["made"]["command"].endswith("--n-trials 4")
    assert (program.folder / "runs" / "league" / "study.toml").exists()

    trained = len(program.trained())
    status, output, errors = program("final", "league")
    assert (status, errors) == (0, "")
    assert "nothing was tested again" in output
    assert len(program.trained()) == trained

    status, output, errors = program("reproduce", str(file))
    assert (status, errors) == (0, "")
    assert "equal bit for bit" in output
    assert len(program.trained()) > trained

    pasted = assignments(program("export", "league", "--format", "notebook")[1])
    assert {name: tuple(group) for name, group in pasted.items()} == load("league").space.groups
    assert pasted["MODEL_HP"] | pasted["FT_HP"] == best.configuration
    assert json.loads(program("export", "league", "--format", "json")[1]) == record


def assignments(source: str) -> dict[str, Any]:
    """The values of the assignments in Python code."""
    values = {}
    for node in ast.parse(source).body:
        assert isinstance(node, ast.Assign)
        assert isinstance(node.targets[0], ast.Name)
        values[node.targets[0].id] = ast.literal_eval(node.value)
    return values


def test_enqueue_tries_the_winner_of_another_study(program: Program) -> None:
    """Right after the baseline. The study is resumed without the file as well."""
    assert program(*QUICK, "--n-trials", "6")[0] == 0
    winner = selected(program.store()).configuration
    best = program.folder / "runs" / "league" / "best.toml"
    assert winner != load("league").space.baseline_config, "this would show nothing"
    again = (*QUICK, "--study-name", "again", "--no-final", "--n-trials")
    status, _, errors = program(*again, "2", "--enqueue", str(best))
    assert (status, errors) == (0, "")
    assert list(program.store("again").results_by_config()) == [
        config_key(load("league").space.baseline_config),
        config_key(winner),
    ]
    best.unlink()
    assert program(*again, "3")[0] == 0
    assert len(program.store("again").results_by_config()) == 3


def test_enqueue_of_another_task_is_an_error(program: Program) -> None:
    assert program(*QUICK, "--n-trials", "1")[0] == 0
    best = program.folder / "runs" / "league" / "best.toml"
    status, _, errors = program("--study", "ner-zero-shot", "--enqueue", str(best))
    assert status == 2
    assert (
        "an export of the task translation, and the study 'ner-zero-shot' has the task ner"
        in errors
    )


def test_reproduce_names_the_differences(program: Program) -> None:
    """A different score exits with 3 and both values; different data are an error."""
    program(*QUICK, "--n-trials", "1")
    file = program.folder / "runs" / "league" / "best.toml"
    text = file.read_text()
    score = tomllib.loads(text)["test"]["score"]
    changed = re.sub(r'torch = "[^"]+"', 'torch = "1.0"', text.replace(str(score), "99.5"))
    file.write_text(changed)
    status, output, errors = program("reproduce", str(file))
    assert status == 3
    assert f"test: score: 99.5 then, {score!r} now" in errors
    assert "torch: 1.0 then" in errors
    assert "notice: differs from the export: torch: 1.0 then" in output
    trained = len(program.trained())
    status, _, errors = program("reproduce", str(file), "--data", "elsewhere")
    assert status == 2
    assert "expected: no data, called toy" in errors
    assert "found: no data, called elsewhere" in errors
    assert len(program.trained()) == trained


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_prints_the_command_that_resumes(
    program: Program, number: signal.Signals
) -> None:
    """One message and status 130, and the same command resumes. Ctrl-C reaches all processes."""
    options = (*QUICK, "--n-trials", "5", "--no-final", "--quiet")
    process = program.start(*options, builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 3)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.splitlines() == [
        "xlt-search: interrupted; everything finished is saved",
        f"to resume: xlt-search {' '.join(options)}",
    ]
    assert output.count("data: toy") == 1
    assert not program.store().study.get_trials(states=(TrialState.RUNNING,))
    assert program(*options)[0] == 0
    assert len(program.store().results_by_config()) == 5
    # Only the job that was running may be trained again.
    assert len(program.trained()) - len(set(program.trained())) <= 1


def test_killed_search_is_resumed(program: Program, tmp_path: Path) -> None:
    """After SIGKILL the same command ends with the study of an undisturbed one."""
    options = (*QUICK, "--n-trials", "6", "--no-final")
    process = program.start(*options, builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 7)
    process.kill()
    process.communicate()
    assert len(program.store().results_by_config()) < 6
    assert program(*options)[0] == 0
    store = program.store()
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))
    assert len(store.results_by_config()) == 6
    whole = Program(tmp_path / "whole")
    whole.folder.mkdir()
    assert whole(*options)[0] == 0
    assert story(store) == story(whole.store())


def story(store: Store) -> list[tuple[str, str, dict[int, float]]]:
    return [
        (config_key(trial.user_attrs["configuration"]), trial.state.name, trial.intermediate_values)
        for trial in store.study.trials
        if trial.state != TrialState.FAIL
    ]


def test_study_deleted_during_a_search_is_an_error(program: Program) -> None:
    process = program.start(*QUICK, "--n-trials", "40", builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 2)
    store = program.store()
    optuna.delete_study(study_name="league", storage=store.study._storage)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("xlt-search: the study 'league' is no longer in this database")
    assert len(errors.splitlines()) == 1


def test_orphaned_worker_ends_with_its_parent(program: Program) -> None:
    """A worker ends when its parent is killed."""
    process = program.start(*QUICK, "--n-trials", "40", builder="build_slow")
    program.wait_for(lambda: len(program.trained()) >= 1)
    process.kill()
    process.communicate()
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a worker outlived its parent")


def test_preparation_is_shown_and_counts_against_the_budget(program: Program) -> None:
    """From the first second on. A budget that is used up in it ends the command with an error."""
    begun = time.monotonic()
    status, output, errors = program(*QUICK, "--time-budget", "20s", builder="build_prepared")
    assert time.monotonic() - begun < 60  # the toy takes two minutes to make
    assert status == 1
    lines = output.splitlines()
    assert lines[0] == "preparation: starting the first worker"
    assert any(line.startswith("preparation: making the toy step 0 of 1200") for line in lines)
    assert errors.startswith("xlt-search: 20s ended while the data and the model were prepared")
    assert "xlt-search show STUDY --measure" in errors
    assert "Traceback" not in errors


def test_started_study_is_found_by_its_name(program: Program) -> None:
    """As `make league` starts `demo`: it can be resumed and shown by its name."""
    assert program(*QUICK, "--n-trials", "1", "--study-name", "demo", "--no-final")[0] == 0
    status, output, errors = program(
        "--study", "demo", "--n-trials", "3", "--workers", "1", "--no-final"
    )
    assert (status, errors.splitlines()) == (
        0,
        ["demo: started before; its definition is read from runs/demo/study.toml"],
    )
    assert "study demo: 1 of 3 configurations tried" in output
    assert len(program.store("demo").results_by_config()) == 3
    status, output, _ = program("show", "demo")
    assert status == 0
    assert output.startswith("# demo: started before; its definition is read from runs/demo/study")
    assert "results go to runs/demo" in output
