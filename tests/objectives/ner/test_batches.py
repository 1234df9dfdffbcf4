"""Batches of fine-tuning."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from transfers import STEPS, config

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
