"""A translation objective without translation: scores by formula, states in JSON, no waiting.

The score of a configuration at a step is what its settings that have acted by then are worth
(between 0 and 40, the optimum known) times how far training has come: no noise.
"""

import hashlib
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Example,
    Heartbeat,
    Objective,
    Progress,
    Sentences,
    TestTime,
)
from xlt.objectives.preparing import Preparation

STEPS = 1100
END_OF_A = 600
BEST = {"d_model": 256, "dropout": 0.1, "learning_rate": 1e-6}


def worth(config: Configuration, step: int = STEPS) -> float:
    """40 at the end for `BEST`, less the further away; in Stage A the structure alone matters."""
    wide = (float(config["d_model"]) - 256) / 384
    dropped = (float(config["dropout"]) - 0.1) / 0.3
    rate = math.log10(float(config["learning_rate"]) / 1e-6) / 4 if step > END_OF_A else 0.0
    return 40 * math.exp(-(wide**2 + dropped**2 + rate**2)) * step / STEPS


def build(task: str, *, source: str, **_: Any) -> Objective:
    return Toy(source)


def build_diverging(task: str, *, source: str, **_: Any) -> Objective:
    """All but the narrowest models diverge."""
    return Toy(source, diverging=True)


def build_exploding(task: str, *, source: str, **_: Any) -> Objective:
    """All diverge in Stage B, and none before."""
    return Toy(source, exploding=True)


def build_slow(task: str, *, source: str, **_: Any) -> Objective:
    """A tenth of a second a job at least."""
    return Toy(source, pause=0.1)


def build_large(task: str, *, source: str, **_: Any) -> Objective:
    """Its states are of two megabytes."""
    return Toy(source, ballast=2 * 10**6)


def build_placed(task: str, *, source: str, **_: Any) -> Objective:
    """As `build_slow`; each process notes which GPUs it was given, and whose cache it uses."""
    _log(f"placed {os.environ.get('CUDA_VISIBLE_DEVICES')} {os.environ.get('XDG_CACHE_HOME')}")
    return Toy(source, pause=0.1)


def build_prepared(task: str, *, source: str, **_: Any) -> Objective:
    """After two minutes, of which it tells."""
    preparation = Preparation("making the toy", 1200)
    for step in range(1200):
        preparation.at(step)
        time.sleep(0.1)
    return Toy(source)


def build_dying(task: str, *, source: str, **_: Any) -> Objective:
    """Its process is killed in Stage B."""
    return Toy(source, dying=True)


def build_mortal(task: str, *, source: str, **_: Any) -> Objective:
    """The first and third process of its kind die while they prepare, the second at work."""
    lives = Path(os.environ["TOY_LOG"]).parent / "lives"
    lives.mkdir(exist_ok=True)
    (lives / str(os.getpid())).touch()
    number = len(list(lives.iterdir()))
    if number in (1, 3):
        os.kill(os.getpid(), 9)
    return Toy(source, dying=number == 2)


def build_hungry(task: str, *, source: str, **_: Any) -> Objective:
    """The widest models want more memory than there is."""
    return Toy(source, hungry=True)


def build_hanging(task: str, *, source: str, **_: Any) -> Objective:
    """Never ends a job of Stage A."""
    return Toy(source, pause=3600)


def build_held(task: str, *, source: str, **_: Any) -> Objective:
    """Where a file `hold` lies beside the log, a job writes `held` and waits until `hold` is gone."""
    return Toy(source, held=True)


def build_noisy(task: str, *, source: str, **_: Any) -> Objective:
    """Scores depend on the seed as much as on the configuration; with sentences at the end."""
    return Toy(source, noise=4.0)


def build_fragile(task: str, *, source: str, **_: Any) -> Objective:
    """All but the narrowest models diverge in Stage B on any seed but 42."""
    return Toy(source, fragile=True)


def build_buggy(task: str, *, source: str, **_: Any) -> Objective:
    raise ZeroDivisionError("a bug in the objective")


def luck(config: Configuration, seed: int) -> float:
    """Normally distributed over seeds, another for each configuration."""
    return Random(f"{seed} {json.dumps(dict(config), sort_keys=True)}").gauss(0, 1)


def spoilt(score: float, seed: int) -> Sentences:
    """Sentences of which the more words are right, the higher the score."""
    rnd = Random(seed)
    texts = [[f"word{10 * i + j}" for j in range(8)] for i in range(30)]
    found = [[word if 50 * rnd.random() < score else "no" for word in text] for text in texts]
    return Sentences(*(tuple(" ".join(text) for text in each) for each in (texts, found)))


class Toy:
    steps = STEPS
    stages: Mapping[str, int] = {"A": END_OF_A, "B": STEPS}

    def __init__(
        self,
        source: str,
        *,
        diverging: bool = False,
        exploding: bool = False,
        dying: bool = False,
        hungry: bool = False,
        held: bool = False,
        fragile: bool = False,
        noise: float = 0.0,
        pause: float = 0.0,
        ballast: int = 0,
    ) -> None:
        self.fragile, self.noise = fragile, noise
        self.ballast = ballast
        self.hungry, self.held = hungry, held
        self.source = "toy" if source == "auto" else source
        self.diverging, self.dying, self.pause = diverging, dying, pause
        self.exploding = exploding

    @property
    def data(self) -> Mapping[str, Any]:
        return {
            "source": self.source,
            "fingerprint": hashlib.sha256(self.source.encode()).hexdigest(),
            "description": f"no data, called {self.source}",
            "synthetic": self.source == "synthetic",
            "notices": [],
        }

    @property
    def identity(self) -> Mapping[str, Any]:
        return {
            "task": "translation",
            "data": self.data["fingerprint"],
            "code": "toy",
            "device": "cpu",
        }

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        names = {"d_model", "dropout"} if step <= self.stages["A"] else set(config)
        return {name: value for name, value in config.items() if name in names}

    def run(self, config: Configuration, seed: int) -> "ToyRun":
        return ToyRun(self, config, seed)


class ToyRun:
    def __init__(self, toy: Toy, config: Configuration, seed: int) -> None:
        self.toy, self.config, self.seed = toy, config, seed
        self.step = 0

    def train_to(self, step: int, heartbeat: Heartbeat) -> Evaluation:
        stage = "A" if step <= self.toy.stages["A"] else "B"
        heartbeat(Progress(stage, self.step, step, 1000.0))
        if self.toy.diverging and int(self.config["d_model"]) > 128:
            raise Diverged(self.step + 1, "the loss is not finite", {"loss": math.nan})
        if self.toy.exploding and stage == "B":
            raise Diverged(self.step + 1, "the loss exploded", {"loss": 1000.0, "limit": 90.0})
        if self.toy.fragile and stage == "B" and self.seed != 42 and self.config["d_model"] != 128:
            raise Diverged(self.step + 1, "the loss is not finite", {"loss": math.nan})
        if self.toy.hungry and int(self.config["d_model"]) > 256:
            import torch  # it takes seconds, and no other toy needs it

            torch.empty(10**15)
        if self.toy.dying and stage == "B":
            os.kill(os.getpid(), 9)
        time.sleep(self.toy.pause)
        hold = Path(os.environ.get("TOY_LOG", "")).parent / "hold"
        while self.toy.held and hold.exists():
            hold.with_name("held").touch()
            time.sleep(0.05)
        self.step = step
        _log(f"train {json.dumps(dict(self.config), sort_keys=True)} {step} seed {self.seed}")
        score = self._score()
        if not self.toy.noise:
            return self._evaluation(score)
        sentences = {"en": spoilt(score, self.seed)} if step == STEPS else {}
        return replace(self._evaluation(score), metric="BLEU", sentences=sentences)

    def _score(self) -> float:
        acted = self.toy.prefix_config(self.config, self.step)
        return worth(self.config, self.step) + self.toy.noise * luck(acted, self.seed)

    def save(self, path: Path) -> None:
        state = {"step": self.step, "ballast": "0" * self.toy.ballast}
        (path / "state.json").write_text(json.dumps(state))

    def restore(self, path: Path) -> None:
        self.step = json.loads((path / "state.json").read_text())["step"]

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        _log("test")
        found = self._evaluation(self._score() - 1)
        return replace(found, examples=(Example("zwei", "two", "too"),))

    def time_test(self, heartbeat: Heartbeat) -> TestTime:
        heartbeat(Progress("decode", 0, 1, 1.0))
        return TestTime(0.0, 0.0)

    def export(self, path: Path) -> str:
        text = json.dumps({**self.config, "step": self.step, "seed": self.seed})
        (path / "model.json").write_text(text)
        return hashlib.sha256(text.encode()).hexdigest()

    def _evaluation(self, score: float) -> Evaluation:
        return Evaluation(
            step=self.step,
            score=score,
            metrics={"league_bleu": score, "chrf": score / 3},
            examples=(Example("eins", "one", "one"),) * 3,
            # A slow one says how long it takes: plans are made by that.
            seconds={"stage_a": self.toy.pause or 1.0, "decoding": self.toy.pause or 0.5},
            tokens={"stage_a": 1000},
            notes={"signature": "toy"},
            earlier_scores=((ON_THE_WAY, 0.25),) if self.step > ON_THE_WAY else (),
        )


# A step that is scored on the way, if any; later than all by default.
ON_THE_WAY = int(os.environ.get("TOY_ON_THE_WAY", "1000000"))


def _log(line: str) -> None:
    """What was really done, for tests that count it."""
    if log := os.environ.get("TOY_LOG"):
        with open(log, "a", encoding="utf-8") as file:
            file.write(line + "\n")
