"""Studies from start to finish: a toy objective, everything else real."""

import json
import math
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import optuna
import pytest
import toy_objective
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState
from toy_objective import quality

from xlt.search import events
from xlt.search.budget.time_plan import TimePlan
from xlt.search.cli.display import format_event
from xlt.search.execution.executor import WorkerError
from xlt.search.execution.jobs import ObjectiveFactory
from xlt.search.execution.local import LocalExecutor
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import budget_check, runner
from xlt.search.pipeline.session import Options, open_session
from xlt.search.pipeline.trial_loop import TrialLoop
from xlt.search.report.facts import read
from xlt.search.report.page import study_sections
from xlt.search.report.sections.outcome import outcome
from xlt.search.results import export
from xlt.search.storage import write_through
from xlt.search.storage.keys import BUDGET_ELAPSED, DIVERGED, DUPLICATE_OF, RESUMED_FROM, ROOT_TRIAL
from xlt.search.storage.lock import folder_lock
from xlt.search.storage.store import Store, config_key
from xlt.search.storage.studies import load_study
from xlt.search.suggest import gp_sampler, surrogate
from xlt.search.suggest.distributions import distributions
from xlt.search.suggest.encoding import SpaceEncoder
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
        self.typed = "first"
        self.cache_size = 10**9

    def __call__(
        self,
        *assignments: str,
        name: str = "league",
        workers: int = 1,
        build: ObjectiveFactory = toy_objective.build,
        final: bool = False,
    ) -> Store:
        runner.run_study(
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

    def options(self, workers: int = 1, build: ObjectiveFactory = toy_objective.build) -> Options:
        return Options(
            runs=self.folder,
            device="cpu",
            workers=workers,
            objective_factory=build,
            job_timeout_seconds=self.job_limit,
            cache_size=self.cache_size,
            command=self.typed,
        )

    def store(self, name: str = "league") -> Store:
        return load_study(None, self.folder, name)

    def done(self) -> list[str]:
        """What the toy was really made to do."""
        log = Path(os.environ["TOY_LOG"])
        return log.read_text().splitlines() if log.exists() else []

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    def _show(self, event: events.Event) -> None:
        self.seen.append(event)
        if self.stop_after is not None and len(self.of(events.TrialStarted)) > self.stop_after:
            self.stop.set()


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "runs")


def story(store: Store) -> list[tuple[str, str, dict[int, float], float | None]]:
    """All that a study found, without times."""
    return [
        (
            config_key(trial.user_attrs["configuration"]),
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
    assert len(store.current_by_config()) == 12
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
    begun = [trial for trial in store.study.trials if RESUMED_FROM not in trial.user_attrs]
    configs = [trial.user_attrs["configuration"] for trial in begun]
    assert configs[0] == space.baseline_config
    assert configs[1] == {**space.baseline_config, "dropout": 0.2}
    assert configs[1] not in configs[2:]
    assert len(configs) == 4
    texts = [event.text for event in command.of(events.Notice)]
    assert "search.enqueue, table 2: outside the study's ranges; skipped" in texts


def test_n_trials_is_the_total(command: Command) -> None:
    """The same command again does nothing; a larger number does the difference."""
    command("search.n_trials=4")
    before = command.done()
    assert len(command("search.n_trials=4").current_by_config()) == 4
    assert command.done() == before
    assert len(command("search.n_trials=6").current_by_config()) == 6


def test_trials_record_what_is_promised(command: Command) -> None:
    """Configuration, seed, seconds, speed, metrics, examples, fingerprints, and why it ended."""
    trial = command("search.n_trials=1", "budget.rungs=[300, 600, 1100]").study.trials[0]
    record = {**trial.user_attrs, **trial.system_attrs}
    assert record["seconds/stage_a"] == 1.0
    assert record["tokens_per_second"] == 1000.0
    assert record["league_bleu"] == trial.value
    assert len(record["examples"]) == 3
    assert record["signature"] == "toy"
    made_with = record["provenance"]
    assert made_with["seed"] == 42
    assert made_with["data source"] == "toy"
    assert len(made_with["data fingerprint"]) == 64
    assert made_with["code fingerprint"] == "toy"
    assert record["end_reason"] == "complete"
    assert [each["step"] for each in record["evaluations"]] == [300, 600, 1100]


def test_two_studies_of_one_seed_are_the_same(tmp_path: Path) -> None:
    """One worker, one seed: the same configurations, values and endings, bit for bit."""
    one, two = (story(Command(tmp_path / name)("search.n_trials=14")) for name in "ab")
    assert one == two


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("auto", "asha"), ("tpe", "asha"), ("qmc", "asha-stop")]
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
    assert {trial.user_attrs["end_reason"] for trial in failed} == {"interrupted"}
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))
    assert len(broken.done()) - len(set(broken.done())) <= len(interruptions)


def test_paused_ones_go_on_as_trials_of_their_own(command: Command) -> None:
    """Linked to each other; scores repeated; nothing trained twice; a quarter at each rung."""
    store = command("search.n_trials=14", "budget.rungs=[150, 600, 1100]")
    trials, finished = store.study.trials, store.current_by_config()
    assert len(finished) == 14
    for trial in trials:
        record = {**trial.user_attrs, **trial.system_attrs}
        scores = trial.intermediate_values
        assert [each["step"] for each in record["evaluations"]] == list(scores)
        if RESUMED_FROM not in record:
            continue
        before = trials[record[RESUMED_FROM]]
        assert before.number < trial.number
        assert (before.state, before.params) == (TrialState.PRUNED, trial.params)
        assert before.intermediate_values.items() < scores.items()
        first = trials[record[ROOT_TRIAL]]
        assert RESUMED_FROM not in first.user_attrs
        assert first.params == trial.params
    assert any(RESUMED_FROM in trial.user_attrs for trial in trials)
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
        assert RESUMED_FROM in trial.user_attrs
        assert trial.number not in [row.trial for row in store.ranking()]
        assert trial.user_attrs["configuration"] not in [
            row.configuration for row in store.ranking()
        ]


def test_more_trials_than_before_let_more_go_on(tmp_path: Path) -> None:
    """A study taken from 6 to 14 configurations has the same ones, and as many of them go on."""
    set_up = ["budget.rungs=[150, 600, 1100]", "search.sampler=qmc"]
    one, two = Command(tmp_path / "a"), Command(tmp_path / "b")
    one("search.n_trials=6", *set_up)
    grown, whole = one("search.n_trials=14", *set_up), two("search.n_trials=14", *set_up)
    assert grown.current_by_config().keys() == whole.current_by_config().keys()
    for rung in (600, 1100):
        counts = [
            sum(rung in trial.intermediate_values for trial in store.current_by_config().values())
            for store in (grown, whole)
        ]
        assert counts[0] >= counts[1] > 0


def test_two_workers_count_as_one_does(command: Command) -> None:
    """More workers give as many configurations, each once."""
    store = command("search.n_trials=9", workers=2, build=toy_objective.build_slow)
    begun = [t for t in store.study.trials if RESUMED_FROM not in t.user_attrs]
    keys = [config_key(trial.user_attrs["configuration"]) for trial in begun]
    assert len(store.current_by_config()) == len(set(keys)) == len(keys) == 9


def test_orphans_are_begun_again(command: Command) -> None:
    """A trial that a dead process left RUNNING fails, its configuration is tried, others too."""
    store = command("search.n_trials=3")
    orphan = store.study.ask(distributions(command.study().space))
    config = command.study().space.from_trial_params(orphan.params)
    orphan.set_user_attr("configuration", config)
    orphan.report(1.0, 100)
    store = command("search.n_trials=5")
    trials = store.study.trials
    assert trials[orphan.number].state == TrialState.FAIL
    assert trials[orphan.number].user_attrs["end_reason"] == "its process died"
    assert config_key(config) in store.current_by_config()
    assert len(store.current_by_config()) == 5
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
    assert len(store.current_by_config()) == 6
    assert any("the space has only 6" in notice.text for notice in command.of(events.Notice))
    repeated = [t for t in store.study.trials if DUPLICATE_OF in t.user_attrs]
    for trial in repeated:
        first = store.study.trials[trial.user_attrs[DUPLICATE_OF]]
        assert trial.intermediate_values == first.intermediate_values
        assert trial.state == first.state
    assert len(command.done()) == len(set(command.done()))
    assert len(store.ranking()) == 6


def test_a_repetition_of_a_resumed_trial_changes_neither_the_winner_nor_the_count(
    command: Command,
) -> None:
    """It continues nothing: live and read again, the study is as it was without it."""
    study = command.study("search.n_trials=4")
    with open_session(study, "league", command.options(), lambda _: None, command.stop) as session:
        loop, store = TrialLoop(session), session.store
        loop.run(4)
        resumed = next(
            t for t in store.current_by_config().values() if RESUMED_FROM in t.user_attrs
        )
        before = store.best(), {name: t.number for name, t in store.current_by_config().items()}
        asked = store.ask_count()

        number = store.create_trial(resumed.params, resumed.distributions, {})
        loop.proposer._tell_duplicate(number, resumed)

        for seen in (store, command.store()):
            assert (
                seen.best(),
                {n: t.number for n, t in seen.current_by_config().items()},
            ) == before
            assert seen.ask_count() == asked + 1
        assert ROOT_TRIAL not in command.store().study.trials[number].user_attrs


def test_changed_definition_is_refused(command: Command) -> None:
    """The same name with another space is refused with the difference, and goes under another."""
    command("search.n_trials=1")
    with pytest.raises(InputError, match=r"(?s)space.num_layers.*--study-name"):
        command("search.n_trials=1", "space.num_layers=2")
    assert (
        len(command("search.n_trials=1", "space.num_layers=2", name="narrow").current_by_config())
        == 1
    )


@pytest.mark.parametrize(
    ("directions", "words"),
    [
        (["minimize"], "it minimizes, and has 1 trials"),
        (["maximize"], "it maximizes, and has 1 trials"),
        (["maximize", "minimize"], "it maximizes and minimizes, and has 1 trials"),
    ],
)
def test_a_study_of_that_name_that_another_program_made_is_refused_and_left_alone(
    command: Command, directions: list[Literal["minimize", "maximize"]], words: str
) -> None:
    """It is neither searched, finished nor reported, and the message says what to type."""
    command("search.n_trials=1", name="other")
    url = f"sqlite:///{command.folder / 'xlt.db'}"
    theirs = optuna.create_study(study_name="league", storage=url, directions=directions)
    theirs.enqueue_trial({"x": 1.0})
    before = (theirs.user_attrs, len(theirs.trials))
    said = f"'league' in this database was not made by xlt-search: {words} of another program"
    with pytest.raises(InputError, match=f"{said}; choose another name with --study-name, such as"):
        command("search.n_trials=1")
    with pytest.raises(InputError, match=f"{said}; of xlt-search's there are: other"):
        command.store()
    with pytest.raises(InputError, match=said):
        runner.finish_study("league", command.options(), command._show, command.stop)
    assert (theirs.user_attrs, len(theirs.trials)) == before
    command("search.n_trials=1", name="xlt-league")


def test_a_study_with_our_attributes_that_minimises_is_refused(command: Command) -> None:
    """Its best would be the worst."""
    ours = command("search.n_trials=1").study
    theirs = optuna.create_study(
        study_name="copy", storage=f"sqlite:///{command.folder / 'xlt.db'}", direction="minimize"
    )
    for name, value in ours.user_attrs.items():
        theirs.set_user_attr(name, value)
    with pytest.raises(InputError, match="not made by xlt-search: it minimizes"):
        command("search.n_trials=2", name="copy")


def test_a_command_killed_while_it_creates_its_study_can_be_repeated(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it leaves behind is not taken for another program's study."""

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(optuna.storages.RDBStorage, "set_study_user_attr", killed)
        with pytest.raises(Killed):
            command("search.n_trials=1")
    assert len(command("search.n_trials=1").current_by_config()) == 1
    assert optuna.get_all_study_names(f"sqlite:///{command.folder / 'xlt.db'}") == ["league"]


def test_changed_data_are_refused(command: Command) -> None:
    """Scores on other data do not belong in the same study."""
    command("search.n_trials=1")
    with pytest.raises(InputError, match=r"data: no data, called toy .* -> no data, called other"):
        command("search.n_trials=1", "data.source=other")


def test_diverged_is_pruned_and_says_why(command: Command) -> None:
    """A trial without any value is PRUNED with its reason, counts, and never leads."""
    store = command("search.n_trials=8", build=toy_objective.build_diverging)
    diverged = [t for t in store.study.trials if t.user_attrs["end_reason"].startswith("diverged")]
    assert diverged
    assert {trial.state for trial in diverged} == {TrialState.PRUNED}
    assert "the loss is not finite" in diverged[0].user_attrs["end_reason"]
    assert len(store.current_by_config()) == 8
    assert all(each.configuration["d_model"] == 128 for each in store.ranking())


def test_a_worker_that_dies_costs_its_time_alone(tmp_path: Path) -> None:
    """Its job is done again; the study is what it would have been."""
    unbroken = story(Command(tmp_path / "a")("search.n_trials=5"))
    broken = Command(tmp_path / "b")
    assert story(broken("search.n_trials=5", build=toy_objective.build_mortal)) == unbroken
    texts = [event.text for event in broken.of(events.Notice)]
    assert (
        "a worker process died while preparing the data: killed by SIGKILL; retry 1 of 2"
        in texts[0]
    )
    assert any("died while training trial" in text for text in texts)


def test_a_job_that_kills_is_given_up(command: Command) -> None:
    """After three workers; recorded with the reason, counted, never the winner."""
    store = command("search.n_trials=2", "search.pruner=none", build=toy_objective.build_dying)
    for trial in store.study.trials:
        assert trial.state == TrialState.FAIL
        assert "killed by SIGKILL; tried 3 times" in trial.user_attrs["failed"]
    assert len(store.current_by_config()) == 2
    assert not store.ranking()
    texts = [notice.text for notice in command.of(events.Notice)]
    assert sum("worker process died" in text for text in texts) == 4
    assert "there is nothing to report" in texts[-1]
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
    assert int(store.ranking()[0].configuration["d_model"]) <= 256


def test_no_more_workers_than_fit(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlt.search.execution.local.available_bytes", lambda: 10**6)
    store = command("search.n_trials=3", workers=2)
    assert len(store.current_by_config()) == 3
    (text,) = (event.text for event in command.of(events.Notice))
    assert text.startswith("only 1 worker for now: ")


def test_workers_are_started_once_there_is_memory_for_them_again(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory that was short at first is looked at again."""
    left = [10**6] * 3  # bytes, at the first looks
    monkeypatch.setattr(
        "xlt.search.execution.local.available_bytes", lambda: left.pop() if left else 10**12
    )
    started: list[int] = []
    start = LocalExecutor._start

    def counted(self: LocalExecutor) -> object:
        started.append(len(self._workers))
        return start(self)

    monkeypatch.setattr(LocalExecutor, "_start", counted)
    command("search.n_trials=6", workers=2)
    assert max(started) == 1, "a second worker beside the first"


def test_a_worker_that_hangs_is_ended(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlt.search.execution.local.HANG_TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr("xlt.search.execution.executor.MAX_RETRIES", 0)
    store = command("search.n_trials=1", build=toy_objective.build_hanging)
    assert "no progress" in store.study.trials[0].user_attrs["failed"]


def test_a_job_past_its_time_is_ended(command: Command) -> None:
    """It has failed, with the reason, and is not tried again."""
    command.job_limit = 0.5
    store = command("search.n_trials=2", build=toy_objective.build_hanging, workers=2)
    for trial in store.study.trials:
        assert trial.user_attrs["failed"] == "time limit exceeded: ended after 0.5 s"
    assert len(store.current_by_config()) == 2


def test_bug_in_a_worker_keeps_its_traceback(command: Command) -> None:
    """Our own mistakes are no user's: the worker's traceback is in the parent's."""
    with pytest.raises(WorkerError, match=r"(?s)build_buggy.*a bug in the objective"):
        command(build=toy_objective.build_buggy)


def test_one_writer(command: Command, tmp_path: Path) -> None:
    """A second command is refused while the first one works, which it names."""
    folder = command.folder / "league"
    folder.mkdir(parents=True)
    named = rf"another xlt-search works in .*league: process {os.getpid()} on .*, since 20"
    with folder_lock(folder), pytest.raises(XltError, match=named):
        command("search.n_trials=1")
    # What a dead one has left is nobody's.
    (folder / ".owner.json").write_text("{")
    command("search.n_trials=1")
    assert not (folder / ".owner.json").exists()


def check_search_goes_on(store: Store, failed: int) -> None:
    """An enqueued trial has failed, nothing is left over, and the study is as long as wanted."""
    trial = store.study.trials[failed]
    assert trial.state == TrialState.FAIL
    assert trial.number not in [row.trial for row in store.ranking()]
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))


# What people or the dashboard may enqueue, and the reason that the trial fails with.
UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"d_model": 130}, "d_model = 130 is outside its range, 128 to 512 in steps of 64"),
    ({"d_model": 128.5}, "d_model = 128.5 is not a whole number"),
    ({"d_model": None}, "d_model = None is not a whole number"),
    ({"d_model": True}, "d_model = true is not a whole number"),
    ({"d_model": [128]}, "d_model = [128] is not a whole number"),
    ({"nhead_index": -1}, "nhead_index = -1 is not an index of"),
    ({"d_ff_factor": 90}, "d_ff = 11520 is outside its range"),
    ({"lr_scheduler_type": "constant"}, 'lr_scheduler_type = "constant" is outside its range'),
    ({"lr_scheduler_type": 3}, "lr_scheduler_type = 3 is not a string"),
    ({"learning_rate": -1.0}, "learning_rate = -1.0 is outside its range"),
    ({"learning_rate": math.nan}, "learning_rate = nan is not a finite number"),
    ({"learning_rate": math.inf}, "learning_rate = inf is not a finite number"),
    ({"learning_rate": "abc"}, 'learning_rate = "abc" is not a finite number'),
    ({"learning_rat": 1e-5}, 'did you mean "learning_rate"?'),
    ({"dropout": 0.1, "weight_decay": 7}, "weight_decay = 7.0 is outside its range"),
]


def test_enqueued_values_that_cannot_be_tried_fail_their_trial_and_the_search_goes_on(
    command: Command,
) -> None:
    """Each trial says why, and later commands work; Optuna's sampling never sees the values."""
    study = command("search.n_trials=1").study
    for values, _ in UNUSABLE:
        study.enqueue_trial(values)
    store = command("search.n_trials=2", final=True)
    for number, (_, reason) in enumerate(UNUSABLE, 1):
        check_search_goes_on(store, failed=number)
        assert reason in store.study.trials[number].user_attrs["end_reason"]
    assert len(store.current_by_config()) == 2
    assert len(command("search.n_trials=3").current_by_config()) == 3


@pytest.mark.parametrize("sampler", ["auto", "tpe", "gp", "cmaes", "qmc"])
def test_enqueued_values_fail_or_are_completed_whatever_the_sampler(
    command: Command, sampler: str
) -> None:
    """What lacks some parameters is completed by the sampler, as Optuna does it."""
    chosen = f"search.sampler={sampler}"
    study = command("search.n_trials=2", chosen).study
    before = len(study.trials)
    for bad in (-1.0, math.nan, "abc"):
        study.enqueue_trial({"learning_rate": bad})
    study.enqueue_trial({"learning_rate": 3e-5, "d_model": 320})
    store = command("search.n_trials=4", chosen)
    for failed in range(before, before + 3):
        check_search_goes_on(store, failed)
    completed = store.study.trials[before + 3].user_attrs["configuration"]
    command.study().space.check(completed)
    assert (completed["learning_rate"], completed["d_model"]) == (3e-5, 320)
    assert config_key(completed) in store.current_by_config()
    assert len(store.current_by_config()) == 4


def test_a_waiting_trial_with_a_range_of_its_own_fails_and_the_search_goes_on(
    command: Command,
) -> None:
    """`add_trial` takes parameters together with distributions."""
    command("search.n_trials=1").study.add_trial(
        optuna.trial.create_trial(
            state=TrialState.WAITING,
            params={"dropout": 0.2},
            distributions={"dropout": FloatDistribution(0, 1)},
        )
    )
    store = command("search.n_trials=2")
    check_search_goes_on(store, failed=1)
    assert (
        "dropout was added with a range of its own"
        in store.study.trials[1].user_attrs["end_reason"]
    )


def test_a_trial_killed_while_it_was_sampled_does_not_end_later_commands(command: Command) -> None:
    """It has some of the parameters only, and the sampler must not take these for the space."""
    study = command("search.n_trials=1").study
    study.enqueue_trial({"dropout": 0.2})
    study.ask().suggest_float("dropout", 0.0, 0.3, step=0.05)
    store = command("search.n_trials=2")
    check_search_goes_on(store, failed=1)
    assert store.study.trials[1].user_attrs["end_reason"] == "its process died"
    assert store.study.trials[2].user_attrs["configuration"]["dropout"] == 0.2


def test_bad_values_enqueued_while_a_search_runs_do_not_end_it(command: Command) -> None:
    """Each fails with a reason, wherever the search stands."""
    command("search.n_trials=1")
    other = command.store().study
    bad: list[dict[str, Any]] = [
        {"learning_rate": math.nan},
        {"d_model": None},
        {"lr_scheduler_type": "constant"},
    ]

    def show(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted):
            other.enqueue_trial(bad.pop() if bad else {"dropout": 0.05})
            time.sleep(2 * write_through.POLL_ENQUEUED_SECONDS)

    runner.run_study(
        command.study("search.n_trials=8"),
        "league",
        command.options(),
        show,
        command.stop,
        with_final=False,
    )
    store = command.store()
    failed = [trial for trial in store.study.trials if trial.state == TrialState.FAIL]
    assert len(failed) == 3
    for trial in failed:
        assert trial.system_attrs["fixed_params"].keys() <= {
            *trial.user_attrs["end_reason"].split()
        }
    assert len(store.current_by_config()) == 8
    assert not store.study.get_trials(states=(TrialState.RUNNING,))


def test_search_comes_near_the_known_optimum(command: Command) -> None:
    """40 configurations, most of them stopped early, find most of what there is: 40."""
    store = command("search.n_trials=40", "budget.rungs=[100, 300, 600, 800, 1100]")
    best = store.ranking()[0]
    assert best.score == quality(best.configuration)
    assert best.score > 36 > quality(command.study().space.baseline)


@pytest.mark.parametrize(
    ("sampler", "pruner"), [("gp", "hyperband"), ("cmaes", "median"), ("random", "wilcoxon")]
)
def test_samplers_and_pruners_go_together(command: Command, sampler: str, pruner: str) -> None:
    """By whatever names, a study ends with as many configurations as wanted."""
    store = command("search.n_trials=12", f"search.sampler={sampler}", f"search.pruner={pruner}")
    assert len(store.current_by_config()) == 12


def test_changed_code_is_noticed(command: Command) -> None:
    """Scores of another version of the training code get a notice, once a command."""
    store = command("search.n_trials=1")
    store.study.set_user_attr("provenance", store.attributes["provenance"] | {"code": "older"})
    command("search.n_trials=1")
    assert [notice.text for notice in command.of(events.Notice)] == [
        "the training code has changed since this study was started"
    ]


def test_final_opens_the_test_set_once(command: Command) -> None:
    """The final's score is the winner's; asked again, it is answered from the record."""
    store = command("search.n_trials=5", final=True)
    best = export.selected(store)
    expected = quality(best.configuration) - 1
    assert [event.score for event in command.of(events.TestScore)] == [expected]
    assert command.done().count("test") == 1
    model = json.loads((command.folder / "league" / "final" / "model.json").read_text())
    assert model == {**best.configuration, "step": 1100, "seed": 42}
    runner.finish_study("league", command.options(), command._show, command.stop)
    assert [event.score for event in command.of(events.TestScore)] == [expected] * 2
    assert command.done().count("test") == 1
    opened = command.store().attributes["test_accesses"]
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
    best = export.selected(store)
    assert best.trial == 1
    name = json.dumps(dict(best.configuration), sort_keys=True)
    trained = [line for line in command.done() if line.startswith(f"train {name} ")]
    assert [line.split()[-3] for line in trained] == ["600", "1100"]


def test_final_of_nothing_is_refused(command: Command) -> None:
    """Without a scored configuration there is no final; without a study, neither."""
    with pytest.raises(InputError, match="no study 'league'"):
        runner.finish_study("league", command.options(), command._show, command.stop)


def test_a_report_does_not_cost_the_deadline(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no time is left for it, it is left out, and it is said how to have it."""
    asked = ("search.n_trials=3", "confirm.seeds=0", "budget.time_limit=50m")
    with monkeypatch.context() as patched:
        patched.setattr(runner, "REPORT_SECONDS", 3600.0)
        command(*asked, final=True)
    assert any("xlt-search report league" in notice.text for notice in command.of(events.Notice))
    assert not (command.folder / "league" / "report.html").exists()
    assert (command.folder / "league" / "best.toml").exists()
    command(*asked, final=True)
    assert (command.folder / "league" / "report.html").exists()


def disturbed(command: Command, disturb: Callable[[optuna.Study, int], None]) -> str:
    """What a search says that is disturbed, once, when its third trial has begun."""
    waiting = [disturb]

    def show(event: events.Event) -> None:
        if isinstance(event, events.TrialStarted) and event.trial >= 2 and waiting:
            waiting.pop()(command.store().study, event.trial)

    study = command.study("search.n_trials=6")
    with pytest.raises(XltError) as raised:
        runner.run_study(study, "league", command.options(), show, command.stop, with_final=False)
    assert (raised.value.exit_code, type(raised.value)) == (1, XltError)
    return str(raised.value)


def delete(study: optuna.Study, _: int) -> None:
    optuna.delete_study(study_name=study.study_name, storage=study._storage)


def rename(study: optuna.Study, _: int) -> None:
    """As the dashboard does it."""
    optuna.copy_study(
        from_study_name=study.study_name,
        from_storage=study._storage,
        to_storage=study._storage,
        to_study_name="renamed",
    )
    delete(study, 0)


@pytest.mark.parametrize(("disturb", "left"), [(delete, "none"), (rename, "renamed")])
def test_a_study_that_is_deleted_or_renamed_while_it_is_searched_ends_the_command_in_plain_words(
    command: Command, disturb: Callable[[optuna.Study, int], None], left: str
) -> None:
    said = disturbed(command, disturb)
    assert "the study 'league' is no longer in this database: it was deleted or renamed" in said
    assert f"Studies there now: {left}." in said
    assert len(command("search.n_trials=4").current_by_config()) == 4
    if left == "renamed":
        assert len(command("search.n_trials=4", name="renamed").current_by_config()) == 4


@pytest.mark.parametrize("moved", [False, True])
def test_a_database_that_is_deleted_or_moved_while_it_is_used_ends_the_command_in_plain_words(
    command: Command, moved: bool
) -> None:
    """SQLite would write on into a file that nobody can open any more."""

    def disturb(*_: object) -> None:
        if moved:
            command.folder.rename(command.folder.with_name("moved"))
        else:
            (command.folder / "xlt.db").unlink()

    assert "xlt.db: the database was deleted or moved" in disturbed(command, disturb)
    if moved:
        command.folder = command.folder.with_name("moved")
    assert len(command("search.n_trials=4").current_by_config()) == 4


@pytest.mark.parametrize("state", [TrialState.COMPLETE, TrialState.FAIL, TrialState.PRUNED])
def test_a_running_trial_that_somebody_else_tells_ends_the_command_in_plain_words(
    command: Command, state: TrialState
) -> None:
    """The same command resumes the study; what was told by hand neither counts nor leads."""

    def tell(study: optuna.Study, number: int) -> None:
        study.tell(number, 99.0 if state == TrialState.COMPLETE else None, state=state)

    said = disturbed(command, tell)
    assert (
        f"while they were trained here: 2 ({state.name}). The same command resumes the study"
        in said
    )
    store = command("search.n_trials=6", final=True)
    config = config_key(store.study.trials[2].user_attrs["configuration"])
    assert store.current_by_config()[config].number > 2
    assert len(store.current_by_config()) == 6
    assert not store.study.get_trials(states=(TrialState.RUNNING, TrialState.WAITING))
    best = store.best()
    assert best
    assert best.score == quality(best.configuration, best.step)


def test_the_final_of_a_study_that_was_copied_or_renamed_needs_no_study_file(
    command: Command,
) -> None:
    """The database has its definition, its configurations, and what has been tested."""
    store = command("search.n_trials=4", "space.num_layers=2")
    storage = store.study._storage
    optuna.copy_study(
        from_study_name="league", from_storage=storage, to_storage=storage, to_study_name="copy"
    )
    for name in ("league", "copy"):
        runner.finish_study(name, command.options(), command._show, command.stop)
    one, two = (
        export.read_export(command.folder / name / "best.toml") for name in ("league", "copy")
    )
    assert (one.configuration, one.test) == (two.configuration, two.test)
    assert (
        load(str(command.folder / "copy" / "study.toml")).space
        == command.study("space.num_layers=2").space
    )


class Record:
    """All that is on record of a study that a command has finished."""

    def __init__(self, command: Command) -> None:
        store, folder = command.store(), command.folder / "league"
        self.attributes = store.study.user_attrs
        self.trials = story(store)
        self.trained = command.done()
        self.export = (folder / "best.toml").read_text()
        self.numbers = [(part.title, part.tables) for part in study_sections(read(store))]
        self.outcome = outcome(read(store))
        self.model = (folder / "final" / "model.json").read_text()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


def finished_in_time(command: Command, *assignments: str) -> Record:
    """What a command left that ended a second before its deadline."""
    store = command(*assignments, "budget.time_limit=50m", final=True)
    store.study.set_user_attr(BUDGET_ELAPSED, 2999.0)
    command.seen.clear()
    return Record(command)


@pytest.mark.parametrize("trials", [5, 2])
def test_a_finished_command_given_again_leaves_its_record_as_it_is(
    command: Command, trials: int
) -> None:
    """Deadline, date, command, test accesses, and all numbers; nothing is trained or complained of."""
    before = finished_in_time(command, "search.n_trials=5")
    assert before.attributes["provenance"]["command"] == "first"
    command.typed = "second"
    command(f"search.n_trials={trials}", "budget.time_limit=50m", final=True)
    assert Record(command) == before
    assert not command.of(events.Notice)
    (tested,) = command.of(events.TestScore)
    assert not tested.opened_now
    (begun,) = command.of(events.StudyOpened)
    said = {5: "5 of 5 configurations finished", 2: "5 configurations finished, 2 requested"}
    assert said[trials] in (format_event(begun) or "")


def test_a_deleted_model_is_written_again_and_the_record_stays(command: Command) -> None:
    before = finished_in_time(command, "search.n_trials=3")
    shutil.rmtree(command.folder / "league" / "final")
    (command.folder / "league" / "best.toml").unlink()
    command("search.n_trials=3", "budget.time_limit=50m", final=True)
    assert Record(command) == before


def test_more_trials_without_time_for_them_change_no_winner(command: Command) -> None:
    """And open no test set."""
    before = finished_in_time(command, "search.n_trials=5")
    command("search.n_trials=9", "budget.time_limit=50m", final=True)
    after = Record(command)
    for name in ("provenance", BUDGET_ELAPSED, "final", "test_accesses", "confirmation"):
        assert after.attributes[name] == before.attributes[name]
    assert after.export.partition("[study]")[0] == before.export.partition("[study]")[0]
    assert not any("is too short" in notice.text for notice in command.of(events.Notice))


def test_more_time_is_reported_as_that(command: Command) -> None:
    finished_in_time(command, "search.n_trials=5")
    command("search.n_trials=6", "budget.time_limit=5h", final=True)
    assert read(command.store()).study.budget.time_limit == "5h"
    assert len(command.store().current_by_config()) == 6


def test_a_final_given_again_leaves_its_record_as_it_is(command: Command) -> None:
    command("search.n_trials=4")
    for typed in ("second", "third"):
        command.typed = typed
        runner.finish_study("league", command.options(), command._show, command.stop)
        if typed == "second":
            before = Record(command)
    assert before.attributes["provenance"]["command"] == "second"
    assert Record(command) == before


def test_a_search_given_again_leaves_its_record_as_it_is(command: Command) -> None:
    """One without a final, too, when its time is up."""
    store = command("search.n_trials=4", "budget.time_limit=50m")
    store.study.set_user_attr(BUDGET_ELAPSED, 2999.0)
    before = store.study.user_attrs
    command.typed = "second"
    command("search.n_trials=4", "budget.time_limit=50m")
    assert command.store().attributes == before
    assert not command.of(events.Notice)


def test_a_budget_is_not_called_too_short_by_a_guess(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few steps are measured first; the toy takes a tenth of what is guessed for real models."""
    asked = ("search.n_trials=2", "confirm.seeds=0", "budget.rungs=[1100]", "budget.time_limit=70s")
    monkeypatch.setattr(budget_check, "MEASURED_STEPS", 100)  # in the second that the toy reports
    with monkeypatch.context() as patched:
        patched.setattr(budget_check, "_measure_speed", lambda *_: None)
        command(*asked, "search.seed=7", name="guessed")
    texts = [notice.text for notice in command.of(events.Notice)]
    refusals = [text for text in texts if "is too short for one full run" in text]
    assert len(refusals) == 1
    assert "(a guess)" in refusals[0]
    command.seen.clear()
    command(*asked)
    texts = [notice.text for notice in command.of(events.Notice)]
    assert not [text for text in texts if "is too short" in text]
    assert command.of(events.TrialEvaluated)


def test_a_budget_that_is_too_short_as_measured_is_told_so(command: Command) -> None:
    """The toy's five steps take a second and a half: 1,100 of them, minutes."""
    command("search.n_trials=1", "confirm.seeds=0", "budget.time_limit=70s")
    texts = [notice.text for notice in command.of(events.Notice)]
    assert sum("is too short" in text and "measured on 5 steps" in text for text in texts) == 1


def test_a_measurement_that_diverges_ends_nothing(command: Command) -> None:
    """The guess stays, and is marked as one."""
    command(
        "search.n_trials=1",
        "confirm.seeds=0",
        "budget.time_limit=70s",
        "space.d_model=[192, 256]",
        "baseline.d_model=192",
        build=toy_objective.build_diverging,
    )
    texts = [notice.text for notice in command.of(events.Notice)]
    assert sum("(a guess)" in text for text in texts) == 1


@pytest.mark.parametrize("pressed", [True, False])
def test_under_pressure_climbs_wait_for_what_is_new(
    command: Command, monkeypatch: pytest.MonkeyPatch, pressed: bool
) -> None:
    """And are made up for once all have been begun."""
    monkeypatch.setattr(TimePlan, "defer_promotion", lambda *given: pressed and given[3] > 0)
    command("search.n_trials=12", "search.sampler=qmc", "budget.time_limit=50m")
    kinds = [
        type(each)
        for each in command.seen
        if isinstance(each, events.TrialStarted | events.TrialPromoted)
    ]
    assert kinds.count(events.TrialStarted) == 12
    assert events.TrialPromoted in kinds
    assert (events.TrialPromoted not in kinds[:12]) is pressed


def test_promotion_and_suggestion_know_the_shared_prefix(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ask the surrogate with the structure's coordinates, until Stage A's end."""
    asked: dict[str, list[tuple[int, list[int]]]] = {"auto": [], "halving": []}
    shared: list[set[str]] = []
    found, real = SpaceEncoder.columns_of, surrogate.fit_surrogate

    def columns(box: SpaceEncoder, names: Any) -> Any:
        those = found(box, names)
        shared.append({list(box.distributions)[place] for place in box.column_param[those]})
        return those

    def learned(who: str) -> Any:
        def ask(*arguments: Any, prefix: surrogate.PrefixColumns, **more: Any) -> Any:
            asked[who].append((prefix.step, prefix.columns.tolist()))
            return real(*arguments, prefix=prefix, **more)

        return ask

    monkeypatch.setattr(SpaceEncoder, "columns_of", columns)
    monkeypatch.setattr(gp_sampler, "fit_surrogate", learned("auto"))
    monkeypatch.setattr(surrogate, "fit_surrogate", learned("halving"))
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
    monkeypatch.setattr(
        TimePlan, "leaves_time_to_search", lambda plan, config: config["d_model"] < 256
    )
    store = command(
        "search.n_trials=6",
        "budget.time_limit=2h",
        "search.enqueue=[{ d_model = 512, d_ff = 1024 }]",
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
    may = TimePlan.can_start
    for count in (3, 4):
        with monkeypatch.context() as patched:
            patched.setattr(
                TimePlan,
                "can_start",
                lambda plan, config, *a: config["d_model"] < 512 and may(plan, config, *a),
            )
            command(f"search.n_trials={count}", enqueued, "budget.time_limit=50m")
    store = command("search.n_trials=6", enqueued, "budget.time_limit=5h")
    tried = [t.user_attrs.get("configuration", {}) for t in store.study.trials]
    widths = [each["d_model"] for each in tried if each.get("d_ff") == 1024]
    assert widths.count(512) == 1
    assert len(store.current_by_config()) == 6


def _configurations(store: Store) -> list[dict[str, Any]]:
    found = {config_key(t.user_attrs["configuration"]): t for t in reversed(store.study.trials)}
    return [t.user_attrs["configuration"] for t in sorted(found.values(), key=lambda t: t.number)]


@pytest.mark.parametrize("how", ["asha", "hyperband", "median"])
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
