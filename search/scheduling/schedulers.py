"""The schedulers by the name that `search.pruner` gives them."""

from collections.abc import Mapping, Sequence

from xlt.search.scheduling.asha import AshaScheduler
from xlt.search.scheduling.pruners import PRUNERS, PrunerScheduler
from xlt.search.scheduling.scheduler import Scheduler
from xlt.search.storage.store import Store
from xlt.search.suggest.shared_prefix import PrefixTracker
from xlt.spaces.space import Space

# Those that pause and resume. The other names are those of pruners, which only stop.
SCHEDULERS: Mapping[str, type[AshaScheduler]] = {"asha": AshaScheduler}


def make_scheduler(
    name: str, rungs: Sequence[int], space: Space, store: Store, prefixes: PrefixTracker
) -> Scheduler:
    """The scheduler `name` for a study that is scored at the steps `rungs`."""
    if name in SCHEDULERS:
        return SCHEDULERS[name](rungs, space, store, prefixes)
    return PrunerScheduler(PRUNERS[name](rungs), store)


def promotion_rate(name: str) -> float:
    """The expected share of configurations that go from a rung to the next one."""
    return SCHEDULERS.get(name, PrunerScheduler).promotion_rate
