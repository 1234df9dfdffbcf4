"""How many threads PyTorch trains a run on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Threads:
    """A run trains on one thread until `from_step`, then on `count`.

    Other thread counts add numbers in another order, so results differ in their last bits: such
    runs have checkpoints of their own.
    """

    count: int = 1
    from_step: int = 0

    def at(self, step: int) -> int:
        """The number of threads that train the step before `step`."""
        return self.count if step > self.from_step else 1


SINGLE = Threads()


@contextmanager
def torch_threads(threads: Threads, step: int) -> Iterator[None]:
    """Have PyTorch use `threads.at(step)` threads inside the block; does nothing for one."""
    if threads.at(step) == 1:
        yield
        return
    import torch  # It takes seconds, and describing a job does not need it.

    before = torch.get_num_threads()
    torch.set_num_threads(threads.count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
