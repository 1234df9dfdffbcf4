"""The league as an objective: a contest to train a German-to-English model from scratch.

A run trains on captions (Stage A) and then on talks (Stage B). It is scored on captions throughout.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import tokenizers
import torch
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
from xlt.objectives.objective import Configuration, Evaluation, Heartbeat, Progress, TestTime
from xlt.objectives.training import StageConfig, TrainLoop
from xlt.objectives.translation import corpora, vocabulary
from xlt.objectives.translation.batches import PairBatches
from xlt.objectives.translation.evaluation import Evaluator, SplitScore
from xlt.objectives.translation.export import export
from xlt.objectives.translation.model import Architecture, Translator
from xlt.spaces.league import GROUPS, PROTOCOL, LeagueProtocol


class League:
    """The contest on one corpus; see `xlt.objectives.objective.Objective`."""

    def __init__(
        self,
        source: str,
        cache: Path,
        device: str = "auto",
        protocol: LeagueProtocol = PROTOCOL,
        precision: str = "auto",
    ) -> None:
        """`source`: see `corpora.load`. `cache`: a folder for tokenised data."""
        self.protocol = protocol
        self.device = resolve_device(device)
        self.precision = resolve_precision(precision, self.device)
        self.corpus = corpora.load(source, protocol)
        self.tokenizer, self.tokens, corrupt = vocabulary.prepare(self.corpus, cache, protocol)
        self.evaluator = Evaluator(self.corpus, self.tokenizer, self.tokens, protocol)
        self.notices = [*protocol.notices, *self.corpus.notices]
        if corrupt:
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
            "precision": precision_name(self.precision),
        }

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        names = list(GROUPS["MODEL_HP"])
        if step > self.stages["A"]:
            names += GROUPS["FT_HP"]
        return {name: config[name] for name in names}

    def run(self, config: Configuration, seed: int) -> "LeagueRun":
        return LeagueRun(self, config, seed)

    def batches(
        self,
        part: str,
        model: Translator,
        seed: int = 0,
        smoothing: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> PairBatches:
        """Batches of a part such as "talks/train" for `model`."""
        sources, targets = self.tokens[f"{part}.de"], self.tokens[f"{part}.en"]
        size = self.protocol.batch
        return PairBatches(model, sources, targets, size, (seed, part), smoothing, generator)


class LeagueRun:
    """One configuration, one seed; see `xlt.objectives.objective.Run`."""

    def __init__(self, league: League, config: Configuration, seed: int) -> None:
        self.league, self.config, self.seed = league, config, seed
        vocabulary_size = league.tokenizer.get_vocab_size()
        architecture = Architecture.of(config, vocabulary_size, league.protocol)
        self.model = Translator(architecture, derive_seed(seed, "weights")).to(league.device)
        self.start_stage("A")
        self.spent = {"stage_a": 0.0, "stage_b": 0.0, "scoring": 0.0, "decoding": 0.0}
        self.tokens_seen = {"stage_a": 0, "stage_b": 0}
        self.score_after_a: float | None = None  # on validation data

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
                if self.score_after_a is None:
                    self._evaluate(heartbeat)
                self.start_stage("B")
        if self.stage == "B":
            self._train(step - end_of_a, step, heartbeat)
        return self._evaluate(heartbeat)

    def _train(self, step: int, target: int, heartbeat: Heartbeat) -> None:
        before = self.step - self.loop.step
        stage = self.stage

        def on_step(done: int, speed: float) -> None:
            heartbeat(Progress(stage, before + done, target, speed))

        self.loop.train_to(step, on_step)
        key = f"stage_{stage.lower()}"
        self.spent[key], self.tokens_seen[key] = self.loop.seconds, self.loop.tokens

    def start_stage(self, stage: str) -> None:
        """Start stage "A" or "B" with the present weights and a new optimiser."""
        self.stage = stage
        league, protocol = self.league, self.league.protocol
        part = "captions/train"
        settings = StageConfig(
            steps=protocol.stage_a_steps,
            learning_rate=protocol.stage_a_learning_rate,
            schedule=protocol.stage_a_schedule,
            warmup=protocol.stage_a_warmup,
            weight_decay=protocol.stage_a_weight_decay,
            label_smoothing=protocol.stage_a_label_smoothing,
            betas=protocol.adam_betas,
            epsilon=protocol.adam_epsilon,
            clip=protocol.clip,
        )
        if stage == "B":
            part = "talks/train"
            config: Mapping[str, Any] = self.config
            settings = replace(
                settings,
                steps=protocol.stage_b_steps,
                learning_rate=config["learning_rate"],
                schedule=config["lr_scheduler_type"],
                warmup=config["warmup_steps"],
                weight_decay=config["weight_decay"],
                label_smoothing=config["label_smoothing_factor"],
            )
        dropout_seed = derive_seed(self.seed, part, "dropout")
        generator = torch.Generator(league.device).manual_seed(dropout_seed)
        task = league.batches(part, self.model, self.seed, settings.label_smoothing, generator)
        self.loop = TrainLoop(task, settings, generator, precision=league.precision)

    def _evaluate(self, heartbeat: Heartbeat) -> Evaluation:
        """Score on validation data: by the protocol at the end of a stage, faster within one.

        Within a stage, scores only decide which runs continue, and are compared at the same step:
        within Stage A by log-likelihood, within Stage B by BLEU of greedy decoding. Early in Stage
        A every BLEU is near 0, and all outputs have maximum length, so that decoding takes as long
        as training did. The likelihood distinguishes models from the first steps on.
        """
        evaluator, end_of_a = self.league.evaluator, self.league.stages["A"]
        if self.step < end_of_a:
            scored = evaluator.likelihood_score(self.model, "validation")
            self.spent["scoring"] += scored.seconds
            return self._evaluation(scored)
        stage_ended = self.step in self.league.stages.values()
        beams = self.league.protocol.beams if stage_ended else 1
        scored = evaluator.bleu_score(self.model, "validation", beams, heartbeat)
        self.spent["decoding"] += scored.seconds
        if self.step == end_of_a:
            self.score_after_a = scored.score
        evaluation = self._evaluation(scored)
        if self.stage == "B" and self.score_after_a is not None:
            metrics = {**scored.metrics, "league_bleu_after_a": self.score_after_a}
            if stage_ended:  # scores of greedy decoding are lower anyway
                metrics["forgetting"] = self.score_after_a - scored.score
            before = ((end_of_a, self.score_after_a),)
            return replace(evaluation, metrics=metrics, earlier_scores=before)
        return evaluation

    def _evaluation(self, scored: SplitScore) -> Evaluation:
        return Evaluation(
            step=self.step,
            score=scored.score,
            metrics=scored.metrics,
            metric=scored.metric,
            examples=scored.examples,
            seconds=dict(self.spent),
            tokens=dict(self.tokens_seen),
            notes=scored.signatures,
        )

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        beams = self.league.protocol.beams
        return self._evaluation(
            self.league.evaluator.bleu_score(self.model, "test", beams, heartbeat)
        )

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        return self.league.evaluator.time_test(self.model, heartbeat)

    def save(self, path: Path) -> None:
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.step not in self.league.stages.values():
            # At the end of a stage only the weights are needed.
            tensors |= {f"loop.{name}": value for name, value in self.loop.state().items()}
        values = {
            "stage": self.stage,
            "step": self.step,
            "spent": self.spent,
            "tokens_seen": self.tokens_seen,
            "score_after_a": self.score_after_a,
        }
        cpu = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        save_file(cpu, path / "state.safetensors", {"run": json.dumps(values)})

    def restore(self, path: Path) -> None:
        with safe_open(path / "state.safetensors", "pt") as file:
            values = json.loads(file.metadata()["run"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        self.model.load_state_dict(_below("model.", tensors))
        self.spent, self.tokens_seen = values["spent"], values["tokens_seen"]
        self.score_after_a = values["score_after_a"]
        self.start_stage(values["stage"])
        state = _below("loop.", tensors)
        if state:
            self.loop.restore(state)
        else:
            first = {"A": 0, "B": self.league.stages["A"]}[self.stage]
            self.loop.step = values["step"] - first
            key = f"stage_{self.stage.lower()}"
            self.loop.seconds, self.loop.tokens = self.spent[key], self.tokens_seen[key]

    def export(self, path: Path) -> str:
        return export(self.model, self.league.tokenizer, path)


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
