"""Judge the choice and the proof of a winner on configurations that were trained on several seeds.

    python benchmarks/confirmation.py FOLDER [--draws 200] [--repetitions 1000] [--tables car,vehicle]

FOLDER holds `*.csv`: one row a configuration, its score on each seed in columns `score_seed_0`,
`score_seed_1`, ...; more is better. Other columns are ignored.

**Choice.** A draw is a search that has finished POOL configurations drawn at random, each on one
seed. The model of `xlt.search.evidence.seed_posterior` is fitted to the best MAX_FITTED_CONFIGS of them. The best
FINALISTS are trained on new seeds, one run after the other. The score of a run is drawn from the
table's scores of the configuration, with replacement; the true score is their mean. All methods of a
draw get the same scores. Printed for each number of runs, in units of the deviation of the
finalists' scores over seeds:

- the regret of the choice: the best true score of the finalists minus that of the chosen one, for
  the best of the search ("none"), for the best three trained equally and chosen by the new scores
  alone ("three"), and for ours;
- "lower": how much lower the regret of ours is than that of "three";
- "claimed": expected score minus true score of the choice of ours;
- "interval": how often the 90 % interval of its expected score contains the true one.

**Proof.** The baseline and ARMS - 1 finalists have the same distribution of scores: normal noise, with
and without an effect that all arms have in common on a seed, or the scores of a configuration of a
table, another one for each repetition. Finalists are trained, and one is tested against the baseline,
as `xlt.search.pipeline.search_loop.policy` does it: both get twice as many seeds before the next
look, until a lead is proven or MOST_SEEDS seeds are used. Printed is the share of repetitions with a
proven lead, all of which are false. It may be 5 % at most.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.search.evidence.proof import holm, look_share, paired_test
from xlt.search.evidence.seed_posterior import MAX_FITTED_CONFIGS, posterior

Array = NDArray[np.float64]
console = Console(highlight=False, soft_wrap=True)

POOL, FINALISTS = 40, 8
RUNS = (6, 12)
COVERAGE = 0.9
# Of the proof: baseline and finalists, runs that help to choose, seeds of the first look and of the
# last one, and the confidence level.
ARMS, INFORMATIVE_RUNS, FIRST_LOOK, MOST_SEEDS, CONFIDENCE = 5, 6, 2, 16, 0.95
COLUMNS = ("none", "three", "ours", "lower", "claimed", "interval")


def load_scores(folder: Path) -> dict[str, Array]:
    """The scores of each table, (configurations, seeds)."""
    tables = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        names = [name for name in rows[0] if name.startswith("score_seed_")]
        tables[path.stem] = np.array([[float(row[name]) for name in names] for row in rows])
    if not tables:
        raise typer.BadParameter(f"{folder} has no *.csv; expected tables with score_seed_0, ...")
    return tables


def choose(scores: Array, rng: np.random.Generator) -> Array:
    """One draw. Returns the first four and the last of COLUMNS for each of RUNS, (runs, 5)."""
    n_seeds = scores.shape[1]
    pool = rng.choice(len(scores), POOL, replace=False)
    search = scores[pool, rng.integers(0, n_seeds, POOL)]
    seeds = rng.integers(0, n_seeds, (FINALISTS, RUNS[-1]))
    best = np.argsort(-search)[:MAX_FITTED_CONFIGS]
    search, arms = search[best], scores[pool[best]]
    true, runs = arms[:FINALISTS].mean(axis=1), np.take_along_axis(arms[:FINALISTS], seeds, axis=1)
    # Scores that are all equal have no deviation, and no regret.
    unit = float(np.sqrt(arms[:FINALISTS].var(axis=1).mean())) or 1.0
    new: list[list[float]] = [[] for _ in best]
    rows = []
    for count in range(RUNS[-1] + 1):
        belief = posterior(search.tolist(), [dict(enumerate(runs)) for runs in new])
        winner = int(np.argmax(belief.mean[:FINALISTS]))
        if count in RUNS:
            three = int(np.argmax(runs[:3, : count // 3].mean(axis=1)))
            low, high = belief.interval(winner, COVERAGE)
            regrets = (true.max() - true[[0, three, winner]]) / unit
            claimed = (belief.mean[winner] - true[winner]) / unit
            rows.append([*regrets, claimed, float(low <= true[winner] <= high)])
        # The best one is trained in any case.
        arm = int(np.argmax(belief.gain_per_run()[:FINALISTS])) if count else winner
        if count < RUNS[-1]:
            new[arm].append(float(runs[arm, len(new[arm])]))
    return np.array(rows)


def proves(scores: Array) -> bool:
    """Whether an arm is proven to be better than the first one, the baseline.

    Args:
        scores: Of each arm in the search, and then on each new seed, (ARMS, 1 + MOST_SEEDS).
    """
    search, runs = scores[:, 0].tolist(), scores[:, 1:].tolist()
    counts = np.array([FIRST_LOOK] + [0] * (ARMS - 1))  # runs of each arm
    informative = 0
    while True:
        by_seed = [dict(enumerate(row[:n])) for row, n in zip(runs, counts, strict=True)]
        belief = posterior(search, by_seed)
        target = 1 + int(np.argmax(belief.mean[1:]))
        if counts[target] < FIRST_LOOK:
            counts[target] += 1
        elif informative < INFORMATIVE_RUNS:
            informative += 1
            counts[np.argmax(np.where(counts < MOST_SEEDS, belief.gain_per_run(), -1))] += 1
        else:
            if proof_p_value(by_seed, target) < 1 - CONFIDENCE:
                return True
            look = min(counts[0], counts[target])
            if look == MOST_SEEDS:
                return False
            next_look = min(2 * look, MOST_SEEDS)
            counts[[0, target]] = np.maximum(counts[[0, target]], next_look)


def proof_p_value(scores: Sequence[Mapping[int, float]], target: int) -> float:
    """As `SeedRuns.proof`: corrected for the number of configurations and of looks."""
    tests = {
        arm: test
        for arm in range(1, len(scores))
        if (test := paired_test(scores[arm], scores[0], CONFIDENCE)) and test.n_seeds > 1
    }
    p_values = dict(
        zip(tests, holm([test.p_value_if_better for test in tests.values()]), strict=True)
    )
    return p_values[target] / look_share(tests[target].n_seeds, FIRST_LOOK)


def identical_arms(
    tables: Mapping[str, Array],
) -> dict[str, Callable[[np.random.Generator], Array]]:
    """By name, functions that draw the scores of one repetition, (ARMS, 1 + MOST_SEEDS)."""
    shape = ARMS, 1 + MOST_SEEDS
    arms: dict[str, Callable[[np.random.Generator], Array]] = {
        "normal": lambda rng: rng.normal(size=shape),
        "normal, seed effect": lambda rng: rng.normal(size=shape) + rng.normal(size=shape[1]),
    }

    def of_table(scores: Array, rng: np.random.Generator) -> Array:
        return rng.choice(rng.choice(scores), shape)

    return arms | {name: partial(of_table, scores) for name, scores in tables.items()}


def main(
    folder: Annotated[Path, typer.Argument(help="The folder of tables.")],
    draws: Annotated[int, typer.Option(min=1)] = 200,
    repetitions: Annotated[int, typer.Option(min=1)] = 1000,
    tables: Annotated[str, typer.Option(help="Some of them, with commas.")] = "",
) -> None:
    """Print how well finalists are chosen, and how often identical ones are told apart."""
    chosen = load_scores(folder)
    if tables:
        chosen = {name: chosen[name] for name in tables.split(",")}
    means = []  # (tables, runs, columns)
    for scores in chosen.values():
        rng = np.random.default_rng(0)
        means.append(np.mean([choose(scores, rng) for _ in range(draws)], axis=0))
    for index, count in enumerate(RUNS):
        output = Table(f"{count} runs", *COLUMNS, box=box.MARKDOWN)
        rows = np.array(means)[:, index]
        for name, row in [*zip(chosen, rows, strict=True), ("mean", rows.mean(axis=0))]:
            lower = 1 - row[2] / row[1] if row[1] else 0.0
            cells = [f"{value:.3f}" for value in row[:3]]
            output.add_row(name, *cells, f"{lower:.1%}", f"{row[3]:+.3f}", f"{row[4]:.1%}")
        console.print(output)
    output = Table("identical arms", "falsely proven", box=box.MARKDOWN)
    for name, draw in identical_arms(chosen).items():
        rng = np.random.default_rng(0)
        share = np.mean([proves(draw(rng)) for _ in range(repetitions)])
        output.add_row(name, f"{share:.1%}")
    console.print(output)


if __name__ == "__main__":
    typer.run(main)
