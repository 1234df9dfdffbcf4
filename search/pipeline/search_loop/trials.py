"""The running trials of one study: start, resume, score, pause and end them.

A pausing scheduler lets a configuration wait at a rung. Optuna cannot resume a trial that was told,
and a trial that is not told would stay RUNNING: samplers would take it for a bad configuration, and
a crash would leave it behind. So a paused trial is told as PRUNED. When its configuration is resumed,
a new trial with the same parameters repeats its scores and names the trial that it resumes.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration, Diverged, Evaluation
from xlt.search import events
from xlt.search.execution.jobs import JobFailed, JobResult, Train
from xlt.search.pipeline.search_loop.policy import Policy
from xlt.search.pipeline.search_loop.time_check import TimeCheck
from xlt.search.pipeline.session import Session
from xlt.search.scheduling.scheduler import Decision
from xlt.search.scheduling.schedulers import make_scheduler
from xlt.search.storage import keys
from xlt.search.storage.store import config_key, evaluation_attributes
from xlt.search.suggest.shared_prefix import PrefixTracker
from xlt.spaces.errors import XltError


@dataclass
class RunningTrial:
    """A trial that is being trained.

    Attributes:
        number: Its number in the study.
        shown: The number of its configuration, which people see.
        config: The configuration.
        evaluations: The scores so far.
    """

    number: int
    shown: int
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


class Trials:
    """The trials of one study.

    Attributes:
        running: The trials that are being trained, by number.
        attributes: The attributes of every new trial.
        scheduler: Decides which trainings continue.
        out_of_time: Whether the search was stopped for the proof and the final run.
        lacks_time: Whether a promotion that is worth its time did not fit since the last result.
    """

    def __init__(
        self,
        session: Session,
        policy: Policy,
        time_check: TimeCheck,
        prefixes: PrefixTracker,
        may_start: Callable[[], bool],
    ) -> None:
        """`may_start`: whether a new configuration may be started instead of a promotion."""
        self.session, self.policy, self.prefixes = session, policy, prefixes
        self.time_check = time_check
        self.study, self.store, self.plan = session.study, session.store, session.plan
        self.executor, self.display = session.executor, session.display
        self._may_start = may_start
        self.running: dict[int, RunningTrial] = {}
        self.out_of_time = False
        self.lacks_time = False
        self.attributes = {  # one attribute, as each costs the database a write
            keys.PROVENANCE: {
                "seed": self.study.search.seed,
                "data source": session.description.data["source"],
                "data fingerprint": session.description.data["fingerprint"],
                "code fingerprint": session.description.identity["code"],
            }
        }
        self.scheduler = make_scheduler(
            self.study.search.pruner,
            self.study.budget.rungs,
            self.study.space,
            self.store,
            prefixes,
        )
        self._steps_before: int = self.store.attributes.get(keys.STEPS_TRAINED, 0)

    @property
    def running_keys(self) -> set[str]:
        return {trial.key for trial in self.running.values()}

    @property
    def n_started(self) -> int:
        """The number of configurations that were started."""
        return len(self.running_keys | self.store.results_by_config().keys())

    def next_promotion(self) -> str | None:
        """The key of the paused configuration to resume now, or None."""
        return self.scheduler.choose_promotion(self._may_start(), self._can_promote)

    def _can_promote(self, key: str, step: int) -> bool:
        """Whether a paused configuration is worth a promotion, and there is time for it."""
        config = next((t.config for t in self.running.values() if t.key == key), None)
        if config is None:
            config = self.store.results_by_config()[key].user_attrs[keys.CONFIGURATION]
        if not self.policy.is_worth(config, step):
            return False
        fits = self.time_check.can_start(config, step)
        self.lacks_time |= not fits
        return fits

    def paused_prefixes(self) -> set[str | None]:
        """The prefixes of paused configurations that are worth a promotion, by `end_id`.

        Until it has left the prefix, another configuration with this prefix would have the same scores.
        """
        prefix = self.prefixes.prefix
        if prefix is None:
            return set()
        trials = self.store.results_by_config()
        paused = [(trials[key], trials[key].last_step or 0) for key in self.scheduler.paused()]
        return {
            self.prefixes.end_id(trial.user_attrs[keys.CONFIGURATION])
            for trial, step in paused
            if step < prefix.step
            and self.policy.is_worth(trial.user_attrs[keys.CONFIGURATION], step)
        }

    def start(self, number: int, config: Configuration) -> None:
        """Train a new configuration."""
        trial = RunningTrial(number, self.store.config_number(config), config)
        self.running[trial.number] = trial
        self.prefixes.record(trial.config, 0)
        self.scheduler.on_start(trial.key, trial.config)
        self.display(events.TrialStarted(trial.shown, trial.config))
        self._submit(trial)

    def promote(self, key: str) -> None:
        """Resume a paused configuration as a new trial."""
        paused = self.store.results_by_config()[key]
        number = self.store.resume_trial(paused, self.attributes)
        evaluations = [Evaluation(**record) for record in paused.system_attrs[keys.EVALUATIONS]]
        config = paused.user_attrs[keys.CONFIGURATION]
        trial = RunningTrial(number, self.store.config_number(config), config, evaluations)
        self.running[number] = trial
        self.display(events.TrialPromoted(trial.shown, evaluations[-1].step, trial.config))
        self._submit(trial)

    def _submit(self, trial: RunningTrial) -> None:
        """Train to the next rung."""
        rungs = self.study.budget.rungs
        n_passed = len(trial.evaluations)
        self.scheduler.on_resume(trial.key)
        self.session.start_marker.mark_started()
        self.executor.submit(
            Train(
                job_id=trial.number,
                config=trial.config,
                seed=self.study.search.seed,
                step=rungs[n_passed],
                checkpoint_steps=tuple(rungs[:n_passed]),
                pinned=self.session.pinned_checkpoints(),
                label=f"trial {trial.shown}",
            )
        )

    def on_result(self, number: int, result: JobResult) -> None:
        """Record the result of a trial's training, and continue, pause or end it."""
        trial = self.running[number]
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
                self.session.runtimes.observe(trial.key, trial.config, result.step, result.seconds)
                self.prefixes.record(trial.config, result.step)
                self.store.set_trial_attributes(number, evaluation_attributes(trial.evaluations))
                for step, score in (*result.earlier_scores, (result.step, result.score)):
                    self.store.report(number, step, score)
                self.policy.observe(trial.key, trial.config, trial.scores)
                self.display(events.TrialEvaluated(trial.shown, result))
                self._on_rung(trial, result.step)
            case _:
                raise TypeError(f"unexpected result of trial {number}: {result!r}")

    def _on_rung(self, trial: RunningTrial, step: int) -> None:
        """Continue, pause or end a trial that was scored at a rung."""
        decision = self.scheduler.on_result(trial.key, trial.number, trial.scores)
        if step == self.study.budget.rungs[-1]:
            self._finish(trial, TrialState.COMPLETE, "complete")
        elif self.out_of_time:
            self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif decision is Decision.PAUSE:
            if self.next_promotion() == trial.key:  # train on in the same trial
                self._submit(trial)
            else:
                self._finish(trial, TrialState.PRUNED, f"paused at step {step}")
        elif decision is Decision.STOP:
            reason = f"pruned at step {step} by {self.study.search.pruner}"
            self._finish(trial, TrialState.PRUNED, reason)
        elif not self.time_check.can_start(trial.config, step):
            self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
        else:
            self._submit(trial)

    def _finish(self, trial: RunningTrial, state: TrialState, reason: str) -> None:
        value = trial.evaluations[-1].score if state == TrialState.COMPLETE else None
        self.store.tell(trial.number, state, reason, value)
        # Jobs of runs on new seeds have negative IDs.
        steps = sum(count for job_id, count in self.executor.steps_by_job.items() if job_id >= 0)
        self.store.study.set_user_attr(keys.STEPS_TRAINED, self._steps_before + steps)
        del self.running[trial.number]
        self.policy.invalidate()
        self.display(
            events.TrialFinished(
                trial.shown,
                state.name,
                reason,
                len(self.store.results_by_config()),
                len(list(self.scheduler.paused())),
                self.store.best(),
                self.plan.budget.elapsed if self.plan else None,
            )
        )

    def pause_all(self) -> None:
        """End all running trials, whose jobs are paused, for lack of time."""
        for trial in list(self.running.values()):
            if trial.evaluations:
                step = trial.evaluations[-1].step
                self._finish(trial, TrialState.PRUNED, f"paused at step {step}: no time left")
            else:
                self.store.abandon(trial.number, "no time left")
                del self.running[trial.number]

    def abandon_all(self, reason: str) -> None:
        """End all running trials, so that the next command tries them again."""
        # If that fails, the next command does it.
        with suppress(StorageInternalError, XltError):
            for number in self.running:
                self.store.abandon(number, reason)
