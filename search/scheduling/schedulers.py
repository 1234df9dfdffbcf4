"""Builds the scheduler that a study's key `pruner` in its table `[search]` names."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from xlt.search.scheduling.scheduler import REDUCTION_FACTOR, Scheduler
from xlt.search.storage.store import Store
from xlt.search.suggest.shared_prefix import PrefixTracker
from xlt.spaces.space import Space


class _Entry(NamedTuple):
    promotion_rate: float
    make: Callable[[Sequence[int], Space, Store, PrefixTracker], Scheduler]


def _asha(rungs: Sequence[int], space: Space, store: Store, prefixes: PrefixTracker) -> Scheduler:
    # Importing SciPy takes most of a second, which commands that only show a study need not wait for.
    from xlt.search.scheduling.asha import AshaScheduler

    return AshaScheduler(rungs, space, store, prefixes)


# The schedulers that pause and resume. All other names are those of pruners, which only stop.
PAUSING_SCHEDULERS: Mapping[str, _Entry] = {"asha": _Entry(1 / REDUCTION_FACTOR, _asha)}


def make_scheduler(
    name: str, rungs: Sequence[int], space: Space, store: Store, prefixes: PrefixTracker
) -> Scheduler:
    """The scheduler `name` for a study that is scored at the steps `rungs`."""
    if name in PAUSING_SCHEDULERS:
        return PAUSING_SCHEDULERS[name].make(rungs, space, store, prefixes)
    from xlt.search.scheduling.pruners import PrunerScheduler, make_pruner

    return PrunerScheduler(make_pruner(name, rungs), store)


def promotion_rate(name: str) -> float:
    """The expected share of configurations that continue at a rung; 1 for pruners (unknown)."""
    return PAUSING_SCHEDULERS[name].promotion_rate if name in PAUSING_SCHEDULERS else 1.0
