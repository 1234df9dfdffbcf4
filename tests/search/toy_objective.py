"""A translation objective without training: scores are a formula, and states are JSON.

The score at a step is the quality of the parameters that have had an effect by then (0 to 40, with
a known optimum) times the share of the steps that are done. It has no noise by default.
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
    TestTime,
)
from xlt.objectives.preparing import Preparation

STEPS = 1100
END_OF_A = 600
BEST = {"d_model": 256, "dropout": 0.1, "learning_rate": 1e-6}


def quality(config: Configuration, step: int = STEPS) -> float:
    """40 at the last step for `BEST`, less for others. Learning rates have no effect in Stage A."""
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
    """All models diverge in Stage B."""
    return Toy(source, exploding=True)


def build_slow(task: str, *, source: str, **_: Any) -> Objective:
    """A job takes at least a tenth of a second."""
    return Toy(source, pause=0.1)


def build_large(task: str, *, source: str, **_: Any) -> Objective:
    """A state has two megabytes."""
    return Toy(source, ballast=2 * 10**6)


def build_slower(task: str, *, source: str, **_: Any) -> Objective:
    """A job takes at least three seconds."""
    return Toy(source, pause=3.0)


def build_placed(task: str, *, source: str, **_: Any) -> Objective:
    """Like `build_slow`; a process also logs its GPUs and its cache folder."""
    _log(f"placed {os.environ.get('CUDA_VISIBLE_DEVICES')} {os.environ.get('XDG_CACHE_HOME')}")
    return Toy(source, pause=0.1)


def build_prepared(task: str, *, source: str, **_: Any) -> Objective:
    """Preparation takes two minutes and reports its progress."""
    preparation = Preparation("making the toy", 1200)
    for step in range(1200):
        preparation.at(step)
        time.sleep(0.1)
    return Toy(source)


def build_dying(task: str, *, source: str, **_: Any) -> Objective:
    """Its process is killed in Stage B."""
    return Toy(source, dying=True)


def build_mortal(task: str, *, source: str, **_: Any) -> Objective:
    """The first and third process die in preparation, the second one in a job."""
    lives = Path(os.environ["TOY_LOG"]).parent / "lives"
    lives.mkdir(exist_ok=True)
    (lives / str(os.getpid())).touch()
    number = len(list(lives.iterdir()))
    if number in (1, 3):
        os.kill(os.getpid(), 9)
    return Toy(source, dying=number == 2)


def build_hungry(task: str, *, source: str, **_: Any) -> Objective:
    """The widest models need more memory than there is."""
    return Toy(source, hungry=True)


def build_hanging(task: str, *, source: str, **_: Any) -> Objective:
    """A job takes an hour."""
    return Toy(source, pause=3600)


def build_held(task: str, *, source: str, **_: Any) -> Objective:
    """While a file `hold` exists beside the log, a job writes a file `held` and waits."""
    return Toy(source, held=True)


def build_noisy(task: str, *, source: str, **_: Any) -> Objective:
    """Scores have noise that depends on the seed."""
    return Toy(source, noise=4.0)


def build_fragile(task: str, *, source: str, **_: Any) -> Objective:
    """All but the narrowest models diverge in Stage B on any seed but 42."""
    return Toy(source, fragile=True)


def build_buggy(task: str, *, source: str, **_: Any) -> Objective:
    raise ZeroDivisionError("a bug in the objective")


def luck(config: Configuration, seed: int) -> float:
    """A standard normal number that depends on configuration and seed."""
    return Random(f"{seed} {json.dumps(dict(config), sort_keys=True)}").gauss(0, 1)


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
        timed: bool = True,
    ) -> None:
        """`timed`: whether evaluations say how long they took."""
        self.fragile, self.noise = fragile, noise
        self.ballast, self.timed = ballast, timed
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
            import torch  # takes seconds, and only this one needs it

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
        evaluation = self._evaluation(self._score())
        return replace(evaluation, metric="BLEU") if self.toy.noise else evaluation

    def _score(self) -> float:
        acted = self.toy.prefix_config(self.config, self.step)
        return quality(self.config, self.step) + self.toy.noise * luck(acted, self.seed)

    def save(self, path: Path) -> None:
        state = {"step": self.step, "ballast": "0" * self.toy.ballast}
        (path / "state.json").write_text(json.dumps(state))

    def restore(self, path: Path) -> None:
        self.step = json.loads((path / "state.json").read_text())["step"]

    def test(self, heartbeat: Heartbeat) -> Evaluation:
        _log("test")
        evaluation = self._evaluation(self._score() - 1)
        return replace(evaluation, examples=(Example("zwei", "two", "too"),))

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
            # Plans depend on them, so a slow objective reports its true time.
            seconds={"stage_a": self.toy.pause or 1.0, "decoding": self.toy.pause or 0.5}
            if self.toy.timed
            else {},
            tokens={"stage_a": 1000},
            notes={"signature": "toy"},
            earlier_scores=((ON_THE_WAY, 0.25),) if self.step > ON_THE_WAY else (),
        )


# A step that is also scored during training; by default later than all steps.
ON_THE_WAY = int(os.environ.get("TOY_ON_THE_WAY", "1000000"))


def _log(line: str) -> None:
    """Log work that was done, for tests that count it."""
    if log := os.environ.get("TOY_LOG"):
        with open(log, "a", encoding="utf-8") as file:
            file.write(line + "\n")
