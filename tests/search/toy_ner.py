"""An NER objective without training: F1 is a formula and varies slightly with the seed."""

import hashlib
import json
import math
import os
import time
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Example,
    Heartbeat,
    Objective,
    TestTime,
)

LANGUAGES = ("de", "fr")
AVAILABLE = 15_000  # training sentences of a language


def f1(train: Mapping[str, int], language: str, seed: int) -> float:
    """On French: 40 with 250 French sentences, 10 more when they double; 70 with German ones."""
    french = 40 + 10 * math.log2(train["fr"] / 250) if "fr" in train else 0.0
    german = {"de": 85.0, "fr": 70.0}[language] if "de" in train else 0.0
    return min(99.0, max(french, german) + (seed % 3) / 10)


def build(task: str, *, source: str, settings: Mapping[str, Any], **_: Any) -> Objective:
    return Toy(source, settings)


def build_diverging_once(
    task: str, *, source: str, settings: Mapping[str, Any], **_: Any
) -> Objective:
    """The strategy full diverges on one seed."""
    return Toy(source, settings, diverging=len(settings["train"]) == 4, on=(43,))


def build_leaking(task: str, *, source: str, settings: Mapping[str, Any], **_: Any) -> Objective:
    """A tenth of the French test set is in the training data; without it F1 is 10 lower."""
    return Toy(source, settings, leaking=True)


def build_slow(task: str, *, source: str, settings: Mapping[str, Any], **_: Any) -> Objective:
    """Training with one seed takes two seconds."""
    return Toy(source, settings, slow=45)


def build_diverging(task: str, *, source: str, settings: Mapping[str, Any], **_: Any) -> Objective:
    """Training on French diverges."""
    return Toy(source, settings, diverging="fr" in settings["train"])


class Toy:
    def __init__(
        self,
        source: str,
        settings: Mapping[str, Any],
        *,
        diverging: bool = False,
        on: Container[int] = range(1000),
        slow: int | None = None,
        leaking: bool = False,
    ) -> None:
        self.leaking = leaking
        self.on, self.slow = on, slow
        self.source, self.settings, self.diverging = source, settings, diverging
        self.steps = int(settings["steps"])
        self.stages: Mapping[str, int] = {"fine-tuning": self.steps}

    @property
    def data(self) -> Mapping[str, Any]:
        train: Mapping[str, int] = self.settings["train"]
        return {
            "source": self.source,
            "fingerprint": "f" * 64,
            "description": "no data",
            "synthetic": True,
            "notices": ["a notice"],
            "settings": {"encoder": "toy"},
            "sentences": {
                **{f"{name}/train": min(n, AVAILABLE) for name, n in train.items()},
                **{f"{name}/test": 10_000 for name in LANGUAGES},
            },
            "leaked": {"fr": 1_000} if self.leaking else {},
        }

    @property
    def identity(self) -> Mapping[str, Any]:
        settings = {name: value for name, value in self.settings.items() if name != "encoder"}
        return {"settings": settings, "code": "toy", "device": "cpu"}

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        return config

    def run(self, config: Configuration, seed: int) -> "ToyRun":
        return ToyRun(self, config, seed)


class ToyRun:
    def __init__(self, toy: Toy, config: Configuration, seed: int) -> None:
        self.toy, self.config, self.seed = toy, config, seed
        self.step = 0

    def train_to(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        if self.toy.diverging and self.seed in self.toy.on:
            raise Diverged(1, "the loss is not finite", {"loss": math.nan})
        if self.seed == self.toy.slow:
            time.sleep(2)
        self.step = step
        return self.test(heartbeat)

    def save(self, path: Path) -> None:
        (path / "state.json").write_text(json.dumps({"step": self.step}))

    def restore(self, path: Path) -> None:
        self.step = json.loads((path / "state.json").read_text())["step"]

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        metrics: dict[str, float] = {}
        train = self.toy.settings["train"]
        # A type that only German training data have.
        kinds = ["", "_LOC", *(["_RARE"] if "de" in train else [])]
        for language in LANGUAGES:
            score = f1(train, language, self.seed)
            for name in ("f1", "precision", "recall"):
                metrics |= {f"{language}_{name}{kind}": score for kind in kinds}
        unseen = {
            name: value - 10 * (name.startswith("fr") and "fr" in train)
            for name, value in metrics.items()
        }
        counts = {"de\tLOC\tLOC": 9, "de\tLOC\tO": 1, "de\tO\tO": 90, "fr\tO\tO": 1}
        if log := os.environ.get("TOY_LOG"):
            with open(log, "a", encoding="utf-8") as file:
                file.write(
                    f"{json.dumps(dict(train))} {self.seed} {self.config['tuning_method']}\n"
                )
        return Evaluation(
            self.step,
            metrics["de_f1"],
            metrics,
            (Example("Rom", "[*Rom LOC]", "Rom", "de"),),
            counts=counts,
            unseen=unseen if self.toy.leaking else {},
        )

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        return TestTime(0.0, 0.0)

    def export(self, path: Path) -> str:
        (path / "model.json").write_text("{}")
        return hashlib.sha256(b"{}").hexdigest()
