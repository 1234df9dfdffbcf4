"""The league as an objective: data, the two stages, scoring, export.

A run trains captions (Stage A) and then talks (Stage B); it is scored on captions throughout.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import tokenizers
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from xlt.objectives.device import read
from xlt.objectives.identity import code_fingerprint, derive_seed, device_name, resolve_device
from xlt.objectives.objective import (
    Configuration,
    Evaluation,
    Example,
    Heartbeat,
    Progress,
    Sentences,
    TestTime,
)
from xlt.objectives.training import Loop, Recipe
from xlt.objectives.translation import corpora, scores, vocabulary
from xlt.objectives.translation.decoding import translate
from xlt.objectives.translation.export import export
from xlt.objectives.translation.model import Structure, Translator
from xlt.objectives.translation.stage import Stage
from xlt.spaces.league import GROUPS, PROTOCOL, LeagueProtocol

# What a score may be, and which of the metrics that is.
MEASURES = {"BLEU": "league_bleu", "log-likelihood": "log_likelihood"}
# Sentences that screen: the same for all, so that their own difficulty cancels out.
_SCREENED = 256
# Sentences that tell how long all of them take: one batch, as half of one takes a small model as
# long; and where it lies among all by length, so that it takes as long as most (measured).
_REHEARSED, _AMONG = 128, 0.65
# Outputs that have come to be translations are so many times as long as the references.
_SHORTEST, _LONGEST = 0.8, 1.25
# Validation sentences that every record shows, by place.
_SHOWN = (0, 1, 2)


class League:
    """The contest on one corpus; see `xlt.objectives.objective.Objective`."""

    def __init__(
        self,
        source: str,
        cache: Path,
        device: str = "auto",
        protocol: LeagueProtocol = PROTOCOL,
    ) -> None:
        """`source`: see `corpora.load`. `cache`: a folder for tokenised data."""
        self.protocol = protocol
        self.device = resolve_device(device)
        self.corpus = corpora.load(source, protocol)
        self.tokenizer, self.tokens, altered = vocabulary.prepare(self.corpus, cache, protocol)
        self.notices = list(self.corpus.notices)
        if altered:
            self.notices.append("the cache of tokenised data had been altered; it was made anew")
        self.steps = protocol.steps
        self.stages: Mapping[str, int] = protocol.stages

    @property
    def data(self) -> Mapping[str, Any]:
        return {
            "source": self.corpus.source,
            "fingerprint": self.corpus.fingerprint,
            "description": self.corpus.description,
            "synthetic": self.corpus.synthetic,
            "notices": self.notices,
            "pairs": {part: len(pairs.german) for part, pairs in self.corpus.parts.items()},
        }

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        return {
            "task": "translation",
            "protocol": json.loads(json.dumps(asdict(self.protocol))),
            "data": self.corpus.fingerprint,
            "code": code_fingerprint(Path(__file__).parent),
            "torch": torch.__version__,
            "tokenizers": tokenizers.__version__,
            "device": device_name(self.device),
        }

    def lineage(self, config: Configuration, step: int) -> Configuration:
        names = list(GROUPS["MODEL_HP"])
        if step > self.stages["A"]:
            names += GROUPS["FT_HP"]
        return {name: config[name] for name in names}

    def run(self, config: Configuration, seed: int) -> "LeagueRun":
        return LeagueRun(self, config, seed)

    def evaluate(self, model: Translator, split: str, beams: int, heartbeat: Heartbeat) -> "Scored":
        """Translate and score "validation" or "test"."""
        sources = self.tokens[f"captions/{split}.de"].sentences
        references = self.tokens[f"captions/{split}.en"].sentences
        begun = time.perf_counter()

        def beat(done: int) -> None:
            rate = done / (time.perf_counter() - begun)
            heartbeat(Progress("decode", done, len(sources), rate))

        outputs = translate(model, sources, beams, self.protocol.decode_tokens, beat)
        seconds = time.perf_counter() - begun
        texts = [scores.league_text(self.tokenizer, ids) for ids in outputs]
        expected = [scores.league_text(self.tokenizer, ids.tolist()) for ids in references]
        whole = [self.detokeniser.text(ids) for ids in outputs]
        raw = self.corpus.parts[f"captions/{split}"]
        published, signatures = scores.published_scores(whole, raw.english)
        loss = self.token_loss(model, split, beat=lambda: beat(len(sources)))
        metrics = {
            "league_bleu": scores.league_bleu(texts, expected),
            "beams": float(beams),
            **published,
            "perplexity": math.exp(min(700.0, loss)),
        }
        sentences = Sentences(tuple(expected), tuple(texts))
        return Scored("BLEU", metrics, self._examples(split, whole), signatures, seconds, sentences)

    def time_test(self, model: Translator, heartbeat: Heartbeat) -> TestTime:
        """What `evaluate` takes on "test".

        One that does not write sentences of the usual length yet may not end any after some more
        steps: what that would take is the most.
        """
        sources = self.tokens["captions/validation.de"].sentences
        references = self.tokens["captions/validation.en"].sentences
        # Of about one length, as they are decoded by length.
        order = sorted(range(len(sources)), key=lambda i: len(sources[i]))
        first = max(0, int(_AMONG * len(order)) - _REHEARSED // 2)
        places = order[first : first + _REHEARSED]
        chosen = [sources[i] for i in places]

        def timed(*, endless: bool) -> tuple[float, list[list[int]], float]:
            begun = time.perf_counter()

            def beat(done: int) -> None:
                rate = done / (time.perf_counter() - begun)
                heartbeat(Progress("decode", done, len(chosen), rate))

            longest = self.protocol.decode_tokens
            outputs = translate(model, chosen, self.protocol.beams, longest, beat, endless=endless)
            loss = self.token_loss(model, "validation", len(chosen))
            return time.perf_counter() - begun, outputs, loss

        seconds, outputs, loss = timed(endless=False)
        written = sum(map(len, outputs)) / sum(len(references[i]) for i in places)
        usual = _SHORTEST <= written <= _LONGEST
        most = seconds if usual else max(seconds, timed(endless=True)[0])
        times = len(self.tokens["captions/test.de"].sentences) / len(chosen)
        texts = [scores.league_text(self.tokenizer, ids) for ids in outputs]
        expected = [scores.league_text(self.tokenizer, references[i].tolist()) for i in places]
        worth = scores.league_bleu(texts, expected), -loss
        return TestTime(times * seconds, times * most, worth)

    def screen(self, model: Translator, split: str) -> "Scored":
        """Score by the references' log-likelihood, in the time of a few training steps."""
        begun = time.perf_counter()
        loss = self.token_loss(model, split, _SCREENED)
        sources = self.tokens[f"captions/{split}.de"].sentences[: _SHOWN[-1] + 1]
        outputs = translate(model, sources, 1, self.protocol.decode_tokens)
        metrics = {"log_likelihood": -loss, "perplexity": math.exp(min(700.0, loss))}
        whole = [self.detokeniser.text(ids) for ids in outputs]
        seconds = time.perf_counter() - begun
        return Scored("log-likelihood", metrics, self._examples(split, whole), {}, seconds)

    def _examples(self, split: str, translations: Sequence[str]) -> tuple[Example, ...]:
        raw = self.corpus.parts[f"captions/{split}"]
        shown = [i for i in _SHOWN if i < len(translations)]
        return tuple(Example(raw.german[i], raw.english[i], translations[i]) for i in shown)

    def stage(
        self,
        part: str,
        model: Translator,
        seed: int = 0,
        smoothing: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> Stage:
        """Batches of a part such as "talks/train", for `model`."""
        sources, targets = self.tokens[f"{part}.de"], self.tokens[f"{part}.en"]
        size = self.protocol.batch
        return Stage(model, sources, targets, size, (seed, part), smoothing, generator)

    @cached_property
    def detokeniser(self) -> scores.Detokeniser:
        return scores.Detokeniser(self.tokenizer, self.corpus.parts["captions/train"].english)

    @torch.no_grad()
    def token_loss(
        self,
        model: Translator,
        split: str,
        most: int | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> float:
        """Mean negative log-likelihood a reference token, natural logarithm, no smoothing.

        Over the first `most` sentences, or all. `beat` is called after each batch.
        """
        model.eval()
        data = self.stage(f"captions/{split}", model)
        losses: list[Tensor] = []
        counts: list[int] = []
        order = torch.argsort(data.targets.lengths[:most], stable=True)
        for places in order.split(4 * self.protocol.batch):
            batch = data.batch(places)
            losses.append(data.likelihood(batch))
            counts.append(len(batch.labels))
            beat()
        total = 0.0
        for mean, count in zip(read(torch.stack(losses)), counts, strict=True):
            total += mean * count
        return total / sum(counts)


@dataclass(frozen=True)
class Scored:
    """What a model is worth on one split."""

    measure: str  # one of MEASURES
    metrics: Mapping[str, float]
    examples: tuple[Example, ...]
    signatures: Mapping[str, str]
    seconds: float
    sentences: Sentences | None = None  # as the contest scores them


class LeagueRun:
    """One configuration, one seed; see `xlt.objectives.objective.Run`."""

    def __init__(self, league: League, config: Configuration, seed: int) -> None:
        self.league, self.config, self.seed = league, config, seed
        structure = Structure.of(config, league.tokenizer.get_vocab_size(), league.protocol)
        self.model = Translator(structure, derive_seed(seed, "weights")).to(league.device)
        self.begin("A")
        self.spent = {"stage_a": 0.0, "stage_b": 0.0, "scoring": 0.0, "decoding": 0.0}
        self.seen = {"stage_a": 0, "stage_b": 0}
        self.after_a: float | None = None  # validation score at Stage A's end

    @property
    def step(self) -> int:
        return self.loop.step + (self.league.stages["A"] if self.stage == "B" else 0)

    def train_to(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        end_of_a = self.league.stages["A"]
        if not self.step <= step <= self.league.steps:
            raise ValueError(f"step {step} is not between {self.step} and {self.league.steps}")
        if self.stage == "A":
            self._train(min(step, end_of_a), step, heartbeat)
            if step > end_of_a:
                if self.after_a is None:
                    self._evaluate(heartbeat)
                self.begin("B")
        if self.stage == "B":
            self._train(step - end_of_a, step, heartbeat)
        return self._evaluate(heartbeat)

    def _train(self, step: int, target: int, heartbeat: Heartbeat) -> None:
        before = self.step - self.loop.step
        stage = self.stage
        self.loop.train_to(
            step, lambda at, rate: heartbeat(Progress(stage, before + at, target, rate))
        )
        key = f"stage_{stage.lower()}"
        self.spent[key], self.seen[key] = self.loop.seconds, self.loop.tokens

    def begin(self, stage: str) -> None:
        """Begin stage "A" or "B": with a fresh optimiser, from the weights as they are."""
        self.stage = stage
        league, protocol = self.league, self.league.protocol
        common = {
            "betas": protocol.adam_betas,
            "epsilon": protocol.adam_epsilon,
            "clip": protocol.clip,
        }
        if self.stage == "A":
            part = "captions/train"
            recipe = Recipe(
                steps=protocol.stage_a_steps,
                learning_rate=protocol.stage_a_learning_rate,
                schedule=protocol.stage_a_schedule,
                warmup=protocol.stage_a_warmup,
                weight_decay=protocol.stage_a_weight_decay,
                label_smoothing=protocol.stage_a_label_smoothing,
                **common,  # type: ignore[arg-type]
            )
        else:
            part = "talks/train"
            config: Mapping[str, Any] = self.config
            recipe = Recipe(
                steps=protocol.stage_b_steps,
                learning_rate=config["learning_rate"],
                schedule=config["lr_scheduler_type"],
                warmup=config["warmup_steps"],
                weight_decay=config["weight_decay"],
                label_smoothing=config["label_smoothing_factor"],
                **common,  # type: ignore[arg-type]
            )
        generator = torch.Generator(league.device).manual_seed(
            derive_seed(self.seed, part, "dropout")
        )
        task = league.stage(part, self.model, self.seed, recipe.label_smoothing, generator)
        self.loop = Loop(task, recipe, generator)

    def _evaluate(self, heartbeat: Heartbeat) -> Evaluation:
        """On validation; with the protocol's beams at a stage's end, more cheaply inside a stage.

        Inside a stage a score decides only who goes on, and is compared with its likes: within
        Stage A by log-likelihood, within Stage B by BLEU of greedy outputs. Early in Stage A all
        BLEU is nothing, and outputs run to the last position, which costs as much as the training
        did; while the likelihood tells models apart from the first steps on.
        """
        if self.step < self.league.stages["A"]:
            scored = self.league.screen(self.model, "validation")
            self.spent["scoring"] += scored.seconds
            return self._evaluation(scored)
        ended = self.step in self.league.stages.values()
        beams = self.league.protocol.beams if ended else 1
        scored = self.league.evaluate(self.model, "validation", beams, heartbeat)
        self.spent["decoding"] += scored.seconds
        score = scored.metrics["league_bleu"]
        metrics = dict(scored.metrics)
        if self.step == self.league.stages["A"]:
            self.after_a = score
        if self.stage == "B" and self.after_a is not None:
            metrics["league_bleu_after_a"] = self.after_a
            if ended:  # of greedy outputs it would be the beams' part as well
                metrics["forgetting"] = self.after_a - score
        found = self._evaluation(replace(scored, metrics=metrics))
        if self.stage == "B" and self.after_a is not None:
            found = replace(found, before=((self.league.stages["A"], self.after_a),))
        if scored.sentences is None or self.step < self.league.steps:
            return found
        return replace(found, sentences={"en": scored.sentences})

    def _evaluation(self, scored: Scored) -> Evaluation:
        return Evaluation(
            step=self.step,
            score=scored.metrics[MEASURES[scored.measure]],
            metrics=scored.metrics,
            measure=scored.measure,
            examples=scored.examples,
            seconds=dict(self.spent),
            tokens=dict(self.seen),
            notes=scored.signatures,
        )

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        beams = self.league.protocol.beams
        return self._evaluation(self.league.evaluate(self.model, "test", beams, heartbeat))

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        return self.league.time_test(self.model, heartbeat)

    def save(self, path: Path) -> None:
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        finished = self.step in self.league.stages.values()
        if not finished:
            # Nothing but the weights outlives a stage.
            tensors |= {f"loop.{name}": value for name, value in self.loop.state().items()}
        kept = {
            "stage": self.stage,
            "step": self.step,
            "spent": self.spent,
            "seen": self.seen,
            "after_a": self.after_a,
        }
        cpu = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        save_file(cpu, path / "state.safetensors", {"run": json.dumps(kept)})

    def restore(self, path: Path) -> None:
        with safe_open(path / "state.safetensors", "pt") as file:
            kept = json.loads(file.metadata()["run"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        self.model.load_state_dict(_below("model.", tensors))
        self.spent, self.seen, self.after_a = kept["spent"], kept["seen"], kept["after_a"]
        self.begin(kept["stage"])
        state = _below("loop.", tensors)
        if state:
            self.loop.restore(state)
        else:
            first = {"A": 0, "B": self.league.stages["A"]}[self.stage]
            self.loop.step = kept["step"] - first
            key = f"stage_{self.stage.lower()}"
            self.loop.seconds, self.loop.tokens = self.spent[key], self.seen[key]

    def export(self, path: Path) -> str:
        return export(self.model, self.league.tokenizer, path)


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
