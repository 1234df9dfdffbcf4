"""How many threads a run is trained on, from where on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Threads:
    """Beyond the step `after` a run is trained and scored on `count` threads, before it on one.

    Sums are taken in another order then: other last bits, so other nodes of the tree.
    """

    count: int = 1
    after: int = 0

    def at(self, step: int) -> int:
        """How many a run is brought to `step` with."""
        return self.count if step > self.after else 1


SINGLE = Threads()


@contextmanager
def computing(threads: Threads, step: int) -> Iterator[None]:
    """Inside, PyTorch computes as it should on the way to `step`; as ever, if that is one thread."""
    if threads.at(step) == 1:
        yield
        return
    # It takes seconds to import; whoever imports this to describe a job need not wait for it.
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads.count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
