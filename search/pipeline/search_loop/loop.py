"""The loop that spends a study's budget: trials, promotions and runs on new seeds.

With one worker and no time budget, a repeated search gives the same results except for times, also
across interruptions (see `xlt.search.suggest.samplers` for what each sampler keeps). With more workers,
samplers see scores in the order in which trainings finish.
"""

from collections.abc import Callable, Iterable

from xlt.objectives.objective import Configuration, Evaluation, Paused
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.execution.jobs import JobResult, Train
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline.search_loop.budget_check import (
    check_budget,
    sample_configs,
    show_excluded,
)
from xlt.search.pipeline.search_loop.costs import Costs
from xlt.search.pipeline.search_loop.policy import Policy
from xlt.search.pipeline.search_loop.seed_runs import SeedRun, SeedRuns
from xlt.search.pipeline.search_loop.time_check import TimeCheck
from xlt.search.pipeline.search_loop.trials import Trials
from xlt.search.pipeline.session import Session
from xlt.search.storage import keys
from xlt.search.storage.store import config_key
from xlt.search.suggest.proposer import NO_TIME, NOT_WORTH, Defer, Proposer
from xlt.search.suggest.shared_prefix import PrefixTracker

# Configurations without time for them of which one must be worth a training, for the search to end
# for lack of time.
N_LACKING_TIME = 16


class SearchLoop:
    """The trainings of one study, up to `executor.max_workers` of them at once."""

    def __init__(self, session: Session, *, with_proof: bool = True) -> None:
        """Open the records of a study.

        Args:
            session: The study.
            with_proof: Whether to train on new seeds.
        """
        self.session = session
        self.study, self.store, self.plan = session.study, session.store, session.plan
        self.executor, self.display = session.executor, session.display
        self.prefixes = PrefixTracker(
            TASKS[self.study.task].shared_params, session.description.stages
        )
        for trial in self.store.results_by_config().values():
            reached = max(trial.intermediate_values, default=0)
            self.prefixes.record(trial.user_attrs[keys.CONFIGURATION], reached)
        self.seed_runs = SeedRuns(self.study, self.store)
        costs = Costs(session, self.prefixes)
        self.time_check = TimeCheck(
            session,
            self.seed_runs,
            costs,
            with_proof,
            lambda key: key in self.trials.running_keys,
        )
        self.policy = Policy(session, self.seed_runs, costs, self.time_check)
        self.trials = Trials(
            session, self.policy, self.time_check, self.prefixes, lambda: self._n_left() > 0
        )
        self.proposer = Proposer(
            self.study,
            self.store,
            self.trials.attributes,
            costs.of_trying,
            self.prefixes.prefix,
        )
        self._n_configs = 0  # how many configurations are to be tried
        # Both are reset by the next result: why no new configuration may be tried, and whether there
        # is nothing at all to start.
        self._last_refusal: str | None = None
        self._nothing_to_start = False

    def search(self, n_configs: int) -> None:
        """Try up to `n_configs` configurations, promote, and train the best ones on new seeds.

        Ends when nothing is left that is worth its time, or there is no time left.

        Raises:
            Interrupted: The command was interrupted.
            XltError: A worker cannot go on.

        In both cases running trials are abandoned and enqueued again. Their checkpoints are kept.
        """
        for table in self.study.skipped:
            text = f"search.enqueue, table {table}: outside the study's ranges; skipped"
            self.display(events.Notice(text))
        space = self.study.space
        if not space.continuous and space.size < n_configs:
            text = f"the space has only {space.size} configurations; all will be tried"
            self.display(events.Notice(text))
            n_configs = space.size
        self._n_configs = n_configs
        if self.plan is not None:
            with_proof = self.time_check.with_proof and bool(self.seed_runs.n_proof_seeds)
            configs = sample_configs(self.proposer)
            check_budget(self.session, self.plan, configs, with_proof=with_proof)
        self._run(self._search_next)
        self._show_end()

    def prove(self) -> None:
        """Train the best configurations on new seeds, without searching."""
        self._run(lambda: False)

    def _run(self, search_next: Callable[[], bool]) -> None:
        """Give work to free workers and take results, until there is no work left.

        Args:
            search_next: Starts or resumes a trial, and returns whether there was one.
        """
        try:
            while self._schedule(search_next):
                self._handle(self.executor.completed())
                if self.plan is None:
                    continue
                if self.trials.running and self.plan.must_stop(
                    self.time_check.seconds_for_proof_and_final
                ):
                    self._stop_search()
                elif self.seed_runs.running and self.plan.must_stop(
                    self.time_check.seconds_for_final
                ):
                    text = (
                        "time budget: the rest is reserved for the final run; the proof stops here"
                    )
                    self.display(events.Notice(text))
                    self._handle(self.executor.pause_all())
                    break
        except BaseException as error:
            reason = "interrupted" if isinstance(error, Interrupted) else f"ended by {error!r}"
            self.trials.abandon_all(reason)
            raise

    def _handle(self, results: Iterable[tuple[int, JobResult]]) -> None:
        for number, result in results:
            self._last_refusal, self._nothing_to_start, self.trials.lacks_time = None, False, False
            if number in self.seed_runs.running:
                self._on_seed_result(self.seed_runs.running.pop(number), result)
            elif not isinstance(result, Paused):
                self.trials.on_result(number, result)

    def _show_end(self) -> None:
        """Record and show why the search ended, and how many steps it trained."""
        steps = [
            max(t.intermediate_values, default=0) for t in self.store.results_by_config().values()
        ]
        trained = self.store.attributes.get(keys.STEPS_TRAINED, 0)
        full = self.session.description.steps
        reason = self._end_reason()
        self.store.study.set_user_attr(keys.END_OF_SEARCH, reason)
        self.display(events.SearchFinished(len(steps), reason, full, sum(steps), trained))
        if self.plan is not None and self.time_check.trains_on_new_seeds:
            configs = sample_configs(self.proposer)
            show_excluded(self.session, self.plan, configs, self.time_check.proof_seconds)

    def _end_reason(self) -> str:
        if self.trials.out_of_time or self.trials.lacks_time or self._last_refusal == NO_TIME:
            proof = "the proof and " * self.time_check.trains_on_new_seeds
            rest = f"the rest of the time budget is for {proof}the final run"
            if len(self.store.results_by_config()) < self.study.search.n_trials:
                return rest
            return f"all were tried, and {rest}"
        if self._last_refusal == NOT_WORTH:
            metric, least = TASKS[self.study.task].metric, self.study.search.min_gain
            return (
                f"no training is worth its time (search.min_gain: {least:g} {metric} in the time of a full "
                "run of the baseline)"
            )
        return "all were tried"

    def _schedule(self, search_next: Callable[[], bool]) -> bool:
        """Give every free worker a training. Returns whether any training runs."""
        while self.executor.has_capacity() and not self._nothing_to_start:
            run = self.policy.baseline_run()
            if run is None and not self.trials.out_of_time and search_next():
                continue
            run = run or self.policy.next_run(others_running=bool(self.trials.running))
            if run is None:
                self._nothing_to_start = True
                break
            self._start_seed_run(run)
        return bool(self.trials.running or self.seed_runs.running)

    def _search_next(self) -> bool:
        """Promote a configuration, or start a new one. Returns whether there was one."""
        promotion = self.trials.next_promotion()
        if promotion is not None:
            self.trials.promote(promotion)
            return True
        if not self._n_left():
            return False
        waiting = self.trials.paused_prefixes()
        fits: dict[str, bool] = {}  # by the key of the prefix, which decides the time of a training
        lacking_time: list[Configuration] = []

        def refusal(config: Configuration, is_enqueued: bool) -> str | None:
            if is_enqueued or self.policy.is_exempt(config):
                return None if self.time_check.can_start(config, 0) else NO_TIME
            # Time comes first: there may be none for whole regions of the space.
            key = self.prefixes.end_id(config) or config_key(config)
            if key not in fits:
                fits[key] = self.time_check.can_start(config, 0)
            if not fits[key]:
                lacking_time.append(config)
                return NO_TIME
            if self.prefixes.end_id(config) in waiting or not self.policy.is_worth(config):
                return NOT_WORTH
            return None

        proposal = self.proposer.propose(
            self.trials.running_keys,
            refusal,
            self.prefixes.is_pending,
            has_other_work=bool(self.trials.running),
        )
        if proposal is None:
            would_gain = any(map(self.policy.is_worth, lacking_time[:N_LACKING_TIME]))
            self._last_refusal = NO_TIME if would_gain else NOT_WORTH
            # From now on `_n_left()` is 0. The scheduler then promotes more, so ask it again.
            return self._search_next()
        if proposal is Defer.DEFER:
            return False
        self.trials.start(*proposal)
        return True

    def _start_seed_run(self, run: SeedRun) -> None:
        # IDs of these jobs are negative: the others are numbers of trials.
        job_id = min(self.seed_runs.running, default=0) - 1
        self.seed_runs.running[job_id] = run
        self.time_check.on_seed_run_start(job_id)
        self.policy.invalidate()
        self.session.start_marker.mark_started()
        full = self.session.description.steps
        self.display(events.SeedRunStarted(run.name, run.configuration, full))
        self.executor.submit(
            Train(
                job_id=job_id,
                config=run.configuration,
                seed=run.seed,
                step=full,
                checkpoint_steps=tuple(step for step in self.study.budget.rungs if step < full),
                label=run.name,
                pinned=self.session.pinned_checkpoints(),
            )
        )

    def _on_seed_result(self, run: SeedRun, result: JobResult) -> None:
        if isinstance(result, Paused):
            return
        row = self.seed_runs.record(run, result)
        if isinstance(result, Evaluation):
            key = f"{config_key(run.configuration)}, seed {run.seed}"
            self.session.runtimes.observe(key, run.configuration, result.step, result.seconds)
        self.policy.invalidate()
        self.display(
            events.SeedRunFinished(
                run.name, row.get("metric", ""), row.get("score"), row.get("reason")
            )
        )

    def _stop_search(self) -> None:
        """Pause what runs: the remaining time belongs to the proof and the final run."""
        text = "time budget: the rest is reserved for the proof and the final run; running trials are paused"
        self.display(events.Notice(text))
        self.trials.out_of_time = True
        self._handle(self.executor.pause_all())
        self.trials.pause_all()
        # What is left here could not report that it was paused.
        self.seed_runs.running.clear()

    def _n_left(self) -> int:
        """The number of configurations that may be started now."""
        return 0 if self._last_refusal else max(0, self._n_configs - self.trials.n_started)
