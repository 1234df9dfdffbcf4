"""The loop that spends a study's budget: trials, promotions and runs on new seeds.

A trial asks for a configuration, trains it to rungs, and tells its scores.

A pausing scheduler lets a configuration wait at a rung. Optuna cannot resume a trial that was told,
and a trial that is not told would stay RUNNING: samplers would take it for a bad configuration, and
a crash would leave it behind. So a paused trial is told as PRUNED. When its configuration is resumed,
a new trial with the same parameters repeats its scores and names the trial that it resumes.

With one worker and no time limit, everything but times is the same from run to run, also across
interruptions (see `xlt.search.suggest.samplers` for what each sampler keeps). With more workers,
samplers see scores in the order in which trainings finish.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration, Diverged, Evaluation, Paused
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.execution.jobs import JobFailed, JobResult, Train
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline.budget_check import check_budget, random_configs
from xlt.search.pipeline.policy import Policy
from xlt.search.pipeline.seed_runs import SeedRun, SeedRuns
from xlt.search.pipeline.session import Session
from xlt.search.results.artifacts import upload_artifacts
from xlt.search.scheduling.scheduler import Decision
from xlt.search.scheduling.schedulers import make_scheduler
from xlt.search.storage import keys
from xlt.search.storage.store import config_key, evaluation_attributes
from xlt.search.suggest.proposer import NO_TIME, NOT_WORTH, Defer, Proposer
from xlt.search.suggest.shared_prefix import PrefixTracker
from xlt.spaces.errors import XltError


@dataclass
class _RunningTrial:
    number: int
    config: Configuration
    evaluations: list[Evaluation] = field(default_factory=list)

    @property
    def key(self) -> str:
        return config_key(self.config)

    @property
    def scores(self) -> dict[int, float]:
        """All scores by step, those between rungs included."""
        scores: dict[int, float] = {}
        for evaluation in self.evaluations:
            scores |= {**dict(evaluation.earlier_scores), evaluation.step: evaluation.score}
        return scores


class TrialLoop:
    """The trainings of one study, up to `executor.max_workers` of them at once."""

    def __init__(self, session: Session, *, with_proof: bool = True) -> None:
        """`with_proof`: whether to train on new seeds as well."""
        self.session = session
        self.study, self.store, self.plan = session.study, session.store, session.plan
        self.executor, self.display = session.executor, session.display
        self.runtimes = session.runtimes
        self.running: dict[int, _RunningTrial] = {}  # by number
        # By the ID of its job. These IDs are negative: the others are numbers of trials.
        self.running_seeds: dict[int, SeedRun] = {}
        self.out_of_time = False
        self.prefixes = PrefixTracker(
            TASKS[self.study.task].shared_params, session.description.stages
        )
        for trial in self.store.current_by_config().values():
            reached = max(trial.intermediate_values, default=0)
            self.prefixes.record(trial.user_attrs[keys.CONFIGURATION], reached)
        self._trial_attributes = {  # one attribute, as each costs the database a write
            keys.PROVENANCE: {
                "seed": self.study.search.seed,
                "data source": session.description.data["source"],
                "data fingerprint": session.description.data["fingerprint"],
                "code fingerprint": session.description.identity["code"],
            }
        }
        self.seed_runs = SeedRuns(self.study, self.store)
        self.policy = Policy(session, self.prefixes, self.seed_runs, with_proof)
        self.proposer = Proposer(
            self.study,
            self.store,
            self._trial_attributes,
            self.policy.acquisition_cost,
            self.prefixes.prefix,
        )
        self.scheduler = make_scheduler(
            self.study.search.pruner,
            self.study.budget.rungs,
            self.study.space,
            self.store,
            self.prefixes,
        )
        self._target = 0  # how many configurations are to be tried
        # Why no configuration may be tried, as long as there is no new score.
        self._refusal: str | None = None
        self._steps_before: int = self.store.attributes.get(keys.STEPS_TRAINED, 0)

    def search(self, n_configs: int) -> None:
        """Try up to `n_configs` configurations, promote, and train the best ones on new seeds.

        Ends when nothing is left that is worth its time, or there is no time left.

        If this raises (interrupted, a worker died), running trials are abandoned and the next
        command asks for them again; their checkpoints are kept.
        """
        for table in self.study.skipped:
            text = f"search.enqueue, table {table}: outside the study's ranges; skipped"
            self.display(events.Notice(text))
        space = self.study.space
        if not space.continuous and space.size < n_configs:
            text = f"the space has only {space.size} configurations; all will be tried"
            self.display(events.Notice(text))
            n_configs = space.size
        self._target = n_configs
        if self.plan is not None:
            check_budget(self.session, self.plan, random_configs(self.proposer))
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
                if self.running and self.plan.must_stop(self.policy.reserved_seconds):
                    self._stop_search()
                elif self.running_seeds and self.plan.must_stop(self.policy.final_seconds()):
                    text = "time budget: the rest is reserved for the final; the proof stops here"
                    self.display(events.Notice(text))
                    self._handle(self.executor.pause_all())
                    break
        except BaseException as error:
            reason = "interrupted" if isinstance(error, Interrupted) else f"ended by {error!r}"
            # If that fails, the next command does it.
            with suppress(StorageInternalError, XltError):
                for number in self.running:
                    self.store.abandon(number, reason)
            raise

    def _handle(self, results: Iterable[tuple[int, JobResult]]) -> None:
        for number, result in results:
            if number in self.running_seeds:
                self._on_seed_result(self.running_seeds.pop(number), result)
            elif not isinstance(result, Paused):
                self._on_result(self.running[number], result)

    def _show_end(self) -> None:
        """Record and show why the search ended, and how many steps it trained."""
        steps = [
            max(t.intermediate_values, default=0) for t in self.store.current_by_config().values()
        ]
        trained = self.store.attributes.get(keys.STEPS_TRAINED, 0)
        full = self.session.description.steps
        reason = self._end_reason()
        self.store.study.set_user_attr(keys.END_OF_SEARCH, reason)
        self.display(events.SearchFinished(len(steps), reason, full, sum(steps), trained))

    def _end_reason(self) -> str:
        if self.out_of_time or self._refusal == NO_TIME:
            return "the rest of the time budget is for the proof and the final run"
        if self._refusal == NOT_WORTH:
            metric, least = TASKS[self.study.task].metric, self.study.search.min_gain
            return (
                f"nothing is left that would gain {least:g} {metric} in the time of a full training"
            )
        return "all were tried"

    def _schedule(self, search_next: Callable[[], bool]) -> bool:
        """Give every free worker a training. Returns whether any training runs."""
        while self.executor.has_capacity():
            run = self.policy.baseline_run()
            if run is None and not self.out_of_time and search_next():
                continue
            run = run or self.policy.next_run(others_running=bool(self.running))
            if run is None:
                break
            self._start_seed_run(run)
        return bool(self.running or self.running_seeds)

    def _search_next(self) -> bool:
        """Promote a configuration, or start a new one. Returns whether there was one."""
        promotion = self._next_promotion()
        if promotion is not None:
            self._promote(promotion)
            return True
        if not self._remaining():
            return False
        reasons: set[str | None] = set()

        def refusal(config: Configuration) -> str | None:
            reason = None
            if not self.policy.can_try(config):
                reason = NO_TIME
            elif self._has_waiting_sibling(config) or not self.policy.is_worth(config):
                reason = NOT_WORTH
            reasons.add(reason)
            return reason

        proposal = self.proposer.propose(
            self._running_keys(),
            refusal,
            self.prefixes.is_pending,
            has_other_work=bool(self.running),
        )
        if proposal is None:
            self._refusal = NOT_WORTH if NOT_WORTH in reasons else NO_TIME
            return self._search_next()  # with no new one to wait for, another may be promoted
        if proposal is Defer.DEFER:
            return False
        self._start_trial(_RunningTrial(*proposal))
        return True

    def _has_waiting_sibling(self, config: Configuration) -> bool:
        """Whether a paused configuration with the same prefix is worth a promotion.

        Before it was promoted, another configuration of this prefix tells nothing new.
        """
        step = self.prefixes.trained_until(config)
        trials = self.store.current_by_config()
        waiting = (trials[key] for key in self.scheduler.paused()) if step else ()
        for trial in waiting:
            sibling, reached = trial.user_attrs[keys.CONFIGURATION], trial.last_step or 0
            same = self.prefixes.prefix_id(sibling, step) == self.prefixes.prefix_id(config, step)
            if reached < step and same and self.policy.is_worth(sibling, reached):
                return True
        return False

    def _start_seed_run(self, run: SeedRun) -> None:
        job_id = min(self.running_seeds, default=0) - 1
        self.running_seeds[job_id] = run
        self.seed_runs.running.append(run)
        self.session.work.begin()
        self.display(events.SeedRunStarted(run.name))
        full = self.session.description.steps
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
        self.seed_runs.running.remove(run)
        if isinstance(result, Paused):
            return
        row = self.seed_runs.record(run, result)
        if isinstance(result, Evaluation):
            key = f"{config_key(run.configuration)}, seed {run.seed}"
            self.runtimes.observe(key, run.configuration, result.step, result.seconds)
        self._take_new_scores()
        self.display(
            events.SeedRunFinished(
                run.name, row.get("metric", ""), row.get("score"), row.get("reason")
            )
        )

    def _take_new_scores(self) -> None:
        self._refusal = None
        self.policy.update()

    def _stop_search(self) -> None:
        """Pause what runs: the remaining time belongs to the proof and the final run."""
        text = "time budget: the rest is reserved for proof and final; running trials are paused"
        self.display(events.Notice(text))
        self.out_of_time = True
        self._handle(self.executor.pause_all())
        for trial in list(self.running.values()):
            if trial.evaluations:
                step = trial.evaluations[-1].step
                self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
            else:
                self.store.abandon(trial.number, "no time left")
                del self.running[trial.number]
        # A run on a new seed that was paused could not report.
        self.running_seeds.clear()
        self.seed_runs.running.clear()

    def _running_keys(self) -> set[str]:
        return {trial.key for trial in self.running.values()}

    def _remaining(self) -> int:
        return 0 if self._refusal else max(0, self._target - self._n_started())

    def _n_started(self) -> int:
        return len(self._running_keys() | self.store.current_by_config().keys())

    def _next_promotion(self) -> str | None:
        """The key of the paused configuration to resume now, or None."""
        return self.scheduler.choose_trial_to_run(self._remaining() > 0, self._can_promote)

    def _can_promote(self, key: str, step: int) -> bool:
        """Whether a paused configuration is worth a promotion, and there is time for it."""
        config = next((t.config for t in self.running.values() if t.key == key), None)
        if config is None:
            config = self.store.current_by_config()[key].user_attrs[keys.CONFIGURATION]
        return self.policy.next_rung_fits(config, step) and self.policy.is_worth(config, step)

    def _start_trial(self, trial: _RunningTrial) -> None:
        self.running[trial.number] = trial
        self.prefixes.record(trial.config, 0)
        self.scheduler.on_trial_add(trial.key, trial.config)
        self.display(events.TrialStarted(trial.number, trial.config))
        self._submit(trial)

    def _promote(self, key: str) -> None:
        """Resume a paused configuration as a new trial."""
        paused = self.store.current_by_config()[key]
        number = self.store.resume_trial(paused, self._trial_attributes)
        evaluations = [Evaluation(**record) for record in paused.system_attrs[keys.EVALUATIONS]]
        trial = _RunningTrial(number, paused.user_attrs[keys.CONFIGURATION], evaluations)
        self.running[number] = trial
        self.display(events.TrialPromoted(number, paused.number, evaluations[-1].step))
        self._submit(trial)

    def _submit(self, trial: _RunningTrial) -> None:
        """Train to the next rung."""
        rungs = self.study.budget.rungs
        n_passed = len(trial.evaluations)
        self.scheduler.on_resume(trial.key)
        self.session.work.begin()
        self.executor.submit(
            Train(
                job_id=trial.number,
                config=trial.config,
                seed=self.study.search.seed,
                step=rungs[n_passed],
                checkpoint_steps=tuple(rungs[:n_passed]),
                pinned=self.session.pinned_checkpoints(),
            )
        )

    def _on_result(self, trial: _RunningTrial, result: JobResult) -> None:
        number = trial.number
        match result:
            case Diverged():
                self.scheduler.on_error(trial.key)
                self.policy.observe(trial.key, trial.config, {})
                self.store.set_trial_attributes(
                    number, {keys.DIVERGED: result.values | {"step": result.step}}
                )
                self._finish(trial, TrialState.PRUNED, str(result))
            case JobFailed():
                self.scheduler.on_error(trial.key)
                self.policy.observe(trial.key, trial.config, {})
                self.store.set_trial_attributes(number, {keys.FAILED: result.reason})
                self._finish(trial, TrialState.FAIL, f"failed: {result.reason}")
            case Evaluation():
                trial.evaluations.append(result)
                self.runtimes.observe(trial.key, trial.config, result.step, result.seconds)
                self.prefixes.record(trial.config, result.step)
                self.store.set_trial_attributes(number, evaluation_attributes(trial.evaluations))
                for step, score in (*result.earlier_scores, (result.step, result.score)):
                    self.store.report(number, step, score)
                self.policy.observe(trial.key, trial.config, trial.scores)
                self._take_new_scores()
                self.display(events.TrialEvaluated(number, result))
                self._on_rung(trial, result.step)
            case _:
                raise TypeError(f"unexpected result of trial {number}: {result!r}")

    def _on_rung(self, trial: _RunningTrial, step: int) -> None:
        """Continue, pause or end a trial that was scored at a rung."""
        decision = self.scheduler.on_result(trial.key, trial.number, trial.scores)
        if step == self.study.budget.rungs[-1]:
            self._finish(trial, TrialState.COMPLETE, "complete")
        elif self.out_of_time:
            self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif decision is Decision.PAUSE:
            if self._next_promotion() == trial.key:  # train on in the same trial
                self._submit(trial)
            else:
                self._finish(trial, TrialState.PRUNED, f"paused at step {step}")
        elif not self.policy.next_rung_fits(trial.config, step):
            self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif decision is Decision.STOP:
            reason = f"pruned at step {step} by {self.study.search.pruner}"
            self._finish(trial, TrialState.PRUNED, reason)
        else:
            self._submit(trial)

    def _finish(self, trial: _RunningTrial, state: TrialState, reason: str) -> None:
        value = trial.evaluations[-1].score if state == TrialState.COMPLETE else None
        upload_artifacts(self.store, self.session.folder.parent, trial.number, trial.evaluations)
        self.store.tell(trial.number, state, reason, value)
        self.store.study.set_user_attr(
            keys.STEPS_TRAINED, self._steps_before + self.executor.steps_trained
        )
        del self.running[trial.number]
        self.policy.update()
        n_tried, best = len(self.store.current_by_config()), self.store.best()
        self.display(events.TrialFinished(trial.number, state.name, reason, n_tried, best))
