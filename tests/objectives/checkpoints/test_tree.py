"""The tree trains nothing twice, and gives the same results as training without it."""

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
    log_file_calls,
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
    """Configurations that differ in Stage B share Stage A; scores are those without a tree."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    assert evaluate(tree, objective, SLOW) == alone(SLOW)
    assert evaluate(tree, objective, FAST) == alone(FAST)
    assert alone(SLOW).score != alone(FAST).score
    assert len(objective.trained) == len(set(objective.trained)) == 30
    assert tree.trained == 30


def test_what_differs_is_not_shared(tmp_path: Path) -> None:
    """Another architecture, seed or identity shares nothing."""
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


def test_known_evaluations_cost_nothing(tmp_path: Path) -> None:
    """A second tree on the same folder neither trains nor restores anything."""
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
def test_results_do_not_depend_on_the_tree(
    tmp_path_factory: pytest.TempPathFactory,
    jobs: list[tuple[Configuration, int, list[int]]],
    tight: bool,
) -> None:
    """For any earlier jobs and rungs, also if no state fits the limit."""
    folder = tmp_path_factory.mktemp("tree")
    objective = Counting()
    tree = CheckpointTree(folder, 0 if tight else NO_LIMIT)
    for config, step, through in jobs:
        assert evaluate(tree, objective, config, step, through) == alone(config, step)
        run = tree.restore(objective, config, 1, step, through=through, heartbeat=silent)
        assert (run.step, run.test(silent)) == (step, alone(config, step))
    assert tree.notices == []


def test_promotion(tmp_path: Path) -> None:
    """A run continues from its last rung, and ends like one that was never paused."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    rungs = [4, 8, 13, 17, 20]
    for index, step in enumerate(rungs):
        assert evaluate(tree, objective, SLOW, step, rungs[:index]) == alone(SLOW, step)
    assert len(objective.trained) == 20


@given(
    first=st.lists(st.integers(1, 14), max_size=3),
    second=st.lists(st.integers(1, 19), max_size=3),
)
def test_other_rungs_start_from_the_deepest_state(
    tmp_path_factory: pytest.TempPathFactory, first: list[int], second: list[int]
) -> None:
    """A job with other rungs starts from the deepest state on its path."""
    folder = tmp_path_factory.mktemp("tree")
    objective, tree = Counting(), CheckpointTree(folder, NO_LIMIT)
    evaluate(tree, objective, SLOW, 15, first)
    assert evaluate(tree, objective, SLOW, 20, second) == alone()
    assert len(objective.trained) == 20


def test_superseded_states_are_dropped(tmp_path: Path) -> None:
    """Only states of the last rung and of stages' ends stay; all evaluations stay."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    objective = Counting()
    evaluate(tree, objective, SLOW, 20, [3, 6, 12, 16])
    assert len(states(tmp_path)) == 2  # Stage A's end and the run's
    assert len([f for f in tmp_path.iterdir() if f.is_dir()]) == 2 + 6
    objective.trained.clear()
    evaluate(tree, objective, FAST)
    assert min(step for _, step in objective.trained) == 11


def test_states_are_dropped_at_the_end_of_the_job(tmp_path: Path) -> None:
    """If a job is interrupted in Stage B, its last rung in Stage A still has its state."""
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
    """Another tree raises the same error without training; the shared prefix stays."""
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
    """A run that diverged on the way to a rung diverges on the way to all later ones."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    assert evaluate(tree, objective, ENDLESS, 12) == alone(ENDLESS, 12)
    for step, through in ((15, [12]), (20, [12, 15])):
        with pytest.raises(Diverged, match="step 13"):
            evaluate(tree, objective, ENDLESS, step, through)
    assert len(objective.trained) == 12


def test_heartbeats(tmp_path: Path) -> None:
    """Every trained step sends a heartbeat; known evaluations send none."""
    beats: list[int] = []
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    for _ in range(2):
        tree.evaluate(objective, SLOW, 1, 20, heartbeat=lambda p: beats.append(p.step))
    assert beats == list(range(1, 21))


def test_interrupted_training(tmp_path: Path) -> None:
    """An exception from a heartbeat leaves no node and no lock; the same call works afterwards."""

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
def test_pausing_at_any_step(
    tmp_path_factory: pytest.TempPathFactory,
    pauses: list[int],
    jobs: list[tuple[Configuration, int]],
) -> None:
    """Nothing is trained twice, and scores are the same as without a pause."""
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
def test_paused_runs_are_restored_without_scoring(tmp_path: Path, at: int) -> None:
    """Also at the end of a stage, where scoring costs most. A later job can score it."""
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
    """Runs are shared until that step only, and PyTorch's number of threads is restored."""
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
    """1,100 steps, as in the league. Counts the calls of `prefix_config`."""

    steps = 1100
    stages = {"A": 600, "B": 1100}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def prefix_config(self, config: Configuration, step: int) -> Configuration:
        self.asked += 1
        return super().prefix_config(config, step)


def test_paths_need_one_directory_listing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It finds the steps of all paused runs, whether they are rungs or not."""

    def told(progress: Progress) -> None:
        if progress.step == 137:
            raise Paused

    tree, rungs = CheckpointTree(tmp_path, NO_LIMIT), [40, 600, 650]
    with pytest.raises(Paused):
        tree.evaluate(Long(), SLOW, 1, 1100, through=rungs, heartbeat=told)
    looked = log_file_calls(monkeypatch)
    objective = Long()
    keys = tree.node_keys(objective, SLOW, 1, 1100, through=rungs)
    assert looked == ["scandir"]
    assert len(keys) == 5  # 40, 137, 600, 650 and 1100
    assert objective.asked <= 10
    tree.restore(objective, SLOW, 1, 1100, through=rungs, heartbeat=silent)
    assert len(looked) < 200
    assert min(step for _, step in objective.trained) == 138
