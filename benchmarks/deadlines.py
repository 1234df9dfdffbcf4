"""Judge searches under a deadline, on a simulated clock.

    python benchmarks/deadlines.py [--minutes 20] [--slowdowns 1,1.35,1.6] [--seeds 6]

Each search is that of `xlt-search --study league --n-trials 40`, with two workers. Trainings are not
computed: scores are a formula with the league's traits, and time passes as the built-in cost model
predicts, times a slowdown that the search does not know. A search of 20 minutes takes half a minute.

The formula: wide models and low dropout score more in Stage A, and a high learning rate destroys
what Stage A has learned. The best configuration has 67 BLEU. A score has a deviation of 1 BLEU over
seeds. Printed for each slowdown: the true score of the winner, on average and for each seed; and how
many searches ended proven.
"""

import argparse
import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import optuna

from xlt.objectives.objective import Configuration, Evaluation
from xlt.objectives.tasks import TASKS
from xlt.search.execution.jobs import describe
from xlt.search.pipeline.session import prior_runtime_model
from xlt.studies.study import load

sys.path.append(str(Path(__file__).parents[1] / "tests" / "search"))
from simulated import Simulation
from toy_objective import END_OF_A, STEPS, Toy, ToyRun

MODEL_PARAMS = ("d_model", "nhead", "num_layers", "d_ff", "dropout")
SEED_STD = 1.0


def after_a(config: Configuration) -> float:
    """BLEU at the end of Stage A."""
    value: dict[str, float] = {name: float(config[name]) for name in MODEL_PARAMS}
    width: float = 0.35 + 0.65 * (math.log2(value["d_model"] / 128) / 2) ** 0.7
    depth = 1 - 0.06 * (value["num_layers"] - 2)
    inner = 0.86 + 0.035 * value["d_ff"] / value["d_model"]
    return 67 * width * depth * inner * (1 - 1.6 * value["dropout"])


def bleu(config: Configuration, step: int = STEPS) -> float:
    """BLEU at a step of Stage B."""
    kept = 1 / (1 + float(config["learning_rate"]) / 2e-5)
    share = min(1.0, (step - END_OF_A) / 100)
    return after_a(config) * math.pow(kept, share)


class League(Toy):
    """The objective: its Stage A depends on the architecture, its time on the slowdown."""

    def __init__(self, slowdown: float) -> None:
        super().__init__("toy", timed=False)
        study = load("league")
        self.slowdown, self.rungs = slowdown, study.budget.rungs
        self.prior = prior_runtime_model(study, describe(self))

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        names = MODEL_PARAMS if step <= END_OF_A else tuple(config)
        return {name: config[name] for name in names}

    def run(self, config: Configuration, seed: int) -> "LeagueRun":
        return LeagueRun(self, config, seed)

    def seconds(self, config: Configuration, begin: int, end: int) -> float:
        """The time of a training, up to noise."""
        return self.slowdown * self.prior.predict_run(config, begin, end)


class LeagueRun(ToyRun):
    """A training whose scores are the formula."""

    def __init__(self, league: League, config: Configuration, seed: int) -> None:
        super().__init__(league, config, seed)
        self.league = league

    def _score(self) -> float:
        acted = self.league.prefix_config(self.config, self.step)
        luck = Random(f"{self.seed} {sorted(acted.items())}").gauss(0, 1)
        if self.step < END_OF_A:
            learned = after_a(self.config) / 67 * math.sqrt(self.step / END_OF_A)
            return -8.5 + 6 * learned + 0.02 * luck
        return bleu(self.config, self.step) + SEED_STD * luck

    def _evaluation(self, score: float) -> Evaluation:
        """The evaluation, with the seconds from which the search learns the speed."""
        cost = TASKS["translation"].cost
        units = cost.run_units(self.config, 0, self.step, self.league.rungs, {})
        rate = self.league.seconds(self.config, 0, self.step) / sum(units.values())
        return replace(
            super()._evaluation(score),
            metric="log-likelihood" if self.step < END_OF_A else "BLEU",
            seconds={part: rate * count for part, count in units.items()},
        )


def search(folder: Path, seed: int, minutes: float, slowdown: float) -> tuple[float, bool]:
    """The true score of the winner, and whether it was proven better than the baseline."""
    league, rnd = League(slowdown), Random(seed)
    simulation = Simulation(
        folder,
        "search.n_trials=40",
        f"search.seed={seed}",
        f"budget.time_limit={minutes:g}m",
        objective=league,
        seconds=lambda *job: league.seconds(*job) * math.exp(rnd.gauss(0, 0.05)),
        workers=2,
        timed=True,
    )
    simulation.search()
    result = simulation.result()
    comparison = result.against("baseline")
    score = bleu(result.candidate(result.winner).configuration)
    return score, bool(comparison and comparison.proven)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--slowdowns", default="1,1.35,1.6")
    parser.add_argument("--seeds", type=int, default=6)
    arguments = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    for slowdown in map(float, arguments.slowdowns.split(",")):
        results = []
        for seed in range(1, arguments.seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                results.append(search(Path(folder), seed, arguments.minutes, slowdown))
        scores = [score for score, _ in results]
        print(
            f"slowdown {slowdown:4.2f}: mean {sum(scores) / len(scores):5.1f} BLEU "
            f"({', '.join(f'{score:.1f}' for score in scores)}), "
            f"{sum(proven for _, proven in results)} of {len(results)} proven",
            flush=True,
        )


if __name__ == "__main__":
    main()
