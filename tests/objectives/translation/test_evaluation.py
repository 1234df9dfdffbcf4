"""Scores of a translation model, and the time of its test."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from samples import CONFIG, SHORT, bart, padded, silent, write_corpus
from torch import Tensor
from torch.nn import functional as F

from xlt.objectives.translation.decoding import translate
from xlt.objectives.translation.league import League


def test_perplexity(league: League) -> None:
    """That of BART with the same weights: the mean over all reference tokens, without smoothing."""
    run = league.run(CONFIG, 1)
    metrics = run.train_to(10, silent).metrics
    sources = league.tokens["captions/validation.de"].sentences
    labels = padded(league.tokens["captions/validation.en"].sentences, -100)
    with torch.no_grad():
        logits = (
            bart(run.model)
            .eval()(
                input_ids=padded(sources),
                attention_mask=(padded(sources, -1) >= 0).long(),
                labels=labels,
            )
            .logits
        )
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    assert metrics["perplexity"] == pytest.approx(math.exp(float(loss)), rel=1e-4)


def test_likelihood_score_within_stage_a(league: League) -> None:
    """Only the examples are translated."""
    run = league.run(CONFIG, 1)
    young = run.train_to(3, silent)
    assert young.metric == "log-likelihood"
    assert young.score == pytest.approx(-math.log(young.metrics["perplexity"]))
    assert young.metrics["perplexity"] == math.exp(
        league.evaluator.token_loss(run.model, "validation")
    )
    assert "league_bleu" not in young.metrics
    shown = [example.hypothesis for example in young.examples]
    assert shown == [
        e.hypothesis
        for e in league.evaluator.bleu_score(run.model, "validation", 1, silent).examples
    ]
    assert run.train_to(6, silent).metric == "BLEU"


def test_corpus_with_two_validation_sentences(corpus: Path, tmp_path: Path) -> None:
    """All are examples."""
    folder = write_corpus(tmp_path / "corpus", held_out=2)
    run = League(str(folder), tmp_path / "cache", "cpu", SHORT).run(CONFIG, 1)
    assert len(run.train_to(1, silent).examples) == 2


@pytest.mark.parametrize("ends", [True, False])
def test_upper_bound_of_an_untrained_model(
    league: League, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If outputs are far too short or too long, maximum length is timed as well."""
    run = league.run(CONFIG, 1)

    def logits(hidden: Tensor) -> Tensor:
        found = hidden @ run.model.shared.weight.T
        found[..., 2] = 50.0 if ends else -50.0
        return found

    monkeypatch.setattr(run.model, "logits", logits)
    asked: list[bool] = []

    def noted(*given: Any, forbid_eos: bool) -> list[list[int]]:
        asked.append(forbid_eos)
        return translate(*given, forbid_eos=forbid_eos)

    monkeypatch.setattr("xlt.objectives.translation.evaluation.translate", noted)
    found = run.time_test(silent)
    assert 0 < found.expected <= found.upper_bound
    assert asked == [False, True]
    assert found.validation[0] < 1


def test_upper_bound_of_a_trained_model(league: League, monkeypatch: pytest.MonkeyPatch) -> None:
    """If outputs have the usual length, the upper bound is the measured time."""
    run = league.run(CONFIG, 1)
    known = dict(
        zip(
            (tuple(ids.tolist()) for ids in league.tokens["captions/validation.de"].sentences),
            league.tokens["captions/validation.en"].sentences,
            strict=True,
        )
    )
    asked: list[bool] = []

    def perfect(_: Any, sources: list[Tensor], *__: Any, forbid_eos: bool) -> list[list[int]]:
        asked.append(forbid_eos)
        return [known[tuple(ids.tolist())].tolist() for ids in sources]

    monkeypatch.setattr("xlt.objectives.translation.evaluation.translate", perfect)
    found = run.time_test(silent)
    assert found.expected == found.upper_bound
    assert asked == [False]
    bleu, likelihood = found.validation
    assert bleu == pytest.approx(100)
    assert likelihood == -league.evaluator.token_loss(run.model, "validation", 128)
