"""Ask, train rung by rung, tell: the loop that spends a study's budget.

Under `halving` a configuration pauses at each rung, unless it is the very one to go on. A trial of
Optuna's cannot be resumed once it was told, and one that is not told would stay RUNNING, which
samplers take for a bad place and a crash leaves behind. So a paused one is told PRUNED, and goes on
as a new trial with the same parameters that repeats its scores and says which trial it goes on from.

With one worker everything but times is the same from run to run, also across interruptions
(see `xlt.search.suggest.samplers` for what each sampler keeps of that). With more, evaluations come in
as they finish, and a sampler sees them in that order.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration, Diverged, Evaluation, Paused
from xlt.objectives.work import WORK
from xlt.search import events
from xlt.search.budget.time_plan import TimePlan
from xlt.search.execution.jobs import JobFailed, JobResult, Train
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline.session import Session
from xlt.search.results.artifacts import upload_artifacts
from xlt.search.scheduling.halving import REDUCTION_FACTOR
from xlt.search.scheduling.ladder import AshaScheduler
from xlt.search.scheduling.pruners import ASHA, make_pruner
from xlt.search.storage.keys import (
    CONFIGURATION,
    DIVERGED,
    EVALUATIONS,
    FAILED,
    PROVENANCE,
    STEPS_TRAINED,
)
from xlt.search.storage.store import config_key, evaluation_attributes
from xlt.search.suggest.proposer import N_RANDOM_CONFIGS, Defer, Proposer
from xlt.search.suggest.shared_prefix import PrefixTracker
from xlt.spaces.errors import XltError
from xlt.studies.durations import shown

# So many configurations tell what a new one takes.
N_TYPICAL = 15
# Steps that are trained before a budget is called too short, and the most time they may take.
MEASURED_STEPS, MAX_MEASURED_SHARE = 5, 0.1


@dataclass
class _Running:
    number: int
    config: Configuration
    evaluations: list[Evaluation] = field(default_factory=list)

    @property
    def key(self) -> str:
        return config_key(self.config)

    @property
    def scores(self) -> dict[int, float]:
        found: dict[int, float] = {}
        for each in self.evaluations:
            found |= {**dict(each.before), each.step: each.score}
        return found


class TrialLoop:
    """The trials of one study, up to `engine.limit` of them at once."""

    def __init__(self, session: Session) -> None:
        self.study, self.store = session.study, session.store
        self.executor, self.display = session.executor, session.display
        self.runtimes, self.plan, self.runs = session.runtimes, session.plan, session.folder.parent
        self._pinned_checkpoints, self._work = session.pinned_checkpoints, session.work
        self.stopped_for_final = False
        self._reserve: float | None = None  # None: to be found out
        self._typical: list[Configuration] = []  # what new configurations are like
        # In one attribute: each takes a database as long as a parameter does.
        facts = {
            PROVENANCE: {
                "seed": self.study.search.seed,
                "data source": session.description.data["source"],
                "data fingerprint": session.description.data["fingerprint"],
                "code fingerprint": session.description.identity["code"],
            }
        }
        rungs, how = self.study.budget.rungs, self.study.search.pruner
        self.prefixes = PrefixTracker(WORK[self.study.task].alike, session.description.stages)
        for trial in self.store.latest_by_config().values():
            reached = max(trial.intermediate_values, default=0)
            self.prefixes.record(trial.user_attrs[CONFIGURATION], reached)
        # A structure's cost is that of all its fine-tunings, and what is trained of it is theirs.
        self.proposer = Proposer(
            self.study, self.store, facts, self._acquisition_cost, self.prefixes.prefix
        )
        # What somebody has asked for may take more time than what the search would try.
        self._enqueued = {config_key(config) for config in self.study.starts}
        self._full_steps = session.description.steps
        self._steps_before: int = self.store.attributes.get(STEPS_TRAINED, 0)
        self.facts, self.total = facts, 0
        self.running: dict[int, _Running] = {}
        self.scheduler = (
            AshaScheduler(rungs, self.study.space, self.store, self.prefixes)
            if how == ASHA
            else None
        )
        self.store.study.pruner = make_pruner(how, rungs)

    def run(self, total: int) -> None:
        """Go on until `total` configurations, or all there are, have been tried and nobody climbs.

        When this raises (interrupted, a worker died), what was running is given up and asked for
        again by the next command; its checkpoints are kept.
        """
        for table in self.study.left_out:
            text = f"search.enqueue, table {table}: outside the study's ranges; left out"
            self.display(events.Notice(text))
        space = self.study.space
        if not space.continuous and space.size < total:
            self.display(
                events.Notice(f"the space holds {space.size} configurations; all will be tried")
            )
            total = space.size
        self.total = total
        if self.plan is not None:
            self._check_budget(self.plan)
        try:
            while self._schedule():
                for number, answer in self.executor.completed():
                    self._on_result(self.running[number], answer)
                if self.plan is not None and self.plan.must_stop(self.reserved_seconds):
                    self._stop_for_final()
                    break
            self._show_steps_saved()
        except BaseException as error:
            reason = "interrupted" if isinstance(error, Interrupted) else f"ended by {error!r}"
            # Without the database, or the right to write in it, the next command does it.
            with suppress(StorageInternalError, XltError):
                for number in self.running:
                    self.store.abandon(number, reason)
            raise

    def _show_steps_saved(self) -> None:
        """What the search has trained, beside what that would have been one by one."""
        steps = [
            max(t.intermediate_values, default=0) for t in self.store.latest_by_config().values()
        ]
        asked, trained = sum(steps), self.store.attributes.get(STEPS_TRAINED, 0)
        self.display(events.SearchFinished(len(steps), self._full_steps, asked, trained))

    def _check_budget(self, plan: TimePlan) -> None:
        """Look at what fits; tell, before anything is trained, if not even one full run does."""
        standings = self.store.ranking()
        affordable = any(map(plan.can_finish, standings))
        found = [
            config for _, config in islice(self.proposer.random_configs(), N_RANDOM_CONFIGS // 4)
        ]
        self._typical = found[:N_TYPICAL]
        # What an earlier command has trained goes on from there.
        first = self.study.budget.rungs[0]
        smallest = plan.detect_truncation(found, first, underway=affordable)
        if plan.truncated and not self.runtimes.is_measured and plan.cheapest is not None:
            # A guess must not say that there is too little time.
            self._measure_speed(plan, plan.cheapest)
            smallest = plan.detect_truncation(found, first, underway=affordable)
        if smallest is not None and not any(row.complete for row in standings):
            steps = (
                f"as {MEASURED_STEPS} steps here tell"
                if self.runtimes.is_measured
                else "by a guess"
            )
            text = (
                f"{self.study.budget.time} does not suffice for one full run: {shown(smallest)} "
                f"would, {steps}; the final ends before step {plan.steps}"
            )
            self.display(events.Notice(text))

    def _measure_speed(self, plan: TimePlan, config: Configuration) -> None:
        """Train a few steps of a configuration, to know how fast this machine and model are."""
        self.display(events.Notice("time is short: a few steps are trained to see how much"))
        job = Train(
            trial=0,
            config=config,
            seed=self.study.search.seed,
            step=min(MEASURED_STEPS, self.study.budget.rungs[0]),
            checkpoint_steps=(),
            label="measurement",
        )
        try:
            answer = self.executor.run_with_timeout(
                job, MAX_MEASURED_SHARE * plan.deadline.remaining
            )
        except Interrupted:
            raise
        except XltError:
            return  # it diverged, or did not fit the memory: its trial will tell
        if isinstance(answer, Evaluation):
            self.runtimes.observe(config_key(config), config, answer.step, answer.seconds)

    def _schedule(self) -> bool:
        """Give every worker something to do; whether there is anything left to wait for."""
        while self.executor.has_capacity():
            climber = self._next_promotion()
            if climber is None and self._remaining():
                delayed = self._next_promotion(new_first=False) if self.plan else None
                waits = bool(self.running) or delayed is not None
                asked = self.proposer.propose(
                    self._running_keys(),
                    self._can_try,
                    self.prefixes.is_pending,
                    has_other_work=waits,
                )
                if asked is None:
                    self.total = len(self._running_keys() | self.store.latest_by_config().keys())
                    self.display(events.Notice("no time left for another configuration"))
                    continue
                if asked is not Defer.DEFER:
                    self._start_trial(_Running(*asked))
                    continue
                climber = delayed
            if climber is None:
                break
            self._promote(climber)
        return bool(self.running)

    def _can_try(self, config: Configuration) -> bool:
        if self.plan is None:
            return True
        begun = self.prefixes.trained_until(config) > 0
        wanted = (
            begun or config_key(config) in self._enqueued or self.plan.leaves_time_to_search(config)
        )
        return wanted and self._next_rung_fits(config, 0)

    def _next_rung_fits(self, config: Configuration, from_step: int) -> bool:
        """Whether the next rung after `begin` can be reached, and what comes of it finished."""
        if self.plan is None:
            return True
        rungs = self.study.budget.rungs
        from_step = max(from_step, self.prefixes.trained_until(config))
        end = next((rung for rung in rungs if rung > from_step), rungs[-1])
        return self.plan.can_start(config, from_step, end, self.reserved_seconds)

    def _acquisition_cost(self, config: Configuration) -> float:
        """What it takes to try a configuration, for comparison with others."""
        trained, known = self.prefixes.trained_until(config), self.prefixes.shared_until(config)
        goes_on = 1 / REDUCTION_FACTOR if self.scheduler else 1.0
        return self.runtimes.acquisition_cost(
            config, trained, known, self.study.budget.rungs, goes_on
        )

    @property
    def reserved_seconds(self) -> float:
        """Seconds that the end needs."""
        if self.plan is None:
            return 0.0
        if self._reserve is None:
            standings = self.store.ranking()
            self.plan.update_truncation(standings)
            self._reserve = self.plan.reserved_seconds(standings)
        return self._reserve

    def _stop_for_final(self) -> None:
        """Stop here: the rest of the time belongs to the end."""
        self.display(events.Notice("the time that is left is for the final; what runs, pauses"))
        self.stopped_for_final = True
        for number, answer in self.executor.pause_all():
            if not isinstance(answer, Paused):
                self._on_result(self.running[number], answer)
        for running in list(self.running.values()):
            if running.evaluations:
                step = running.evaluations[-1].step
                self._finish(running, TrialState.PRUNED, f"paused at step {step}: no time left")
            else:
                self.store.abandon(running.number, "no time left")
                del self.running[running.number]

    def _running_keys(self) -> set[str]:
        return {each.key for each in self.running.values()}

    def _remaining(self) -> int:
        """How many configurations are left to begin."""
        return max(0, self.total - len(self._running_keys() | self.store.latest_by_config().keys()))

    def _next_promotion(self, *, new_first: bool = True) -> str | None:
        """The paused configuration that goes on now, if there is one.

        `pressing`: whether it waits where what is new could not be begun later.
        """
        if self.scheduler is None:
            return None
        left = self._remaining()

        def may(name: str, step: int) -> bool:
            return self._can_promote(name, step, left if new_first else 0)

        return self.scheduler.choose_trial_to_run(left > 0, may)

    def _can_promote(self, name: str, step: int, before: int) -> bool:
        """Whether there is time for it, and for `before` new ones after it."""
        running = (each.config for each in self.running.values() if each.key == name)
        config = next(running, None)
        if config is None:
            config = self.store.latest_by_config()[name].user_attrs[CONFIGURATION]
        if self.plan is None:
            return True
        rungs = self.study.budget.rungs
        following = next(rung for rung in rungs if rung > step)
        climb = self.runtimes.predict_run(config, step, following)
        return self._next_rung_fits(config, step) and not self.plan.defer_promotion(
            climb, self._typical, before, rungs[0], self.reserved_seconds
        )

    def _start_trial(self, begun: _Running) -> None:
        self.running[begun.number] = begun
        self.prefixes.record(begun.config, 0)
        if self.scheduler:
            self.scheduler.on_trial_add(begun.key, begun.config)
        self.display(events.TrialStarted(begun.number, begun.config))
        self._submit(begun)

    def _promote(self, climber: str) -> None:
        """Have a paused configuration go on, as a new trial."""
        paused = self.store.latest_by_config()[climber]
        number = self.store.resume_trial(paused, self.facts)
        evaluations = [Evaluation(**each) for each in paused.system_attrs[EVALUATIONS]]
        running = _Running(number, paused.user_attrs[CONFIGURATION], evaluations)
        self.running[number] = running
        self.display(events.TrialPromoted(number, paused.number, evaluations[-1].step))
        self._submit(running)

    def _submit(self, running: _Running) -> None:
        """Have the next rung reached."""
        rungs = self.study.budget.rungs
        reached = len(running.evaluations)
        if self.scheduler:
            self.scheduler.on_resume(running.key)
        self._work.begin()
        self.executor.submit(
            Train(
                trial=running.number,
                config=running.config,
                seed=self.study.search.seed,
                step=rungs[reached],
                checkpoint_steps=tuple(rungs[:reached]),
                pinned=self._pinned_checkpoints(),
            )
        )

    def _on_result(self, running: _Running, answer: JobResult) -> None:
        number = running.number
        match answer:
            case Diverged():
                self._on_failure(running)
                self.store.set_trial(number, {DIVERGED: answer.values | {"step": answer.step}})
                self._finish(running, TrialState.PRUNED, str(answer))
            case JobFailed():
                self._on_failure(running)
                self.store.set_trial(number, {FAILED: answer.reason})
                self._finish(running, TrialState.FAIL, f"failed: {answer.reason}")
            case Evaluation():
                running.evaluations.append(answer)
                self.runtimes.observe(running.key, running.config, answer.step, answer.seconds)
                self.prefixes.record(running.config, answer.step)
                self._reserve = None
                self.store.set_trial(number, evaluation_attributes(running.evaluations))
                for step, score in (*answer.before, (answer.step, answer.score)):
                    self.store.report(number, step, score)
                self.display(events.TrialEvaluated(number, answer))
                self._on_rung(running, answer.step)
            case _:
                raise TypeError(f"trial {number} was answered with {answer!r}")

    def _on_failure(self, running: _Running) -> None:
        if self.scheduler:
            self.scheduler.on_error(running.key)

    def _on_rung(self, running: _Running, step: int) -> None:
        """On a rung: the trial goes on, pauses, or is over."""
        if self.scheduler:
            self.scheduler.on_result(running.key, running.scores)
        if step == self.study.budget.rungs[-1]:
            self._finish(running, TrialState.COMPLETE, "complete")
        elif self.stopped_for_final:
            self._finish(running, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif self.scheduler:
            if self._next_promotion() == running.key:
                self._submit(running)
            else:
                self._finish(running, TrialState.PRUNED, f"paused at step {step}")
        elif not self._next_rung_fits(running.config, step):
            self._finish(running, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif self.store.should_prune(running.number):
            why = f"pruned at step {step} by {self.study.search.pruner}"
            self._finish(running, TrialState.PRUNED, why)
        else:
            self._submit(running)

    def _finish(self, running: _Running, state: TrialState, reason: str) -> None:
        value = running.evaluations[-1].score if state == TrialState.COMPLETE else None
        upload_artifacts(self.store, self.runs, running.number, running.evaluations)
        self.store.tell(running.number, state, reason, value)
        self.store.study.set_user_attr(
            STEPS_TRAINED, self._steps_before + self.executor.steps_trained
        )
        del self.running[running.number]
        best, finished = self.store.best(), len(self.store.latest_by_config())
        self.display(events.TrialFinished(running.number, state.name, reason, finished, best))
