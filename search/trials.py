"""Ask, train rung by rung, tell: the loop that spends a study's budget.

With one worker everything but times is the same from run to run, also across interruptions
(see `xlt.search.samplers` for what each sampler keeps of that). With more, evaluations come in
as they finish, and a sampler sees them in that order.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, TrialState

from xlt.objectives.objective import Configuration, Diverged, Evaluation
from xlt.search import events
from xlt.search.interrupt import Interrupted
from xlt.search.jobs import Answer, Failed, Train
from xlt.search.pruners import DUPLICATE, pruner
from xlt.search.samplers import sampler
from xlt.search.session import Session
from xlt.search.store import DIVERGED, FAILED, evaluation_attributes, key
from xlt.search.suggest import distributions, enqueue
from xlt.spaces.errors import InputError, XltError

# How often in a row a sampler may suggest what has been tried before one is drawn for it.
REPEATS = 10


@dataclass
class _Running:
    trial: optuna.Trial
    config: Configuration
    evaluations: list[Evaluation] = field(default_factory=list)


class Trials:
    """The trials of one study, up to `engine.limit` of them at once."""

    def __init__(self, session: Session) -> None:
        self.study, self.store = session.study, session.store
        self.engine, self.display = session.engine, session.display
        self.facts = {
            "seed": self.study.search.seed,
            "data source": session.description.data["source"],
            "data fingerprint": session.description.data["fingerprint"],
            "code fingerprint": session.description.identity["code"],
        }
        self.distributions = distributions(self.study.space)
        self.running: dict[int, _Running] = {}
        self.starts = list(self.study.starts)
        rungs = self.study.budget.rungs
        self.store.study.pruner = pruner(self.study.search.pruner, rungs)

    def run(self, total: int) -> None:
        """Go on until `total` configurations are finished, or the space is exhausted.

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
        try:
            while self._fill(total):
                for number, answer in self.engine.answers():
                    self._take(self.running[number], answer)
        except BaseException as error:
            reason = "interrupted" if isinstance(error, Interrupted) else f"ended by {error!r}"
            # Without the database, or the right to write in it, the next command does it.
            with suppress(StorageInternalError, XltError):
                for number in self.running:
                    self.store.give_up(number, reason)
            raise

    def _fill(self, total: int) -> bool:
        """Give every worker something to do; whether there is anything left to wait for."""
        while self.engine.room():
            busy = {key(each.config) for each in self.running.values()}
            if len(busy | self.store.finished().keys()) >= total:
                break
            self._begin(self._ask(busy))
        return bool(self.running)

    def _ask(self, busy: set[str]) -> _Running:
        """A trial whose configuration is neither finished nor running."""
        repeats = clashes = 0
        study, search = self.store.study, self.study.search
        while True:
            asked = self.store.asked()
            study.sampler = sampler(search.sampler, search.seed, asked, clashes)
            self._offer_start()
            if repeats + clashes >= REPEATS:
                study.enqueue_trial(self._unseen(asked, busy))
            trial = study.ask(self.distributions)
            self.store.begun(trial.number)
            try:
                config = self.study.space.from_parameters(trial.params)
            except InputError as error:  # somebody enqueued it
                self._tell(trial, TrialState.FAIL, str(error), None)
                continue
            trial.set_user_attr("configuration", dict(config))
            earlier = self.store.finished().get(key(config))
            if earlier is not None:
                self._repeat(trial, earlier)
                repeats += 1
            elif key(config) in busy:
                self._tell(trial, TrialState.FAIL, "its configuration is running already", None)
                clashes += 1
            else:
                return _Running(trial, config)

    def _offer_start(self) -> None:
        """Enqueue the next starting point that has not been asked for, if nothing else waits.

        One at a time: what was given up waits at the end, and is to come first all the same.
        """
        study = self.store.study
        if not self.starts or study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            return
        while self.starts:
            before = len(study.get_trials(deepcopy=False))
            enqueue(study, self.study.space, self.starts.pop(0))
            if len(study.get_trials(deepcopy=False)) > before:
                return

    def _unseen(self, asked: int, busy: set[str]) -> dict[str, Any]:
        """Parameters drawn at random until they are new; the space has some left."""
        seen = busy | self.store.finished().keys()
        draw = sampler("random", self.study.search.seed, asked).sample_independent
        blank = optuna.trial.create_trial(state=TrialState.WAITING)
        while True:
            drawn = {
                name: draw(self.store.study, blank, name, distribution)
                for name, distribution in self.distributions.items()
            }
            if key(self.study.space.from_parameters(drawn)) not in seen:
                return drawn

    def _repeat(self, trial: optuna.Trial, earlier: FrozenTrial) -> None:
        """Answer a repeated suggestion with what is known: samplers learn from it, at no cost."""
        for name, value in earlier.user_attrs.items():
            trial.set_user_attr(name, value)
        trial.set_user_attr(DUPLICATE, earlier.number)
        for step, value in earlier.intermediate_values.items():
            trial.report(value, step)
        value = earlier.value if earlier.state == TrialState.COMPLETE else None
        self._tell(trial, earlier.state, f"a repetition of trial {earlier.number}", value)

    def _begin(self, begun: _Running) -> None:
        for name, value in self.facts.items():
            begun.trial.set_user_attr(name, value)
        self.running[begun.trial.number] = begun
        self.display(events.Begun(begun.trial.number, begun.config))
        self._submit(begun)

    def _submit(self, running: _Running) -> None:
        """Have the next rung reached."""
        rungs = self.study.budget.rungs
        reached = len(running.evaluations)
        self.engine.submit(
            Train(
                trial=running.trial.number,
                config=running.config,
                seed=self.study.search.seed,
                step=rungs[reached],
                through=tuple(rungs[:reached]),
            )
        )

    def _take(self, running: _Running, answer: Answer) -> None:
        trial = running.trial
        match answer:
            case Diverged():
                trial.set_user_attr(DIVERGED, answer.values | {"step": answer.step})
                self._finish(running, TrialState.PRUNED, str(answer))
            case Failed():
                trial.set_user_attr(FAILED, answer.reason)
                self._finish(running, TrialState.FAIL, f"failed: {answer.reason}")
            case Evaluation():
                running.evaluations.append(answer)
                for name, value in evaluation_attributes(running.evaluations).items():
                    trial.set_user_attr(name, value)
                trial.report(answer.score, answer.step)
                self.display(events.Scored(trial.number, answer))
                if answer.step == self.study.budget.rungs[-1]:
                    self._finish(running, TrialState.COMPLETE, "complete")
                elif trial.should_prune():
                    why = f"pruned at step {answer.step} by {self.study.search.pruner}"
                    self._finish(running, TrialState.PRUNED, why)
                else:
                    self._submit(running)
            case _:
                raise TypeError(f"trial {trial.number} was answered with {answer!r}")

    def _finish(self, running: _Running, state: TrialState, reason: str) -> None:
        value = running.evaluations[-1].score if state == TrialState.COMPLETE else None
        self._tell(running.trial, state, reason, value)
        del self.running[running.trial.number]
        best = self.store.best()
        self.display(
            events.Ended(running.trial.number, state.name, reason, len(self.store.finished()), best)
        )

    def _tell(
        self, trial: optuna.Trial, state: TrialState, reason: str, value: float | None
    ) -> None:
        trial.set_user_attr("ended", reason)
        self.store.ended(self.store.study.tell(trial, value, state=state))
