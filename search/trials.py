"""Ask, train rung by rung, tell: the loop that spends a study's budget.

With one worker everything but times is the same from run to run, also across interruptions
(see `xlt.search.samplers` for what each sampler keeps of that). With more, evaluations come in
as they finish, and a sampler sees them in that order.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from xlt.objectives.objective import Configuration, Diverged, Evaluation
from xlt.search import events
from xlt.search.interrupt import Interrupted
from xlt.search.jobs import Answer, Failed, Train
from xlt.search.pruners import pruner
from xlt.search.questions import Questions
from xlt.search.session import Session
from xlt.search.store import DIVERGED, FAILED, evaluation_attributes, key
from xlt.spaces.errors import XltError


@dataclass
class _Running:
    number: int
    config: Configuration
    evaluations: list[Evaluation] = field(default_factory=list)


class Trials:
    """The trials of one study, up to `engine.limit` of them at once."""

    def __init__(self, session: Session) -> None:
        self.study, self.store = session.study, session.store
        self.engine, self.display = session.engine, session.display
        facts = {
            "seed": self.study.search.seed,
            "data source": session.description.data["source"],
            "data fingerprint": session.description.data["fingerprint"],
            "code fingerprint": session.description.identity["code"],
        }
        self.questions = Questions(self.study, self.store, facts)
        self.running: dict[int, _Running] = {}
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
            self._begin(_Running(*self.questions.next(busy)))
        return bool(self.running)

    def _begin(self, begun: _Running) -> None:
        self.running[begun.number] = begun
        self.display(events.Begun(begun.number, begun.config))
        self._submit(begun)

    def _submit(self, running: _Running) -> None:
        """Have the next rung reached."""
        rungs = self.study.budget.rungs
        reached = len(running.evaluations)
        self.engine.submit(
            Train(
                trial=running.number,
                config=running.config,
                seed=self.study.search.seed,
                step=rungs[reached],
                through=tuple(rungs[:reached]),
            )
        )

    def _take(self, running: _Running, answer: Answer) -> None:
        number = running.number
        match answer:
            case Diverged():
                self.store.set_trial(number, {DIVERGED: answer.values | {"step": answer.step}})
                self._finish(running, TrialState.PRUNED, str(answer))
            case Failed():
                self.store.set_trial(number, {FAILED: answer.reason})
                self._finish(running, TrialState.FAIL, f"failed: {answer.reason}")
            case Evaluation():
                running.evaluations.append(answer)
                self.store.set_trial(number, evaluation_attributes(running.evaluations))
                self.store.report(number, answer.step, answer.score)
                self.display(events.Scored(number, answer))
                if answer.step == self.study.budget.rungs[-1]:
                    self._finish(running, TrialState.COMPLETE, "complete")
                elif self.store.should_prune(number):
                    why = f"pruned at step {answer.step} by {self.study.search.pruner}"
                    self._finish(running, TrialState.PRUNED, why)
                else:
                    self._submit(running)
            case _:
                raise TypeError(f"trial {number} was answered with {answer!r}")

    def _finish(self, running: _Running, state: TrialState, reason: str) -> None:
        value = running.evaluations[-1].score if state == TrialState.COMPLETE else None
        self.store.tell(running.number, state, reason, value)
        del self.running[running.number]
        best, finished = self.store.best(), len(self.store.finished())
        self.display(events.Ended(running.number, state.name, reason, finished, best))
