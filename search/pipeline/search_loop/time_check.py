"""Which trainings there is time for, beside the proof and the final run that must follow."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from xlt.objectives.objective import Configuration
from xlt.search.pipeline.search_loop.costs import Costs
from xlt.search.pipeline.search_loop.seed_runs import SeedRun, SeedRuns
from xlt.search.pipeline.session import Session
from xlt.search.storage.store import RankedConfig, config_key

# The predicted speed of a run counts as much as this share of the run. Assumed.
PROGRESS_PRIOR = 0.1


@dataclass
class TimeCheck:
    """The time of one study.

    Attributes:
        session: The study. Without a time plan there is time for everything.
        seed_runs: The runs on new seeds.
        costs: The expected costs of trainings.
        with_proof: Whether this command trains on new seeds.
        is_in_training: Whether the search trains the configuration with a key now.
    """

    session: Session
    seed_runs: SeedRuns
    costs: Costs
    with_proof: bool
    is_in_training: Callable[[str], bool]

    def __post_init__(self) -> None:
        session = self.session
        self.study, self.store, self.plan = session.study, session.store, session.plan
        self.prefixes = self.costs.prefixes
        # When running runs on new seeds began, in seconds of the budget, by job ID.
        self._started_at: dict[int, float] = {}
        self._target: RankedConfig | None = None
        self._target_is_known = False

    def invalidate(self) -> None:
        """Forget what was computed from earlier scores."""
        self._target_is_known = False

    @property
    def trains_on_new_seeds(self) -> bool:
        """Whether configurations are trained on new seeds, and there is time for it."""
        if self.plan is not None and not self.plan.proves:
            return False
        return self.with_proof and bool(self.seed_runs.n_proof_seeds)

    def can_start(self, config: Configuration, step: int) -> bool:
        """Whether there is time to train to the rung after `step`, and for all that must follow.

        That is to train this configuration to the last rung, to prove it and to finish it, and the same
        for the target. Only the last rung shows what all parameters do: what was not scored there
        should not be proven.
        """
        if self.plan is None:
            return True
        if not self._leaves_time_to_search(config):
            return False
        rungs = self.study.budget.rungs
        step = max(step, self.prefixes.trained_until(config))
        next_rung = next((rung for rung in rungs if rung > step), rungs[-1])
        job = self.plan.runtimes.predict_run(config, step, next_rung)
        own = self._seconds_until_proven(config, next_rung, job)
        reserve = self.seconds_for_proof_and_final  # also sets the target
        target = self._target
        if target is not None and self.trains_on_new_seeds:
            is_target = target.configuration == config
            reserve = 0.0 if is_target else self._seconds_for_target(target, job)
        return self.plan.has_time_to_train(config, step, next_rung, reserve, own)

    def _leaves_time_to_search(self, config: Configuration) -> bool:
        """Whether the proof of a configuration is short enough to leave time for other ones.

        The baseline and enqueued configurations may take longer, and so may those whose shared prefix
        is trained to its end: little is left to train.
        """
        assert self.plan is not None
        prefix = self.prefixes.prefix
        is_prefix_trained = (
            prefix is not None and self.prefixes.trained_until(config) >= prefix.step
        )
        is_exempt = is_prefix_trained or config in self.study.initial_configs
        return is_exempt or self.plan.leaves_time_to_search(config, self.proof_seconds)

    def _seconds_for_target(self, row: RankedConfig, job: float = 0.0) -> float:
        """Seconds to train a configuration to the last rung, and to prove and finish it."""
        assert self.plan is not None
        step = row.step
        if self.is_in_training(config_key(row.configuration)):
            step = self.study.budget.rungs[-1]
        proof = self._seconds_until_proven(row.configuration, step, job)
        return self.plan.reserved_seconds(row, proof)

    def _seconds_until_proven(self, config: Configuration, step: int, job: float) -> float:
        """Seconds to train a configuration from `step` to the last rung, and to prove it.

        Args:
            config: The configuration.
            step: The rung that it has reached.
            job: See `proof_seconds`.
        """
        last = self.study.budget.rungs[-1]
        if self.plan is None or not self.trains_on_new_seeds or step >= last:
            return self.proof_seconds(config, job)
        rest = self.plan.runtimes.predict_run(config, step, last)
        return rest + self.proof_seconds(config, job + rest)

    def proof_seconds(self, config: Configuration, job: float = 0.0) -> float:
        """Seconds until the proof of a configuration has all its runs; 0 if nothing is to be proven.

        Args:
            config: The configuration.
            job: If not 0: the seconds of a training that starts now. The result counts from its end.
        """
        if not self.trains_on_new_seeds:
            return 0.0
        return self._seconds_for_full_runs(self.seed_runs.configs_of_missing_runs(config), job)

    def _seconds_for_full_runs(self, configs: Iterable[Configuration], job: float = 0.0) -> float:
        """Seconds for runs on new seeds beside and after what is being trained; `job`: see `proof_seconds`."""
        assert self.plan is not None
        busy = [self._remaining_seconds(job_id) for job_id in self.seed_runs.running]
        # Other workers begin at once: the baseline's runs need not wait for the search.
        return self.plan.seconds_for_full_runs(configs, [*busy, *[job] * bool(job)]) - job

    def on_seed_run_start(self, job_id: int) -> None:
        """Record that a run on a new seed starts now."""
        self.session.executor.progress_by_job.pop(job_id, None)
        if self.plan is not None:
            self._started_at[job_id] = self.plan.budget.elapsed

    def _remaining_seconds(self, job_id: int) -> float:
        """The expected seconds until a run on a new seed ends, from its prediction and its progress."""
        assert self.plan is not None
        config = self.seed_runs.running[job_id].configuration
        predict, steps = self.plan.runtimes.predict_run, self.plan.steps
        whole = predict(config, 0, steps)
        spent = self.plan.budget.elapsed - self._started_at[job_id]
        progress = self.session.executor.progress_by_job.get(job_id)
        if progress is None or progress.stage not in self.session.description.stages:
            return max(0.0, whole - spent)
        done = predict(config, 0, progress.step)
        prior = PROGRESS_PRIOR * whole
        slowdown = max(1.0, (spent + prior) / (done + prior))
        return (whole - done) * slowdown

    @property
    def seconds_for_proof_and_final(self) -> float:
        """Seconds that the search must leave for proof and final run; 0 while nothing is scored."""
        ranking = self.store.ranking()
        if self.plan is None or not ranking:
            return 0.0
        # The time that running runs still need falls.
        if not self._target_is_known or self.seed_runs.running:
            self.plan.check_finishable(
                ranking, self.proof_seconds if self.trains_on_new_seeds else None
            )
            self._target, self._target_is_known = self._provable_target(), True
        if self._target is not None:
            return self.plan.reserved_seconds(
                self._target, self.proof_seconds(self._target.configuration)
            )
        target = self.plan.best_finishable(ranking)
        if target is None or not self.trains_on_new_seeds:
            return self.plan.reserved_seconds(target, 0.0)
        return self.plan.seconds_to_finish(target.configuration, target.step)

    def _provable_target(self) -> RankedConfig | None:
        """The best configuration for which there is time to reach the last rung and to be proven.

        The search keeps time for it. For a configuration that can be proven, but not be scored at the
        last rung before, no time is kept: another one may be proven in the rest of the budget.
        """
        if self.plan is None or not self.trains_on_new_seeds:
            return None
        for row in self._candidates():
            has_time = self.plan.has_time_for(self._seconds_for_target(row))
            if has_time and (row.complete or self._leaves_time_to_search(row.configuration)):
                return row
        return None

    def provisional_winner(self) -> RankedConfig | None:
        """The best configuration that can be proven and finished in time, or at least finished."""
        rows = self._candidates()
        if self.plan is None:
            return next(iter(rows), None)
        if self.trains_on_new_seeds:
            target = self._provable_target()
            if target is not None:
                return target
            for row in rows:
                if self.plan.can_prove(row.configuration, self.proof_seconds):
                    return row
        return self.plan.best_finishable(self.store.ranking())

    def _candidates(self) -> list[RankedConfig]:
        """The configurations that may be proven, best first.

        The expected score of each is reduced by the cost of the runs that its proof lacks. Otherwise
        tiny differences between configurations would begin one proof after another. A baseline with
        all its runs is no reason to give up a better configuration.
        """
        rows = self.seed_runs.ranked(self._cost_of_missing_runs)
        return [row for row in rows if row is rows[0] or not self.seed_runs.is_baseline(row)]

    def _cost_of_missing_runs(self, row: RankedConfig) -> float:
        """In the task's score: what `search.min_gain` asks of the runs that a proof lacks."""
        n_missing = len(self.seed_runs.missing(row))
        if not n_missing:
            return 0.0
        return self.study.search.min_gain * n_missing * self.costs.relative(row.configuration)

    def first_that_fits(self, runs: Collection[SeedRun]) -> SeedRun | None:
        """The first of `runs` that nobody trains and that there is time for."""
        idle = self.seed_runs.not_running(list(runs))
        return next((run for run in idle if self.all_fit([run])), None)

    def all_fit(self, runs: Collection[SeedRun]) -> bool:
        """Whether there is time for all of `runs` before the final run."""
        if not self.trains_on_new_seeds:
            return False
        if self.plan is None:
            return True
        seconds = self._seconds_for_full_runs(run.configuration for run in runs)
        return self.plan.has_time_for(seconds + self.seconds_for_final)

    @property
    def seconds_for_final(self) -> float:
        """Seconds that runs on new seeds must leave for what follows the proof.

        That is test and export; or a final run, if the proof cannot be completed any more.
        """
        row = self.provisional_winner() or next(iter(self.store.ranking()), None)
        if row is None or self.plan is None:
            return 0.0
        if self.trains_on_new_seeds and self.plan.can_prove(row.configuration, self.proof_seconds):
            return self.plan.seconds_after_proof(row.configuration)
        if self.plan.truncated:
            return self.plan.reserved_seconds(row, 0.0)
        return self.plan.seconds_to_finish(row.configuration, row.step)
