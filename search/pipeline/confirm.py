"""Confirmation: train the best configurations again on new seeds.

The best of many noisy scores is usually too high. So the best configurations of the search are trained
to the full length on seeds that the search did not use, and the best mean wins. Because these seeds
choose the winner, its mean is still slightly too high.

The baseline runs on the same seeds, although that may cost as much as another candidate: whether
tuning was worth its time is the first question about a result. The baseline's score on the search's
own seed cannot answer it, because the winner was chosen on that seed and the baseline was not. The
baseline comes last, so that it is the first to be left out where time is short.

An interrupted confirmation resumes from its record, and its trainings from their checkpoints.
"""

from collections.abc import Callable, Sequence
from typing import Any

from xlt.objectives.objective import Diverged, Evaluation
from xlt.objectives.tasks import TASKS
from xlt.search import events
from xlt.search.evidence.diagnostics import at_bounds, within_seed_noise
from xlt.search.evidence.paired_bootstrap import SENTENCE_TESTS, ByLanguage
from xlt.search.evidence.ranking import common_seeds, rank
from xlt.search.evidence.record import Candidate, Confirmation, SeedRun
from xlt.search.evidence.significance import compare, opponents
from xlt.search.execution.jobs import JobFailed, JobResult
from xlt.search.pipeline.seed_training import SeedTraining, fresh_seeds, train_runs
from xlt.search.pipeline.session import Session
from xlt.search.results.export import final_record
from xlt.search.storage.keys import CONFIRMATION, NOT_COMPARED, RESULT, SECONDS
from xlt.search.storage.store import RankedConfig, config_key

# Seconds for a paired bootstrap: 0.6 were measured for the league's 1,014 sentences.
BOOTSTRAP_SECONDS = 1.0


def runs_needed(session: Session) -> list[SeedTraining]:
    """The trainings that are not on record yet, most useful first.

    The search's best configuration on all seeds comes first, then the next best, the baseline last:
    fewer configurations on all seeds say more than more configurations on one seed. Consecutive
    trainings have different seeds, because configurations that share a prefix would wait for each
    other on the same seed.
    """
    return _Confirmation(session).needed()


def confirm(session: Session, may_start: Callable[[SeedTraining], bool] | None = None) -> None:
    """Confirm the best configurations of a study, and record the winner.

    The winner is the best of those that were confirmed. If none was, it is the best by the search's
    own score, and the record says `confirmed = false`.

    Args:
        session: The study.
        may_start: Called before each training; returns whether it may start. By default it checks
            the study's deadline. The record lists skipped trainings, which a later call can train.
    """
    confirmation = _Confirmation(session)
    if not confirmation.candidates:  # the final run says so
        return
    may_start = may_start or confirmation.fits
    confirmation.train(may_start)
    result = confirmation.decide()
    record = session.store.attributes.get(CONFIRMATION, {})
    earlier = Confirmation.model_validate(record[RESULT]) if RESULT in record else None
    same = earlier is not None and earlier.model_copy(update={"comparisons": []}) == result
    if earlier and same and not record.get(NOT_COMPARED):
        result = earlier
    else:
        comparisons = compare(result, confirmation.sentences_for(result, may_start))
        result = result.model_copy(update={"comparisons": comparisons})
        if earlier and same:  # an earlier command may have had time for more comparisons
            result = max(result, earlier, key=_n_sentence_tests)
        confirmation.write(RESULT, result.model_dump())
    show_confirmation(session, result)


def show_confirmation(session: Session, result: Confirmation) -> None:
    """Display the result of a confirmation."""
    if session.study.confirm.seeds:
        session.display(events.Confirmed(str(result), result.model_dump()))
    for flag in result.flags:
        session.display(events.Notice(flag))


class _Confirmation:
    """The candidates of one study, the seeds they run on, and the results so far.

    Attributes:
        finishable: The configurations that can be finished in time, or are finished. Best first.
        candidates: The configurations to train on the new seeds.
    """

    def __init__(self, session: Session) -> None:
        self.session, self.study = session, session.study
        self.steps, self.top = session.description.steps, session.study.confirm.top_k
        self.seeds = fresh_seeds(self.study.search.seed, self.study.confirm.seeds)
        record = session.store.attributes.get(CONFIRMATION, {})
        self._record: dict[str, Any] = {"runs": [], **record}
        self._results = {
            (config_key(run["configuration"]), run["seed"]): run for run in self._record["runs"]
        }
        self._sentences: dict[tuple[int, int], ByLanguage] = {}  # by trial and seed
        self._baseline = config_key(self.study.space.baseline_config)
        self.ranking = session.store.ranking()
        plan = session.plan
        self.finishable = [
            row
            for row in self.ranking
            if plan is None
            or plan.may_be_final(row)
            or final_record(session.store, row.configuration) is not None
        ]
        self.candidates = self._candidates()

    def _candidates(self) -> list[RankedConfig]:
        """The best, one of them finishable; those confirmed before; the baseline."""
        best = self.ranking[: self.top]
        if self.finishable and self.finishable[0] not in best:
            best = [*best, self.finishable[0]]
        others = [row for row in self.ranking if row not in best and self._is_always_candidate(row)]
        others.sort(key=self._is_baseline)
        return [*best, *others]

    def _is_always_candidate(self, row: RankedConfig) -> bool:
        """Whether it is a candidate without being among the best: confirmed before, or the baseline."""
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
    def reserved_seconds(self) -> float:
        """Seconds that the comparisons and the final run need, whoever wins."""
        plan = self.session.plan
        if plan is None:
            return 0.0
        rows = [row for row in self.candidates if row in self.finishable]
        final = max(
            (plan.seconds_to_finish(row.configuration, row.step) for row in rows), default=0.0
        )
        return final + BOOTSTRAP_SECONDS * 2 * len(self.seeds)

    def fits(self, run: SeedTraining) -> bool:
        """Whether there is time for a training and the final run after it."""
        plan = self.session.plan
        return plan is None or plan.can_start(run.configuration, 0, run.step, self.reserved_seconds)

    def _must_stop_now(self) -> bool:
        """Whether running trainings must pause now. If so, also displays a notice."""
        plan = self.session.plan
        if plan is None or not plan.must_stop(self.reserved_seconds):
            return False
        text = "time budget: the rest is reserved for the final; confirmation stops here"
        self.session.display(events.Notice(text))
        return True

    def train(self, may_start: Callable[[SeedTraining], bool]) -> None:
        """Train what is needed. Each result is recorded before the next one is waited for."""
        needed = self.needed()
        if not needed:
            return
        if any(map(may_start, needed)):
            self.session.display(
                events.ConfirmationStarted(
                    len(self.candidates), len(self.seeds), self.steps, len(needed)
                )
            )

        def record(run: SeedTraining, result: JobResult) -> None:
            row: dict[str, Any] = {
                "trial": run.trial,
                "configuration": dict(run.configuration),
                "seed": run.seed,
            }
            if isinstance(result, Evaluation):
                row |= {"score": result.score, "metric": result.metric}
                row[SECONDS] = dict(result.seconds)
                event = events.ConfirmationRun(run.label, result.metric, result.score)
            else:
                assert isinstance(result, Diverged | JobFailed)
                reason = str(result) if isinstance(result, Diverged) else result.reason
                row |= {"reason": reason}
                event = events.ConfirmationRun(run.label, "", None, reason)
            self._results[config_key(run.configuration), run.seed] = row
            self.write("runs", list(self._results.values()))
            self.session.display(event)

        self._train_runs(needed, may_start, record)

    def _train_runs(
        self,
        runs: Sequence[SeedTraining],
        may_start: Callable[[SeedTraining], bool],
        on_result: Callable[[SeedTraining, JobResult], None],
    ) -> None:
        pinned = self.session.checkpoints_of([*self.finishable[:1], *self.candidates])
        for run, result in train_runs(self.session, runs, may_start, self._must_stop_now, pinned):
            if isinstance(result, Evaluation):
                self._sentences[run.trial, run.seed] = result.sentences
            on_result(run, result)

    def sentences_for(
        self, result: Confirmation, may_start: Callable[[SeedTraining], bool]
    ) -> dict[tuple[int, int], ByLanguage]:
        """The sentences of the runs that are compared, by trial and seed.

        Sentences of an earlier command come from the checkpoints as a rule. A run whose checkpoint
        was deleted is trained again, if it `may_start`. What is left out is recorded, and the next
        command tries again.
        """
        trials = {result.winner, *(other.trial for _, other in opponents(result))}
        missing = [
            run
            for row in self.candidates
            for run in self._runs(row)
            if row.trial in trials
            and len(trials) > 1
            and result.metric in SENTENCE_TESTS
            and run.seed in result.seeds
            and (run.trial, run.seed) not in self._sentences
        ]
        self._train_runs(missing, may_start, lambda run, result: None)
        left_out = [run.name for run in missing if (run.trial, run.seed) not in self._sentences]
        if left_out != self._record.get(NOT_COMPARED, []):
            self.write(NOT_COMPARED, left_out)
        if left_out:
            runs = left_out[0] + f" and {len(left_out) - 1} more runs" * (len(left_out) > 1)
            text = (
                f"not compared sentence by sentence: {runs} of an earlier command; "
                f"xlt-search final {self.session.folder.name} compares without a deadline"
            )
            self.session.display(events.Notice(text))
        return self._sentences

    def decide(self) -> Confirmation:
        """Choose the winner. The comparisons are added later."""
        candidates = [self._candidate(row) for row in self.candidates]
        seeds = common_seeds([{run.seed for run in c.runs} for c in candidates], self.seeds)
        metrics = [run["metric"] for run in self._results.values() if "metric" in run]
        metric = metrics[0] if metrics else TASKS[self.study.task].metric
        candidates = [
            candidate.with_statistics(seeds, same_metric=self._search_used_metric(row, metric))
            for candidate, row in zip(candidates, self.candidates, strict=True)
        ]
        ranked = rank(candidates, seeds)
        winner = ranked[0] if ranked else candidates[self._index_of_best_finishable()]
        complete = [
            row for row in self.ranking if row.complete and self._search_used_metric(row, metric)
        ]
        return Confirmation(
            top=self.top,
            confirmed=bool(ranked) and len(winner.scores(seeds)) == len(seeds),
            winner=winner.trial,
            step=self.steps,
            metric=metric,
            seeds=seeds,
            ranking=[candidate.trial for candidate in ranked],
            candidates=candidates,
            comparisons=[],
            left_out=[run.name for run in self.needed()],
            flags=[
                *at_bounds(self.study.space, winner.configuration),
                *within_seed_noise(complete, candidates),
            ],
        )

    def _index_of_best_finishable(self) -> int:
        """The index of the best candidate that can be finished; 0 if none can."""
        if not self.finishable:
            return 0
        index = self.candidates.index(self.finishable[0])
        if index:
            text = (
                f"time budget: not enough time left to train trial {self.candidates[0].trial}, the "
                f"best, to the end; the final trains trial {self.candidates[index].trial}"
            )
            self.session.display(events.Notice(text))
        return index

    def _search_used_metric(self, row: RankedConfig, metric: str) -> bool:
        """Whether the search's last score of a configuration has the metric of the confirmation.

        Within Stage A of the league the search uses the log-likelihood, and confirmation BLEU.
        """
        return row.step == self.steps or row.evaluations[-1].get("metric") == metric

    def _candidate(self, row: RankedConfig) -> Candidate:
        results = [self._results.get((config_key(row.configuration), seed)) for seed in self.seeds]
        return Candidate(
            trial=row.trial,
            configuration=dict(row.configuration),
            baseline=self._is_baseline(row),
            search_step=row.step,
            search_score=row.score,
            runs=[
                SeedRun(seed=run["seed"], score=run.get("score"), reason=run.get("reason"))
                for run in results
                if run is not None
            ],
        )

    def write(self, name: str, value: Any) -> None:
        self._record[name] = value
        self.session.store.study.set_user_attr(CONFIRMATION, self._record)


def _n_sentence_tests(result: Confirmation) -> int:
    return sum(len(comparison.sentences) for comparison in result.comparisons)
