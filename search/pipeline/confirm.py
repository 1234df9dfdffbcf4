"""Confirmation: the best few on fresh seeds, as the best of many noisy scores is too good to be true.

The search's best standings are trained to the full length on seeds that the search did not use, and
the best mean wins. So these seeds choose the winner, and its mean is still slightly too high. The baseline runs beside them, although it may cost as much as one of the best:
whether all the tuning was worth it is the first question to a result, and its score on the search's
own seed cannot answer that. The winner was chosen on that seed and the baseline was not, which is
the very optimism that is to be taken out. It comes last, so that it is the first to be left out
where time is short.

A killed confirmation goes on from its record; what was underway, from the tree of checkpoints.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xlt.objectives.objective import Configuration, Diverged, Evaluation, Paused
from xlt.search import events
from xlt.search.evidence.diagnostics import at_bounds, within_seed_noise
from xlt.search.evidence.paired_bootstrap import SENTENCE_TESTS, ByLanguage
from xlt.search.evidence.record import Candidate, Confirmation, SeedRun
from xlt.search.evidence.significance import compare, opponents
from xlt.search.execution.jobs import JobFailed, JobResult, Train
from xlt.search.pipeline.session import Session
from xlt.search.results.export import final_record
from xlt.search.storage.keys import CONFIRMATION, NOT_COMPARED, RESULT
from xlt.search.storage.store import RankedConfig, config_key
from xlt.spaces.catalogue import TASKS

# Of what may be drawn from a study's seed, the branch that is confirmation's.
_BRANCH = 1

# Seconds that a paired bootstrap takes: 0.6 of the league's 1,014 sentences, measured, and care.
BOOTSTRAP_SECONDS = 1.0


@dataclass(frozen=True)
class SeedTraining:
    """One training that a confirmation asks for."""

    trial: int  # of the configuration's standing
    configuration: Configuration
    seed: int
    step: int

    @property
    def name(self) -> str:
        return f"trial {self.trial} on seed {self.seed}"


def fresh_seeds(seed: int, count: int) -> list[int]:
    """Seeds that follow from a study's own, and are not it. More of them begin with fewer."""
    sequence = np.random.SeedSequence(seed, spawn_key=(_BRANCH,))
    drawn = sequence.generate_state(2 * count + 1).tolist()  # two may be equal, once in billions
    return [each for each in dict.fromkeys(drawn) if each != seed][:count]


def runs_needed(session: Session) -> list[SeedTraining]:
    """The runs that are not on record, in the order in which they are worth their time.

    The search's best on all seeds, then the next, the baseline last: fewer configurations on all
    seeds say more than more of them on one. Neighbours are on other seeds, too; on the same one,
    configurations that share a trunk of the tree would wait for each other.
    """
    return _Confirmation(session).needed()


def confirm(session: Session, time_limit: Callable[[SeedTraining], bool] | None = None) -> None:
    """Confirm the best of a study, and record who has won.

    `allowed`: asked before each run begins, whether it still may; None: whatever the study's
    deadline allows, if it has one. What is left out is recorded as that, and the next call may do
    it. The winner is the best of those that were run; where none was, the first by the search's own
    score, and the record says `confirmed = false`.
    """
    confirmation = _Confirmation(session)
    if not confirmation.candidates:  # the final says so
        return
    time_limit = time_limit or confirmation.fits
    confirmation.train(time_limit)
    found = confirmation.decide()
    before = session.store.attributes.get(CONFIRMATION, {})
    known = Confirmation.model_validate(before[RESULT]) if RESULT in before else None
    same = known is not None and known.model_copy(update={"comparisons": []}) == found
    if known and same and not before.get(NOT_COMPARED):
        found = known
    else:
        comparisons = compare(found, confirmation.sentences_for(found, time_limit))
        found = found.model_copy(update={"comparisons": comparisons})
        if known and same:  # an earlier command may have had the time for more of them
            found = max(found, known, key=_sentence_tests)
        confirmation.write(RESULT, found.model_dump())
    show_confirmation(session, found)


def show_confirmation(session: Session, found: Confirmation) -> None:
    """Display what a confirmation has found."""
    if session.study.confirm.seeds:
        session.display(events.Confirmed(str(found), found.model_dump()))
    for flag in found.flags:
        session.display(events.Notice(flag))


class _Confirmation:
    """The candidates of one study, the seeds they run on, and what has come of that so far."""

    def __init__(self, session: Session) -> None:
        self.session, self.study = session, session.study
        self.steps, self.top = session.description.steps, session.study.confirm.top
        self.seeds = fresh_seeds(self.study.search.seed, self.study.confirm.seeds)
        before = session.store.attributes.get(CONFIRMATION, {})
        self._record: dict[str, Any] = {"runs": [], **before}
        self._results = {
            (config_key(r["configuration"]), r["seed"]): r for r in self._record["runs"]
        }
        self._sentences: dict[tuple[int, int], ByLanguage] = {}  # by trial and seed
        self._baseline = config_key(self.study.space.start)
        self.standings = session.store.ranking()
        # What can be finished in time, where there is a deadline, or is finished already.
        plan = session.plan
        self.affordable = [
            row
            for row in self.standings
            if plan is None
            or plan.can_finish(row)
            or final_record(session.store, row.configuration) is not None
        ]
        self.candidates = self._candidates()

    def _candidates(self) -> list[RankedConfig]:
        """The best, what was confirmed on all these seeds before, and the baseline.

        Among the best, one that there is the time to finish.
        """
        best = self.standings[: self.top]
        if self.affordable and self.affordable[0] not in best:
            best = [*best, self.affordable[0]]
        before = [row for row in self.standings if row not in best and self._is_confirmed(row)]
        before.sort(key=self._is_baseline)
        return [*best, *before]

    def _is_confirmed(self, row: RankedConfig) -> bool:
        done = all((config_key(row.configuration), seed) in self._results for seed in self.seeds)
        return self._is_baseline(row) or (done and bool(self.seeds))

    def _is_baseline(self, row: RankedConfig) -> bool:
        return config_key(row.configuration) == self._baseline

    def needed(self) -> list[SeedTraining]:
        return [
            run
            for row in self.candidates
            for run in self._runs(row)
            if (config_key(row.configuration), run.seed) not in self._results
        ]

    def _runs(self, row: RankedConfig) -> list[SeedTraining]:
        return [SeedTraining(row.trial, row.configuration, seed, self.steps) for seed in self.seeds]

    @property
    def reserve(self) -> float:
        """Seconds that comparisons and the final need, whoever wins."""
        plan = self.session.plan
        if plan is None:
            return 0.0
        rows = [row for row in self.candidates if row in self.affordable]
        final = max(
            (plan.seconds_to_finish(row.configuration, row.step) for row in rows), default=0.0
        )
        return final + BOOTSTRAP_SECONDS * 2 * len(self.seeds)

    def fits(self, run: SeedTraining) -> bool:
        """Whether a run can be done and the final still be kept."""
        plan = self.session.plan
        return plan is None or plan.can_start(run.configuration, 0, run.step, self.reserve)

    def _is_over(self) -> bool:
        """Whether what runs must be broken off; says so."""
        plan = self.session.plan
        if plan is None or not plan.must_stop(self.reserve):
            return False
        text = "the time that is left is for the final; confirmation ends here"
        self.session.display(events.Notice(text))
        return True

    def train(self, time_limit: Callable[[SeedTraining], bool]) -> None:
        """Do what is needed; each result is on record before the next is waited for."""
        needed = self.needed()
        if not needed:
            return
        if any(map(time_limit, needed)):
            self.session.display(
                events.ConfirmationStarted(
                    len(self.candidates), len(self.seeds), self.steps, len(needed)
                )
            )

        def take(run: SeedTraining, job: Train, answer: JobResult) -> None:
            result: dict[str, Any] = {
                "trial": run.trial,
                "configuration": dict(run.configuration),
                "seed": run.seed,
            }
            if isinstance(answer, Evaluation):
                result |= {"score": answer.score, "measure": answer.measure}
                seen = events.ConfirmationRun(job.name, answer.measure, answer.score)
            else:
                assert isinstance(answer, Diverged | JobFailed)
                reason = str(answer) if isinstance(answer, Diverged) else answer.reason
                result |= {"reason": reason}
                seen = events.ConfirmationRun(job.name, "", None, reason)
            self._results[config_key(run.configuration), run.seed] = result
            self.write("runs", list(self._results.values()))
            self.session.display(seen)

        self._train_runs(needed, time_limit, take)

    def _train_runs(
        self,
        runs: Sequence[SeedTraining],
        time_limit: Callable[[SeedTraining], bool],
        take: Callable[[SeedTraining, Train, JobResult], None],
    ) -> None:
        """Have runs done, as many at once as there are workers, and hand on what comes of each."""
        engine, waiting = self.session.executor, deque(runs)
        running: dict[int, tuple[SeedTraining, Train]] = {}
        while waiting or running:
            while waiting and engine.has_capacity():
                run = waiting.popleft()
                if time_limit(run):
                    job = self._job(len(runs) - len(waiting), run)
                    self.session.work.begin()
                    running[job.trial] = run, job
                    engine.submit(job)
            if not running:
                continue
            over = self._is_over()
            for number, answer in engine.pause_all() if over else engine.completed():
                run, job = running.pop(number)
                if isinstance(answer, Paused):
                    continue
                if isinstance(answer, Evaluation):
                    self._sentences[run.trial, run.seed] = answer.sentences
                take(run, job, answer)
            if over:
                return

    def _job(self, number: int, run: SeedTraining) -> Train:
        return Train(
            trial=number,
            config=run.configuration,
            seed=run.seed,
            step=run.step,
            checkpoint_steps=tuple(step for step in self.study.budget.rungs if step < run.step),
            label=f"confirmation, {run.name}",
            pinned=self.session.checkpoints_of([*self.affordable[:1], *self.candidates]),
        )

    def sentences_for(
        self, found: Confirmation, allowed: Callable[[SeedTraining], bool]
    ) -> dict[tuple[int, int], ByLanguage]:
        """The sentences of the runs that are compared, by trial and seed.

        Those of an earlier command are asked for again. The checkpoint tree has them as a rule; a
        run that it has lost is trained again, so only if `allowed`. What is left out is recorded, and
        the next command tries again.
        """
        trials = {found.winner, *(other.trial for _, other in opponents(found))}
        missing = [
            run
            for row in self.candidates
            for run in self._runs(row)
            if row.trial in trials
            and len(trials) > 1
            and found.measure in SENTENCE_TESTS
            and run.seed in found.seeds
            and (run.trial, run.seed) not in self._sentences
        ]
        self._train_runs(missing, allowed, lambda run, job, answer: None)
        left_out = [run.name for run in missing if (run.trial, run.seed) not in self._sentences]
        if left_out != self._record.get(NOT_COMPARED, []):
            self.write(NOT_COMPARED, left_out)
        if left_out:
            runs = left_out[0] + f" and {len(left_out) - 1} more runs" * (len(left_out) > 1)
            text = (
                f"not compared sentence by sentence: {runs} of an earlier command; without a "
                f"deadline, xlt-search final {self.session.folder.name} does it"
            )
            self.session.display(events.Notice(text))
        return self._sentences

    def decide(self) -> Confirmation:
        """Who wins, without comparisons."""
        candidates = [self._candidate(row) for row in self.candidates]
        seeds = common_seeds([{run.seed for run in each.runs} for each in candidates], self.seeds)
        measures = [r["measure"] for r in self._results.values() if "measure" in r]
        measure = measures[0] if measures else TASKS[self.study.task].measure
        candidates = [
            each.with_statistics(seeds, same_metric=self._same_metric(row, measure))
            for each, row in zip(candidates, self.candidates, strict=True)
        ]
        ranked = rank(candidates, seeds)
        winner = ranked[0] if ranked else candidates[self._best_affordable()]
        confirmed = bool(ranked) and len(winner.scores(seeds)) == len(seeds)
        complete = [r for r in self.standings if r.complete and self._same_metric(r, measure)]
        return Confirmation(
            top=self.top,
            confirmed=confirmed,
            winner=winner.trial,
            step=self.steps,
            measure=measure,
            seeds=seeds,
            ranking=[each.trial for each in ranked],
            candidates=candidates,
            comparisons=[],
            left_out=[run.name for run in self.needed()],
            flags=[
                *at_bounds(self.study.space, winner.configuration),
                *within_seed_noise(complete, candidates),
            ],
        )

    def _best_affordable(self) -> int:
        """Whom the final takes where nothing was confirmed: the best that can be finished."""
        if not self.affordable:
            return 0
        place = self.candidates.index(self.affordable[0])
        if place:
            text = (
                f"trial {self.candidates[0].trial} leads, but there is no time to train it to the "
                f"end; the final is trial {self.candidates[place].trial}'s"
            )
            self.session.display(events.Notice(text))
        return place

    def _same_metric(self, row: RankedConfig, measure: str) -> bool:
        """Whether the search's last score of a configuration is the one that is confirmed."""
        return row.step == self.steps or row.evaluations[-1].get("measure") == measure

    def _candidate(self, row: RankedConfig) -> Candidate:
        results = (self._results.get((config_key(row.configuration), seed)) for seed in self.seeds)
        return Candidate(
            trial=row.trial,
            configuration=dict(row.configuration),
            baseline=self._is_baseline(row),
            search_step=row.step,
            search_score=row.score,
            runs=[
                SeedRun(seed=r["seed"], score=r.get("score"), reason=r.get("reason"))
                for r in results
                if r is not None
            ],
        )

    def write(self, name: str, value: Any) -> None:
        self._record[name] = value
        self.session.store.study.set_user_attr(CONFIRMATION, self._record)


def _sentence_tests(found: Confirmation) -> int:
    return sum(len(comparison.sentences) for comparison in found.comparisons)


def common_seeds(done: Sequence[set[int]], seeds: Sequence[int]) -> list[int]:
    """The seeds that decide: as many of the first ones as two configurations have run on.

    Means over different seeds, or of more and fewer of them, would not compare. `done`: by
    configuration, the seeds it has run on. Of a single one, all of its first ones.
    """
    begun = sum(each.issuperset(seeds[:1]) for each in done)
    for count in range(len(seeds), 0, -1):
        if sum(each.issuperset(seeds[:count]) for each in done) >= min(2, begun) > 0:
            return list(seeds[:count])
    return []


def rank(candidates: Sequence[Candidate], seeds: list[int]) -> list[Candidate]:
    """Those that have run on all `seeds`, from best to worst; of equals, in the order given.

    What came to nothing on a seed is worse than what never did.
    """
    ran = [each for each in candidates if seeds and len(each.runs_on(seeds)) == len(seeds)]

    def worth(each: Candidate) -> tuple[int, float]:
        return len(each.scores(seeds)), each.mean if each.mean is not None else 0.0

    return sorted(ran, key=worth, reverse=True)
