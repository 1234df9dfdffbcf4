"""Cross-lingual transfer as an objective: an encoder, what it is trained on, what selects.

A run fine-tunes the encoder on some languages and is scored on validation data of those that
select: the mean of their entity-level F1. All languages are reported at the end of the full run.
"""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

import peft
import tokenizers
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from xlt.objectives.identity import code_fingerprint, device_name, find_device, stream
from xlt.objectives.ner import corpora, encoders, tuning
from xlt.objectives.ner.alignment import Windows, align
from xlt.objectives.ner.batches import Batches
from xlt.objectives.ner.export import export
from xlt.objectives.ner.scores import confusion, entity_scores, marked
from xlt.objectives.ner.sentences import Sentences as TaggedSentences
from xlt.objectives.ner.tagging import Tagger
from xlt.objectives.ner.weights import Average, Best, Exchanged
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Example,
    Heartbeat,
    Progress,
    Rehearsed,
    Sentences,
)
from xlt.objectives.training import Loop, Recipe
from xlt.spaces.errors import InputError
from xlt.spaces.ner import NER_PROTOCOL, NerProtocol, NerSettings

# Sentences a language that a record shows.
_SHOWN = 3
# Windows that tell how long all of them take: a small part of that, and more than a moment.
_REHEARSED = 128


class Transfer:
    """One strategy on one corpus; see `xlt.objectives.objective.Objective`."""

    def __init__(
        self,
        source: str,
        cache: Path,
        device: str,
        settings: NerSettings,
        protocol: NerProtocol = NER_PROTOCOL,
    ) -> None:
        """`source`: see `corpora.load`. `cache`: a folder for what is prepared once."""
        self.settings, self.protocol = settings, protocol
        self.device = find_device(device)
        self.corpus = corpora.load(source, settings)
        self.cache = cache
        encoder = encoders.load(settings.encoder, cache)
        self.fingerprint = _fingerprint(self.corpus, encoder)
        numbers = {label: i for i, label in enumerate(self.corpus.labels)}
        # Every part as pieces, by language and split; ids are the encoder's own.
        self.windows = {
            part: align(
                sentences,
                encoder.tokenizer,
                encoder.specials,
                numbers,
                protocol.max_pieces,
                protocol.overlap,
            )
            for part, sentences in self.corpus.parts.items()
        }
        used = torch.unique(torch.cat([windows.used for windows in self.windows.values()]))
        self.vocabulary = encoders.Vocabulary(encoder.specials, used, encoder.config.vocab_size)
        self.encoder = encoders.pruned(encoder, self.vocabulary)
        self.tagger = Tagger(self.corpus.labels, self.vocabulary, encoder.specials.pad, self.device)
        self.steps = settings.steps
        self.stages: Mapping[str, int] = {"fine-tuning": settings.steps}

    @property
    def data(self) -> Mapping[str, Any]:
        sentences = {part: len(found) for part, found in self.corpus.parts.items()}
        layers = encoders.depth(self.encoder, self.settings.layers)
        of = self.encoder.config.num_hidden_layers
        encoder = f"encoder {self.encoder.description}, {layers} of its {of} layers"
        return {
            "source": self.corpus.source,
            "fingerprint": self.fingerprint,
            "settings": {"encoder": self.encoder.name},
            "description": f"{self.corpus.description}; {encoder}",
            "synthetic": self.corpus.synthetic,
            "notices": [*self.corpus.notices, *self.encoder.notices],
            "sentences": sentences,
            # Test sentences that a training file of any language holds, by language.
            "leaked": {name: len(found) for name, found in self.corpus.leaked.items() if found},
        }

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        settings = json.loads(json.dumps(asdict(self.settings)))
        del settings["encoder"]  # "auto" may have come to the same: the fingerprint tells
        return {
            "task": "ner",
            "protocol": json.loads(json.dumps(asdict(self.protocol))),
            "settings": settings,
            "data": self.fingerprint,
            "code": code_fingerprint(Path(__file__).parent),
            "torch": torch.__version__,
            "tokenizers": tokenizers.__version__,
            "transformers": transformers.__version__,
            "peft": peft.__version__,
            "device": device_name(self.device),
        }

    def lineage(self, config: Configuration, step: int) -> Configuration:
        return config

    def run(self, config: Configuration, seed: int) -> "TransferRun":
        return TransferRun(self, config, seed)

    @cached_property
    def training(self) -> Windows:
        """All languages trained on, one after the other."""
        chosen = [self.windows[f"{language}/train"] for language in self.settings.train]
        return Windows(
            tuple(window for each in chosen for window in each.pieces),
            tuple(labels for each in chosen for labels in each.labels),
            sum(each.sentences for each in chosen),
        )

    def rehearse(self, model: nn.Module, heartbeat: Heartbeat) -> Rehearsed:
        """What predicting all test parts takes, whatever was learned."""
        windows = self.windows[f"{self.settings.selection_languages[0]}/validation"]
        order = sorted(range(len(windows.pieces)), key=lambda i: len(windows.pieces[i]))
        # Of every length, as they are predicted by length.
        chosen = order[:: max(1, len(order) // _REHEARSED)]
        pieces = tuple(windows.pieces[i] for i in chosen)
        few = Windows(pieces, tuple(windows.labels[i] for i in chosen), 0)
        begun = time.perf_counter()

        def beat(done: int, of: int) -> None:
            heartbeat(Progress("decode", done, of, done / (time.perf_counter() - begun)))

        self.tagger.predict(model, few, TaggedSentences((), ()), beat)
        seconds = time.perf_counter() - begun
        tested = [self.windows[f"{each}/test"] for each in self.corpus.tested("test")]
        seconds *= sum(map(_size, tested)) / _size(few)
        return Rehearsed(seconds, seconds)

    def predict(
        self,
        model: nn.Module,
        part: str,
        beat: Callable[[int, int], None] = lambda done, of: None,
    ) -> list[list[str]]:
        """A tag for every word of every sentence of a part."""
        return self.tagger.predict(model, self.windows[part], self.corpus.parts[part], beat)


class TransferRun:
    """One configuration, one seed; see `xlt.objectives.objective.Run`."""

    def __init__(self, transfer: Transfer, config: Configuration, seed: int) -> None:
        self.transfer, self.config, self.seed = transfer, config, seed
        values: Any = config
        protocol = transfer.protocol
        body = encoders.classifier(
            transfer.encoder,
            transfer.corpus.labels,
            transfer.settings.layers,
            values["dropout"],
            stream(seed, "weights"),
        )
        self.model = tuning.prepare(body, config).to(transfer.device)
        self.updates_a_step = protocol.updates_a_step(values["batch_size"])
        steps = transfer.steps * self.updates_a_step
        recipe = Recipe(
            steps=steps,
            learning_rate=tuning.learning_rate(config),
            schedule=values["lr_scheduler_type"],
            warmup=round(values["warmup_ratio"] * steps),
            weight_decay=values["weight_decay"],
            label_smoothing=values["label_smoothing"],
            betas=protocol.adam_betas,
            epsilon=protocol.adam_epsilon,
            clip=protocol.clip,
        )
        task = Batches(transfer.tagger, self.model, transfer.training, protocol, config, seed)
        self.loop = Loop(task, recipe, torch.Generator(), tuning.scale(self.model, config))
        self.average = Average(self.model, values["averaging_window"])
        self.best = Best(-math.inf, 0, {})
        self.judged = 0  # the last of the way's own checkpoints that was scored
        self.spent = {"scoring": 0.0}

    @property
    def step(self) -> int:
        return self.loop.step // self.updates_a_step

    def advance(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        steps = self.transfer.steps
        if not self.step <= step <= steps:
            raise ValueError(f"step {step} is not between {self.step} and {steps}")
        every = max(1, steps // self.transfer.protocol.checkpoints)
        if self.judged < self.step < step and self.step % every == 0:
            self._evaluate(heartbeat, keep=True)  # it was told to pause before it was scored
        evaluation = None
        while evaluation is None or self.step < step:
            # The way's own checkpoints decide which weights are kept, wherever the rungs are.
            target = min(step, (self.step // every + 1) * every) if self.step < step else step
            self._train(target, step, heartbeat)
            evaluation = self._evaluate(heartbeat, keep=target % every == 0 or target == steps)
        return evaluation

    def _train(self, target: int, end: int, heartbeat: Heartbeat) -> None:
        def beat(update: int, speed: float) -> None:
            self.average.add(update)
            at, within = divmod(update, self.updates_a_step)
            if not within:  # whoever pauses does so at the end of a step
                heartbeat(Progress("fine-tuning", at, end, speed))

        try:
            self.loop.advance(target * self.updates_a_step, beat)
        except Diverged as error:  # it counts updates
            step = math.ceil(error.step / self.updates_a_step)
            raise Diverged(step, error.reason, error.values) from error

    def _evaluate(self, heartbeat: Heartbeat, *, keep: bool) -> Evaluation:
        """On validation data of the languages that select.

        At the end of the full run on all languages, by the weights that are handed over.
        """
        settings = self.transfer.settings
        with Exchanged(self.model, self.average.mean):
            metrics, examples, *_ = self._scored(
                "validation", settings.selection_languages, heartbeat
            )
            score = fmean(metrics[f"{language}_f1"] for language in settings.selection_languages)
            if keep and score > self.best.score:
                self.best = Best(score, self.step, self._trained())
        if keep:
            self.judged = self.step
        here = score
        sentences: Mapping[str, Sentences] = {}
        if self.step == self.transfer.steps:
            with Exchanged(self.model, self.best.weights):
                languages = self.transfer.corpus.tested("validation")
                scored = self._scored("validation", languages, heartbeat)
            metrics, examples, _, tagged = scored
            sentences = {language: tagged[language] for language in settings.selection_languages}
        metrics |= {"score_here": here, "best_step": float(self.best.step)}
        found = self._evaluation(max(score, self.best.score), metrics, examples)
        return replace(found, sentences=sentences)

    def _scored(
        self, split: str, languages: Sequence[str], heartbeat: Heartbeat
    ) -> tuple[dict[str, float], tuple[Example, ...], dict[str, int], dict[str, Sentences]]:
        """Metrics; the same sentences each time, of the test some that went wrong; confusions; all
        sentences, as their words' tags."""
        metrics: dict[str, float] = {}
        examples: list[Example] = []
        counts: dict[str, int] = {}
        sentences: dict[str, Sentences] = {}
        for language in languages:
            part = f"{language}/{split}"
            found = self._tagged(part, heartbeat)
            data = self.transfer.corpus.parts[part]
            scores = entity_scores(data.tags, found, self.transfer.corpus.types)
            metrics |= {f"{language}_{name}": value for name, value in scores.items()}
            wrong = (i for i in range(len(data)) if list(data.tags[i]) != found[i])
            fixed = range(min(_SHOWN, len(data)))
            examples += [
                Example(
                    " ".join(data.words[i]),
                    marked(data.words[i], data.tags[i], found[i]),
                    marked(data.words[i], found[i], data.tags[i]),
                    language,
                )
                for i in islice(wrong if split == "test" else fixed, _SHOWN)
            ]
            counts |= {
                f"{language}\t{expected}\t{given}": number
                for (expected, given), number in sorted(confusion(data.tags, found).items())
            }
            sentences[language] = Sentences(
                tuple(" ".join(tags) for tags in data.tags), tuple(" ".join(tags) for tags in found)
            )
        return metrics, tuple(examples), counts, sentences

    def _tagged(self, part: str, heartbeat: Heartbeat) -> list[list[str]]:
        begun = time.perf_counter()

        def beat(done: int, of: int) -> None:
            heartbeat(Progress("decode", done, of, done / (time.perf_counter() - begun)))

        found = self.transfer.predict(self.model, part, beat)
        self.spent["scoring"] += time.perf_counter() - begun
        return found

    def _evaluation(
        self, score: float, metrics: Mapping[str, float], examples: tuple[Example, ...]
    ) -> Evaluation:
        return Evaluation(
            step=self.step,
            score=score,
            metrics=metrics,
            measure="F1",
            examples=examples,
            seconds={"fine-tuning": self.loop.seconds, **self.spent},
            tokens={"fine-tuning": self.loop.tokens},
            notes={"selected_on": ", ".join(self.transfer.settings.selection_languages)},
        )

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        """All languages, by the best weights; the score is the mean of those that select."""
        with Exchanged(self.model, self.best.weights):
            found = self._scored("test", self.transfer.corpus.tested("test"), heartbeat)
        metrics, examples, counts, tagged = found
        score = fmean(
            metrics[f"{language}_f1"] for language in self.transfer.settings.selection_languages
        )
        unseen = dict(self._unseen(tagged))
        return replace(self._evaluation(score, metrics, examples), counts=counts, unseen=unseen)

    def _unseen(self, tagged: Mapping[str, Sentences]) -> Iterator[tuple[str, float]]:
        """Metrics of the test without the sentences that stand in a training file."""
        corpus = self.transfer.corpus
        for language, sentences in tagged.items():
            leaked = corpus.leaked[language]
            kept = [i for i in range(len(sentences.references)) if i not in leaked]
            if not kept:
                continue
            sides = (sentences.references, sentences.hypotheses)
            expected, found = ([side[i].split(" ") for i in kept] for side in sides)
            for name, value in entity_scores(expected, found, corpus.types).items():
                yield f"{language}_{name}", value

    def rehearse(self, heartbeat: Heartbeat) -> Rehearsed:
        return self.transfer.rehearse(self.model, heartbeat)

    def _trained(self) -> dict[str, Tensor]:
        return {
            name: parameter.detach().clone()
            for name, parameter in self.model.named_parameters()
            if parameter.requires_grad
        }

    def save(self, path: Path) -> None:
        groups = {
            "model": self._trained(),
            "mean": self.average.mean,
            "best": self.best.weights,
            "loop": self.loop.state(),
        }
        tensors = {
            f"{group}.{name}": tensor.detach().cpu().contiguous()
            for group, members in groups.items()
            for name, tensor in members.items()
        }
        kept = {
            "spent": self.spent,
            "best": [self.best.score, self.best.step],
            "judged": self.judged,
        }
        save_file(tensors, path / "state.safetensors", {"run": json.dumps(kept)})

    @torch.no_grad()
    def restore(self, path: Path) -> None:
        with safe_open(path / "state.safetensors", "pt") as file:
            kept = json.loads(file.metadata()["run"])
            groups: dict[str, dict[str, Tensor]] = {}
            for name in file.keys():  # noqa: SIM118
                group, _, rest = name.partition(".")
                groups.setdefault(group, {})[rest] = file.get_tensor(name)
        parameters = dict(self.model.named_parameters())
        for name, tensor in groups["model"].items():
            parameters[name].copy_(tensor)
        for name, tensor in groups.get("mean", {}).items():
            self.average.mean[name].copy_(tensor)
        score, step = kept["best"]
        device = self.transfer.device
        best = {name: tensor.to(device) for name, tensor in groups.get("best", {}).items()}
        self.best = Best(score, step, best)
        self.spent, self.judged = kept["spent"], kept["judged"]
        self.loop.restore(groups["loop"])

    def export(self, path: Path) -> str:
        transfer = self.transfer
        # With the vectors that training could do without.
        complete = encoders.load(transfer.encoder.name, transfer.cache)
        if _fingerprint(transfer.corpus, complete) != transfer.fingerprint:
            raise InputError(f"encoder {complete.name}: has changed meanwhile; put it back")
        with Exchanged(self.model, self.best.weights):
            return export(self.model, complete, transfer.vocabulary, path)


def _size(windows: Windows) -> int:
    """In pieces."""
    return sum(map(len, windows.pieces))


def _fingerprint(corpus: corpora.Corpus, encoder: encoders.Encoder) -> str:
    """SHA-256 over the sentences as used and the encoder: what it has read is data, too."""
    return hashlib.sha256((corpus.fingerprint + encoder.fingerprint).encode()).hexdigest()
