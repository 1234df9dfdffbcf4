"""Observation history: scores and state of every distinct configuration in a study's trials."""

import math
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from xlt.search.storage.keys import DIVERGED, FAILED
from xlt.search.suggest.encoding import SpaceEncoder, row_keys

# The step of a complete trial's value if it reported no scores: after all others.
FINAL_STEP = 2**62


@dataclass(frozen=True)
class ConfigHistory:
    """Scores and state of one configuration, from all its trials.

    Attributes:
        row: Its parameters in Optuna's internal representation, (p,).
        scores: The finite scores, by step, of the trial with the highest step; higher is better.
            Empty if `failed`: scores before a divergence do not predict the last rung.
        failed: Whether a trial diverged, or could not be trained.
        single_fidelity: Whether a trial ran to its end and was scored only there.
        running: Whether the latest trial has not finished.
    """

    row: list[float]
    scores: Mapping[int, float]
    failed: bool
    single_fidelity: bool
    running: bool

    @classmethod
    def from_trial(
        cls, trial: FrozenTrial, row: list[float], direction: StudyDirection
    ) -> "ConfigHistory":
        sign = -1 if direction == StudyDirection.MINIMIZE else 1
        scores = {
            step: sign * value
            for step, value in trial.intermediate_values.items()
            if math.isfinite(value)
        }
        complete = trial.state == TrialState.COMPLETE
        if complete and not scores and trial.value is not None:
            scores = {FINAL_STEP: sign * trial.value}
        failed = _has_failed(trial)
        running = not trial.state.is_finished()
        return cls(row, {} if failed else scores, failed, complete and len(scores) == 1, running)

    def followed_by(self, later: "ConfigHistory") -> "ConfigHistory":
        """Merges this history with that of a later trial of the same configuration."""
        failed = self.failed or later.failed
        furthest = max(later.scores, self.scores, key=lambda scores: max(scores, default=-1))
        return ConfigHistory(
            later.row,
            {} if failed else furthest,
            failed,
            self.single_fidelity or later.single_fidelity,
            later.running,
        )


@dataclass
class _Cache:
    """The histories from the first `n_trials` trials of a study, which are all finished."""

    space: Mapping[str, BaseDistribution]
    n_trials: int = 0
    histories: dict[bytes, ConfigHistory] = field(default_factory=dict)


_caches: "weakref.WeakKeyDictionary[optuna.Study, _Cache]" = weakref.WeakKeyDictionary()


def observed_configs(
    study: optuna.Study, asking: int, encoder: SpaceEncoder
) -> dict[bytes, ConfigHistory]:
    """The histories of all configurations in a study's trials.

    Finished trials are read only once per study: a cache outlives the samplers, of which every
    suggestion creates a new one.

    Args:
        study: A study with one objective.
        asking: The number of the trial that needs a suggestion; it is left out.
        encoder: Trials that lack one of its parameters are left out.

    Returns:
        The histories by their key (`row_keys`), in the order of their first trials.

    Raises:
        ValueError: The study has several objectives.
    """
    if len(study.directions) != 1:
        raise ValueError(f"one objective was expected, not {len(study.directions)}")
    cache = _caches.get(study)
    if cache is None or cache.space != encoder.distributions:
        cache = _caches[study] = _Cache(encoder.distributions)
    trials = study.get_trials(deepcopy=False)[cache.n_trials :]
    # A number is missing if another process has added the trial and it was not read yet.
    n_finished = next(
        (
            index
            for index, trial in enumerate(trials)
            if not trial.state.is_finished() or trial.number != cache.n_trials + index
        ),
        len(trials),
    )
    _add(cache.histories, trials[:n_finished], study.direction, encoder)
    cache.n_trials += n_finished
    histories = dict(cache.histories)
    others = [trial for trial in trials[n_finished:] if trial.number != asking]
    _add(histories, others, study.direction, encoder)
    return histories


def _add(
    histories: dict[bytes, ConfigHistory],
    trials: Sequence[FrozenTrial],
    direction: StudyDirection,
    encoder: SpaceEncoder,
) -> None:
    """Add trials that are later than all trials in `histories`."""
    trials = [
        trial
        for trial in trials
        if encoder.distributions.keys() <= trial.params.keys()
        # An abandoned trial's configuration may be suggested again.
        and (trial.state != TrialState.FAIL or _has_failed(trial))
    ]
    if not trials:
        return
    rows = [encoder.to_internal(trial.params) for trial in trials]
    keys = row_keys(encoder.encode(np.array(rows)))
    for trial, row, key in zip(trials, rows, keys, strict=True):
        config = ConfigHistory.from_trial(trial, row, direction)
        histories[key] = histories[key].followed_by(config) if key in histories else config


def _has_failed(trial: FrozenTrial) -> bool:
    return DIVERGED in trial.user_attrs or FAILED in trial.user_attrs
