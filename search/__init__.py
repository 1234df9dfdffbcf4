"""The public API of the search. The names listed here, `xlt.search.events` and `xlt.studies.study.load`
are stable. Everything else may move.

Names are imported when they are first used, so that commands start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlt.search.api import load_result as load_result
    from xlt.search.api import run_study as run_study
    from xlt.search.pipeline.optuna_objective import as_optuna_objective as as_optuna_objective
    from xlt.search.scheduling.pruners import make_pruner as make_pruner
    from xlt.search.storage.studies import load_store as load_store
    from xlt.search.study_result import StudyResult as StudyResult
    from xlt.search.suggest.distributions import distributions as distributions
    from xlt.search.suggest.distributions import enqueue_config as enqueue_config
    from xlt.search.suggest.distributions import suggest_config as suggest_config
    from xlt.search.suggest.samplers import make_sampler as make_sampler

_MODULES = {
    "StudyResult": "study_result",
    "as_optuna_objective": "pipeline.optuna_objective",
    "distributions": "suggest.distributions",
    "enqueue_config": "suggest.distributions",
    "load_result": "api",
    "load_store": "storage.studies",
    "make_pruner": "scheduling.pruners",
    "make_sampler": "suggest.samplers",
    "run_study": "api",
    "suggest_config": "suggest.distributions",
}
__all__ = list(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
