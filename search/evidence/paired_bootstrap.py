"""Whether two runs differ by more than the choice of validation sentences: paired bootstrap.

Koehn, "Statistical Significance Tests for Machine Translation Evaluation" (EMNLP 2004): sentences
are drawn anew, with replacement, the same ones for both runs. It says nothing about other seeds.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from xlt.objectives.objective import Sentences

ByLanguage: TypeAlias = Mapping[str, Sentences]
# Draws of sentences, and sacrebleu's own seed for them.
N_RESAMPLES, SEED = 1000, 12345


def paired_bootstrap_pvalue(metric: str, first: ByLanguage, second: ByLanguage) -> float | None:
    """How often a difference this large is one of the sentences' drawing.

    Of a measure without a test, or without sentences, None. Raises `ValueError` where the two
    were not scored on the same sentences.
    """
    if metric not in SENTENCE_TESTS or not first or not second:
        return None
    if _references(first) != _references(second):
        raise ValueError("two runs can be compared on the same sentences alone")
    return SENTENCE_TESTS[metric](first, second)


def _references(found: ByLanguage) -> dict[str, Sequence[str]]:
    return {language: each.references for language, each in found.items()}


def _bleu(first: ByLanguage, second: ByLanguage) -> float:
    # They take a while to import, and few commands come here.
    from sacrebleu import BLEU
    from sacrebleu.significance import PairedTest

    (one,), (other,) = first.values(), second.values()
    systems: list[tuple[str, Sequence[str]]] = [
        ("other", other.hypotheses),
        ("one", one.hypotheses),
    ]
    # `force` only spares a warning about the league's tokenised sentences.
    metrics = {"BLEU": BLEU(force=True)}
    _, scores = PairedTest(systems, metrics, [one.references], "bs", N_RESAMPLES)()
    result: Any = scores["BLEU"][1]
    return float(result.p_value)


def _f1(first: ByLanguage, second: ByLanguage) -> float:
    """As `sacrebleu` tests BLEU; sentences are drawn language by language."""
    rng = np.random.default_rng(SEED)
    observed, drawn = np.zeros(2), np.zeros((2, N_RESAMPLES))
    for language in first:
        counts = np.stack([_counts(each[language]) for each in (first, second)])
        number = counts.shape[1]
        observed += _f1_of(counts.sum(axis=1)) / len(first)
        for draw in range(N_RESAMPLES):
            places = rng.integers(number, size=number)
            drawn[:, draw] += _f1_of(counts[:, places].sum(axis=1)) / len(first)
    differences = np.abs(drawn[0] - drawn[1])
    beyond = int(np.sum(differences - differences.mean() > abs(observed[0] - observed[1])))
    return (beyond + 1) / (N_RESAMPLES + 1)


def _counts(sentences: Sentences) -> NDArray[np.int64]:
    """(sentences, 3): entities that are right, found, expected."""
    from xlt.objectives.ner.scores import span_counts

    pairs = zip(sentences.references, sentences.hypotheses, strict=True)
    return np.array([span_counts(*pair) for pair in pairs], dtype=np.int64)


def _f1_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """In per cent; `counts`: (..., 3), summed over sentences."""
    f1: NDArray[np.float64] = 200 * counts[..., 0] / np.maximum(1, counts[..., 1] + counts[..., 2])
    return f1


SENTENCE_TESTS: Mapping[str, Callable[[ByLanguage, ByLanguage], float]] = {"BLEU": _bleu, "F1": _f1}
