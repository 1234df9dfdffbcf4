"""The tree: nothing is trained twice, and what it gives is what an empty one would have given."""

import multiprocessing
import os
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from counting import (
    SLOW,
    Counting,
    CountingRun,
    silent,
    take_turns,
    train_and_die,
    train_slowly,
    train_until_told,
)
from hypothesis import given
from hypothesis import strategies as st

from xlt.objectives.checkpoints import nodes
from xlt.objectives.checkpoints.nodes import NodeStore
from xlt.objectives.checkpoints.tree import CheckpointTree, node_key
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Paused,
    Progress,
)
from xlt.objectives.threads import Threads

FAST: Configuration = {"width": 1, "rate": "fast"}
WIDE: Configuration = {"width": 2, "rate": "slow"}
ENDLESS: Configuration = {"width": 1, "rate": "endless"}
NO_LIMIT = 10**9


def evaluate(
    tree: CheckpointTree,
    objective: Counting,
    config: Configuration = SLOW,
    step: int = 20,
    through: Sequence[int] = (),
    seed: int = 1,
) -> Evaluation:
    return tree.evaluate(objective, config, seed, step, through=through, heartbeat=silent)


def alone(
    config: Configuration = SLOW, step: int = 20, seed: int = 1, objective: Counting | None = None
) -> Evaluation:
    """Trained without any tree."""
    return (objective or Counting()).run(config, seed).train_to(step, silent)


def states(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.state"))


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


@pytest.mark.parametrize("what", ["state", "node"])
@pytest.mark.parametrize("at", [10, 20])
def test_an_altered_byte(tmp_path: Path, what: str, at: int) -> None:
    """It is noticed by name, dropped, and trained again to the same result."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    evaluate(tree, objective)
    key = node_key(objective, SLOW, 1, at)
    file = tmp_path / (f"{key}.state/state.json" if what == "state" else f"{key}/node.json")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    objective.trained.clear()
    again = CheckpointTree(tmp_path, NO_LIMIT)
    run = again.restore(objective, SLOW, 1, 20, heartbeat=silent)
    assert run.test(silent) == alone()
    assert evaluate(again, objective) == alone()
    assert evaluate(again, objective, FAST) == alone(FAST)
    (notice,) = again.notices
    assert str(file) in notice
    assert "trained again" in notice
    if (what, at) == ("state", 20):
        assert [step for _, step in objective.trained[:10]] == list(range(11, 21))


def test_a_node_that_lacks_its_list(tmp_path: Path) -> None:
    """As after a copy that broke off: noticed, and made anew."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    evaluate(tree, objective)
    for listing in tmp_path.glob("*/sha256.json"):
        listing.unlink()
    assert evaluate(tree, objective, FAST) == alone(FAST)
    assert tree.notices


def test_size_limit(tmp_path: Path) -> None:
    """States used longest ago go first; the rest fits; answers stay."""
    objective = Counting(weight=10_000)
    tree = CheckpointTree(tmp_path, 5 * 10_000 + 5_000)
    for width in (1, 2, 3):
        evaluate(tree, objective, {"width": width, "rate": "slow"}, 10)
        time.sleep(0.02)
    evaluate(tree, objective, SLOW)  # uses width 1's trunk, used longest ago until now
    time.sleep(0.02)
    evaluate(tree, objective, WIDE)
    time.sleep(0.02)
    evaluate(tree, objective, {"width": 4, "rate": "slow"}, 10)
    sizes = [sum(f.stat().st_size for f in folder.iterdir()) for folder in states(tmp_path)]
    assert sum(sizes) <= tree.nodes.limit
    objective.trained.clear()
    for width in (1, 2, 4):  # still there; width 3's is not
        tree.restore(objective, {"width": width, "rate": "slow"}, 1, 10, heartbeat=silent)
    evaluate(tree, objective, {"width": 3, "rate": "slow"}, 10)
    assert objective.trained == []
    tree.restore(objective, {"width": 3, "rate": "slow"}, 1, 10, heartbeat=silent)
    assert len(objective.trained) == 10


def test_what_is_to_be_kept_is_dropped_last(tmp_path: Path) -> None:
    """However long ago it was trained; that it is not there yet is no error."""
    objective = Counting(weight=10_000)
    tree = CheckpointTree(tmp_path, 25_000)
    for width in (1, 2, 3, 4, 5):
        tree.touch(objective, {"width": 1, "rate": "slow"}, 1, 10)
        time.sleep(0.02)
        evaluate(tree, objective, {"width": width, "rate": "slow"}, 10)
        time.sleep(0.02)
    assert len(states(tmp_path)) == 2
    for width in (5, 1):  # at once: who is kept last goes last
        tree.touch(objective, {"width": width, "rate": "slow"}, 1, 10)
    evaluate(tree, objective, {"width": 6, "rate": "slow"}, 10)
    objective.trained.clear()
    for width in (1, 6):
        tree.restore(objective, {"width": width, "rate": "slow"}, 1, 10, heartbeat=silent)
    assert objective.trained == []


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

SPAWN = multiprocessing.get_context("spawn")


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


def test_a_locked_edge_is_waited_for(tmp_path: Path) -> None:
    """Two processes that start together train Stage A once between them."""
    log = tmp_path / "log"
    folder = tmp_path / "tree"
    workers = [SPAWN.Process(target=train_slowly, args=(folder, log, c)) for c in (SLOW, FAST)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    steps = [int(line) for line in log.read_text().splitlines()]
    assert sorted(steps) == sorted([*range(1, 11), *range(11, 21), *range(11, 21)])
    for config in (SLOW, FAST):
        objective = Counting()
        assert evaluate(CheckpointTree(folder, NO_LIMIT), objective, config) == alone(config)
        assert objective.trained == []


def test_a_lock_is_waited_for_by_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a process too: while one trains an edge, another gives signs of life; then it ends with
    the same answer."""
    monkeypatch.setattr(nodes, "_REPORT_SECONDS", 0.05)
    beats: list[Progress] = []
    entered, may_go = threading.Event(), threading.Event()

    def hold(step: int) -> None:
        if step == 5:
            entered.set()
            assert may_go.wait(30)

    results: list[Evaluation] = []
    first, second = Counting(before_step=hold), Counting()
    threads = [
        threading.Thread(
            target=lambda o=objective, beat=beat: results.append(
                CheckpointTree(tmp_path, NO_LIMIT).evaluate(o, SLOW, 1, 8, heartbeat=beat)
            )
        )
        for objective, beat in ((first, silent), (second, beats.append))
    ]
    threads[0].start()
    assert entered.wait(30)
    threads[1].start()
    time.sleep(0.5)
    assert results == []
    assert len(beats) >= 3
    assert {beat.stage for beat in beats} == {"waiting for another worker"}
    may_go.set()
    for thread in threads:
        thread.join(30)
    assert results == [alone(step=8)] * 2
    assert second.trained == []


@pytest.mark.parametrize("step", [10, 20])
def test_killed_while_saving(tmp_path: Path, step: int) -> None:
    """The tree goes on: finished edges stand, the lock is free, nothing half there is read."""
    worker = SPAWN.Process(target=train_and_die, args=(tmp_path, step))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -9
    assert list(tmp_path.glob(".new-*"))
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    assert evaluate(tree, objective) == alone()
    assert len(objective.trained) == (20 if step == 10 else 10)
    assert tree.notices == []


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


def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls from now on that ask a file system about a file or a folder."""
    looked: list[str] = []

    def count(name: str) -> None:
        real = getattr(os, name)

        def counted(*args: Any, **how: Any) -> Any:
            looked.append(name)
            return real(*args, **how)

        monkeypatch.setattr(os, name, counted)

    for name in ("stat", "lstat", "listdir", "scandir"):
        count(name)
    return looked


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


def test_room_is_made_without_looking_at_every_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that was measured once keeps its size."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    for seed in range(20):
        evaluate(tree, Counting(), seed=seed)
    looked = looks(monkeypatch)
    tree.nodes.evict_lru()
    assert looked == ["scandir"]


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if file.is_file()}


def test_training_leaves_no_lock_files(tmp_path: Path) -> None:
    """One remains, whatever was trained; also after what was interrupted."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    evaluate(tree, Counting())
    with pytest.raises(Diverged):
        evaluate(tree, Counting(), ENDLESS)

    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tree.evaluate(Counting(), WIDE, 1, 20, heartbeat=interrupt)
    assert len(files(tmp_path)) == 1


def test_what_killed_commands_left_is_deleted(tmp_path: Path) -> None:
    """Lock files that nobody holds, and empty folders; nothing else."""
    evaluate(CheckpointTree(tmp_path, NO_LIMIT), Counting(), step=10)
    worker = SPAWN.Process(target=train_and_die, args=(tmp_path, 20))
    worker.start()
    worker.join(60)
    assert len(files(tmp_path)) == 2
    (tmp_path / "empty").mkdir()
    full = [folder for folder in tmp_path.iterdir() if folder.is_dir() and any(folder.iterdir())]
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    (notice,) = tree.notices
    assert str(tmp_path / "empty") in notice
    assert len(files(tmp_path)) == 1
    assert sorted(folder for folder in tmp_path.iterdir() if folder.is_dir()) == sorted(full)


def test_a_lock_that_another_process_holds_stays(tmp_path: Path) -> None:
    """A second command that starts meanwhile neither deletes its file nor trains the same."""
    folder, begun, may_go = tmp_path / "tree", tmp_path / "begun", tmp_path / "go"
    worker = SPAWN.Process(target=train_until_told, args=(folder, begun, may_go))
    worker.start()
    while not begun.exists():
        assert worker.is_alive()
        time.sleep(0.01)
    held = files(folder)
    tree, objective = CheckpointTree(folder, NO_LIMIT), Counting()
    assert files(folder) == held
    assert len(held) == 2
    threading.Timer(0.3, may_go.touch).start()
    assert evaluate(tree, objective, step=5) == alone(step=5)
    worker.join(60)
    assert worker.exitcode == 0
    assert objective.trained == []
    assert len(files(folder)) == 1


def test_never_two_processes_hold_a_lock_whose_file_comes_and_goes(tmp_path: Path) -> None:
    """Each turn deletes it, while others open it."""
    workers = [SPAWN.Process(target=take_turns, args=(tmp_path, 40)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(100)
        assert worker.exitcode == 0


def total(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_results_count_under_the_limit_too(tmp_path: Path) -> None:
    """When no other state is left, old results go, oldest first; fresh ones stay for their reader."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    for seed in range(10):
        evaluate(tree, Counting(), step=10, seed=seed)
    results = {
        seed: tmp_path / tree.node_keys(Counting(), SLOW, seed, 10)[-1] for seed in range(10)
    }
    now = time.time()
    for seed, folder in results.items():
        age = 0 if seed == 0 else 10_000 - seed
        os.utime(folder, (now - age, now - age))
    a_state = max(total(folder) for folder in states(tmp_path))
    a_result = max(total(folder) for folder in results.values())
    tight = CheckpointTree(tmp_path, a_state + 4 * a_result)
    tight.nodes.evict_lru()
    assert total(tmp_path) <= tight.nodes.limit
    assert [seed for seed, folder in results.items() if folder.exists()] == [0, 7, 8, 9]
    NodeStore(tmp_path, 0).evict_lru()
    assert [seed for seed, folder in results.items() if folder.exists()] == [0]
    objective = Counting()
    assert evaluate(CheckpointTree(tmp_path, NO_LIMIT), objective, step=10, seed=3) == alone(
        step=10, seed=3
    )
    assert len(objective.trained) == 10


def test_files_that_are_being_written_count_under_the_limit(tmp_path: Path) -> None:
    """Also what a killed process left half written; states make room for it."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    for seed in range(3):
        evaluate(tree, Counting(weight=10_000), step=10, seed=seed)
    assert len(states(tmp_path)) == 3
    (tmp_path / ".new-half").mkdir()
    (tmp_path / ".new-half" / "state").write_bytes(bytes(20_000))
    limit = 45_000
    NodeStore(tmp_path, limit).evict_lru()
    assert len(states(tmp_path)) == 2
    assert total(tmp_path) <= limit
