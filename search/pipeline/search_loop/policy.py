"""Which trainings are worth their time, and which run on a new seed comes next.

There are three kinds of training: to begin a configuration, to promote a paused one, and to train a
scored one on a new seed. Each is judged by what it is expected to add to the task's score, divided
by its cost. The unit of cost is a full run of the baseline. A training must add at least
`search.min_gain` points per unit of cost. A training of the search must also add at least as much as
the most useful run on a new seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from xlt.objectives.objective import Configuration
from xlt.search.pipeline.search_loop.costs import Costs
from xlt.search.pipeline.search_loop.seed_runs import SeedRun, SeedRuns
from xlt.search.pipeline.search_loop.time_check import TimeCheck
from xlt.search.pipeline.session import Session
from xlt.search.storage.keys import DIVERGED, FAILED
from xlt.search.suggest.distributions import distributions, trial_names
from xlt.search.suggest.outlook import Outlook

# A configuration is not trained any further if its win probability is lower.
MIN_WIN_PROBABILITY = 0.01
# The gain is infinite until the scores at the last rung span this multiple of `search.min_gain`
# (measured by `benchmarks/stopping.py`).
MIN_SPREAD_IN_MIN_GAINS = 3.0


@dataclass
class Policy:
    """The decisions of one study.

    Attributes:
        session: The study.
        seed_runs: The runs on new seeds.
        costs: The expected costs of trainings.
        time_check: Which trainings there is time for.
    """

    session: Session
    seed_runs: SeedRuns
    costs: Costs
    time_check: TimeCheck

    def __post_init__(self) -> None:
        self.study = self.session.study
        space, prefix = self.study.space, self.costs.prefixes.prefix
        if prefix is not None:
            prefix = replace(prefix, params=sorted(trial_names(space, prefix.params)))
        min_spread = MIN_SPREAD_IN_MIN_GAINS * self.study.search.min_gain
        self.outlook = Outlook(distributions(space), self.study.budget.rungs, prefix, min_spread)
        for key, trial in self.session.store.results_by_config().items():
            failed = {DIVERGED, FAILED} & trial.user_attrs.keys()
            scores = {} if failed else trial.intermediate_values
            self.outlook.observe(key, trial.params, scores)
        self._seed_gain: float | None = None

    def observe(self, key: str, config: Configuration, scores: Mapping[int, float]) -> None:
        """Record all scores of a configuration so far, by step; empty if it diverged or failed."""
        self.outlook.observe(key, self.study.space.to_trial_params(config), scores)
        self.invalidate()

    def invalidate(self) -> None:
        """Forget what was computed from earlier scores."""
        self._seed_gain = None
        self.time_check.invalidate()
        self.seed_runs.invalidate()

    def is_exempt(self, config: Configuration) -> bool:
        """Whether a configuration is tried whatever it promises: it is asked for, or all are."""
        return self.study.search.stop_when == "never" or config in self.study.initial_configs

    def is_worth(self, config: Configuration, begin: int = 0) -> bool:
        """Whether a configuration promises enough for the time that its training takes.

        Args:
            config: An untried configuration, or a paused one.
            begin: The step that it has reached.
        """
        if self.is_exempt(config):
            return True
        prospect = self.outlook.prospect(self.study.space.to_trial_params(config))
        if prospect is None:
            return True
        if prospect.win_probability < MIN_WIN_PROBABILITY:
            return False
        baseline_cost = self.costs.of_full_run(self.study.space.baseline_config)
        rate = prospect.gain * baseline_cost / self.costs.of_trying(config, begin)
        return rate >= max(self.study.search.min_gain, self._best_seed_gain())

    def _best_seed_gain(self) -> float:
        """What the most informative run on a new seed adds per unit of cost."""
        if self._seed_gain is None:
            _, gain = self.seed_runs.most_informative(self.costs.relative)
            self._seed_gain = gain if self.time_check.trains_on_new_seeds else 0.0
        return self._seed_gain

    def baseline_run(self) -> SeedRun | None:
        """The baseline's next run of the proof, which comes as early as possible.

        Every later comparison needs these runs. They also show how long a full run takes. Half of the
        workers train them, so that the search, on which everything else waits, begins meanwhile.
        """
        missing = self.seed_runs.missing(self.seed_runs.baseline)
        n_running = len(missing) - len(list(self.seed_runs.not_running(missing)))
        if n_running >= max(1, self.session.executor.max_workers // 2):
            return None
        return self.time_check.first_that_fits(missing)

    def next_run(self, *, others_running: bool) -> SeedRun | None:
        """The most useful run on a new seed for a worker for which the search has nothing.

        First the target's proof, then whatever helps to choose, then a stronger proof.

        Args:
            others_running: Whether trainings are running that may change the choice.
        """
        target = self.time_check.provisional_winner()
        if target is None or (others_running and not target.complete):
            return None
        run = None
        if self.seed_runs.may_add or not self.seed_runs.has_runs_of_some_proof:
            run = self.time_check.first_that_fits(self.seed_runs.missing_for_proof(target))
        if run is not None or others_running:
            return run
        run, gain = self.seed_runs.most_informative(self.costs.relative)
        ignores_min_gain = self.study.search.stop_when == "never"
        if run is not None and (ignores_min_gain or gain >= self.study.search.min_gain):
            run = self.time_check.first_that_fits([run])
            if run is not None:
                return run
        stronger = self.seed_runs.to_strengthen(target, self.study.proof.confidence)
        return (
            self.time_check.first_that_fits(stronger) if self.time_check.all_fit(stronger) else None
        )
