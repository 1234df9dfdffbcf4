"""Ask, train rung by rung, tell: the loop that spends a study's budget.

Under `asha` a configuration pauses at each rung, unless it is the very one to go on. A trial of
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
from xlt.search.budget.time_plan import Plan
from xlt.search.execution.jobs import Answer, Failed, Train
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline.session import Session
from xlt.search.results.artifacts import attach
from xlt.search.scheduling.halving import ETA
from xlt.search.scheduling.ladder import Ladder
from xlt.search.scheduling.pruners import HALVING, pruner
from xlt.search.storage.keys import DIVERGED, FAILED, TRAINED
from xlt.search.storage.store import evaluation_attributes, key
from xlt.search.suggest.proposer import DRAWS, Later, Questions
from xlt.search.suggest.shared_prefix import Trunks
from xlt.spaces.errors import XltError
from xlt.studies.durations import format_duration

# So many configurations tell what a new one takes.
TYPICAL = 15
# Steps that are trained before a budget is called too short, and the most time they may take.
MEASURED_STEPS, MEASURED_SHARE = 5, 0.1


@dataclass
class _Running:
    number: int
    config: Configuration
    evaluations: list[Evaluation] = field(default_factory=list)

    @property
    def key(self) -> str:
        return key(self.config)

    @property
    def scores(self) -> dict[int, float]:
        found: dict[int, float] = {}
        for each in self.evaluations:
            found |= {**dict(each.before), each.step: each.score}
        return found


class Trials:
    """The trials of one study, up to `engine.limit` of them at once."""

    def __init__(self, session: Session) -> None:
        self.study, self.store = session.study, session.store
        self.engine, self.display = session.engine, session.display
        self.costs, self.plan, self.runs = session.costs, session.plan, session.folder.parent
        self._leading, self._work = session.leading, session.work
        self.ending = False
        self._reserve: float | None = None  # None: to be found out
        self._typical: list[Configuration] = []  # what new configurations are like
        # In one attribute: each takes a database as long as a parameter does.
        facts = {
            "made with": {
                "seed": self.study.search.seed,
                "data source": session.description.data["source"],
                "data fingerprint": session.description.data["fingerprint"],
                "code fingerprint": session.description.identity["code"],
            }
        }
        rungs, how = self.study.budget.rungs, self.study.search.pruner
        self.trunks = Trunks(WORK[self.study.task].alike, session.description.stages)
        for trial in self.store.finished().values():
            reached = max(trial.intermediate_values, default=0)
            self.trunks.note(trial.user_attrs["configuration"], reached)
        # A structure's cost is that of all its fine-tunings, and what is trained of it is theirs.
        self.questions = Questions(self.study, self.store, facts, self._cost, self.trunks.common)
        # What somebody has asked for may take more time than what the search would try.
        self._wanted = {key(config) for config in self.study.initial_configs}
        self._full = session.description.steps
        self._trained_before: int = self.store.attributes.get(TRAINED, 0)
        self.facts, self.total = facts, 0
        self.running: dict[int, _Running] = {}
        self.ladder = (
            Ladder(rungs, self.study.space, self.store, self.trunks) if how == HALVING else None
        )
        self.store.study.pruner = pruner(how, rungs)

    def run(self, total: int) -> None:
        """Go on until `total` configurations, or all there are, have been tried and nobody climbs.

        When this raises (interrupted, a worker died), what was running is given up and asked for
        again by the next command; its checkpoints are kept.
        """
        for table in self.study.skipped:
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
            self._fit(self.plan)
        try:
            while self._fill():
                for number, answer in self.engine.answers():
                    self._take(self.running[number], answer)
                if self.plan is not None and self.plan.over(self.reserve):
                    self._break_off()
                    break
            self._tell_costs()
        except BaseException as error:
            reason = "interrupted" if isinstance(error, Interrupted) else f"ended by {error!r}"
            # Without the database, or the right to write in it, the next command does it.
            with suppress(StorageInternalError, XltError):
                for number in self.running:
                    self.store.give_up(number, reason)
            raise

    def _tell_costs(self) -> None:
        """What the search has trained, beside what that would have been one by one."""
        steps = [max(t.intermediate_values, default=0) for t in self.store.finished().values()]
        asked, trained = sum(steps), self.store.attributes.get(TRAINED, 0)
        self.display(events.Searched(len(steps), self._full, asked, trained))

    def _fit(self, plan: Plan) -> None:
        """Look at what fits; tell, before anything is trained, if not even one full run does."""
        standings = self.store.standings()
        affordable = any(map(plan.affords, standings))
        found = [config for _, config in islice(self.questions.draws(), DRAWS // 4)]
        self._typical = found[:TYPICAL]
        # What an earlier command has trained goes on from there.
        first = self.study.budget.rungs[0]
        smallest = plan.fit(found, first, underway=affordable)
        if plan.short and not self.costs.measured and plan.cheapest is not None:
            # A guess must not say that there is too little time.
            self._measure(plan, plan.cheapest)
            smallest = plan.fit(found, first, underway=affordable)
        if smallest is not None and not any(row.complete for row in standings):
            steps = f"as {MEASURED_STEPS} steps here tell" if self.costs.measured else "by a guess"
            text = (
                f"{self.study.budget.time_limit} does not suffice for one full run: {format_duration(smallest)} "
                f"would, {steps}; the final ends before step {plan.steps}"
            )
            self.display(events.Notice(text))

    def _measure(self, plan: Plan, config: Configuration) -> None:
        """Train a few steps of a configuration, to know how fast this machine and model are."""
        self.display(events.Notice("time is short: a few steps are trained to see how much"))
        job = Train(
            trial=0,
            config=config,
            seed=self.study.search.seed,
            step=min(MEASURED_STEPS, self.study.budget.rungs[0]),
            through=(),
            label="measurement",
        )
        try:
            answer = self.engine.answer_within(job, MEASURED_SHARE * plan.deadline.left)
        except Interrupted:
            raise
        except XltError:
            return  # it diverged, or did not fit the memory: its trial will tell
        if isinstance(answer, Evaluation):
            self.costs.note(key(config), config, answer.step, answer.seconds)

    def _fill(self) -> bool:
        """Give every worker something to do; whether there is anything left to wait for."""
        while self.engine.room():
            climber = self._climber()
            if climber is None and self._left():
                delayed = self._climber(pressing=False) if self.plan else None
                waits = bool(self.running) or delayed is not None
                asked = self.questions.next(
                    self._busy(), self._may_be_tried, self.trunks.early, waits=waits
                )
                if asked is None:
                    self.total = len(self._busy() | self.store.finished().keys())
                    self.display(events.Notice("no time left for another configuration"))
                    continue
                if asked is not Later.LATER:
                    self._begin(_Running(*asked))
                    continue
                climber = delayed
            if climber is None:
                break
            self._promote(climber)
        return bool(self.running)

    def _may_be_tried(self, config: Configuration) -> bool:
        if self.plan is None:
            return True
        begun = self.trunks.trained(config) > 0
        wanted = begun or key(config) in self._wanted or self.plan.modest(config)
        return wanted and self._in_time(config, 0)

    def _in_time(self, config: Configuration, begin: int) -> bool:
        """Whether the next rung after `begin` can be reached, and what comes of it finished."""
        if self.plan is None:
            return True
        rungs = self.study.budget.rungs
        begin = max(begin, self.trunks.trained(config))
        end = next((rung for rung in rungs if rung > begin), rungs[-1])
        return self.plan.may(config, begin, end, self.reserve)

    def _cost(self, config: Configuration) -> float:
        """What it takes to try a configuration, for comparison with others."""
        trained, known = self.trunks.trained(config), self.trunks.shared(config)
        goes_on = 1 / ETA if self.ladder else 1.0
        return self.costs.expected(config, trained, known, self.study.budget.rungs, goes_on)

    @property
    def reserve(self) -> float:
        """Seconds that the end needs."""
        if self.plan is None:
            return 0.0
        if self._reserve is None:
            standings = self.store.standings()
            self.plan.review(standings)
            self._reserve = self.plan.reserve(standings)
        return self._reserve

    def _break_off(self) -> None:
        """Stop here: the rest of the time belongs to the end."""
        self.display(events.Notice("the time that is left is for the final; what runs, pauses"))
        self.ending = True
        for number, answer in self.engine.break_off():
            if not isinstance(answer, Paused):
                self._take(self.running[number], answer)
        for running in list(self.running.values()):
            if running.evaluations:
                step = running.evaluations[-1].step
                self._finish(running, TrialState.PRUNED, f"paused at step {step}: no time left")
            else:
                self.store.give_up(running.number, "no time left")
                del self.running[running.number]

    def _busy(self) -> set[str]:
        return {each.key for each in self.running.values()}

    def _left(self) -> int:
        """How many configurations are left to begin."""
        return max(0, self.total - len(self._busy() | self.store.finished().keys()))

    def _climber(self, *, pressing: bool = True) -> str | None:
        """The paused configuration that goes on now, if there is one.

        `pressing`: whether it waits where what is new could not be begun later.
        """
        if self.ladder is None:
            return None
        left = self._left()

        def may(name: str, step: int) -> bool:
            return self._may_climb(name, step, left if pressing else 0)

        return self.ladder.next(left > 0, may)

    def _may_climb(self, name: str, step: int, before: int) -> bool:
        """Whether there is time for it, and for `before` new ones after it."""
        running = (each.config for each in self.running.values() if each.key == name)
        config = next(running, None)
        if config is None:
            config = self.store.finished()[name].user_attrs["configuration"]
        if self.plan is None:
            return True
        rungs = self.study.budget.rungs
        following = next(rung for rung in rungs if rung > step)
        climb = self.costs.seconds(config, step, following)
        return self._in_time(config, step) and not self.plan.pressed(
            climb, self._typical, before, rungs[0], self.reserve
        )

    def _begin(self, begun: _Running) -> None:
        self.running[begun.number] = begun
        self.trunks.note(begun.config, 0)
        if self.ladder:
            self.ladder.enters(begun.key, begun.config)
        self.display(events.Begun(begun.number, begun.config))
        self._submit(begun)

    def _promote(self, climber: str) -> None:
        """Have a paused configuration go on, as a new trial."""
        paused = self.store.finished()[climber]
        number = self.store.go_on(paused, self.facts)
        evaluations = [Evaluation(**each) for each in paused.system_attrs["evaluations"]]
        running = _Running(number, paused.user_attrs["configuration"], evaluations)
        self.running[number] = running
        self.display(events.Promoted(number, paused.number, evaluations[-1].step))
        self._submit(running)

    def _submit(self, running: _Running) -> None:
        """Have the next rung reached."""
        rungs = self.study.budget.rungs
        reached = len(running.evaluations)
        if self.ladder:
            self.ladder.climbs(running.key)
        self._work.begin()
        self.engine.submit(
            Train(
                trial=running.number,
                config=running.config,
                seed=self.study.search.seed,
                step=rungs[reached],
                through=tuple(rungs[:reached]),
                keep=self._leading(),
            )
        )

    def _take(self, running: _Running, answer: Answer) -> None:
        number = running.number
        match answer:
            case Diverged():
                self._fall(running)
                self.store.set_trial(number, {DIVERGED: answer.values | {"step": answer.step}})
                self._finish(running, TrialState.PRUNED, str(answer))
            case Failed():
                self._fall(running)
                self.store.set_trial(number, {FAILED: answer.reason})
                self._finish(running, TrialState.FAIL, f"failed: {answer.reason}")
            case Evaluation():
                running.evaluations.append(answer)
                self.costs.note(running.key, running.config, answer.step, answer.seconds)
                self.trunks.note(running.config, answer.step)
                self._reserve = None
                self.store.set_trial(number, evaluation_attributes(running.evaluations))
                for step, score in (*answer.before, (answer.step, answer.score)):
                    self.store.report(number, step, score)
                self.display(events.Scored(number, answer))
                self._arrive(running, answer.step)
            case _:
                raise TypeError(f"trial {number} was answered with {answer!r}")

    def _fall(self, running: _Running) -> None:
        if self.ladder:
            self.ladder.falls(running.key)

    def _arrive(self, running: _Running, step: int) -> None:
        """On a rung: the trial goes on, pauses, or is over."""
        if self.ladder:
            self.ladder.arrives(running.key, running.scores)
        if step == self.study.budget.rungs[-1]:
            self._finish(running, TrialState.COMPLETE, "complete")
        elif self.ending:
            self._finish(running, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif self.ladder:
            if self._climber() == running.key:
                self._submit(running)
            else:
                self._finish(running, TrialState.PRUNED, f"paused at step {step}")
        elif not self._in_time(running.config, step):
            self._finish(running, TrialState.PRUNED, f"paused at step {step}: no time left")
        elif self.store.should_prune(running.number):
            why = f"pruned at step {step} by {self.study.search.pruner}"
            self._finish(running, TrialState.PRUNED, why)
        else:
            self._submit(running)

    def _finish(self, running: _Running, state: TrialState, reason: str) -> None:
        value = running.evaluations[-1].score if state == TrialState.COMPLETE else None
        attach(self.store, self.runs, running.number, running.evaluations)
        self.store.tell(running.number, state, reason, value)
        self.store.study.set_user_attr(TRAINED, self._trained_before + self.engine.trained)
        del self.running[running.number]
        best, finished = self.store.best(), len(self.store.finished())
        self.display(events.Ended(running.number, state.name, reason, finished, best))
