"""The loop that spends a study's budget: ask for a configuration, train it to rungs, tell its scores.

A pausing scheduler lets a configuration wait at a rung. Optuna cannot resume a trial that was told,
and a trial that is not told would stay RUNNING: samplers would take it for a bad configuration, and
a crash would leave it behind. So a paused trial is told as PRUNED. When its configuration is resumed,
a new trial with the same parameters repeats its scores and names the trial that it resumes.

With one worker and no time limit, everything but times is the same from run to run, also across
interruptions (see `xlt.search.suggest.samplers` for what each sampler keeps). With more workers,
samplers see scores in the order in which trainings finish.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration, Diverged, Evaluation, Paused
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.execution.jobs import JobFailed, JobResult, Train
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline.budget_check import N_TYPICAL, check_budget, random_configs
from xlt.search.pipeline.session import Session
from xlt.search.scheduling.scheduler import Decision
from xlt.search.scheduling.schedulers import make_scheduler, promotion_rate
from xlt.search.storage import keys
from xlt.search.storage.store import config_key, evaluation_attributes
from xlt.search.suggest.proposer import Defer, Proposer
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
    """The trials of one study, up to `executor.max_workers` of them at once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.study, self.store, self.plan = session.study, session.store, session.plan
        self.executor, self.display = session.executor, session.display
        self.runtimes = session.runtimes
        self.running: dict[int, _RunningTrial] = {}  # by number
        self.stopped_for_final = False  # by the deadline
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
        self.proposer = Proposer(
            self.study,
            self.store,
            self._trial_attributes,
            self._acquisition_cost,
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
        # These may take more time than what the search would try by itself.
        self._enqueued = {config_key(config) for config in self.study.initial_configs}
        self._typical: list[Configuration] = []
        self._steps_before: int = self.store.attributes.get(keys.STEPS_TRAINED, 0)
        self._reserved_seconds: float | None = None  # None: has to be computed again

    def run(self, n_configs: int) -> None:
        """Try `n_configs` configurations, and promote until none is left or time runs out.

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
            configs = random_configs(self.proposer)
            self._typical = configs[:N_TYPICAL]
            check_budget(self.session, self.plan, configs)
        try:
            while self._schedule():
                for number, result in self.executor.completed():
                    self._on_result(self.running[number], result)
                if self.plan is not None and self.plan.must_stop(self.reserved_seconds):
                    self._stop_for_final()
                    break
            self._show_steps_saved()
        except BaseException as error:
            reason = "interrupted" if isinstance(error, Interrupted) else f"ended by {error!r}"
            # If that fails, the next command does it.
            with suppress(StorageInternalError, XltError):
                for number in self.running:
                    self.store.abandon(number, reason)
            raise

    def _show_steps_saved(self) -> None:
        """Show how many steps were trained, and how many it would have been without sharing."""
        steps = [
            max(t.intermediate_values, default=0) for t in self.store.current_by_config().values()
        ]
        trained = self.store.attributes.get(keys.STEPS_TRAINED, 0)
        full = self.session.description.steps
        self.display(events.SearchFinished(len(steps), full, sum(steps), trained))

    def _schedule(self) -> bool:
        """Give every free worker a training. Returns whether any training runs."""
        while self.executor.has_capacity():
            promotion = self._next_promotion()
            if promotion is None and self._remaining():
                postponed = self._next_promotion(new_first=False) if self.plan else None
                proposal = self.proposer.propose(
                    self._running_keys(),
                    self._can_try,
                    self.prefixes.is_pending,
                    has_other_work=bool(self.running) or postponed is not None,
                )
                if proposal is None:
                    self._target = self._n_started()
                    text = "time budget: not enough time left to start another configuration"
                    self.display(events.Notice(text))
                    continue
                if proposal is not Defer.DEFER:
                    self._start_trial(_RunningTrial(*proposal))
                    continue
                promotion = postponed
            if promotion is None:
                break
            self._promote(promotion)
        return bool(self.running)

    def _can_try(self, config: Configuration) -> bool:
        """Whether there is time to try a new configuration."""
        if self.plan is None:
            return True
        is_exempt = self.prefixes.trained_until(config) > 0 or config_key(config) in self._enqueued
        return (is_exempt or self.plan.leaves_time_to_search(config)) and self._next_rung_fits(
            config, 0
        )

    def _next_rung_fits(self, config: Configuration, step: int) -> bool:
        """Whether a run can reach the rung after `step` and can then be finished in time."""
        if self.plan is None:
            return True
        rungs = self.study.budget.rungs
        step = max(step, self.prefixes.trained_until(config))
        next_rung = next((rung for rung in rungs if rung > step), rungs[-1])
        return self.plan.can_start(config, step, next_rung, self.reserved_seconds)

    def _acquisition_cost(self, config: Configuration) -> float:
        """The expected seconds to try a configuration, promotions weighted by their probability."""
        return self.runtimes.acquisition_cost(
            config,
            self.prefixes.trained_until(config),
            self.prefixes.shared_until(config),
            self.study.budget.rungs,
            promotion_rate(self.study.search.pruner),
        )

    @property
    def reserved_seconds(self) -> float:
        """Seconds that confirmation and the final run need."""
        if self.plan is None:
            return 0.0
        if self._reserved_seconds is None:
            ranking = self.store.ranking()
            self.plan.update_truncation(ranking)
            self._reserved_seconds = self.plan.reserved_seconds(ranking)
        return self._reserved_seconds

    def _stop_for_final(self) -> None:
        """Pause what runs: the remaining time belongs to the final run."""
        text = "time budget: the rest is reserved for the final; running trials are paused"
        self.display(events.Notice(text))
        self.stopped_for_final = True
        for number, result in self.executor.pause_all():
            if not isinstance(result, Paused):
                self._on_result(self.running[number], result)
        for trial in list(self.running.values()):
            if trial.evaluations:
                step = trial.evaluations[-1].step
                self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
            else:
                self.store.abandon(trial.number, "no time left")
                del self.running[trial.number]

    def _running_keys(self) -> set[str]:
        return {trial.key for trial in self.running.values()}

    def _remaining(self) -> int:
        return max(0, self._target - self._n_started())

    def _n_started(self) -> int:
        return len(self._running_keys() | self.store.current_by_config().keys())

    def _next_promotion(self, *, new_first: bool = True) -> str | None:
        """The key of the paused configuration to resume now, or None.

        Args:
            new_first: Whether to hold back a promotion that leaves too little time for new ones.
        """
        remaining = self._remaining()

        def can_promote(key: str, step: int) -> bool:
            return self._can_promote(key, step, remaining if new_first else 0)

        return self.scheduler.choose_trial_to_run(remaining > 0, can_promote)

    def _can_promote(self, key: str, step: int, n_new: int) -> bool:
        """Whether there is time for a promotion, and afterwards for `n_new` new configurations."""
        if self.plan is None:
            return True
        config = next((t.config for t in self.running.values() if t.key == key), None)
        if config is None:
            config = self.store.current_by_config()[key].user_attrs[keys.CONFIGURATION]
        rungs = self.study.budget.rungs
        next_rung = next(rung for rung in rungs if rung > step)
        seconds = self.runtimes.predict_run(config, step, next_rung)
        return self._next_rung_fits(config, step) and not self.plan.defer_promotion(
            seconds, self._typical, n_new, rungs[0], self.reserved_seconds
        )

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
                self.store.set_trial_attributes(
                    number, {keys.DIVERGED: result.values | {"step": result.step}}
                )
                self._finish(trial, TrialState.PRUNED, str(result))
            case JobFailed():
                self.scheduler.on_error(trial.key)
                self.store.set_trial_attributes(number, {keys.FAILED: result.reason})
                self._finish(trial, TrialState.FAIL, f"failed: {result.reason}")
            case Evaluation():
                trial.evaluations.append(result)
                self.runtimes.observe(trial.key, trial.config, result.step, result.seconds)
                self.prefixes.record(trial.config, result.step)
                self._reserved_seconds = None
                self.store.set_trial_attributes(number, evaluation_attributes(trial.evaluations))
                for step, score in (*result.earlier_scores, (result.step, result.score)):
                    self.store.report(number, step, score)
                self.display(events.TrialEvaluated(number, result))
                self._on_rung(trial, result.step)
            case _:
                raise TypeError(f"unexpected result of trial {number}: {result!r}")

    def _on_rung(self, trial: _RunningTrial, step: int) -> None:
        """Continue, pause or end a trial that was scored at a rung."""
        decision = self.scheduler.on_result(trial.key, trial.number, trial.scores)
        if step == self.study.budget.rungs[-1]:
            self._finish(trial, TrialState.COMPLETE, "complete")
        elif self.stopped_for_final:
            self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif decision is Decision.PAUSE:
            if self._next_promotion() == trial.key:  # train on in the same trial
                self._submit(trial)
            else:
                self._finish(trial, TrialState.PRUNED, f"paused at step {step}")
        elif not self._next_rung_fits(trial.config, step):
            self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif decision is Decision.STOP:
            reason = f"pruned at step {step} by {self.study.search.pruner}"
            self._finish(trial, TrialState.PRUNED, reason)
        else:
            self._submit(trial)

    def _finish(self, trial: _RunningTrial, state: TrialState, reason: str) -> None:
        value = trial.evaluations[-1].score if state == TrialState.COMPLETE else None
        self.store.tell(trial.number, state, reason, value)
        self.store.study.set_user_attr(
            keys.STEPS_TRAINED, self._steps_before + self.executor.steps_trained
        )
        del self.running[trial.number]
        n_tried, best = len(self.store.current_by_config()), self.store.best()
        self.display(events.TrialFinished(trial.number, state.name, reason, n_tried, best))
