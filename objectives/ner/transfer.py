"""Cross-lingual NER as an objective: an encoder, training languages, and selection languages.

A run fine-tunes the encoder on some languages. Its score is the mean entity-level F1 on validation
data of the selection languages. The end of the full run reports all languages.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

import peft
import tokenizers
import torch
import transformers
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from xlt.objectives.identity import (
    code_fingerprint,
    derive_seed,
    device_name,
    precision_name,
    resolve_device,
    resolve_precision,
)
from xlt.objectives.ner import encoders, tuning
from xlt.objectives.ner.batches import Batches
from xlt.objectives.ner.data import corpora
from xlt.objectives.ner.data.alignment import StridedWindows, tokenize_and_align_labels
from xlt.objectives.ner.evaluation import Evaluator, SplitScore
from xlt.objectives.ner.export import export
from xlt.objectives.ner.tagging import Tagger
from xlt.objectives.ner.weights import BestWeights, WeightAverage, swapped_weights, trainable
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Progress,
    TestTime,
)
from xlt.objectives.training import StageConfig, TrainLoop
from xlt.spaces.errors import InputError
from xlt.spaces.ner import NER_PROTOCOL, NerProtocol, NerSettings


class Transfer:
    """One strategy on one corpus; see `xlt.objectives.objective.Objective`."""

    def __init__(
        self,
        source: str,
        cache: Path,
        device: str,
        settings: NerSettings,
        protocol: NerProtocol = NER_PROTOCOL,
        precision: str = "auto",
    ) -> None:
        """`source`: see `corpora.load`. `cache`: a folder for what is prepared once."""
        self.settings, self.protocol = settings, protocol
        self.device = resolve_device(device)
        self.precision = resolve_precision(precision, self.device)
        self.corpus = corpora.load(source, settings)
        self.cache = cache
        encoder = encoders.load(settings.encoder, cache)
        self.fingerprint = _fingerprint(self.corpus, encoder)
        label_ids = {label: i for i, label in enumerate(self.corpus.labels)}
        # Every part, by language and split; ids are the encoder's own.
        self.windows = {
            part: tokenize_and_align_labels(
                sentences,
                encoder.tokenizer,
                encoder.specials,
                label_ids,
                protocol.max_pieces,
                protocol.overlap,
            )
            for part, sentences in self.corpus.parts.items()
        }
        used = torch.unique(torch.cat([windows.used for windows in self.windows.values()]))
        self.vocabulary = encoders.Vocabulary(encoder.specials, used, encoder.config.vocab_size)
        self.encoder = encoders.prune_embeddings(encoder, self.vocabulary)
        self.tagger = Tagger(self.corpus.labels, self.vocabulary, encoder.specials.pad, self.device)
        self.evaluator = Evaluator(self.corpus, self.windows, self.tagger)
        self.steps = settings.steps
        self.stages: Mapping[str, int] = {"fine-tuning": settings.steps}

    @property
    def data(self) -> Mapping[str, Any]:
        layers = encoders.depth(self.encoder, self.settings.layers)
        of = self.encoder.config.num_hidden_layers
        encoder = f"encoder {self.encoder.description}, {layers} of its {of} layers"
        counts = {part: len(sentences) for part, sentences in self.corpus.parts.items()}
        train = {f"{language}/train": number for language, number in self.settings.train.items()}
        drawn = {part: min(number, counts[part]) for part, number in train.items()}
        return {
            "source": self.corpus.source,
            "fingerprint": self.fingerprint,
            "settings": {"encoder": self.encoder.name},
            "description": f"{self.corpus.description}; {encoder}",
            "synthetic": self.corpus.synthetic,
            "notices": [*self.corpus.notices, *self.encoder.notices],
            "sentences": counts | drawn,
            # Test sentences that a training file of any language contains, by language.
            "leaked": {name: len(known) for name, known in self.corpus.leaked.items() if known},
        }

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        settings = json.loads(json.dumps(self.settings.model_dump(mode="json")))
        del settings["encoder"]  # "auto" may mean the same one: the fingerprint covers it
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
            "precision": precision_name(self.precision),
        }

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        return config

    def run(self, config: Configuration, seed: int) -> "TransferRun":
        return TransferRun(self, config, seed)

    def training(self, seed: int) -> tuple[StridedWindows, tuple[int, ...]]:
        """The windows of all training languages, one language after the other.

        Returns:
            The windows, and the number of windows in each group that has the same share of the steps.
        """
        parts = [self._drawn(language, seed) for language in self.settings.train]
        groups = tuple(len(part.input_ids) for part in parts)
        windows = StridedWindows(
            tuple(ids for part in parts for ids in part.input_ids),
            tuple(labels for part in parts for labels in part.labels),
            tuple(index for part in parts for index in part.sentences),
        )
        return windows, groups if self.settings.balanced else (sum(groups),)

    def _drawn(self, language: str, seed: int) -> StridedWindows:
        """The windows of the sentences that a seed trains on, in one language."""
        part, windows = f"{language}/train", self.windows[f"{language}/train"]
        available, number = len(self.corpus.parts[part]), self.settings.train[language]
        if number >= available:
            return windows
        generator = torch.Generator().manual_seed(derive_seed(seed, "sentences", language))
        drawn = set(torch.randperm(available, generator=generator)[:number].tolist())
        return windows.take([i for i, index in enumerate(windows.sentences) if index in drawn])


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
            derive_seed(seed, "weights"),
        )
        self.model = tuning.apply_peft(body, config).to(transfer.device)
        self.updates_a_step = protocol.updates_a_step(values["batch_size"])
        steps = transfer.steps * self.updates_a_step
        stage = StageConfig(
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
        task = Batches(
            transfer.tagger, self.model, *transfer.training(seed), protocol, config, seed
        )
        lr_scale = tuning.lr_scale(self.model, config)
        self.loop = TrainLoop(task, stage, torch.Generator(), lr_scale, transfer.precision)
        self.average = WeightAverage(self.model, values["averaging_window"])
        self.best = BestWeights(-math.inf, 0, {})
        self.last_scored_step = 0  # of the protocol's own checkpoints
        self.seconds_by_part = {"scoring": 0.0}

    @property
    def step(self) -> int:
        return self.loop.step // self.updates_a_step

    def train_to(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        steps = self.transfer.steps
        if not self.step <= step <= steps:
            raise ValueError(f"step {step} is not between {self.step} and {steps}")
        every = max(1, steps // self.transfer.protocol.checkpoints)
        if self.last_scored_step < self.step < step and self.step % every == 0:
            self._evaluate(heartbeat, may_become_best=True)  # it was paused before it was scored
        evaluation = None
        while evaluation is None or self.step < step:
            # The protocol's checkpoints decide which weights are kept, wherever the rungs are.
            target = min(step, (self.step // every + 1) * every) if self.step < step else step
            self._train(target, step, heartbeat)
            evaluation = self._evaluate(
                heartbeat, may_become_best=target % every == 0 or target == steps
            )
        return evaluation

    def _train(self, target: int, end: int, heartbeat: Heartbeat) -> None:
        def on_update(update: int, speed: float) -> None:
            self.average.add(update)
            step, remainder = divmod(update, self.updates_a_step)
            if not remainder:  # a run can be paused at the end of a step only
                heartbeat(Progress("fine-tuning", step, end, speed))

        try:
            self.loop.train_to(target * self.updates_a_step, on_update)
        except Diverged as error:  # the loop counts updates
            step = math.ceil(error.step / self.updates_a_step)
            raise Diverged(step, error.reason, error.values) from error

    def _evaluate(self, heartbeat: Heartbeat, *, may_become_best: bool) -> Evaluation:
        """Score the selection languages; at the end of the full run all, by the best weights.

        `may_become_best`: whether weights with the highest score so far become the best ones.
        """
        languages = self.transfer.settings.selection_languages
        with swapped_weights(self.model, self.average.mean):
            scored = self._score("validation", languages, heartbeat)
            score = fmean(scored.metrics[f"{language}_f1"] for language in languages)
            if may_become_best and score > self.best.score:
                self.best = BestWeights(score, self.step, trainable(self.model))
        if may_become_best:
            self.last_scored_step = self.step
        if self.step == self.transfer.steps:
            with swapped_weights(self.model, self.best.weights):
                reported_languages = self.transfer.corpus.languages_with("validation")
                scored = self._score("validation", reported_languages, heartbeat)
        best = {"score_here": score, "best_step": float(self.best.step)}
        scored = replace(scored, metrics=scored.metrics | best)
        return self._evaluation(max(score, self.best.score), scored)

    def _score(self, split: str, languages: Sequence[str], heartbeat: Heartbeat) -> SplitScore:
        scored = self.transfer.evaluator.score(self.model, split, languages, heartbeat)
        self.seconds_by_part["scoring"] += scored.seconds
        return scored

    def _evaluation(self, score: float, scored: SplitScore) -> Evaluation:
        return Evaluation(
            step=self.step,
            score=score,
            metrics=scored.metrics,
            metric="F1",
            examples=scored.examples,
            seconds={"fine-tuning": self.loop.seconds, **self.seconds_by_part},
            tokens={"fine-tuning": self.loop.tokens},
            notes={"selected_on": ", ".join(self.transfer.settings.selection_languages)},
        )

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        """Score all languages by the best weights; the score is the selection languages' mean."""
        with swapped_weights(self.model, self.best.weights):
            tested = self.transfer.corpus.languages_with("test")
            scored = self._score("test", tested, heartbeat)
        score = fmean(
            scored.metrics[f"{name}_f1"] for name in self.transfer.settings.selection_languages
        )
        unseen = self.transfer.evaluator.unseen(scored.predicted)
        return replace(self._evaluation(score, scored), counts=scored.counts, unseen=unseen)

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        language = self.transfer.settings.selection_languages[0]
        return self.transfer.evaluator.time_test(self.model, language, heartbeat)

    def save(self, path: Path) -> None:
        groups = {
            "model": trainable(self.model),
            "mean": self.average.mean,
            "best": self.best.weights,
            "loop": self.loop.state(),
        }
        tensors = {
            f"{group}.{name}": tensor.detach().cpu().contiguous()
            for group, members in groups.items()
            for name, tensor in members.items()
        }
        values = {
            "spent": self.seconds_by_part,
            "best": [self.best.score, self.best.step],
            "last_scored_step": self.last_scored_step,
        }
        save_file(tensors, path / "state.safetensors", {"run": json.dumps(values)})

    @torch.no_grad()
    def restore(self, path: Path) -> None:
        with safe_open(path / "state.safetensors", "pt") as file:
            values = json.loads(file.metadata()["run"])
            groups: dict[str, dict[str, Tensor]] = {}
            for name in file.keys():  # noqa: SIM118
                group, _, rest = name.partition(".")
                groups.setdefault(group, {})[rest] = file.get_tensor(name)
        parameters = dict(self.model.named_parameters())
        for name, tensor in groups["model"].items():
            parameters[name].copy_(tensor)
        for name, tensor in groups.get("mean", {}).items():
            self.average.mean[name].copy_(tensor)
        score, step = values["best"]
        device = self.transfer.device
        best = {name: tensor.to(device) for name, tensor in groups.get("best", {}).items()}
        self.best = BestWeights(score, step, best)
        self.seconds_by_part, self.last_scored_step = values["spent"], values["last_scored_step"]
        self.loop.restore(groups["loop"])

    def export(self, path: Path) -> str:
        transfer = self.transfer
        # Loaded again: the embeddings of sub-words that training does not need are missing here.
        complete = encoders.load(transfer.encoder.name, transfer.cache)
        if _fingerprint(transfer.corpus, complete) != transfer.fingerprint:
            raise InputError(f"encoder {complete.name}: has changed meanwhile; put it back")
        with swapped_weights(self.model, self.best.weights):
            return export(self.model, complete, transfer.vocabulary, path)


def _fingerprint(corpus: corpora.Corpus, encoder: encoders.Encoder) -> str:
    """SHA-256 over the sentences that are used, and the encoder."""
    return hashlib.sha256((corpus.fingerprint + encoder.fingerprint).encode()).hexdigest()
