"""Paired bootstrap test: do two runs differ by more than the choice of validation sentences?

Koehn, "Statistical Significance Tests for Machine Translation Evaluation" (EMNLP 2004): sentences
are resampled with replacement, the same ones for both runs. It does not consider other seeds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from xlt.objectives.objective import Sentences

ByLanguage: TypeAlias = Mapping[str, Sentences]
# sacrebleu's defaults.
N_RESAMPLES, SEED = 1000, 12345


def paired_bootstrap_pvalue(metric: str, first: ByLanguage, second: ByLanguage) -> float | None:
    """The p-value of the difference between two runs.

    Args:
        metric: The name of the metric.
        first: The outputs and references of one run, by language.
        second: Those of the other.

    Returns:
        The p-value; None for a metric without a test, or without sentences.

    Raises:
        ValueError: The two runs were not scored on the same sentences.
    """
    if metric not in SENTENCE_TESTS or not first or not second:
        return None
    if _references(first) != _references(second):
        raise ValueError("two runs can only be compared on the same sentences")
    return SENTENCE_TESTS[metric](first, second)


def _references(run: ByLanguage) -> dict[str, Sequence[str]]:
    return {language: sentences.references for language, sentences in run.items()}


def _bleu(first: ByLanguage, second: ByLanguage) -> float:
    # Imported here because it is slow, and few commands need it.
    from sacrebleu import BLEU
    from sacrebleu.significance import PairedTest

    (one,), (other,) = first.values(), second.values()
    systems: list[tuple[str, Sequence[str]]] = [
        ("other", other.hypotheses),
        ("one", one.hypotheses),
    ]
    # `force` suppresses a warning about tokenised sentences.
    metrics = {"BLEU": BLEU(force=True)}
    _, scores = PairedTest(systems, metrics, [one.references], "bs", N_RESAMPLES)()
    result: Any = scores["BLEU"][1]
    return float(result.p_value)


def _f1(first: ByLanguage, second: ByLanguage) -> float:
    """The test of `sacrebleu.significance` for the mean F1 of the languages, resampled one by one."""
    rng = np.random.default_rng(SEED)
    observed, resampled = np.zeros(2), np.zeros((2, N_RESAMPLES))  # of both runs
    for language in first:
        counts = np.stack([_counts(run[language]) for run in (first, second)])
        n_sentences = counts.shape[1]
        observed += _f1_of(counts.sum(axis=1)) / len(first)
        for draw in range(N_RESAMPLES):
            indices = rng.integers(n_sentences, size=n_sentences)
            resampled[:, draw] += _f1_of(counts[:, indices].sum(axis=1)) / len(first)
    differences = np.abs(resampled[0] - resampled[1])
    beyond = int(np.sum(differences - differences.mean() > abs(observed[0] - observed[1])))
    return (beyond + 1) / (N_RESAMPLES + 1)


def _counts(sentences: Sentences) -> NDArray[np.int64]:
    """Numbers of correct, predicted and gold entities, shape (n_sentences, 3)."""
    from xlt.objectives.ner.scores import span_counts

    pairs = zip(sentences.references, sentences.hypotheses, strict=True)
    return np.array([span_counts(*pair) for pair in pairs], dtype=np.int64)


def _f1_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 in per cent, shape (...), from the counts summed over sentences, shape (..., 3)."""
    f1: NDArray[np.float64] = 200 * counts[..., 0] / np.maximum(1, counts[..., 1] + counts[..., 2])
    return f1


SENTENCE_TESTS: Mapping[str, Callable[[ByLanguage, ByLanguage], float]] = {"BLEU": _bleu, "F1": _f1}
