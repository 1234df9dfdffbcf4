"""`benchmarks/confirmation.py`: what is printed for tables whose answer is known."""

from pathlib import Path

import numpy as np
import pytest
import typer
from confirmation import (
    ARMS,
    COLUMNS,
    FINALISTS,
    MOST_SEEDS,
    POOL,
    RUNS,
    choose,
    load_scores,
    main,
    proves,
)


def test_without_noise_everything_is_known() -> None:
    """The best of the search is the best, and is expected to be as good as it is."""
    scores = np.repeat(np.random.default_rng(0).normal(size=(60, 1)), 3, axis=1)
    rows = choose(scores, np.random.default_rng(0))
    assert rows.shape == (len(RUNS), 5)
    np.testing.assert_allclose(rows[:, :3], 0)
    np.testing.assert_allclose(rows[:, 3], 0, atol=0.3)


def test_a_large_lead_is_proven() -> None:
    noise = np.random.default_rng(0).normal(size=(ARMS, 1 + MOST_SEEDS))
    lead = 50 * (np.arange(ARMS) > 0)[:, None]
    assert proves(noise + lead)
    assert not proves(noise - lead)


def test_prints_a_line_for_each_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    for name in ("first", "second"):
        rows = [f"0.1,{a},{b},9.5" for a, b in rng.normal(size=(POOL + FINALISTS, 2))]
        text = "\n".join(["lr,score_seed_0,score_seed_1,train_seconds", *rows])
        (tmp_path / f"{name}.csv").write_text(text)
    assert load_scores(tmp_path)["second"].shape == (POOL + FINALISTS, 2)
    main(tmp_path, draws=1, repetitions=1, tables="second")
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("| second") for line in lines) == len(RUNS) + 1
    assert not any(line.startswith("| first") for line in lines)
    assert all(column in lines[1] for column in COLUMNS)


def test_a_folder_without_tables(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="score_seed_0"):
        load_scores(tmp_path)
