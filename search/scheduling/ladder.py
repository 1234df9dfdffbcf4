"""Which configuration stands on which rung, and who climbs next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration
from xlt.search.scheduling.halving import Promote, RungState, Status, next_action
from xlt.search.storage.keys import CONFIGURATION, DIVERGED, FAILED
from xlt.search.storage.store import Store
from xlt.search.suggest.distributions import distributions, trial_names
from xlt.search.suggest.encoding import SpaceEncoder
from xlt.search.suggest.shared_prefix import PrefixTracker
from xlt.search.suggest.surrogate import PrefixColumns
from xlt.spaces.space import Space


class AshaScheduler:
    """The configurations of one study, by their keys (see `xlt.search.storage.store.key`)."""

    def __init__(
        self, rungs: Sequence[int], space: Space, store: Store, prefixes: PrefixTracker
    ) -> None:
        self._rungs, self._space, self._prefixes = rungs, space, prefixes
        free = {name: each for name, each in distributions(space).items() if not each.single()}
        self._encoder = SpaceEncoder(free) if free else None
        self._prefix = None
        if self._encoder and prefixes.prefix is not None:
            columns = self._encoder.columns_of(trial_names(space, prefixes.prefix.params))
            self._prefix = PrefixColumns(prefixes.prefix.step, columns)
        self._states: dict[str, RungState] = {}
        self._keys: list[str] = []  # by the numbers that `halving` knows them by
        for key, trial in store.latest_by_config().items():
            self.on_trial_add(key, trial.user_attrs[CONFIGURATION])
            if {DIVERGED, FAILED} & trial.user_attrs.keys():
                self.on_error(key)
            elif trial.state == TrialState.PRUNED:
                self.on_result(key, trial.intermediate_values)
            else:
                self._set(key, trial.intermediate_values, Status.ENDED)

    def on_trial_add(self, key: str, config: Configuration) -> None:
        """A new configuration is on its way to its first rung."""
        if key in self._states:
            return
        point: tuple[float, ...] = ()
        if self._encoder:
            row = self._encoder.to_internal(self._space.to_parameters(config))
            point = tuple(self._encoder.encode(np.array([row]))[0])
        paths = {rung: self._prefixes.prefix_id(config, rung) for rung in self._rungs}
        self._states[key] = RungState(len(self._keys), point, {}, Status.RUNNING, paths)
        self._keys.append(key)

    def on_resume(self, key: str) -> None:
        """It is on its way to its next rung."""
        self._set(key, self._states[key].scores, Status.RUNNING)

    def on_result(self, key: str, scores: Mapping[int, float]) -> None:
        """It stands on a rung, and may go on from there if it is not the last."""
        self._set(key, scores, Status.ENDED if self._rungs[-1] in scores else Status.PAUSED)

    def on_error(self, key: str) -> None:
        """It has diverged or failed."""
        self._set(key, {}, Status.ENDED)

    def choose_trial_to_run(
        self, can_start: bool, can_promote: Callable[[str, int], bool]
    ) -> str | None:
        """Who climbs, by its key; None: nobody until something comes in.

        `may_begin`: whether a new configuration could be begun instead. `may_climb`: whether one
        may go on from a step.
        """
        seen = list(self._states.values())
        groups = list(self._encoder.column_param) if self._encoder else None
        while True:
            decision = next_action(self._rungs, seen, can_start, groups, prefix=self._prefix)
            if not isinstance(decision, Promote):
                return None
            chosen = self._keys[decision.number]
            if can_promote(chosen, max(self._states[chosen].scores)):
                return chosen
            # The best of those that may take its place.
            seen[decision.number] = replace(seen[decision.number], status=Status.ENDED)

    def _set(self, key: str, scores: Mapping[int, float], state: Status) -> None:
        self._states[key] = replace(self._states[key], scores=dict(scores), status=state)
