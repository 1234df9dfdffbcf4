"""Scores a translation model on captions, and times its test."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from tokenizers import Tokenizer
from torch import Tensor

from xlt.objectives.device import read
from xlt.objectives.objective import Example, Heartbeat, Progress, TestTime
from xlt.objectives.translation import scores
from xlt.objectives.translation.batches import PairBatches
from xlt.objectives.translation.corpora import Corpus
from xlt.objectives.translation.decoding import translate
from xlt.objectives.translation.model import Translator
from xlt.objectives.translation.vocabulary import TokenizedSide
from xlt.spaces.league import LeagueProtocol

# Sentences that a likelihood is computed on; the same for all runs, so that scores are comparable.
_LIKELIHOOD_SENTENCES = 256
# Sentences that time a test. One batch, as a small model needs as long for half of one; around this
# quantile of the lengths the time a sentence is that of the whole test (measured).
_TIMED_SENTENCES, _TIMED_QUANTILE = 128, 0.65
# Outputs of a trained model have a length of so much times the references'.
_MIN_LENGTH_RATIO, _MAX_LENGTH_RATIO = 0.8, 1.25
# Indices of the sentences that evaluations show.
_EXAMPLES = (0, 1, 2)


@dataclass(frozen=True)
class SplitScore:
    """Scores of a model on one split."""

    metric: str  # what the score is, for people
    score: float
    metrics: Mapping[str, float]
    examples: tuple[Example, ...]
    seconds: float
    signatures: Mapping[str, str]


@dataclass
class Evaluator:
    """Scores models on the "validation" or "test" split of the captions."""

    corpus: Corpus
    tokenizer: Tokenizer
    tokens: Mapping[str, TokenizedSide]
    protocol: LeagueProtocol

    @cached_property
    def detokeniser(self) -> scores.Detokeniser:
        return scores.Detokeniser(self.tokenizer, self.corpus.parts["captions/train"].english)

    def bleu_score(
        self, model: Translator, split: str, beams: int, heartbeat: Heartbeat
    ) -> SplitScore:
        """Translate the split and compute the contest's BLEU, and others."""
        sources = self.tokens[f"captions/{split}.de"].sentences
        references = self.tokens[f"captions/{split}.en"].sentences
        started_at = time.perf_counter()
        report = _decode_progress(heartbeat, len(sources))
        outputs = translate(model, sources, beams, self.protocol.decode_tokens, report)
        seconds = time.perf_counter() - started_at
        hypotheses = [scores.league_text(self.tokenizer, ids) for ids in outputs]
        expected = [scores.league_text(self.tokenizer, ids.tolist()) for ids in references]
        texts = [self.detokeniser.text(ids) for ids in outputs]
        english = self.corpus.parts[f"captions/{split}"].english
        published, signatures = scores.published_scores(texts, english)
        loss = self.token_loss(model, split, on_batch=lambda: report(len(sources)))
        bleu = scores.league_bleu(hypotheses, expected)
        metrics = {
            "league_bleu": bleu,
            "beams": float(beams),
            **published,
            "perplexity": math.exp(min(700.0, loss)),
        }
        examples = self._examples(split, texts)
        return SplitScore("BLEU", bleu, metrics, examples, seconds, signatures)

    def likelihood_score(self, model: Translator, split: str) -> SplitScore:
        """Score by the references' log-likelihood, which takes as long as a few training steps."""
        started_at = time.perf_counter()
        loss = self.token_loss(model, split, _LIKELIHOOD_SENTENCES)
        sources = self.tokens[f"captions/{split}.de"].sentences[: _EXAMPLES[-1] + 1]
        outputs = translate(model, sources, 1, self.protocol.decode_tokens)
        metrics = {"log_likelihood": -loss, "perplexity": math.exp(min(700.0, loss))}
        examples = self._examples(split, [self.detokeniser.text(ids) for ids in outputs])
        seconds = time.perf_counter() - started_at
        return SplitScore("log-likelihood", -loss, metrics, examples, seconds, {})

    def time_test(self, model: Translator, heartbeat: Heartbeat) -> TestTime:
        """Estimate the time of `bleu_score` on the test split.

        After some more steps, a model whose outputs do not have the usual length yet might write
        only outputs of maximum length: that time is the upper bound.
        """
        sources = self.tokens["captions/validation.de"].sentences
        references = self.tokens["captions/validation.en"].sentences
        # Neighbours in length, as decoding sorts by length.
        order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
        first = max(0, int(_TIMED_QUANTILE * len(order)) - _TIMED_SENTENCES // 2)
        indices = order[first : first + _TIMED_SENTENCES]
        sample = [sources[i] for i in indices]

        def measure(*, forbid_eos: bool) -> tuple[float, list[list[int]], float]:
            started_at = time.perf_counter()
            report = _decode_progress(heartbeat, len(sample))
            beams, max_length = self.protocol.beams, self.protocol.decode_tokens
            outputs = translate(model, sample, beams, max_length, report, forbid_eos=forbid_eos)
            loss = self.token_loss(model, "validation", len(sample))
            return time.perf_counter() - started_at, outputs, loss

        seconds, outputs, loss = measure(forbid_eos=False)
        ratio = sum(map(len, outputs)) / sum(len(references[i]) for i in indices)
        usual = _MIN_LENGTH_RATIO <= ratio <= _MAX_LENGTH_RATIO
        longest = seconds if usual else max(seconds, measure(forbid_eos=True)[0])
        factor = len(self.tokens["captions/test.de"].sentences) / len(sample)
        hypotheses = [scores.league_text(self.tokenizer, ids) for ids in outputs]
        expected = [scores.league_text(self.tokenizer, references[i].tolist()) for i in indices]
        validation = scores.league_bleu(hypotheses, expected), -loss
        return TestTime(factor * seconds, factor * longest, validation)

    @torch.no_grad()
    def token_loss(
        self,
        model: Translator,
        split: str,
        count: int | None = None,
        on_batch: Callable[[], None] = lambda: None,
    ) -> float:
        """Mean negative log-likelihood of a reference token, natural logarithm, no smoothing.

        Args:
            model: The model.
            split: "validation" or "test".
            count: Of the first so many sentences; None: of all.
            on_batch: Called after each batch.
        """
        model.eval()
        sources, targets = (self.tokens[f"captions/{split}.{side}"] for side in ("de", "en"))
        data = PairBatches(model, sources, targets, self.protocol.batch)
        means: list[Tensor] = []
        counts: list[int] = []
        order = torch.argsort(targets.lengths[:count], stable=True)
        for indices in order.split(4 * self.protocol.batch):
            batch = data.batch(indices)
            means.append(data.negative_log_likelihood(batch))
            counts.append(len(batch.labels))
            on_batch()
        total = 0.0
        for mean, tokens in zip(read(torch.stack(means)), counts, strict=True):
            total += mean * tokens
        return total / sum(counts)

    def _examples(self, split: str, translations: Sequence[str]) -> tuple[Example, ...]:
        pairs = self.corpus.parts[f"captions/{split}"]
        shown = [i for i in _EXAMPLES if i < len(translations)]
        return tuple(Example(pairs.german[i], pairs.english[i], translations[i]) for i in shown)


def _decode_progress(heartbeat: Heartbeat, total: int) -> Callable[[int], None]:
    started_at = time.perf_counter()

    def report(done: int) -> None:
        heartbeat(Progress("decode", done, total, done / (time.perf_counter() - started_at)))

    return report
