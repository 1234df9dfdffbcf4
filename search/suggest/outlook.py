"""What configurations promise: their chance to become the best, and their expected gain in score.

Both come from the Gaussian process of `xlt.search.suggest.surrogate`, whichever sampler is used. It
predicts normal quantiles of ranks (normal scores). A straight line, fitted to the best configurations
at the last rung, converts them to points of the task's score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from scipy.special import ndtr

from xlt.search.suggest.encoding import SpaceEncoder, row_keys
from xlt.search.suggest.gp_sampler import log_ei
from xlt.search.suggest.kernel import CORRELATION_PRIOR, Array
from xlt.search.suggest.shared_prefix import SharedPrefix
from xlt.search.suggest.surrogate import (
    MIN_SCORED_CONFIGS,
    MultiFidelityGP,
    PrefixColumns,
    fit_surrogate,
)

# Prefixes with a score at the last rung that the conversion to points needs.
MIN_PREFIXES_FOR_SCORE_UNIT = 3


@dataclass(frozen=True)
class Prospect:
    """The probability of improvement and the expected improvement of a configuration.

    Attributes:
        win_probability: The probability that its score at the last rung is above the best predicted
            score of all scored configurations.
        gain: The expected improvement over the best one, in the unit of the task's score; infinite
            while the scores at the last rung are too few, or too close together.
    """

    win_probability: float
    gain: float


@dataclass(frozen=True)
class _Model:
    process: MultiFidelityGP
    best: float
    score_per_sd: float  # units of the score per standard deviation of normal scores
    n_unseen_rungs: int  # the last rungs, as long as nothing has a score there


class Outlook:
    """The prospects of one study's configurations, kept up to date with their scores."""

    def __init__(
        self,
        space: Mapping[str, BaseDistribution],
        rungs: Sequence[int],
        prefix: SharedPrefix | None = None,
        min_spread: float = 0.0,
    ) -> None:
        """Create an outlook without scores.

        Args:
            space: The distributions of all parameters.
            rungs: The steps that are scored; the last one decides.
            prefix: The prefix that configurations can share, in the names of `space`.
            min_spread: Gains are infinite while all scores at the last rung lie closer together. The
                search may be on a plateau then, and the gain is unknown.
        """
        free = {name: dist for name, dist in space.items() if not dist.single()}
        self._min_spread = min_spread
        self._rungs, self._last_rung, self._single_fidelity = rungs, rungs[-1], len(rungs) == 1
        self._encoder = SpaceEncoder(free) if free else None
        self._prefix = None
        if self._encoder and prefix is not None:
            columns = self._encoder.columns_of(prefix.params)
            self._prefix = PrefixColumns(prefix.step, columns)
        self._scores: dict[str, tuple[Array, Mapping[int, float]]] = {}  # by key
        self._model: _Model | None = None

    def observe(self, key: str, params: Mapping[str, Any], scores: Mapping[int, float]) -> None:
        """Record all scores of a configuration so far, by step; empty if it diverged or failed."""
        self._model = None
        if not scores or self._encoder is None:
            self._scores.pop(key, None)
        else:
            self._scores[key] = self._encode(self._encoder, params), dict(scores)

    def prospect(self, params: Mapping[str, Any]) -> Prospect | None:
        """What a configuration promises; None while too few are scored."""
        if self._encoder is None or len(self._scores) < MIN_SCORED_CONFIGS:
            return None
        self._model = self._model or self._fit(self._encoder)
        model, point = self._model, self._encode(self._encoder, params)
        means, deviations = model.process.predict(point[None])
        # A rung without scores is expected to agree with the one before as the prior says. What
        # does not agree is independent noise of both configurations.
        agreement = CORRELATION_PRIOR**model.n_unseen_rungs
        noise = np.sqrt(2 * (1 - agreement**2))
        deviation = float(np.hypot(agreement * deviations[0], noise))
        z = agreement * (means - model.best) / deviation
        win_probability = float(ndtr(z)[0])
        if np.isinf(model.score_per_sd):
            return Prospect(win_probability, np.inf)
        gain = deviation * float(np.exp(log_ei(z))[0]) * model.score_per_sd
        return Prospect(win_probability, gain)

    def _encode(self, encoder: SpaceEncoder, params: Mapping[str, Any]) -> Array:
        point: Array = encoder.encode(np.array([encoder.to_internal(params)]))[0]
        return point

    def _fit(self, encoder: SpaceEncoder) -> _Model:
        points, scores = zip(*self._scores.values(), strict=True)
        process, rows = fit_surrogate(
            np.array(points),
            scores,
            encoder.column_param.tolist(),
            single_fidelity=self._single_fidelity,
            prefix=self._prefix,
        )
        means, _ = process.predict_train()
        observed = process.observations
        last = observed.rung == observed.rung.max()
        values = [scores[rows[row]].get(self._last_rung) for row in observed.row[last]]
        score_per_sd = np.inf  # until configurations reach the last rung and differ there
        if None not in values and np.ptp(values) >= self._min_spread:
            columns = slice(None) if self._prefix is None else self._prefix.columns
            prefixes = row_keys(process.points[observed.row[last]][:, columns])
            score_per_sd = _score_per_sd(observed.score[last], np.array(values), prefixes)
        furthest = max(max(by_step) for by_step in scores)
        n_unseen = sum(rung > furthest for rung in self._rungs)
        return _Model(process, float(means.max()), score_per_sd, n_unseen)


def _score_per_sd(normal_scores: Array, scores: Array, prefixes: Sequence[bytes]) -> float:
    """Units of the task's score per standard deviation of normal scores, near the best configurations; infinite if unknown.

    Of the configurations with one prefix (siblings) only the best counts. They may differ by luck alone.
    """
    order = np.argsort(scores, kind="stable")
    best_of_prefix = {prefixes[index]: index for index in order}  # the last one stays
    best = sorted(best_of_prefix.values(), key=lambda index: -scores[index])
    # The better half: what separates the worst ones says nothing about the best.
    best = best[: max(MIN_PREFIXES_FOR_SCORE_UNIT, len(best) // 2)]
    if len(best) < MIN_PREFIXES_FOR_SCORE_UNIT or np.ptp(normal_scores[best]) == 0:
        return np.inf
    return float(np.polyfit(normal_scores[best], scores[best], 1)[0])
