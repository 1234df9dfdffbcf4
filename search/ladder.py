"""Which configuration stands on which rung, and who climbs next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from optuna.trial import FrozenTrial, TrialState

from xlt.search.halving import NEW, New, Seen, State, choose
from xlt.search.store import DIVERGED, FAILED, Store


class Ladder:
    """The configurations of one study, by their keys (see `xlt.search.store.key`)."""

    def __init__(self, rungs: Sequence[int], store: Store) -> None:
        self._rungs = rungs
        self._seen = {key: self._found(key, trial) for key, trial in store.finished().items()}

    def _found(self, key: str, trial: FrozenTrial) -> Seen:
        over = trial.state != TrialState.PRUNED or {DIVERGED, FAILED} & trial.user_attrs.keys()
        return Seen(key, trial.intermediate_values, State.ENDED if over else State.PAUSED)

    def climbs(self, key: str, scores: Mapping[int, float]) -> None:
        """A configuration is on its way to its next rung. `scores`: so far, by step."""
        self._seen[key] = Seen(key, scores, State.RUNNING)

    def arrives(self, key: str, scores: Mapping[int, float]) -> None:
        """It stands on a rung, and may go on from there if it is not the last."""
        done = self._rungs[-1] in scores
        self._seen[key] = Seen(key, scores, State.ENDED if done else State.PAUSED)

    def falls(self, key: str) -> None:
        """It has diverged or failed."""
        self._seen[key] = Seen(key, {}, State.ENDED)

    def next(self, may_begin: bool, may_climb: Callable[[str, int], bool]) -> str | New | None:
        """Who climbs: a key; `NEW`, if there may be one; or nobody until something comes in.

        `may_climb`: whether one may go on from a step.
        """
        seen = dict(self._seen)
        while True:
            chosen = choose(self._rungs, seen.values(), may_begin)
            if not isinstance(chosen, Seen):
                return chosen
            if may_climb(chosen.key, max(chosen.scores)):
                return chosen.key
            seen[chosen.key] = replace(chosen, state=State.ENDED)


__all__ = ["NEW", "Ladder", "New"]
