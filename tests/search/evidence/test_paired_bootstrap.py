"""The paired bootstrap against second implementations."""

import random
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
import pytest
import sacrebleu
from toy_objective import spoilt

from xlt.objectives.ner.scores import entity_scores
from xlt.objectives.objective import Sentences
from xlt.search.evidence.paired_bootstrap import paired_bootstrap_pvalue


def test_bleu_against_sacrebleu() -> None:
    """The p-value of resampled corpora, each scored by sacreBLEU."""
    first, second = spoilt(30, 1), spoilt(26, 2)
    p_value = paired_bootstrap_pvalue("BLEU", {"en": first}, {"en": second})

    def bleu(sentences: Sentences, rows: Sequence[int]) -> float:
        hypotheses = [sentences.hypotheses[row] for row in rows]
        references = [sentences.references[row] for row in rows]
        return float(sacrebleu.corpus_bleu(hypotheses, [references], force=True).score)

    n_sentences, n_resamples = len(first.references), 300
    rng = np.random.default_rng(3)
    observed = abs(bleu(first, range(n_sentences)) - bleu(second, range(n_sentences)))
    resampled = []
    for _ in range(n_resamples):
        rows = rng.integers(n_sentences, size=n_sentences).tolist()
        resampled.append(abs(bleu(first, rows) - bleu(second, rows)))
    beyond = sum(difference - fmean(resampled) > observed for difference in resampled)
    assert p_value == pytest.approx((beyond + 1) / (n_resamples + 1), abs=0.08)
    equal = paired_bootstrap_pvalue("BLEU", {"en": first}, {"en": first})
    assert equal == pytest.approx(1 / 1001)


TAGS = ("O", "O", "B-PER", "I-PER", "B-LOC")


def tagged_sentences(wrong: float, seed: int) -> Sentences:
    """The same reference tags for every seed; a share of the hypotheses' tags is random."""
    fixed, rnd = random.Random(0), random.Random(seed)
    expected = [[fixed.choice(TAGS) for _ in range(9)] for _ in range(80)]
    tagged = [[rnd.choice(TAGS) if rnd.random() < wrong else t for t in tags] for tags in expected]
    return Sentences(*(tuple(" ".join(tags) for tags in part) for part in (expected, tagged)))


def test_f1_against_seqeval() -> None:
    """The mean of the languages' F1, computed again for each resample."""

    def f1(sentences: Sentences, rows: Sequence[int]) -> float:
        references = [sentences.references[row].split() for row in rows]
        hypotheses = [sentences.hypotheses[row].split() for row in rows]
        return entity_scores(references, hypotheses)["f1"]

    def mean_f1(system: dict[str, Sentences], rows: dict[str, Any]) -> float:
        return fmean(f1(system[language], rows[language]) for language in system)

    one = {"de": tagged_sentences(0.2, 1), "fr": tagged_sentences(0.3, 2)}
    for wrong in (0.22, 0.3, 0.6):
        other = {"de": tagged_sentences(wrong, 3), "fr": tagged_sentences(0.3, 4)}
        p_value = paired_bootstrap_pvalue("F1", one, other)
        rng = np.random.default_rng(9)
        samples = [{language: rng.integers(80, size=80) for language in one} for _ in range(60)]
        original: dict[str, Any] = {"de": range(80), "fr": range(80)}
        observed, *resampled = [
            abs(mean_f1(one, rows) - mean_f1(other, rows)) for rows in (original, *samples)
        ]
        beyond = sum(difference - fmean(resampled) > observed for difference in resampled)
        assert p_value == pytest.approx((beyond + 1) / 61, abs=0.12)


def test_sentences_that_cannot_be_compared() -> None:
    one, other = {"en": spoilt(30, 1)}, {"de": tagged_sentences(0.1, 1)}
    assert paired_bootstrap_pvalue("score", one, one) is None
    assert paired_bootstrap_pvalue("BLEU", one, {}) is None
    with pytest.raises(ValueError, match="the same sentences"):
        paired_bootstrap_pvalue("BLEU", one, other)
