"""ASHA that pauses and resumes: asynchronous successive halving.

Every configuration trains to the first rung. Of those scored at a rung the best 1/4 are promoted to
the next one. Promotions from the highest rung come first, and no rung has to fill up (Li et al.,
2020, "A system for massively parallel hyperparameter tuning"). The others stay paused, and may be
promoted later.

Configurations whose shared training prefix reaches beyond a rung have the same score there. At such
a rung prefixes are compared instead of configurations, and all siblings (the configurations of one
prefix) are promoted with it.

"Best" means the highest expected score at the last rung, given all scores at all rungs (see
`xlt.search.suggest.surrogate`): a rung that predicted later scores badly gets less weight. The
scores at the rung are compared directly while fewer than `surrogate.MIN_SCORED_CONFIGS` configurations have a score,
and once all rungs together have more than `MAX_OBS` scores. By then a rung promotes so many that their
exact order hardly matters.

`next_promotion` is a pure function; `AshaScheduler` keeps its arguments up to date for one study.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import pairwise

import numpy as np
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration
from xlt.search.scheduling.scheduler import REDUCTION_FACTOR, Decision
from xlt.search.storage.keys import CONFIGURATION, DIVERGED, FAILED
from xlt.search.storage.store import Store
from xlt.search.suggest import surrogate
from xlt.search.suggest.distributions import distributions, trial_names
from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.shared_prefix import PrefixTracker
from xlt.spaces.space import Space


class Status(Enum):
    """Whether a configuration can be promoted."""

    PAUSED = "can be promoted"
    RUNNING = "in training"
    ENDED = "at the last rung, diverged or failed"
    REFUSED = "paused, but `can_promote` does not allow its promotion now"


@dataclass(frozen=True)
class ConfigState:
    """A configuration that was started.

    Attributes:
        index: Its position in the order in which the study's configurations were started.
        point: Its coordinates, as `xlt.search.suggest.encoding` encodes them.
        scores: Finite scores by step, at rungs and at the ends of stages between them; higher is
            better. A paused configuration's highest step is a rung.
        status: Whether it can be promoted.
        prefix_ids: For each rung, an ID of its training up to there, equal for configurations that
            share this training. Empty: it shares nothing.
    """

    index: int
    point: tuple[float, ...]
    scores: Mapping[int, float]
    status: Status
    prefix_ids: Mapping[int, str] = field(default_factory=dict)

    def prefix_id(self, rung: int) -> str:
        return self.prefix_ids.get(rung, str(self.index))

    def is_paused_at(self, rung: int) -> bool:
        return self.status == Status.PAUSED and max(self.scores) == rung


class AshaScheduler:
    """ASHA for one study, see `xlt.search.scheduling.scheduler.Scheduler`."""

    def __init__(
        self, rungs: Sequence[int], space: Space, store: Store, prefixes: PrefixTracker
    ) -> None:
        self._rungs, self._space, self._prefix_tracker = rungs, space, prefixes
        free = {name: dist for name, dist in distributions(space).items() if not dist.single()}
        self._encoder = SpaceEncoder(free) if free else None
        self._prefix_columns = None
        if self._encoder and prefixes.prefix is not None:
            columns = self._encoder.columns_of(trial_names(space, prefixes.prefix.params))
            self._prefix_columns = surrogate.PrefixColumns(prefixes.prefix.step, columns)
        self._states: dict[str, ConfigState] = {}
        self._keys: list[str] = []  # by `ConfigState.index`
        for key, trial in store.results_by_config().items():
            self.on_start(key, trial.user_attrs[CONFIGURATION])
            if {DIVERGED, FAILED} & trial.user_attrs.keys():
                self.on_error(key)
            elif trial.state == TrialState.PRUNED:
                self.on_result(key, trial.number, trial.intermediate_values)
            else:
                self._set(key, trial.intermediate_values, Status.ENDED)

    def on_start(self, key: str, config: Configuration) -> None:
        point: tuple[float, ...] = ()
        if self._encoder:
            row = self._encoder.to_internal(self._space.to_trial_params(config))
            point = tuple(self._encoder.encode(np.array([row]))[0])
        prefix_ids = {rung: self._prefix_tracker.prefix_id(config, rung) for rung in self._rungs}
        self._states[key] = ConfigState(len(self._keys), point, {}, Status.RUNNING, prefix_ids)
        self._keys.append(key)

    def on_resume(self, key: str) -> None:
        self._set(key, self._states[key].scores, Status.RUNNING)

    def on_result(self, key: str, trial_number: int, scores: Mapping[int, float]) -> Decision:
        self._set(key, scores, Status.ENDED if self._rungs[-1] in scores else Status.PAUSED)
        return Decision.PAUSE

    def on_error(self, key: str) -> None:
        self._set(key, {}, Status.ENDED)

    def paused(self) -> Iterable[str]:
        return (key for key, state in self._states.items() if state.status == Status.PAUSED)

    def choose_promotion(
        self, can_start: bool, can_promote: Callable[[str, int], bool]
    ) -> str | None:
        states = list(self._states.values())
        column_param = list(self._encoder.column_param) if self._encoder else None
        while True:
            index = promoted_index(
                self._rungs, states, can_start, column_param, prefix=self._prefix_columns
            )
            if index is None:
                return None
            key = self._keys[index]
            if can_promote(key, max(self._states[key].scores)):
                return key
            states[index] = replace(states[index], status=Status.REFUSED)

    def _set(self, key: str, scores: Mapping[int, float], status: Status) -> None:
        self._states[key] = replace(self._states[key], scores=dict(scores), status=status)


def promoted_index(
    rungs: Sequence[int],
    states: Sequence[ConfigState],
    can_start: bool,
    column_param: Sequence[int] | None = None,
    prefix: surrogate.PrefixColumns | None = None,
) -> int | None:
    """The index of the configuration to train to its next rung; None for none now.

    Args:
        rungs: Increasing steps; a training ends at the last one.
        states: All configurations that were started.
        can_start: Whether a new configuration may be started. If not, the number of promotions is
            rounded up, so that at least one configuration reaches the last rung if any can.
        column_param: The parameter of each coordinate of a point. None: every one is a parameter.
        prefix: The coordinates that shared prefixes depend on, if there are any.

    Raises:
        ValueError: Rungs do not increase, or a paused configuration has no score, or one at the last rung.
    """
    _check(rungs, states)
    expected: dict[int, float] | None = None
    for rung, next_rung in reversed(list(pairwise(rungs))):
        # A configuration that cannot be promoted from this rung must not take the place of another.
        can_leave = (Status.PAUSED, Status.RUNNING)
        here = [
            state
            for state in states
            if rung in state.scores and (state.status in can_leave or next_rung in state.scores)
        ]
        n_promoted = _n_promoted(here, rung, can_start)
        if not n_promoted or not any(state.is_paused_at(rung) for state in here):
            continue
        if expected is None:
            expected = _expected_scores(states, column_param, prefix)
        # `expected` has all of `here`, or is empty: the units are never mixed.
        scores = {state.index: expected.get(state.index, state.scores[rung]) for state in here}
        here.sort(key=lambda state: (-scores[state.index], state.index))
        best_prefixes = list(dict.fromkeys(state.prefix_id(rung) for state in here))[:n_promoted]
        for state in here:
            if state.prefix_id(rung) in best_prefixes and state.is_paused_at(rung):
                siblings = [s for s in here if s.prefix_id(rung) == state.prefix_id(rung)]
                promoted = any(next_rung in sibling.scores for sibling in siblings)
                # A sibling in training may be training the rest of the prefix: wait for it.
                if promoted or not any(other.status == Status.RUNNING for other in siblings):
                    return state.index
    return None


def _n_promoted(here: Sequence[ConfigState], rung: int, can_start: bool) -> int:
    """How many prefixes are promoted in total, of configurations at a rung or promoted from it."""
    n_prefixes = len({state.prefix_id(rung) for state in here})
    if not can_start:
        return -(-n_prefixes // REDUCTION_FACTOR)
    # Fewer prefixes than `REDUCTION_FACTOR` give 0. Promote one all the same once they have many
    # configurations, or the only one has several: siblings differ only at later rungs.
    promote_one = len(here) >= REDUCTION_FACTOR**2 or (n_prefixes == 1 and len(here) > 1)
    return max(n_prefixes // REDUCTION_FACTOR, int(promote_one))


def _expected_scores(
    states: Sequence[ConfigState],
    column_param: Sequence[int] | None,
    prefix: surrogate.PrefixColumns | None,
) -> dict[int, float]:
    """The expected normal scores at the last rung, by index, for ranking only. Empty: compare the scores at the rung."""
    scored = [state for state in states if state.scores]
    distinct = {(rung, state.prefix_id(rung)) for state in scored for rung in state.scores}
    if len(scored) < surrogate.MIN_SCORED_CONFIGS or len(distinct) > surrogate.MAX_OBS:
        return {}
    points = np.array([state.point for state in scored], dtype=float)  # (n, c)
    scores = [state.scores for state in scored]
    process, rows = surrogate.fit_surrogate(points, scores, column_param, prefix=prefix)
    means, _ = process.predict_train()
    return {scored[row].index: float(mean) for row, mean in zip(rows, means, strict=True)}


def _check(rungs: Sequence[int], states: Sequence[ConfigState]) -> None:
    if not rungs or list(rungs) != sorted(set(rungs)):
        raise ValueError(f"rungs must increase: {list(rungs)}")
    for state in states:
        if state.status == Status.PAUSED and (not state.scores or rungs[-1] in state.scores):
            raise ValueError(
                f"configuration {state.index} is paused with scores at {sorted(state.scores)}; "
                f"expected some of {list(rungs[:-1])}"
            )
