"""Studies from start to finish: a toy objective, everything else real."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
import toy_objective
from optuna.trial import TrialState
from toy_objective import worth

from xlt.search import auto, events, export, runner, surrogate, trials
from xlt.search.coordinates import Coordinates
from xlt.search.deadline import Plan
from xlt.search.engine import WorkerFailed
from xlt.search.interrupt import Interrupted
from xlt.search.jobs import Builder
from xlt.search.lock import locked
from xlt.search.pruners import DUPLICATE
from xlt.search.session import Options
from xlt.search.store import DIVERGED, FIRST_TRIAL, GOES_ON_FROM, Store, existing, key
from xlt.search.suggest import distributions
from xlt.spaces.errors import InputError, XltError
from xlt.studies.study import Study, load


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "toy.log"))
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


class Command:
    """`xlt-search --study league` on the toy, in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[events.Event] = []
        self.stop = threading.Event()
        self.stop_after: int | None = None  # trials begun
        self.job_limit: float | None = None
        self.cache_size = 10**9

    def __call__(
        self,
        *assignments: str,
        name: str = "league",
        workers: int = 1,
        build: Builder = toy_objective.build,
        final: bool = False,
    ) -> Store:
        runner.search(
            self.study(*assignments),
            name,
            self.options(workers, build),
            self._show,
            self.stop,
            with_final=final,
        )
        return self.store(name)

    def study(self, *assignments: str) -> Study:
        return load("league", ["data.source=toy", *assignments])

    def options(self, workers: int = 1, build: Builder = toy_objective.build) -> Options:
        return Options(
            runs=self.folder,
            device="cpu",
            workers=workers,
            build=build,
            job_limit=self.job_limit,
            cache_size=self.cache_size,
        )

    def store(self, name: str = "league") -> Store:
        return existing(None, self.folder, name)

    def done(self) -> list[str]:
        """What the toy was really made to do."""
        log = Path(os.environ["TOY_LOG"])
        return log.read_text().splitlines() if log.exists() else []

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    def _show(self, event: events.Event) -> None:
        self.seen.append(event)
        if self.stop_after is not None and len(self.of(events.Begun)) > self.stop_after:
            self.stop.set()


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "runs")


def story(store: Store) -> list[tuple[str, str, dict[int, float], float | None]]:
    """All that a study found, without times."""
    return [
        (
            key(trial.user_attrs["configuration"]),
            trial.state.name,
            trial.intermediate_values,
            trial.value,
        )
        for trial in store.study.trials
        if trial.state != TrialState.FAIL
    ]


def test_baseline_first_then_as_many_as_wanted(command: Command) -> None:
    """The study holds the wanted number of configurations, the baseline in front, none twice."""
    study = command.study()
    store = command("search.n_trials=12")
    trials = store.study.trials
    assert trials[0].user_attrs["configuration"] == study.space.baseline
    assert len(store.finished()) == 12
    for trial in trials:
        study.space.check(trial.user_attrs["configuration"])
        rungs = study.budget.rungs
        assert tuple(trial.intermediate_values) == rungs[: len(trial.intermediate_values)]
        assert (trial.state == TrialState.COMPLETE) == (trial.last_step == rungs[-1])
    assert {trial.state for trial in trials} == {TrialState.COMPLETE, TrialState.PRUNED}


def test_enqueued_come_after_the_baseline(command: Command) -> None:
    """In order, each once, also when the study goes on; what lies outside is told."""
    assignments = [
        "search.enqueue=[{ dropout = 0.2 }, { num_layers = 3 }, { dropout = 0.2 }]",
        "space.num_layers=2",
    ]
    command(*assignments, "search.n_trials=1")
    store = command(*assignments, "search.n_trials=4")
    space = command.study(*assignments).space
    begun = [trial for trial in store.study.trials if GOES_ON_FROM not in trial.user_attrs]
    configs = [trial.user_attrs["configuration"] for trial in begun]
    assert configs[0] == space.start
    assert configs[1] == {**space.start, "dropout": 0.2}
    assert configs[1] not in configs[2:]
    assert len(configs) == 4
    texts = [event.text for event in command.of(events.Notice)]
    assert "search.enqueue, table 2: outside the study's ranges; left out" in texts


def test_n_trials_is_the_total(command: Command) -> None:
    """The same command again does nothing; a larger number does the difference."""
    command("search.n_trials=4")
    before = command.done()
    assert len(command("search.n_trials=4").finished()) == 4
    assert command.done() == before
    assert len(command("search.n_trials=6").finished()) == 6


def test_trials_record_what_is_promised(command: Command) -> None:
    """Configuration, seed, seconds, speed, metrics, examples, fingerprints, and why it ended."""
    trial = command("search.n_trials=1", "budget.rungs=[300, 600, 1100]").study.trials[0]
    record = {**trial.user_attrs, **trial.system_attrs}
    assert record["seconds stage_a"] == 1.0
    assert record["tokens a second"] == 1000.0
    assert record["league_bleu"] == trial.value
    assert len(record["examples"]) == 3
    assert record["signature"] == "toy"
    made_with = record["made with"]
    assert made_with["seed"] == 42
    assert made_with["data source"] == "toy"
    assert len(made_with["data fingerprint"]) == 64
    assert made_with["code fingerprint"] == "toy"
    assert record["ended"] == "complete"
    assert [each["step"] for each in record["evaluations"]] == [300, 600, 1100]


def test_two_studies_of_one_seed_are_the_same(tmp_path: Path) -> None:
    """One worker, one seed: the same configurations, values and endings, bit for bit."""
    one, two = (story(Command(tmp_path / name)("search.n_trials=14")) for name in "ab")
    assert one == two


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("auto", "halving"), ("tpe", "halving"), ("qmc", "halving-stop")]
)
def test_interruptions_change_nothing(tmp_path: Path, sampler: str, pruner: str) -> None:
    """A study stopped again and again ends as one that never was, and trains no finished edge twice."""
    enqueued = "search.enqueue=[{ dropout = 0.2 }, { num_layers = 3 }]"
    chosen = [f"search.sampler={sampler}", f"search.pruner={pruner}"]
    assignments = ["search.n_trials=13", *chosen, enqueued]
    unbroken = story(Command(tmp_path / "a")(*assignments))
    Path(os.environ["TOY_LOG"]).unlink()
    broken = Command(tmp_path / "b")
    interruptions = (0, 2, 9)
    for begun in interruptions:
        broken.stop_after, broken.seen = begun, []
        with pytest.raises(Interrupted):
            broken(*assignments)
        broken.stop.clear()
    broken.stop_after = None
    store = broken(*assignments)
    assert story(store) == unbroken
    failed = [t for t in store.study.trials if t.state == TrialState.FAIL]
    assert {trial.user_attrs["ended"] for trial in failed} == {"interrupted"}
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))
    assert len(broken.done()) - len(set(broken.done())) <= len(interruptions)


def test_paused_ones_go_on_as_trials_of_their_own(command: Command) -> None:
    """Linked to each other; scores repeated; nothing trained twice; a quarter at each rung."""
    store = command("search.n_trials=14", "budget.rungs=[150, 600, 1100]")
    trials, finished = store.study.trials, store.finished()
    assert len(finished) == 14
    for trial in trials:
        record = {**trial.user_attrs, **trial.system_attrs}
        scores = trial.intermediate_values
        assert [each["step"] for each in record["evaluations"]] == list(scores)
        if GOES_ON_FROM not in record:
            continue
        before = trials[record[GOES_ON_FROM]]
        assert before.number < trial.number
        assert (before.state, before.params) == (TrialState.PRUNED, trial.params)
        assert before.intermediate_values.items() < scores.items()
        first = trials[record[FIRST_TRIAL]]
        assert GOES_ON_FROM not in first.user_attrs
        assert first.params == trial.params
    assert any(GOES_ON_FROM in trial.user_attrs for trial in trials)
    for rung, count in ((600, 14 // 4), (1100, 1)):
        reached = [trial for trial in finished.values() if rung in trial.intermediate_values]
        assert len(reached) >= count
    assert len(command.done()) == len(set(command.done()))
    best = store.best()
    assert best
    assert best.complete
    assert best.score == max(trial.value or 0.0 for trial in trials)


def test_what_diverges_later_on_loses_its_standing(command: Command) -> None:
    """A score that was fine at the first rung is not what a configuration is worth that blows up."""
    store = command(
        "search.n_trials=3", "budget.rungs=[150, 1100]", build=toy_objective.build_exploding
    )
    exploded = [trial for trial in store.study.trials if DIVERGED in trial.user_attrs]
    assert exploded
    for trial in exploded:
        assert GOES_ON_FROM in trial.user_attrs
        assert trial.number not in [row.trial for row in store.standings()]
        assert trial.user_attrs["configuration"] not in [
            row.configuration for row in store.standings()
        ]


def test_more_trials_than_before_let_more_go_on(tmp_path: Path) -> None:
    """A study taken from 6 to 14 configurations has the same ones, and as many of them go on."""
    set_up = ["budget.rungs=[150, 600, 1100]", "search.sampler=qmc"]
    one, two = Command(tmp_path / "a"), Command(tmp_path / "b")
    one("search.n_trials=6", *set_up)
    grown, whole = one("search.n_trials=14", *set_up), two("search.n_trials=14", *set_up)
    assert grown.finished().keys() == whole.finished().keys()
    for rung in (600, 1100):
        counts = [
            sum(rung in trial.intermediate_values for trial in store.finished().values())
            for store in (grown, whole)
        ]
        assert counts[0] >= counts[1] > 0


def test_two_workers_count_as_one_does(command: Command) -> None:
    """More workers give as many configurations, each once."""
    store = command("search.n_trials=9", workers=2, build=toy_objective.build_slow)
    begun = [t for t in store.study.trials if GOES_ON_FROM not in t.user_attrs]
    keys = [key(trial.user_attrs["configuration"]) for trial in begun]
    assert len(store.finished()) == len(set(keys)) == len(keys) == 9


def test_orphans_are_begun_again(command: Command) -> None:
    """A trial that a dead process left RUNNING fails, its configuration is tried, others too."""
    store = command("search.n_trials=3")
    orphan = store.study.ask(distributions(command.study().space))
    config = command.study().space.from_parameters(orphan.params)
    orphan.set_user_attr("configuration", config)
    orphan.report(1.0, 100)
    store = command("search.n_trials=5")
    trials = store.study.trials
    assert trials[orphan.number].state == TrialState.FAIL
    assert trials[orphan.number].user_attrs["ended"] == "its process died"
    assert key(config) in store.finished()
    assert len(store.finished()) == 5
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))


def test_small_space_ends_when_exhausted(command: Command) -> None:
    """Repetitions do not count; all six configurations are tried, then the study says it is done."""
    searched = ("d_model", "d_ff", "dropout")
    baseline = command.study().space.baseline.items()
    store = command(
        *(f"space.{name}={value}" for name, value in baseline if name not in searched),
        "space.d_model=[128, 256]",
        "space.d_ff={times = 'd_model', low = 4, high = 4}",
        "space.dropout={low = 0.1, high = 0.3, step = 0.1}",
        "search.n_trials=40",
    )
    assert len(store.finished()) == 6
    assert any("the space holds 6" in notice.text for notice in command.of(events.Notice))
    repeated = [t for t in store.study.trials if DUPLICATE in t.user_attrs]
    for trial in repeated:
        first = store.study.trials[trial.user_attrs[DUPLICATE]]
        assert trial.intermediate_values == first.intermediate_values
        assert trial.state == first.state
    assert len(command.done()) == len(set(command.done()))
    assert len(store.standings()) == 6


def test_changed_definition_is_refused(command: Command) -> None:
    """The same name with another space is refused with the difference, and goes under another."""
    command("search.n_trials=1")
    with pytest.raises(InputError, match=r"(?s)space.num_layers.*--study-name"):
        command("search.n_trials=1", "space.num_layers=2")
    assert len(command("search.n_trials=1", "space.num_layers=2", name="narrow").finished()) == 1


def test_changed_data_are_refused(command: Command) -> None:
    """Scores on other data do not belong in the same study."""
    command("search.n_trials=1")
    with pytest.raises(InputError, match=r"data: no data, called toy .* -> no data, called other"):
        command("search.n_trials=1", "data.source=other")


def test_diverged_is_pruned_and_says_why(command: Command) -> None:
    """A trial without any value is PRUNED with its reason, counts, and never leads."""
    store = command("search.n_trials=8", build=toy_objective.build_diverging)
    diverged = [t for t in store.study.trials if t.user_attrs["ended"].startswith("diverged")]
    assert diverged
    assert {trial.state for trial in diverged} == {TrialState.PRUNED}
    assert "the loss is not finite" in diverged[0].user_attrs["ended"]
    assert len(store.finished()) == 8
    assert all(each.configuration["d_model"] == 128 for each in store.standings())


def test_a_worker_that_dies_costs_its_time_alone(tmp_path: Path) -> None:
    """Its job is done again; the study is what it would have been."""
    unbroken = story(Command(tmp_path / "a")("search.n_trials=5"))
    broken = Command(tmp_path / "b")
    assert story(broken("search.n_trials=5", build=toy_objective.build_mortal)) == unbroken
    texts = [event.text for event in broken.of(events.Notice)]
    assert (
        "a worker process died while preparing the data: killed by SIGKILL; once more" in texts[0]
    )
    assert any("died while training trial" in text for text in texts)


def test_a_job_that_kills_is_given_up(command: Command) -> None:
    """After three workers; recorded with the reason, counted, never the winner."""
    store = command("search.n_trials=2", "search.pruner=none", build=toy_objective.build_dying)
    for trial in store.study.trials:
        assert trial.state == TrialState.FAIL
        assert "killed by SIGKILL; tried 3 times" in trial.user_attrs["failed"]
    assert len(store.finished()) == 2
    assert not store.standings()
    assert len(command.of(events.Notice)) == 4
    # Nobody asks for them again.
    command("search.n_trials=2", "search.pruner=none", build=toy_objective.build_dying)
    assert len(command.store().study.trials) == 2


def test_want_of_memory_is_no_bad_score(command: Command) -> None:
    """It is recorded as what it is, and the worker goes on."""
    store = command("search.n_trials=6", build=toy_objective.build_hungry)
    wide = [t for t in store.study.trials if t.user_attrs["configuration"]["d_model"] > 256]
    assert wide
    for trial in store.study.trials:
        assert ("failed" in trial.user_attrs) == (trial in wide)
    assert all("out of memory" in trial.user_attrs["failed"] for trial in wide)
    assert int(store.standings()[0].configuration["d_model"]) <= 256


def test_no_more_workers_than_fit(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlt.search.workers.available", lambda: 10**6)
    store = command("search.n_trials=3", workers=2)
    assert len(store.finished()) == 3
    (text,) = (event.text for event in command.of(events.Notice))
    assert text.startswith("no more than 1 worker: ")


def test_a_worker_that_hangs_is_ended(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlt.search.workers.SILENCE", 0.5)
    monkeypatch.setattr("xlt.search.engine.RETRIES", 0)
    store = command("search.n_trials=1", build=toy_objective.build_hanging)
    assert "no sign of life" in store.study.trials[0].user_attrs["failed"]


def test_a_job_past_its_time_is_ended(command: Command) -> None:
    """It has failed, with the reason, and is not tried again."""
    command.job_limit = 0.5
    store = command("search.n_trials=2", build=toy_objective.build_hanging, workers=2)
    for trial in store.study.trials:
        assert trial.user_attrs["failed"] == "past its time: ended after 0.5 s"
    assert len(store.finished()) == 2


def test_bug_in_a_worker_keeps_its_traceback(command: Command) -> None:
    """Our own mistakes are no user's: the worker's traceback is in the parent's."""
    with pytest.raises(WorkerFailed, match=r"(?s)build_buggy.*a bug in the objective"):
        command(build=toy_objective.build_buggy)


def test_one_writer(command: Command, tmp_path: Path) -> None:
    """A second command is refused while the first one works, which it names."""
    folder = command.folder / "league"
    folder.mkdir(parents=True)
    named = rf"another xlt-search works in .*league: process {os.getpid()} on .*, since 20"
    with locked(folder), pytest.raises(XltError, match=named):
        command("search.n_trials=1")
    # What a dead one has left is nobody's.
    (folder / ".owner.json").write_text("{")
    command("search.n_trials=1")
    assert not (folder / ".owner.json").exists()


def test_value_enqueued_from_outside_is_checked(command: Command) -> None:
    """Optuna merely warns of an enqueued value outside its range; here it fails, and is told."""
    store = command("search.n_trials=1")
    bad = command.study().space.to_parameters(command.study().space.baseline) | {"d_model": 130}
    store.study.enqueue_trial(bad)
    with pytest.warns(UserWarning, match="d_model"):
        store = command("search.n_trials=2")
    assert store.study.trials[1].state == TrialState.FAIL
    assert "130" in store.study.trials[1].user_attrs["ended"]
    assert len(store.finished()) == 2


def test_search_comes_near_the_known_optimum(command: Command) -> None:
    """40 configurations, most of them stopped early, find most of what there is: 40."""
    store = command("search.n_trials=40", "budget.rungs=[100, 300, 600, 800, 1100]")
    best = store.standings()[0]
    assert best.score == worth(best.configuration)
    assert best.score > 36 > worth(command.study().space.baseline)


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("gp", "hyperband"), ("cmaes", "median"), ("random", "wilcoxon")]
)
def test_samplers_and_pruners_go_together(command: Command, sampler: str, pruner: str) -> None:
    """By whatever names, a study ends with as many configurations as wanted."""
    store = command("search.n_trials=12", f"search.sampler={sampler}", f"search.pruner={pruner}")
    assert len(store.finished()) == 12


def test_changed_code_is_noticed(command: Command) -> None:
    """Scores of another version of the training code get a notice, once a command."""
    store = command("search.n_trials=1")
    store.study.set_user_attr("made", store.attributes["made"] | {"code": "older"})
    command("search.n_trials=1")
    assert [notice.text for notice in command.of(events.Notice)] == [
        "the training code has changed since this study was begun"
    ]


def test_final_opens_the_test_set_once(command: Command) -> None:
    """The final's score is the winner's; asked again, it is answered from the record."""
    store = command("search.n_trials=5", final=True)
    best = export.leader(store)
    expected = worth(best.configuration) - 1
    assert [event.score for event in command.of(events.Tested)] == [expected]
    assert command.done().count("test") == 1
    model = json.loads((command.folder / "league" / "final" / "model.json").read_text())
    assert model == {**best.configuration, "step": 1100, "seed": 42}
    runner.finish("league", command.options(), command._show, command.stop)
    assert [event.score for event in command.of(events.Tested)] == [expected] * 2
    assert command.done().count("test") == 1
    opened = command.store().attributes["test_opened"]
    assert [opening["trial"] for opening in opened] == [best.trial]


def test_the_final_goes_on_from_a_state_that_outlives_others(command: Command) -> None:
    """What leads from early on is not trained again for want of room."""
    command.cache_size = 9 * 10**6  # four states
    store = command(
        "search.n_trials=8",
        "search.sampler=random",
        "search.pruner=none",
        "search.enqueue=[{ d_model = 256, dropout = 0.1, learning_rate = 1e-6 }]",
        "budget.rungs=[1100]",
        "confirm.seeds=0",
        build=toy_objective.build_large,
        final=True,
    )
    best = export.leader(store)
    assert best.trial == 1
    name = json.dumps(dict(best.configuration), sort_keys=True)
    trained = [line for line in command.done() if line.startswith(f"train {name} ")]
    assert [line.split()[-3] for line in trained] == ["600", "1100"]


def test_final_of_nothing_is_refused(command: Command) -> None:
    """Without a scored configuration there is no final; without a study, neither."""
    with pytest.raises(InputError, match="no study 'league'"):
        runner.finish("league", command.options(), command._show, command.stop)


def test_a_report_does_not_cost_the_deadline(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no time is left for it, it is left out, and it is said how to have it."""
    asked = ("search.n_trials=3", "confirm.seeds=0", "budget.time=50m")
    with monkeypatch.context() as patched:
        patched.setattr(runner, "REPORTED", 3600.0)
        command(*asked, final=True)
    assert any("xlt-search report league" in notice.text for notice in command.of(events.Notice))
    assert not (command.folder / "league" / "report.html").exists()
    assert (command.folder / "league" / "best.toml").exists()
    command(*asked, final=True)
    assert (command.folder / "league" / "report.html").exists()


def test_a_budget_is_not_called_too_short_by_a_guess(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few steps are measured first; the toy takes a tenth of what is guessed for real models."""
    asked = ("search.n_trials=2", "confirm.seeds=0", "budget.rungs=[1100]", "budget.time=70s")
    monkeypatch.setattr(trials, "MEASURED_STEPS", 100)  # in the second that the toy reports
    with monkeypatch.context() as patched:
        patched.setattr(trials.Trials, "_measure", lambda *_: None)
        command(*asked, "search.seed=7", name="guessed")
    texts = [notice.text for notice in command.of(events.Notice)]
    refusals = [text for text in texts if "does not suffice for one full run" in text]
    assert len(refusals) == 1
    assert "would, by a guess" in refusals[0]
    command.seen.clear()
    command(*asked)
    texts = [notice.text for notice in command.of(events.Notice)]
    assert not [text for text in texts if "does not suffice" in text]
    assert command.of(events.Scored)


def test_a_budget_that_is_too_short_as_measured_is_told_so(command: Command) -> None:
    """The toy's five steps take a second and a half: 1,100 of them, minutes."""
    command("search.n_trials=1", "confirm.seeds=0", "budget.time=70s")
    texts = [notice.text for notice in command.of(events.Notice)]
    assert sum("does not suffice" in text and "as 5 steps here tell" in text for text in texts) == 1


def test_a_measurement_that_diverges_ends_nothing(command: Command) -> None:
    """The guess stays, and is marked as one."""
    command(
        "search.n_trials=1",
        "confirm.seeds=0",
        "budget.time=70s",
        "space.d_model=[192, 256]",
        "baseline.d_model=192",
        build=toy_objective.build_diverging,
    )
    texts = [notice.text for notice in command.of(events.Notice)]
    assert sum("would, by a guess" in text for text in texts) == 1


@pytest.mark.parametrize("pressed", [True, False])
def test_under_pressure_climbs_wait_for_what_is_new(
    command: Command, monkeypatch: pytest.MonkeyPatch, pressed: bool
) -> None:
    """And are made up for once all have been begun."""
    monkeypatch.setattr(Plan, "pressed", lambda *given: pressed and given[3] > 0)
    command("search.n_trials=12", "search.sampler=qmc", "budget.time=50m")
    kinds = [
        type(each) for each in command.seen if isinstance(each, events.Begun | events.Promoted)
    ]
    assert kinds.count(events.Begun) == 12
    assert events.Promoted in kinds
    assert (events.Promoted not in kinds[:12]) is pressed


def test_who_climbs_and_what_is_tried_know_the_trunks(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ask the surrogate with the structure's coordinates, until Stage A's end."""
    asked: dict[str, list[tuple[int, list[int]]]] = {"auto": [], "halving": []}
    shared: list[set[str]] = []
    found, real = Coordinates.columns, surrogate.learned

    def columns(box: Coordinates, names: Any) -> Any:
        those = found(box, names)
        shared.append({list(box.space)[place] for place in box.groups[those]})
        return those

    def learned(who: str) -> Any:
        def ask(*arguments: Any, trunk: surrogate.Trunk, **more: Any) -> Any:
            asked[who].append((trunk.step, trunk.columns.tolist()))
            return real(*arguments, trunk=trunk, **more)

        return ask

    monkeypatch.setattr(Coordinates, "columns", columns)
    monkeypatch.setattr(auto, "learned", learned("auto"))
    monkeypatch.setattr(surrogate, "learned", learned("halving"))
    command("search.n_trials=8")
    structure = {"d_model", "nhead_index", "num_layers", "d_ff_factor", "dropout"}
    assert shared
    assert all(names == structure for names in shared)
    for calls in asked.values():
        assert calls
        assert {step for step, _ in calls} == {toy_objective.END_OF_A}
        assert {len(each) for _, each in calls} == {len(structure)}


def test_what_somebody_asked_for_is_tried(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However dear it is, as long as there is time; what the search draws must be modest."""
    monkeypatch.setattr(Plan, "modest", lambda plan, config: config["d_model"] < 256)
    store = command(
        "search.n_trials=6", "budget.time=2h", "search.enqueue=[{ d_model = 512, d_ff = 1024 }]"
    )
    widths = [each["d_model"] for each in _configurations(store)]
    assert widths[1] == 512
    assert len(widths) == 6
    assert max(widths[:1] + widths[2:]) < 256


def test_what_there_was_no_time_for_is_tried_when_there_is(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that were wanted: once each, however often there was no time before."""
    enqueued = "search.enqueue=[{ dropout = 0.1 }, { d_model = 512, d_ff = 1024 }]"
    may = Plan.may
    for count in (3, 4):
        with monkeypatch.context() as patched:
            patched.setattr(
                Plan,
                "may",
                lambda plan, config, *a: config["d_model"] < 512 and may(plan, config, *a),
            )
            command(f"search.n_trials={count}", enqueued, "budget.time=50m")
    store = command("search.n_trials=6", enqueued, "budget.time=5h")
    tried = [t.user_attrs.get("configuration", {}) for t in store.study.trials]
    widths = [each["d_model"] for each in tried if each.get("d_ff") == 1024]
    assert widths.count(512) == 1
    assert len(store.finished()) == 6


def _configurations(store: Store) -> list[dict[str, Any]]:
    found = {key(t.user_attrs["configuration"]): t for t in reversed(store.study.trials)}
    return [t.user_attrs["configuration"] for t in sorted(found.values(), key=lambda t: t.number)]


@pytest.mark.parametrize("how", ["halving", "hyperband", "median"])
def test_what_is_scored_on_the_way_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """A step that is no rung, by the trial that passes it and those that go on from there."""
    monkeypatch.setenv("TOY_ON_THE_WAY", "500")
    rungs = [40, 100, 650, 850]
    store = Command(tmp_path)(
        "search.n_trials=8", f"budget.rungs={rungs}", f'search.pruner="{how}"'
    )
    told = [trial.intermediate_values for trial in store.study.trials]
    passed = [values for values in told if 650 in values]
    assert passed
    for values in passed:
        assert list(values) == [step for step in (40, 100, 500, 650, 850) if step <= max(values)]
        assert values[500] == 0.25
    assert all(500 not in values for values in told if 650 not in values)
