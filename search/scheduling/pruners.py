"""Optuna's pruners by name, for studies that are scored at a few rungs at arbitrary steps.

A pruner can only stop: a pruned trial stays pruned. Scores are always reported at real training
steps, so that the dashboard's curves have the right axis.
"""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.objective import Configuration
from xlt.search.scheduling.scheduler import REDUCTION_FACTOR, Decision
from xlt.search.storage.keys import DUPLICATE_OF
from xlt.search.storage.store import Store


def make_pruner(name: str, rungs: Sequence[int]) -> BasePruner:
    """The pruner `name` for trials that are scored at the steps `rungs`."""
    return PRUNERS[name](rungs)


class PrunerScheduler:
    """Stops the trainings that an Optuna pruner prunes, and pauses none."""

    def __init__(self, pruner: BasePruner, store: Store) -> None:
        self._store = store
        store.study.pruner = pruner

    def on_start(self, key: str, config: Configuration) -> None: ...

    def on_resume(self, key: str) -> None: ...

    def on_error(self, key: str) -> None: ...

    def on_result(self, key: str, trial_number: int, scores: Mapping[int, float]) -> Decision:
        return Decision.STOP if self._store.should_prune(trial_number) else Decision.CONTINUE

    def paused(self) -> Iterable[str]:
        return ()

    def choose_promotion(
        self, can_start: bool, can_promote: Callable[[str, int], bool]
    ) -> str | None:
        return None


class RungHalvingPruner(BasePruner):
    """Asynchronous successive halving that stops: at each rung the best quarter continues.

    The rule of `optuna.pruners.SuccessiveHalvingPruner` (Li et al., 2020, ASHA): of n values
    at a rung the best n // 4 continue, and always the best one. Optuna's own pruner has rungs only
    at steps `min_resource * reduction_factor ** k`, and counts the value of a trial twice if it was
    interrupted and started again. This one compares at the step that was reported.
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
            and DUPLICATE_OF not in other.user_attrs
            and step in other.intermediate_values
        ]
        better = sum(other > value for other in others)
        return better >= max(1, (len(others) + 1) // REDUCTION_FACTOR)


class RungHyperbandPruner(HyperbandPruner):
    """Hyperband with one bracket for each rung: bracket k is not pruned before rung k.

    Optuna's brackets have rungs at steps `reduction_factor ** k`, so it gets a copy of the trial
    with the score of rung k at that step. A trial's bracket depends on its number and the study's
    name: an interrupted trial that is started again under a new number may be in another bracket.
    """

    def __init__(self, rungs: Sequence[int]) -> None:
        # The 1 keeps Optuna's rounded logarithm from losing the last bracket.
        super().__init__(
            min_resource=1,
            max_resource=REDUCTION_FACTOR ** (len(rungs) - 1) + 1,
            reduction_factor=REDUCTION_FACTOR,
        )
        self._optuna_step = {step: REDUCTION_FACTOR**k for k, step in enumerate(rungs)}

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        moved = copy.copy(trial)
        moved.intermediate_values = {
            self._optuna_step[step]: value
            for step, value in trial.intermediate_values.items()
            if step in self._optuna_step
        }
        return super().prune(study, moved)


# By name, functions that build a pruner from the rungs.
PRUNERS: Mapping[str, Callable[[Sequence[int]], BasePruner]] = {
    "asha-stop": lambda _: RungHalvingPruner(),
    # Compares a trial's best score so far with the median of complete trials at the same step. A
    # score that falls later (fine-tuning that harms) does not prune it.
    "median": lambda _: MedianPruner(n_startup_trials=5),
    "hyperband": RungHyperbandPruner,
    "none": lambda _: NopPruner(),
}
