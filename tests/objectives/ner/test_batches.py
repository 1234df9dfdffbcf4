"""Batches of fine-tuning."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from transfers import STEPS, config, transfer

from xlt.objectives.ner.transfer import Transfer


def test_every_batch_size_sees_the_same_steps(small: Transfer) -> None:
    """A step is the same 32 sentences, in batches of 32 or 8; no sentence comes more often."""

    def steps(batch: int) -> Iterator[list[int]]:
        run = small.run(config("head", batch_size=batch), 7)
        batches = run.loop.task.batches(0)
        for _ in range(STEPS):
            updates: list[Any] = [next(batches) for _ in range(run.updates_a_step)]
            yield sorted(place for _, places in updates for place in places)

    whole = list(steps(32))
    assert list(steps(8)) == whole
    batches: Iterator[Any] = iter(small.run(config("head", batch_size=32), 7).loop.task.batches(0))
    seen = Counter(place for _ in range(16 * 75) for place in next(batches)[1])
    assert set(seen.values()) == {128}  # 75 x 512 windows are 128 times 300


def test_groups_have_the_same_share(small: Transfer) -> None:
    """Half of all windows come from each group, and those of one group equally often."""
    run = small.run(config("head", batch_size=32), 7)
    task: Any = run.loop.task
    task.groups = (20, 280)
    batches = task.batches(0)
    seen = Counter(place for _ in range(16 * 35) for place in next(batches)[1])
    # 35 x 512 windows: 8,960 from each group.
    assert [seen[place] for place in range(300)] == [448] * 20 + [32] * 280


def test_the_languages_are_the_groups_if_settings_are_balanced(folder: Path) -> None:
    """Otherwise all sentences are one group."""
    train = {"de": 300, "fr": 30}
    for balanced in (False, True):
        windows, groups = transfer(folder, train=train, balanced=balanced).training(1)
        assert sum(groups) == len(windows.input_ids)
        assert len(groups) == (2 if balanced else 1)
    assert groups[1] >= 30
    assert groups[0] >= 300


@pytest.mark.parametrize("redraw", [False, True])
def test_each_seed_draws_its_own_sentences(folder: Path, redraw: bool) -> None:
    """Unless settings fix them. The same seed draws the same ones again."""
    objective = transfer(folder, train={"de": 200, "fr": 30}, redraw=redraw)
    drawn = {seed: objective.training(seed)[0] for seed in (1, 2)}
    again = transfer(folder, train={"de": 200, "fr": 30}, redraw=redraw).training(2)[0]
    texts = {
        seed: [tuple(ids.tolist()) for ids in windows.input_ids]
        for seed, windows in {**drawn, 3: again}.items()
    }
    assert texts[3] == texts[2]
    assert (texts[1] != texts[2]) == redraw
    assert objective.data["sentences"]["fr/train"] == 30
    shared = set(texts[1]) & set(texts[2])
    assert len(shared) < len(texts[1]) if redraw else len(shared) == len(set(texts[1]))
