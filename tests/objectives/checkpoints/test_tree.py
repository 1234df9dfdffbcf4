"""The tree: nothing is trained twice, and what it gives is what an empty one would have given."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from counting import (
    ENDLESS,
    FAST,
    NO_LIMIT,
    SLOW,
    WIDE,
    Counting,
    CountingRun,
    alone,
    evaluate,
    looks,
    silent,
    states,
)
from hypothesis import given
from hypothesis import strategies as st

from xlt.objectives.checkpoints.tree import CheckpointTree
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Paused,
    Progress,
)
from xlt.objectives.threads import Threads


def test_stage_a_is_trained_once(tmp_path: Path) -> None:
    """Two configurations that differ in Stage B share Stage A, and score as each does alone."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    assert evaluate(tree, objective, SLOW) == alone(SLOW)
    assert evaluate(tree, objective, FAST) == alone(FAST)
    assert alone(SLOW).score != alone(FAST).score
    assert len(objective.trained) == len(set(objective.trained)) == 30
    assert tree.trained == 30


def test_what_differs_is_not_shared(tmp_path: Path) -> None:
    """Another structure, seed or identity has a trunk of its own."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    for objective, config, seed in (
        (Counting(), SLOW, 1),
        (Counting(), WIDE, 1),
        (Counting(), SLOW, 2),
        (Counting(identity="other"), SLOW, 1),
    ):
        result = evaluate(tree, objective, config, seed=seed)
        assert result == alone(config, seed=seed)
        assert len(objective.trained) == 20


def test_an_answer_costs_nothing(tmp_path: Path) -> None:
    """The second time, from another tree on the same folder, nothing is trained or restored."""
    first = evaluate(CheckpointTree(tmp_path, NO_LIMIT), Counting())
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    shutil.rmtree(states(tmp_path)[0])
    assert evaluate(tree, objective) == first
    assert objective.trained == []
    assert tree.trained == 0


JOBS = st.lists(
    st.tuples(
        st.sampled_from([SLOW, FAST, WIDE]),
        st.integers(1, 20),
        st.lists(st.integers(1, 20), max_size=3),
    ),
    min_size=1,
    max_size=6,
)


@given(jobs=JOBS, tight=st.booleans())
def test_results_are_those_of_no_tree(
    tmp_path_factory: pytest.TempPathFactory,
    jobs: list[tuple[Configuration, int, list[int]]],
    tight: bool,
) -> None:
    """Whatever was asked before, with whatever pauses, and with no room for states either."""
    folder = tmp_path_factory.mktemp("tree")
    objective = Counting()
    tree = CheckpointTree(folder, 0 if tight else NO_LIMIT)
    for config, step, through in jobs:
        assert evaluate(tree, objective, config, step, through) == alone(config, step)
        run = tree.restore(objective, config, 1, step, through=through, heartbeat=silent)
        assert (run.step, run.test(silent)) == (step, alone(config, step))
    assert tree.notices == []


def test_promotion(tmp_path: Path) -> None:
    """A paused run goes on from its last pause, rung by rung, and ends as an unpaused one."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    rungs = [4, 8, 13, 17, 20]
    for index, step in enumerate(rungs):
        assert evaluate(tree, objective, SLOW, step, rungs[:index]) == alone(SLOW, step)
    assert len(objective.trained) == 20


@given(
    first=st.lists(st.integers(1, 14), max_size=3),
    second=st.lists(st.integers(1, 19), max_size=3),
)
def test_another_study_goes_on_from_here(
    tmp_path_factory: pytest.TempPathFactory, first: list[int], second: list[int]
) -> None:
    """Whoever asks with other rungs starts from the deepest state that lies on the way."""
    folder = tmp_path_factory.mktemp("tree")
    objective, tree = Counting(), CheckpointTree(folder, NO_LIMIT)
    evaluate(tree, objective, SLOW, 15, first)
    assert evaluate(tree, objective, SLOW, 20, second) == alone()
    assert len(objective.trained) == 20


def test_superseded_states_are_dropped(tmp_path: Path) -> None:
    """Within a stage only the last pause keeps its state; a stage's end, and answers, stay."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    objective = Counting()
    evaluate(tree, objective, SLOW, 20, [3, 6, 12, 16])
    assert len(states(tmp_path)) == 2  # Stage A's end and the run's
    assert len([f for f in tmp_path.iterdir() if f.is_dir()]) == 2 + 6
    objective.trained.clear()
    evaluate(tree, objective, FAST)
    assert min(step for _, step in objective.trained) == 11


def test_nothing_is_superseded_before_the_job_is_done(tmp_path: Path) -> None:
    """Who breaks it off in Stage B knows of the rung in Stage A alone that it has come from."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    evaluate(tree, objective, SLOW, 3)
    [rung] = states(tmp_path)

    def told(progress: Progress) -> None:
        if progress.step == 13:
            raise Paused

    with pytest.raises(Paused):
        tree.evaluate(objective, SLOW, 1, 16, through=[3], heartbeat=told)
    assert rung in states(tmp_path)
    evaluate(tree, objective, SLOW, 16, [3])
    assert rung not in states(tmp_path)


def test_divergence_is_remembered(tmp_path: Path) -> None:
    """Raised again with step and values, by another tree too, without training; the trunk lives."""
    objective = Counting()
    with pytest.raises(Diverged) as first:
        evaluate(CheckpointTree(tmp_path, NO_LIMIT), objective, ENDLESS)
    trained = len(objective.trained)
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    for ask in (tree.evaluate, tree.restore):
        with pytest.raises(Diverged) as again:
            ask(objective, ENDLESS, 1, 20, heartbeat=silent)
        assert (again.value.step, again.value.values) == (13, first.value.values)
        assert str(again.value) == str(first.value)
    assert len(objective.trained) == trained
    assert evaluate(tree, objective) == alone()
    assert len(objective.trained) == trained + 10


def test_divergence_at_a_rung(tmp_path: Path) -> None:
    """Met on the way to one rung, it is met on the way to all that follow."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    assert evaluate(tree, objective, ENDLESS, 12) == alone(ENDLESS, 12)
    for step, through in ((15, [12]), (20, [12, 15])):
        with pytest.raises(Diverged, match="step 13"):
            evaluate(tree, objective, ENDLESS, step, through)
    assert len(objective.trained) == 12


def test_heartbeats(tmp_path: Path) -> None:
    """Every step that is trained beats; an answer that is known does not."""
    beats: list[int] = []
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    for _ in range(2):
        tree.evaluate(objective, SLOW, 1, 20, heartbeat=lambda p: beats.append(p.step))
    assert beats == list(range(1, 21))


def test_interrupted_edge(tmp_path: Path) -> None:
    """An exception from a heartbeat leaves no node and no lock; the same call goes on."""

    def interrupt(progress: Progress) -> None:
        if progress.step == 15:
            raise KeyboardInterrupt

    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    with pytest.raises(KeyboardInterrupt):
        tree.evaluate(objective, SLOW, 1, 20, heartbeat=interrupt)
    objective.trained.clear()
    assert evaluate(tree, objective) == alone()
    assert objective.trained[0][1] == 11


@given(
    pauses=st.lists(st.integers(0, 25), max_size=4),
    jobs=st.lists(
        st.tuples(st.sampled_from([SLOW, FAST]), st.integers(1, 20)), min_size=1, max_size=4
    ),
)
def test_told_to_pause_anywhere(
    tmp_path_factory: pytest.TempPathFactory,
    pauses: list[int],
    jobs: list[tuple[Configuration, int]],
) -> None:
    """What was trained until the pause is not trained again; scores are those of no pause."""
    objective = Counting()
    tree = CheckpointTree(tmp_path_factory.mktemp("tree"), NO_LIMIT)
    for config, step in sorted(jobs, key=lambda job: job[1]):
        for beats in pauses:
            left = beats

            def beat(_: Progress) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    raise Paused

            with suppress(Paused):
                tree.evaluate(objective, config, 1, step, heartbeat=beat)
        assert evaluate(tree, objective, config, step) == alone(config, step)
        run = tree.restore(objective, config, 1, step, heartbeat=silent)
        assert (run.step, run.test(silent)) == (step, alone(config, step))
    assert len(objective.trained) == len(set(objective.trained))


# Several processes; what they run lies in `counting`, where they find it by name.


@pytest.mark.parametrize("at", [5, 10, 15, 20])
def test_what_has_paused_is_opened_unscored(tmp_path: Path, at: int) -> None:
    """At a stage's end as well, where a score costs most; and who wants it then gets it."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)

    def told(progress: Progress) -> None:
        if progress.step == at:
            raise Paused

    with pytest.raises(Paused):
        tree.evaluate(objective, SLOW, 1, 20, heartbeat=told)
    *_, key = tree.node_keys(objective, SLOW, 1, at)
    assert tree.restore(objective, SLOW, 1, at, heartbeat=silent).step == at
    assert not (tmp_path / key).exists()
    assert evaluate(tree, objective) == alone()
    assert (tmp_path / key).exists() == (at in {10, 20})
    assert len(objective.trained) == 20


def test_threads_from_a_step_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until there runs are shared, beyond it they are others; PyTorch is left as it was."""
    before = torch.get_num_threads()
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    used: dict[int, int] = {}
    train_to = CountingRun.train_to

    def counted(run: CountingRun, step: int, heartbeat: Heartbeat) -> Evaluation:
        used[step] = torch.get_num_threads()
        return train_to(run, step, heartbeat)

    monkeypatch.setattr(CountingRun, "train_to", counted)
    several = Threads(before + 1, from_step=15)
    tree.evaluate(objective, SLOW, 1, 20, through=[12], threads=several, heartbeat=silent)
    assert used == {10: before, 12: before, 15: before, 20: before + 1}
    assert torch.get_num_threads() == before
    used.clear()
    evaluate(tree, objective, step=15)  # is there
    assert not used
    evaluate(tree, objective, step=20)  # is not: it was another run beyond 15
    assert used == {20: before}
    used.clear()
    tree.evaluate(objective, SLOW, 1, 20, threads=several, heartbeat=silent)
    assert not used


class Long(Counting):
    """1,100 steps, as the league has. Counts the steps whose lineage is asked for."""

    steps = 1100
    stages = {"A": 600, "B": 1100}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def lineage(self, config: Configuration, step: int) -> Configuration:
        self.asked += 1
        return super().lineage(config, step)


def test_a_run_of_1100_steps_does_not_look_for_1100_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One listing finds every step where somebody has paused, be it a rung or not."""

    def told(progress: Progress) -> None:
        if progress.step == 137:
            raise Paused

    tree, rungs = CheckpointTree(tmp_path, NO_LIMIT), [40, 600, 650]
    with pytest.raises(Paused):
        tree.evaluate(Long(), SLOW, 1, 1100, through=rungs, heartbeat=told)
    looked = looks(monkeypatch)
    objective = Long()
    keys = tree.node_keys(objective, SLOW, 1, 1100, through=rungs)
    assert looked == ["scandir"]
    assert len(keys) == 5  # 40, 137, 600, 650 and 1100
    assert objective.asked <= 10
    tree.restore(objective, SLOW, 1, 1100, through=rungs, heartbeat=silent)
    assert len(looked) < 200
    assert min(step for _, step in objective.trained) == 138
