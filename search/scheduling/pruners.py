"""Optuna's pruners by name, for studies that score at a few rungs at arbitrary steps.

They can only stop: a pruned trial stays pruned. Values are always reported at real training
steps, so that the dashboard's curves have the right axis.
"""

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    WilcoxonPruner,
)
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from xlt.search.storage.keys import DUPLICATE

# One of four goes on: Hyperband asks for 3 or 4 (Li et al., 2018, section 3.6). Without
# promotions afterwards a run that goes on too early is never made up for: so the stricter one.
ETA = 4

# Not a pruner: see `xlt.search.pipeline.trial_loop`.
HALVING = "asha"


def pruner(name: str, rungs: Sequence[int]) -> BasePruner:
    """The pruner `name` for trials scored at the steps `rungs`."""
    return PRUNERS[name](rungs)


class HalvingStop(BasePruner):
    """Asynchronous successive halving, stop-only: at each rung the best quarter goes on.

    The rule of `optuna.pruners.SuccessiveHalvingPruner` (Li et al., 2020, ASHA): of n values
    seen at a rung the best n // 4 go on, and always the best. Optuna's own sees a rung only at
    steps `min_resource * eta ** k`, and counts the value of a trial that was interrupted and
    begun again twice; this one compares at the step that was reported, whatever it is.
    """

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        step = trial.last_step
        if step is None:
            return False
        sign = 1 if study.direction == StudyDirection.MAXIMIZE else -1
        value = sign * trial.intermediate_values[step]
        others = [
            sign * other.intermediate_values[step]
            for other in study.get_trials(deepcopy=False)
            if other.number != trial.number
            and other.state != TrialState.FAIL
            and DUPLICATE not in other.user_attrs
            and step in other.intermediate_values
        ]
        better = sum(other > value for other in others)
        return better >= max(1, (len(others) + 1) // ETA)


class RungHyperband(HyperbandPruner):
    """Hyperband with a bracket a rung: trials of bracket k are not judged before rung k.

    Optuna's brackets look at steps `eta ** k`, so a trial is shown to it with rung k at step
    `eta ** k`. A trial's bracket depends on its number and the study's name: an interrupted
    trial, begun again under a new number, may land in another bracket. With 40 trials the
    brackets are small, and a sampler sees one bracket at a time.
    """

    def __init__(self, rungs: Sequence[int]) -> None:
        # The 1 keeps Optuna's rounded logarithm from losing the last bracket.
        super().__init__(
            min_resource=1, max_resource=ETA ** (len(rungs) - 1) + 1, reduction_factor=ETA
        )
        self._place = {step: ETA**index for index, step in enumerate(rungs)}

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        shown = copy.copy(trial)
        shown.intermediate_values = {
            self._place[step]: value
            for step, value in trial.intermediate_values.items()
            if step in self._place
        }
        return super().prune(study, shown)


def _median(_: Sequence[int]) -> BasePruner:
    # A trial's best score so far against the median of complete trials at the same step, once
    # five are complete. A score that falls later (fine-tuning that harms) does not prune.
    return MedianPruner(n_startup_trials=5)


def _hyperband(rungs: Sequence[int]) -> BasePruner:
    return RungHyperband(rungs)


def _halving_stop(_: Sequence[int]) -> BasePruner:
    return HalvingStop()


def _wilcoxon(_: Sequence[int]) -> BasePruner:
    # A signed-rank test of this trial's rungs against the best trial's. It is made for many
    # values: with p < 0.1 one-sided, nothing can be pruned before the fourth rung (0.5 ** 4),
    # and then only if all four are worse.
    with warnings.catch_warnings(category=ExperimentalWarning, action="ignore"):
        return WilcoxonPruner(p_threshold=0.1)


def _none(_: Sequence[int]) -> BasePruner:
    return NopPruner()


PRUNERS: Mapping[str, Callable[[Sequence[int]], BasePruner]] = {
    "asha-stop": _halving_stop,
    "median": _median,
    "hyperband": _hyperband,
    "wilcoxon": _wilcoxon,
    "none": _none,
    HALVING: _none,
}
