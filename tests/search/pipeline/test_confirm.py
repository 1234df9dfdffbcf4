"""Confirmation: fresh seeds decide, nothing is trained twice, what it says is so."""

import json
import math
import os
import random
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import optuna
import pytest
import sacrebleu
import toy_objective
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from scipy.stats import ttest_ind
from toy_objective import luck, quality, spoilt

from xlt.objectives.ner.scores import entity_scores
from xlt.objectives.objective import Sentences
from xlt.search import events
from xlt.search.evidence import paired_bootstrap
from xlt.search.evidence.diagnostics import at_bounds, within_seed_noise
from xlt.search.evidence.ranking import common_seeds, rank
from xlt.search.evidence.record import Candidate, Confirmation, SeedRun
from xlt.search.evidence.significance import compare
from xlt.search.execution.jobs import JobResult, ObjectiveFactory
from xlt.search.execution.local import LocalExecutor
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import confirm, runner, session
from xlt.search.pipeline.seed_training import SeedTraining, fresh_seeds
from xlt.search.pipeline.session import Options, open_session
from xlt.search.results import export
from xlt.search.results.notebook import as_notebook
from xlt.search.storage.keys import BUDGET_ELAPSED, CONFIRMATION
from xlt.search.storage.store import RankedConfig, Store, config_key
from xlt.search.storage.studies import load_study
from xlt.search.suggest.distributions import distributions
from xlt.spaces.errors import InputError
from xlt.spaces.limits import Limits
from xlt.studies.study import Study, load

CONFIG = dict(load("league").space.baseline)
# Its search is led by luck, and its luckiest fresh run is not the best configuration's.
SEED = 27
LUCKY = f"search.seed={SEED}"
# Quasi-random points, as the story must not depend on what a model of the scores expects.
TRIALS = (
    *("search.n_trials=9", "search.sampler=qmc"),
    *("search.pruner=none", "budget.rungs=[1100]"),
)


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "toy.log"))
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


class Command:
    """`xlt-search --study league` on a toy whose scores depend on the seed, in this process."""

    def __init__(self, folder: Path, build: ObjectiveFactory = toy_objective.build_noisy) -> None:
        self.folder, self.build = folder, build
        self.seen: list[events.Event] = []
        self.stop = threading.Event()
        self.stop_after: int | None = None  # confirmed runs
        self.workers = 1

    def __call__(self, *assignments: str, final: bool = True) -> Store:
        study, options = self.study(*assignments), self.options()
        runner.run_study(study, "league", options, self._show, self.stop, with_final=final)
        return self.store()

    def confirm(self, *assignments: str, allowed: Callable[[SeedTraining], bool]) -> Confirmation:
        """With some of the runs alone; no final."""
        arguments = (self.study(*assignments), "league", self.options())
        with open_session(*arguments, self._show, self.stop) as session:
            confirm.confirm(session, allowed)
            found = export.current_confirmation(session.store)
            assert found
            return found

    def study(self, *assignments: str) -> Study:
        return load("league", ["data.source=toy", *TRIALS, *assignments])

    def options(self) -> Options:
        return Options(
            runs=self.folder, device="cpu", workers=self.workers, objective_factory=self.build
        )

    def store(self) -> Store:
        return load_study(None, self.folder, "league")

    def result(self) -> Confirmation:
        found = export.read_export(self.folder / "league/best.toml").confirmation
        assert found
        return found

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    def _show(self, event: events.Event) -> None:
        self.seen.append(event)
        if self.stop_after is not None and len(self.of(events.ConfirmationRun)) >= self.stop_after:
            self.stop.set()


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "runs")


def done() -> list[str]:
    """What the toy was really made to do."""
    log = Path(os.environ["TOY_LOG"])
    return log.read_text().splitlines() if log.exists() else []


def true_score(config: dict[str, Any], seed: int) -> float:
    """The noisy toy's, by its formula."""
    return quality(config) + 4.0 * luck(config, seed)


def test_the_best_mean_wins_not_the_luckiest(command: Command) -> None:
    """On seeds that the search did not use; the final trains the winner on the study's own seed."""
    store = command(LUCKY, "confirm.top_k=4", "confirm.seeds=3")
    found = command.result()
    assert found.confirmed
    assert found.seeds == fresh_seeds(SEED, 3)
    means, runs = {}, {}
    for each in found.candidates:
        scores = [true_score(each.configuration, seed) for seed in found.seeds]
        assert [run.score for run in each.runs] == scores
        assert each.mean == pytest.approx(fmean(scores))
        assert each.deviation == pytest.approx(stdev(scores))
        assert each.optimism == pytest.approx(true_score(each.configuration, SEED) - fmean(scores))
        means[each.trial], runs[each.trial] = fmean(scores), scores
    assert found.ranking == sorted(means, key=lambda trial: -means[trial])
    assert found.winner == found.ranking[0]
    luckiest = max(runs, key=lambda trial: max(runs[trial]))
    assert found.winner not in (store.ranking()[0].trial, luckiest)
    best = export.build_export(store)
    assert (best.trial, best.seed) == (found.winner, SEED)
    assert best.configuration == found.candidate(found.winner).configuration
    assert best.validation[-1].score == true_score(best.configuration, SEED)
    tested = [event.score for event in command.of(events.TestScore)]
    assert tested == [true_score(best.configuration, SEED) - 1]
    winner = found.candidate(found.winner)
    pasted = as_notebook(best)
    assert f"# Confirmed: BLEU {winner.mean:.2f} ± " in pasted
    # The best four and the baseline.
    assert "on 3 new seeds, which chose it among 5 configurations." in pasted
    # The toy tests by a measure that it calls "score".
    assert f"# Test set: score {tested[0]:.2f} at step 1,100." in pasted


def test_a_confirmation_says_that_its_seeds_chose_the_winner_where_they_did(
    command: Command,
) -> None:
    """No page and no file says of these seeds that nothing was chosen on them."""
    command("confirm.seeds=2")
    found = command.result()
    pages = [
        as_notebook(export.build_export(command.store())),
        (command.folder / "league" / export.REPORT).read_text(encoding="utf-8"),
        str(found),
    ]
    assert len(found.ranking) > 1
    assert all("not chosen on" not in page for page in pages)
    assert all("nothing was chosen on" not in page for page in pages)
    assert "These runs also selected the winner" in " ".join(pages[1].split())
    alone = found.model_copy(update={"ranking": found.ranking[:1]})
    assert alone.seeds_text == "2 new seeds"


def test_the_baseline_is_confirmed_beside_the_best(command: Command) -> None:
    """Last, and once; among the best it keeps its place."""
    command("confirm.top_k=2", "confirm.seeds=1")
    (*best, baseline) = command.result().candidates
    assert [each.baseline for each in (*best, baseline)] == [False, False, True]
    assert baseline.configuration == command.study().space.baseline_config
    command("confirm.top_k=9", "confirm.seeds=1")
    candidates = command.result().candidates
    assert len(candidates) == 9
    assert sum(each.baseline for each in candidates) == 1


def test_interrupted_and_gone_on(tmp_path: Path) -> None:
    """The same result as an undisturbed one, bit for bit, and nothing is trained twice."""
    whole, broken = Command(tmp_path / "a"), Command(tmp_path / "b")
    whole(LUCKY)
    expected = whole.result()
    log = Path(os.environ["TOY_LOG"])
    trained = sorted(done())
    log.unlink()
    for runs in (1, 3, 5):
        broken.stop_after, broken.seen = runs - len(recorded(broken)), []
        with pytest.raises(Interrupted):
            broken(LUCKY)
        broken.stop.clear()
        assert len(recorded(broken)) >= runs
        assert not (broken.folder / "league/best.toml").exists()
    broken.stop_after = None
    broken(LUCKY)
    assert broken.result() == expected
    # An edge that was underway may have been finished, unheard.
    assert sorted(set(done())) == sorted(set(trained))
    assert len(done()) - len(set(done())) <= 3
    before = done()
    broken(LUCKY)
    runner.finish_study("league", broken.options(), broken._show, broken.stop)
    assert done() == before
    assert broken.result() == expected


def recorded(command: Command) -> list[Any]:
    if not (command.folder / "xlt.db").exists():
        return []
    runs: list[Any] = command.store().attributes.get(CONFIRMATION, {}).get("runs", [])
    return runs


def test_what_ends_while_all_is_broken_off_counts(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was done by then is on record, and nothing else is begun."""

    def answered(engine: LocalExecutor) -> list[tuple[int, JobResult]]:
        found: list[tuple[int, JobResult]] = []
        while not found:
            found += engine.completed()
        return found

    monkeypatch.setattr(confirm._Confirmation, "_is_over", lambda one: len(one._results) > 0)
    monkeypatch.setattr(LocalExecutor, "pause_all", answered)
    command(LUCKY, final=False)
    found = command.confirm(LUCKY, allowed=lambda run: True)
    assert len(recorded(command)) == 2
    assert sum(len(each.runs) for each in found.candidates) == 2


def test_more_seeds_go_on_from_fewer(command: Command) -> None:
    """What was run stays, and so does who was confirmed."""
    command(LUCKY, "confirm.seeds=1")
    first = command.result()
    command(LUCKY, "confirm.seeds=2")
    second = command.result()
    assert second.seeds[:1] == first.seeds
    assert [each.runs[:1] for each in second.candidates] == [each.runs for each in first.candidates]
    assert len(recorded(command)) == 2 * len(first.candidates)


def test_a_larger_study_is_confirmed_anew(command: Command) -> None:
    """Until it is, nobody takes the old winner for the new one; who was confirmed stays in."""
    command(LUCKY, "search.n_trials=3", "confirm.top_k=1")
    before = command.result()
    store = command(LUCKY, "confirm.top_k=1", final=False)
    assert export.current_confirmation(store) is None
    assert export.selected(store).trial == store.ranking()[0].trial
    command(LUCKY, "confirm.top_k=1")
    after = command.result()
    assert {each.trial for each in before.candidates} < {each.trial for each in after.candidates}


def test_without_seeds_the_search_decides(command: Command) -> None:
    store = command(LUCKY, "confirm.seeds=0")
    found = command.result()
    assert not found.confirmed
    assert found.winner == store.ranking()[0].trial
    assert not any(each.runs for each in found.candidates)
    assert not command.of(events.Confirmed)
    assert {line.split()[-1] for line in done() if line.startswith("train")} == {str(SEED)}


def test_without_a_final_nothing_is_confirmed(command: Command) -> None:
    """And afterwards it can be."""
    command(LUCKY, final=False)
    assert not recorded(command)
    arguments = ("league", command.options(), command._show, command.stop)
    with pytest.raises(InputError, match=r"data: .*called toy .* -> .*called moved"):
        runner.finish_study(*arguments, source="moved")
    assert not recorded(command)
    runner.finish_study(*arguments, source="auto")  # the toy finds there what it found before
    assert command.result().confirmed
    assert load(str(command.folder / "league/study.toml")).data.source == "auto"


def test_a_final_of_its_own_takes_none_of_the_budget(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The study's time was for its search, and can go on with what is left."""
    monkeypatch.setattr(session, "SAVE_ELAPSED_EVERY_SECONDS", 0.0)
    command(LUCKY, "budget.time_limit=50m", final=False)
    spent = command.store().attributes[BUDGET_ELAPSED]
    runner.finish_study("league", command.options(), command._show, command.stop)
    assert command.result().confirmed
    assert command.store().attributes[BUDGET_ELAPSED] == spent > 0


def test_what_diverges_loses(tmp_path: Path) -> None:
    """However good it is on the search's seed; told, recorded, and not tried again."""
    command = Command(tmp_path, toy_objective.build_fragile)
    store = command()
    assert store.ranking()[0].configuration["d_model"] != 128
    found = command.result()
    assert found.confirmed
    assert found.candidate(found.winner).configuration["d_model"] == 128
    lost = found.candidate(found.ranking[-1])
    assert {run.score for run in lost.runs} == {None}
    assert all("the loss is not finite" in (run.reason or "") for run in lost.runs)
    text = str(found)
    assert f"confirmed: trial {lost.trial}: 2 of 2 runs failed or diverged" in text
    assert any(event.reason for event in command.of(events.ConfirmationRun))
    before = done()
    command()
    assert done() == before


def test_where_time_is_short(command: Command) -> None:
    """What was left out is said; nobody wins on other seeds than those beside it."""
    command(LUCKY, final=False)
    store = command.store()
    none = command.confirm(LUCKY, allowed=lambda run: False)
    assert not none.confirmed
    assert none.winner == store.ranking()[0].trial
    assert len(none.left_out) == 8
    assert not none.seeds
    with open_session(
        command.study(LUCKY), "league", command.options(), command._show, command.stop
    ) as (session):
        needed = confirm.runs_needed(session)
    assert [run.name for run in needed] == none.left_out
    assert {run.step for run in needed} == {1100}
    assert needed[-1].configuration == command.study().space.baseline_config
    assert all(one.seed != two.seed for one, two in pairwise(needed))
    some = command.confirm(LUCKY, allowed=lambda run: run in needed[:3])
    assert some.confirmed
    assert some.seeds == fresh_seeds(SEED, 2)[:1]  # the second configuration has no other
    assert set(some.ranking) == {run.trial for run in needed[:3]}
    assert some.left_out == [run.name for run in needed[3:]]
    rest = command.confirm(LUCKY, allowed=lambda run: True)
    assert not rest.left_out
    assert len(rest.ranking) == 4
    assert len([line for line in done() if f"seed {SEED}" not in line]) == 2 * 8


def test_a_run_that_has_lost_its_checkpoint_is_not_trained_again_without_time_for_it(
    command: Command,
) -> None:
    """Comparing sentence by sentence is left out, and says so; who wins is on record."""
    command(LUCKY, final=False)
    study, options = command.study(LUCKY), command.options()
    with open_session(study, "league", options, command._show, command.stop) as session:
        needed = confirm.runs_needed(session)
    command.confirm(LUCKY, allowed=lambda run: run in needed[:3])
    shutil.rmtree(command.folder / "checkpoints")
    before = len(done())

    found = command.confirm(LUCKY, allowed=lambda run: run in needed[3:])

    assert len(done()) - before == 2 * len(needed[3:])
    assert not found.left_out
    assert found.confirmed
    told = [event.text for event in command.of(events.Notice)]
    assert any("not compared sentence by sentence" in text for text in told)
    tests = [each.sentences for each in found.comparisons]

    later = command.confirm(LUCKY, allowed=lambda run: True)

    assert all(len(each.sentences) == 2 for each in later.comparisons), "there was time for them"
    assert [each.sentences for each in later.comparisons] != tests
    trained = len(done())
    assert command.confirm(LUCKY, allowed=lambda run: False) == later
    assert len(done()) == trained


@pytest.mark.parametrize("begun", [False, True])
def test_a_deadline_is_the_finals(
    begun: bool, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would not leave time for it is not begun, or broken off; there is a final all the same."""
    store = command(LUCKY, "budget.time_limit=2h", final=False)
    monkeypatch.setattr("xlt.search.budget.time_plan.TimePlan.can_start", lambda *_: begun)
    monkeypatch.setattr("xlt.search.budget.time_plan.TimePlan.must_stop", lambda *_: True)
    command(LUCKY, "budget.time_limit=2h")
    found = command.result()
    assert not found.confirmed
    assert found.winner == store.ranking()[0].trial
    assert len(found.left_out) == 8
    told = [event.text for event in command.of(events.Notice)]
    assert any("confirmation stops here" in text for text in told) == begun
    assert command.of(events.TestScore)


@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.integers(0, 30))
def test_fresh_seeds(seed: int, few: int, more: int) -> None:
    """Each once, never the search's own, and more of them begin with fewer."""
    found = fresh_seeds(seed, few + more)
    assert len(set(found)) == few + more
    assert seed not in found
    assert found[:few] == fresh_seeds(seed, few)
    assert all(0 <= each < 2**32 for each in found)


@given(st.lists(st.integers(0, 4), max_size=5))
def test_deciding_seeds(counts: list[int]) -> None:
    """As many as two configurations have, or the only one has."""
    seeds = [11, 12, 13, 14]
    found = common_seeds([set(seeds[:count]) for count in counts], seeds)
    run = sorted((count for count in counts if count), reverse=True)
    assert len(found) == (run[1] if len(run) > 1 else sum(run))
    assert found == seeds[: len(found)]


def candidate(trial: int, scores: Sequence[float | None], *, baseline: bool = False) -> Candidate:
    runs = [
        SeedRun(seed=seed, score=score, reason="lost" if score is None else None)
        for seed, score in enumerate(scores)
    ]
    return Candidate(
        trial=trial,
        configuration={**CONFIG, "warmup_steps": trial},
        baseline=baseline,
        search_step=1100,
        search_score=31.0,
        runs=runs,
    ).with_statistics(list(range(len(scores))), same_metric=True)


SCORES = st.one_of(st.none(), st.floats(-1e3, 1e3), st.just(5.0))


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=6))
def test_ranking(samples: list[tuple[float | None, float | None]]) -> None:
    """By runs that came through, then by their mean, then as before."""
    candidates = [candidate(place, sample) for place, sample in enumerate(samples)]
    order = [each.trial for each in rank(candidates, [0, 1])]

    def worth_of(trial: int) -> tuple[int, float, int]:
        there = [score for score in samples[trial] if score is not None]
        return len(there), fmean(there) if there else 0.0, -trial

    assert order == sorted(range(len(samples)), key=worth_of, reverse=True)
    assert not rank([candidate(0, [1.0])], [0, 1])


def confirmation(*candidates: Candidate, measure: str = "BLEU") -> Confirmation:
    seeds = list(range(len(candidates[0].runs)))
    ranked = rank(candidates, seeds)
    return Confirmation(
        top=3,
        confirmed=True,
        winner=ranked[0].trial,
        step=1100,
        metric=measure,
        seeds=seeds,
        ranking=[each.trial for each in ranked],
        candidates=list(candidates),
        comparisons=[],
        left_out=[],
        flags=[],
    )


def test_differences() -> None:
    """Welch's interval as SciPy has it; real is what seeds and sentences both show."""
    first, second, base = [30.0, 30.5, 30.2], [29.0, 29.6, 29.4], [28.9, 31.0, 27.0]
    found = confirmation(
        candidate(1, second), candidate(2, first), candidate(3, base, baseline=True)
    )
    alike = {
        (trial, seed): {"en": spoilt(30, 10 * trial + seed)}
        for trial in (1, 2, 3)
        for seed in range(3)
    }
    runner_up, baseline = compare(found, alike)
    assert (runner_up.against, runner_up.trial) == ("runner-up", 1)
    assert (baseline.against, baseline.trial) == ("baseline", 3)
    for made, sample in ((runner_up, second), (baseline, base)):
        interval = ttest_ind(first, sample, equal_var=False).confidence_interval(0.95)
        assert made.difference == pytest.approx(fmean(first) - fmean(sample))
        assert (made.low, made.high) == pytest.approx((interval.low, interval.high))
        differences = [one - other for one, other in zip(first, sample, strict=True)]
        assert [each.difference for each in made.sentences] == differences
    # The seeds tell the two apart, the sentences do not: as many words of theirs are right.
    assert runner_up.low
    assert runner_up.low > 0
    assert not runner_up.significant
    assert "significant over sentences on 0 of 3 seeds" in runner_up.verdict
    better = {(2, seed): {"en": spoilt(45, seed)} for seed in range(3)}
    runner_up, baseline = compare(found, alike | better)
    assert runner_up.significant
    assert "with 3 seeds the interval is wide" in runner_up.verdict
    assert not baseline.significant
    assert "not significant over seeds" in baseline.verdict
    (without, _) = compare(found, {})
    assert without.significant
    assert not without.sentences
    (single,) = compare(confirmation(candidate(1, [29.0]), candidate(2, [30.0])), {})
    assert single.low is None
    assert not single.significant
    assert single.verdict == "not shown to be better: unknown over seeds"


@pytest.mark.parametrize(("score", "difference"), [(32.0, "-1.00"), (30.5, "+0.50")])
def test_the_search_s_own_figure_is_shown_against_the_mean_whichever_is_higher(
    score: float, difference: str
) -> None:
    """A figure that is lower than the mean is not called optimistic."""
    told = str(confirmation(candidate(1, [score, score])))
    assert (
        f"score in the search: 31.00, {difference} compared with the mean on the new seeds" in told
    )
    assert "optimistic" not in told


def test_what_came_to_nothing_is_no_opponent() -> None:
    assert not compare(confirmation(candidate(1, [29.0, None]), candidate(2, [30.0, 31.0])), {})


def test_bleu_by_sacrebleu() -> None:
    """By its own program's numbers, from a second computation of what they mean."""
    first, second = spoilt(30, 1), spoilt(26, 2)
    found = paired_bootstrap.paired_bootstrap_pvalue("BLEU", {"en": first}, {"en": second})

    def bleu(each: Sentences, places: Sequence[int]) -> float:
        texts = ([part[i] for i in places] for part in (each.hypotheses, each.references))
        hypotheses, references = texts
        return float(sacrebleu.corpus_bleu(hypotheses, [references], force=True).score)

    number, draws = len(first.references), 300
    rng = np.random.default_rng(3)
    observed = abs(bleu(first, range(number)) - bleu(second, range(number)))
    drawn = []
    for _ in range(draws):
        places = rng.integers(number, size=number).tolist()
        drawn.append(abs(bleu(first, places) - bleu(second, places)))
    beyond = sum(each - fmean(drawn) > observed for each in drawn)
    assert found == pytest.approx((beyond + 1) / (draws + 1), abs=0.08)
    assert paired_bootstrap.paired_bootstrap_pvalue(
        "BLEU", {"en": first}, {"en": first}
    ) == pytest.approx(1 / 1001)


TAGS = ("O", "O", "B-PER", "I-PER", "B-LOC")


def tagged(wrong: float, seed: int) -> Sentences:
    """The same expected tags each time; a share of those found is drawn anew."""
    texts, rnd = random.Random(0), random.Random(seed)
    expected = [[texts.choice(TAGS) for _ in range(9)] for _ in range(80)]
    found = [[rnd.choice(TAGS) if rnd.random() < wrong else t for t in tags] for tags in expected]
    return Sentences(*(tuple(" ".join(tags) for tags in part) for part in (expected, found)))


def test_f1_over_sentences() -> None:
    """The mean of the languages' F1, from their texts each time."""
    one = {"de": tagged(0.2, 1), "fr": tagged(0.3, 2)}
    for wrong in (0.22, 0.3, 0.6):
        other = {"de": tagged(wrong, 3), "fr": tagged(0.3, 4)}
        found = paired_bootstrap.paired_bootstrap_pvalue("F1", one, other)

        def f1(each: Sentences, places: Sequence[int]) -> float:
            parts = (
                [part[i].split() for i in places] for part in (each.references, each.hypotheses)
            )
            expected, found = parts
            return entity_scores(expected, found)["f1"]

        def apart(places: dict[str, Any], other: dict[str, Sentences] = other) -> float:
            means = [fmean(f1(each[at], places[at]) for at in each) for each in (one, other)]
            return abs(means[0] - means[1])

        rng = np.random.default_rng(9)
        observed = apart({"de": range(80), "fr": range(80)})
        drawn = [apart({at: rng.integers(80, size=80) for at in one}) for _ in range(60)]
        beyond = sum(each - fmean(drawn) > observed for each in drawn)
        assert found == pytest.approx((beyond + 1) / 61, abs=0.12)


def test_sentences_that_do_not_compare() -> None:
    one, other = {"en": spoilt(30, 1)}, {"de": tagged(0.1, 1)}
    assert paired_bootstrap.paired_bootstrap_pvalue("score", one, one) is None
    assert paired_bootstrap.paired_bootstrap_pvalue("BLEU", one, {}) is None
    with pytest.raises(ValueError, match="the same sentences"):
        paired_bootstrap.paired_bootstrap_pvalue("BLEU", one, other)


def test_bounds() -> None:
    """Those that a study could widen, and no others."""
    space = load(
        "league",
        [
            "space.nhead=[2, 4]",
            "space.num_layers=3",
            "space.dropout={low = 0.0, high = 0.3, step = 0}",
        ],
    ).space
    config = {**space.baseline_config, "d_model": 512, "nhead": 2, "d_ff": 2048, "dropout": 0.0}
    config |= {"learning_rate": space.by_name["learning_rate"].to_toml_value()["low"] * 1.05}
    config |= {"warmup_steps": 100, "weight_decay": 0.05, "label_smoothing_factor": 0.1}
    found = at_bounds(space, config)
    assert [flag.split(" = ")[0] for flag in found] == ["d_model", "d_ff", "learning_rate"]
    assert found[0] == "d_model = 512 is the largest allowed; a wider range may be better"
    largest = "that is the largest factor allowed; a wider range may be better"
    assert found[1] == f"d_ff = 4 * d_model: {largest}"
    assert " is next to the smallest allowed, " in found[2]
    inside = {**config, "d_model": 256, "d_ff": 768, "learning_rate": 1e-5, "dropout": 0.1}
    assert not at_bounds(space, inside)
    near = {**inside, "dropout": 0.299}
    assert at_bounds(space, near)[0].startswith("dropout = 0.299 is next to the largest allowed")


def drawn(distribution: BaseDistribution) -> st.SearchStrategy[Any]:
    """What a trial may have."""
    match distribution:
        case CategoricalDistribution(choices=choices):
            return st.sampled_from(choices)
        case IntDistribution(low=low, high=high, step=step):
            return st.integers(0, (high - low) // step).map(lambda n: low + step * n)
        case FloatDistribution(low=low, high=high, step=None):
            return st.floats(low, high) | st.sampled_from([low, high])
        case FloatDistribution(low=low, high=high, step=float(step)):
            numbers = st.integers(0, round((high - low) / step))
            return numbers.map(lambda n: low + step * n)
        case _:
            raise TypeError(distribution)


@pytest.mark.parametrize("name", ["league", "ner-zero-shot"])
@given(data=st.data())
def test_bounds_of_any_configuration(name: str, data: st.DataObject) -> None:
    """Flagged is what a trial has at an end of its range, but for ends that nobody may leave."""
    space = load(name).space
    ranges = distributions(space)
    params = {each: data.draw(drawn(found), each) for each, found in ranges.items()}
    config = space.from_trial_params(params)
    flagged = {flag.split(" = ")[0] for flag in at_bounds(space, config)}
    for parameter in space.searched:
        found, value = ranges[parameter.trial_name], params[parameter.trial_name]
        if isinstance(found, CategoricalDistribution) or parameter.name not in config:
            assert parameter.name not in flagged
            continue
        assert isinstance(found, IntDistribution | FloatDistribution)
        at_end = math.isclose(value, found.low) or math.isclose(value, found.high)
        if parameter.name in flagged:
            assert at_end or parameter.count is None
        elif at_end and parameter.count != 2:
            assert str(parameter.hard_limits) != str(Limits())


def test_noise() -> None:
    """The trials' spread against the pooled one of seeds."""
    rows = [
        RankedConfig(place, CONFIG, True, 650, score, ())
        for place, score in enumerate([30, 31, 32])
    ]
    calm = [candidate(1, [30.0, 30.4]), candidate(2, [31.0, 31.2])]
    wild = [candidate(1, [28.0, 32.0]), candidate(2, [31.0, 29.0])]
    assert not within_seed_noise(rows, calm)
    (flag,) = within_seed_noise(rows, wild)
    pooled = math.sqrt((stdev([28, 32]) ** 2 + stdev([31, 29]) ** 2) / 2)
    assert flag.startswith("the 3 configurations that were trained to step 650 differ by 1.00 ")
    assert f"on other seeds by {pooled:.2f}: " in flag
    assert not within_seed_noise(rows[:2], wild)
    assert not within_seed_noise(rows, [candidate(1, [28.0])])


def test_told(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    """As lines, as JSON without the sentences, and as nothing where quiet was asked for."""
    from xlt.search.cli.display import open_display

    command(LUCKY)
    found = command.result()
    for how in ({"as_json": False, "quiet": False}, {"as_json": True, "quiet": False}):
        with open_display(**how) as show:
            for event in command.seen:
                show(event)
    lines = capsys.readouterr().out.splitlines()
    assert f"confirmation: {len(found.candidates)} configurations on 2 new seeds, " in str(lines)
    assert f"confirmed: trial {found.winner}" in str(lines)
    told = [json.loads(line) for line in lines if line.startswith("{")]
    (confirmed,) = (each["record"] for each in told if each["event"] == "Confirmed")
    assert Confirmation.model_validate(confirmed) == found
    assert len(max((json.dumps(each) for each in told), key=len)) < 10_000
    with open_display(as_json=False, quiet=True) as show:
        for event in command.of(events.Confirmed) + command.of(events.ConfirmationRun):
            show(event)
    assert not capsys.readouterr().out
    assert all(config_key(each.configuration) for each in found.candidates)
