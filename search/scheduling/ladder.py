"""Which configuration stands on which rung, and who climbs next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration
from xlt.search.scheduling.halving import Promote, Seen, State, decide
from xlt.search.storage.keys import DIVERGED, FAILED
from xlt.search.storage.store import Store
from xlt.search.suggest.distributions import distributions, trial_names
from xlt.search.suggest.encoding import Coordinates
from xlt.search.suggest.shared_prefix import Trunks
from xlt.search.suggest.surrogate import Trunk
from xlt.spaces.space import Space


class Ladder:
    """The configurations of one study, by their keys (see `xlt.search.storage.store.key`)."""

    def __init__(self, rungs: Sequence[int], space: Space, store: Store, trunks: Trunks) -> None:
        self._rungs, self._space, self._trunks = rungs, space, trunks
        free = {name: each for name, each in distributions(space).items() if not each.single()}
        self._box = Coordinates(free) if free else None
        self._trunk = None
        if self._box and trunks.common is not None:
            columns = self._box.columns(trial_names(space, trunks.common.names))
            self._trunk = Trunk(trunks.common.step, columns)
        self._seen: dict[str, Seen] = {}
        self._keys: list[str] = []  # by the numbers that `halving` knows them by
        for key, trial in store.finished().items():
            self.enters(key, trial.user_attrs["configuration"])
            if {DIVERGED, FAILED} & trial.user_attrs.keys():
                self.falls(key)
            elif trial.state == TrialState.PRUNED:
                self.arrives(key, trial.intermediate_values)
            else:
                self._set(key, trial.intermediate_values, State.ENDED)

    def enters(self, key: str, config: Configuration) -> None:
        """A new configuration is on its way to its first rung."""
        if key in self._seen:
            return
        point: tuple[float, ...] = ()
        if self._box:
            row = self._box.row(self._space.to_parameters(config))
            point = tuple(self._box.points(np.array([row]))[0])
        paths = {rung: self._trunks.path(config, rung) for rung in self._rungs}
        self._seen[key] = Seen(len(self._keys), point, {}, State.RUNNING, paths)
        self._keys.append(key)

    def climbs(self, key: str) -> None:
        """It is on its way to its next rung."""
        self._set(key, self._seen[key].scores, State.RUNNING)

    def arrives(self, key: str, scores: Mapping[int, float]) -> None:
        """It stands on a rung, and may go on from there if it is not the last."""
        self._set(key, scores, State.ENDED if self._rungs[-1] in scores else State.PAUSED)

    def falls(self, key: str) -> None:
        """It has diverged or failed."""
        self._set(key, {}, State.ENDED)

    def next(self, may_begin: bool, may_climb: Callable[[str, int], bool]) -> str | None:
        """Who climbs, by its key; None: nobody until something comes in.

        `may_begin`: whether a new configuration could be begun instead. `may_climb`: whether one
        may go on from a step.
        """
        seen = list(self._seen.values())
        groups = list(self._box.groups) if self._box else None
        while True:
            decision = decide(self._rungs, seen, may_begin, groups, trunk=self._trunk)
            if not isinstance(decision, Promote):
                return None
            chosen = self._keys[decision.number]
            if may_climb(chosen, max(self._seen[chosen].scores)):
                return chosen
            # The best of those that may take its place.
            seen[decision.number] = replace(seen[decision.number], state=State.ENDED)

    def _set(self, key: str, scores: Mapping[int, float], state: State) -> None:
        self._seen[key] = replace(self._seen[key], scores=dict(scores), state=state)
