"""Full trainings of the best configurations on new seeds: their record, and which one comes next.

These runs have two purposes. They choose: a run goes to the configuration where it is expected to
gain most for the final choice. And they prove: the winner and the baseline are trained on the same
seeds, which the search has not used.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from xlt.objectives.objective import Configuration, Diverged, Evaluation
from xlt.objectives.tasks import TASKS
from xlt.search.evidence.proof import PairedTest, holm, look_share, paired_test
from xlt.search.evidence.seed_posterior import Posterior, furthest_configs, posterior
from xlt.search.execution.jobs import JobFailed, JobResult
from xlt.search.storage.keys import PROOF, SECONDS
from xlt.search.storage.store import RankedConfig, Store, config_key, evaluation_record
from xlt.studies.study import Study

# The branch of the study's seed that new seeds are drawn from.
_SEED_BRANCH = 1


@dataclass(frozen=True)
class SeedRun:
    """A full run on a new seed. `trial` is the number of the configuration."""

    trial: int
    configuration: Configuration
    seed: int

    @property
    def key(self) -> tuple[str, int]:
        return config_key(self.configuration), self.seed

    @property
    def name(self) -> str:
        return f"trial {self.trial} on new seed {self.seed}"


@dataclass(frozen=True)
class BaselineTest:
    """The test of a configuration against the baseline.

    Attributes:
        test: The paired test over the seeds of both.
        p_value: Its p-value, corrected by Holm's method and for repeated tests.
    """

    test: PairedTest
    p_value: float


def new_seeds(seed: int, count: int) -> list[int]:
    """Seeds derived from a study's own seed, and different from it.

    A longer list begins with the shorter ones.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(_SEED_BRANCH,))
    drawn = sequence.generate_state(2 * count + 1).tolist()  # once in billions two are equal
    return [new for new in dict.fromkeys(drawn) if new != seed][:count]


class SeedRuns:
    """The runs on new seeds of one study.

    Attributes:
        seeds: The new seeds, in the order in which every configuration is trained on them.
        n_proof_seeds: The number of seeds that a proof needs at least.
        results: What each run gave: a score, or the reason why there is none.
        running: Runs that are being trained, by the ID of their job.
    """

    def __init__(self, study: Study, store: Store) -> None:
        self._study, self._store = study, store
        self.n_proof_seeds = study.proof.seeds
        self.seeds = new_seeds(study.search.seed, max(self.n_proof_seeds, study.proof.most_runs))
        record = store.attributes.get(PROOF, {})
        self.results: dict[tuple[str, int], dict[str, Any]] = {
            (config_key(run["configuration"]), run["seed"]): run for run in record.get("runs", [])
        }
        self.running: dict[int, SeedRun] = {}
        self._baseline_key = config_key(study.space.baseline_config)
        self._prefix_params = TASKS[study.task].prefix_params

    def record(self, run: SeedRun, result: JobResult) -> dict[str, Any]:
        """Store the result of a run; returns its record."""
        row: dict[str, Any] = {
            "trial": run.trial,
            "configuration": dict(run.configuration),
            "seed": run.seed,
        }
        if isinstance(result, Evaluation):
            row |= {**evaluation_record(result), SECONDS: dict(result.seconds)}
        else:
            assert isinstance(result, Diverged | JobFailed)
            row["reason"] = str(result) if isinstance(result, Diverged) else result.reason
        self.results[run.key] = row
        record = self._store.attributes.get(PROOF, {})
        runs = {"runs": list(self.results.values())}
        self._store.study.set_user_attr(PROOF, {**record, **runs})
        self.invalidate()
        return row

    def invalidate(self) -> None:
        """Forget what was computed from earlier scores."""
        self.__dict__.pop("finalists", None)
        self.__dict__.pop("belief", None)

    @cached_property
    def finalists(self) -> list[RankedConfig]:
        """The configurations that may win, best first: no run of them on a new seed has failed."""
        return [
            row
            for row in furthest_configs(self._store.ranking(), self._prefix_params)
            if not self._has_failed(row)
        ]

    @cached_property
    def belief(self) -> Posterior | None:
        """The expected scores of `finalists`; None for fewer than two."""
        if len(self.finalists) < 2:
            return None
        rows = self.finalists
        prefixes = [config_key(row.configuration, self._prefix_params) for row in rows]
        search, new = [row.score for row in rows], list(map(self.scores, rows))
        return posterior(search, new, prefixes)

    def scores(self, row: RankedConfig) -> dict[int, float]:
        """The scores of a configuration on new seeds."""
        key = config_key(row.configuration)
        return {
            seed: run["score"]
            for seed in self.seeds
            if "score" in (run := self.results.get((key, seed), {}))
        }

    def best_run(self, row: RankedConfig) -> Mapping[str, Any] | None:
        """The record of a configuration's run with the highest score; None if there is none."""
        scores = self.scores(row)
        if not scores:
            return None
        return self.results[config_key(row.configuration), max(scores, key=scores.__getitem__)]

    def ranked(
        self, penalty: Callable[[RankedConfig], float] = lambda _: 0.0
    ) -> list[RankedConfig]:
        """`finalists` by their expected score less a penalty, best first."""
        if self.belief is None:
            return self.finalists
        penalties = np.array([penalty(row) for row in self.finalists])
        order = np.argsort(penalties - self.belief.mean, kind="stable")
        return [self.finalists[index] for index in order]

    def is_baseline(self, row: RankedConfig) -> bool:
        return config_key(row.configuration) == self._baseline_key

    @property
    def baseline(self) -> RankedConfig | None:
        """The baseline, once it has a score."""
        return next(filter(self.is_baseline, self._store.ranking()), None)

    def missing(self, row: RankedConfig | None, count: int | None = None) -> list[SeedRun]:
        """The runs on the first seeds that are not on record.

        Args:
            row: The configuration; None: there are no runs.
            count: The number of seeds; None: as many as a proof needs.
        """
        count = self.n_proof_seeds if count is None else count
        runs = [] if row is None else self._runs(row, count)
        return [run for run in runs if run.key not in self.results]

    def configs_of_missing_runs(self, config: Configuration) -> list[Configuration]:
        """The configuration of each run that a proof of `config` lacks and that nobody trains yet.

        A configuration that lacks two runs is listed twice.
        """
        present = self.results.keys() | {run.key for run in self.running.values()}
        baseline = self._study.space.baseline_config
        is_baseline = config_key(config) == self._baseline_key
        return [
            each
            for each in ([baseline] if is_baseline else [config, baseline])
            for seed in self.seeds[: self.n_proof_seeds]
            if (config_key(each), seed) not in present
        ]

    def missing_for_proof(self, row: RankedConfig) -> list[SeedRun]:
        """The runs of a configuration and of the baseline that its proof lacks."""
        baseline = None if self.is_baseline(row) else self.baseline
        return [*self.missing(row), *self.missing(baseline)]

    def has_proof_runs(self, row: RankedConfig) -> bool:
        """Whether a configuration was trained on as many new seeds as a proof needs."""
        return bool(self.n_proof_seeds) and not self.missing(row) and not self._has_failed(row)

    @property
    def has_runs_of_some_proof(self) -> bool:
        """Whether some configuration, and the baseline, have the runs of a proof."""
        baseline = self.baseline
        return any(
            self.has_proof_runs(row) and not self.is_baseline(row) for row in self.finalists
        ) and (baseline is None or not self.missing(baseline))

    def _runs(self, row: RankedConfig, count: int) -> list[SeedRun]:
        return [SeedRun(row.trial, row.configuration, seed) for seed in self.seeds[:count]]

    def _has_failed(self, row: RankedConfig) -> bool:
        key = config_key(row.configuration)
        return any("reason" in self.results.get((key, seed), {}) for seed in self.seeds)

    def not_running(self, runs: Sequence[SeedRun]) -> Iterator[SeedRun]:
        """Those of `runs` that are not being trained."""
        return (run for run in runs if run not in self.running.values())

    @property
    def may_add(self) -> bool:
        """Whether the study allows one more run that its proof does not need."""
        return len(self.results) + len(self.running) < self._study.proof.most_runs

    def most_informative(
        self, cost: Callable[[Configuration], float]
    ) -> tuple[SeedRun | None, float]:
        """The run that gains most for its cost, and its gain for the unit of cost.

        Args:
            cost: The cost of a full run.
        """
        if not self.n_proof_seeds or self.belief is None or not self.may_add:
            return None, 0.0
        rows = self.finalists
        configs = [row.configuration for row in rows]
        pending = [
            configs.index(run.configuration)
            for run in self.running.values()
            if run.configuration in configs
        ]
        gains = self.belief.with_pending(pending).gain_per_run()
        rates = gains / [cost(config) for config in configs]
        for index in np.argsort(-rates, kind="stable"):
            run = next(self.not_running(self.missing(rows[index], len(self.seeds))), None)
            if run is not None:
                return run, float(rates[index])
        return None, 0.0

    def baseline_test(self, row: RankedConfig, confidence: float) -> BaselineTest | None:
        """Test a configuration against the baseline; None if they have no seed in common."""
        baseline = self.baseline
        if baseline is None or self.is_baseline(row):
            return None
        against = self.scores(baseline)
        tests = {
            other.trial: test
            for other in self.finalists
            if not self.is_baseline(other)
            and (test := paired_test(self.scores(other), against, confidence))
        }
        if row.trial not in tests:
            return None
        # What was trained on one seed alone cannot be proven, and is not compared.
        compared = [trial for trial, test in tests.items() if test.n_seeds > 1]
        p_values = dict(
            zip(compared, holm([tests[t].p_value_if_better for t in compared]), strict=True)
        )
        test = tests[row.trial]
        share = look_share(test.n_seeds, max(2, self.n_proof_seeds))
        return BaselineTest(test, min(1.0, p_values.get(row.trial, 1.0) / share))

    def to_strengthen(self, row: RankedConfig, confidence: float) -> list[SeedRun]:
        """The next runs for a proof that is not strong enough yet.

        Empty if it is strong enough, or if `most_runs` does not allow the next doubling.
        """
        result = self.baseline_test(row, confidence)
        if result is None:
            return []
        # The test is repeated only after the number of seeds has doubled.
        count = self.n_proof_seeds
        while count < result.test.n_seeds:
            count *= 2
        if count == result.test.n_seeds:
            if result.p_value < 1 - confidence:
                return []
            count *= 2
        missing = [*self.missing(row, count), *self.missing(self.baseline, count)]
        allowed = self._study.proof.most_runs - len(self.results)
        return sorted(missing, key=self._seed_index) if len(missing) <= allowed else []

    def _seed_index(self, run: SeedRun) -> int:
        return self.seeds.index(run.seed)
