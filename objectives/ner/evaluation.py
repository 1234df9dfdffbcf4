"""Scores a token classifier on the languages of a corpus, and times its test."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from torch import nn

from xlt.objectives.ner.data.alignment import StridedWindows
from xlt.objectives.ner.data.corpora import Corpus
from xlt.objectives.ner.data.sentences import TaggedSentences
from xlt.objectives.ner.scores import bracket_entities, confusion, entity_scores
from xlt.objectives.ner.tagging import Tagger
from xlt.objectives.objective import Example, Heartbeat, Progress, TestTime

# Examples of each language in an evaluation.
_N_EXAMPLES = 3
# Windows that time a test: a small part of it that takes long enough to be measured.
_TIMED_WINDOWS = 128


@dataclass(frozen=True)
class SplitScore:
    """Scores of several languages on one split."""

    metrics: dict[str, float]  # like "de_f1"
    examples: tuple[Example, ...]
    counts: dict[str, int]  # words by language, gold and predicted type, separated by tabs
    predicted: dict[str, list[list[str]]]  # by language, a tag for every word of every sentence
    seconds: float


@dataclass(frozen=True)
class Evaluator:
    """Scores models on one corpus. Its parts are named like "de/test"."""

    corpus: Corpus
    windows: Mapping[str, StridedWindows]
    tagger: Tagger

    def predict(
        self,
        model: nn.Module,
        part: str,
        on_batch: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[list[str]]:
        """A tag for every word of every sentence of a part."""
        return self.tagger.predict(model, self.windows[part], self.corpus.parts[part], on_batch)

    def score(
        self, model: nn.Module, split: str, languages: Sequence[str], heartbeat: Heartbeat
    ) -> SplitScore:
        """Score the "validation" or "test" split of `languages`.

        Examples are the same sentences each time; of the test, some with errors.
        """
        metrics: dict[str, float] = {}
        examples: list[Example] = []
        counts: dict[str, int] = {}
        tags: dict[str, list[list[str]]] = {}
        seconds = 0.0
        for language in languages:
            part = f"{language}/{split}"
            started_at = time.perf_counter()
            predicted = self.predict(model, part, _decode_progress(heartbeat))
            seconds += time.perf_counter() - started_at
            gold = self.corpus.parts[part]
            scores = entity_scores(gold.tags, predicted, self.corpus.types)
            metrics |= {f"{language}_{name}": value for name, value in scores.items()}
            wrong = (i for i in range(len(gold)) if list(gold.tags[i]) != predicted[i])
            fixed = range(min(_N_EXAMPLES, len(gold)))
            examples += [
                Example(
                    " ".join(gold.words[i]),
                    bracket_entities(gold.words[i], gold.tags[i], predicted[i]),
                    bracket_entities(gold.words[i], predicted[i], gold.tags[i]),
                    language,
                )
                for i in islice(wrong if split == "test" else fixed, _N_EXAMPLES)
            ]
            counts |= {
                f"{language}\t{expected}\t{given}": number
                for (expected, given), number in sorted(confusion(gold.tags, predicted).items())
            }
            tags[language] = predicted
        return SplitScore(metrics, tuple(examples), counts, tags, seconds)

    def unseen(self, predicted: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, float]:
        """Metrics of the test sentences that no training file contains.

        Args:
            predicted: By language, a tag for every word of every test sentence.
        """
        metrics: dict[str, float] = {}
        for language, tags in predicted.items():
            leaked = self.corpus.leaked[language]
            kept = [i for i in range(len(tags)) if i not in leaked]
            if kept:
                gold = self.corpus.parts[f"{language}/test"].tags
                expected, found = ([side[i] for i in kept] for side in (gold, tags))
                scores = entity_scores(expected, found, self.corpus.types)
                metrics |= {f"{language}_{name}": value for name, value in scores.items()}
        return metrics

    def time_test(self, model: nn.Module, language: str, heartbeat: Heartbeat) -> TestTime:
        """Estimate a test's time from validation windows; it does not depend on the weights."""
        windows = self.windows[f"{language}/validation"]
        order = sorted(range(len(windows.input_ids)), key=lambda i: len(windows.input_ids[i]))
        # Windows of every length, as prediction sorts by length.
        sample = windows.take(order[:: max(1, len(order) // _TIMED_WINDOWS)])
        started_at = time.perf_counter()
        none = TaggedSentences((), ())
        self.tagger.predict(model, sample, none, _decode_progress(heartbeat))
        seconds = time.perf_counter() - started_at
        tested = [self.windows[f"{name}/test"] for name in self.corpus.languages_with("test")]
        seconds *= sum(part.size for part in tested) / sample.size
        return TestTime(seconds, seconds)


def _decode_progress(heartbeat: Heartbeat) -> Callable[[int, int], None]:
    started_at = time.perf_counter()

    def on_batch(done: int, total: int) -> None:
        speed = done / (time.perf_counter() - started_at)
        heartbeat(Progress("decode", done, total, speed))

    return on_batch
