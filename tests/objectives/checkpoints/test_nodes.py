"""Nodes on disk: corruption, the size limit, locks, and what killed processes leave."""

import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest
from counting import (
    ENDLESS,
    FAST,
    NO_LIMIT,
    SLOW,
    WIDE,
    Counting,
    alone,
    evaluate,
    log_file_calls,
    silent,
    states,
    take_turns,
    train_and_die,
    train_slowly,
    train_until_allowed,
)

from xlt.objectives.checkpoints import nodes
from xlt.objectives.checkpoints.nodes import NodeStore
from xlt.objectives.checkpoints.tree import CheckpointTree, node_key
from xlt.objectives.objective import Diverged, Evaluation, Progress


@pytest.mark.parametrize("what", ["state", "node"])
@pytest.mark.parametrize("at", [10, 20])
def test_corrupt_file(tmp_path: Path, what: str, at: int) -> None:
    """The notice names it; the folder is dropped and trained again to the same result."""
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


def test_node_without_hash_list(tmp_path: Path) -> None:
    """As after an interrupted copy: noticed, and trained again."""
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    evaluate(tree, objective)
    for listing in tmp_path.glob("*/sha256.json"):
        listing.unlink()
    assert evaluate(tree, objective, FAST) == alone(FAST)
    assert tree.notices


def test_size_limit(tmp_path: Path) -> None:
    """The least recently used states are evicted until the rest fits; evaluations stay."""
    objective = Counting(weight=10_000)
    tree = CheckpointTree(tmp_path, 5 * 10_000 + 5_000)
    for width in (1, 2, 3):
        evaluate(tree, objective, {"width": width, "rate": "slow"}, 10)
        time.sleep(0.02)
    evaluate(tree, objective, SLOW)  # uses width 1's prefix, the least recently used one so far
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


def test_touched_states_are_evicted_last(tmp_path: Path) -> None:
    """However old they are. Touching a missing state is no error."""
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


SPAWN = multiprocessing.get_context("spawn")


def test_processes_wait_for_locks(tmp_path: Path) -> None:
    """Two processes that start together train Stage A only once."""
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


def test_threads_wait_for_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting thread sends heartbeats, and returns the same evaluation."""
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
    """Finished nodes stay, the lock is free, and nothing half-written is read."""
    worker = SPAWN.Process(target=train_and_die, args=(tmp_path, step))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -9
    assert list(tmp_path.glob(".new-*"))
    objective, tree = Counting(), CheckpointTree(tmp_path, NO_LIMIT)
    assert evaluate(tree, objective) == alone()
    assert len(objective.trained) == (20 if step == 10 else 10)
    assert tree.notices == []


def test_eviction_does_not_read_all_sizes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes of folders are remembered."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    for seed in range(20):
        evaluate(tree, Counting(), seed=seed)
    looked = log_file_calls(monkeypatch)
    tree.nodes.evict_lru()
    assert looked == ["scandir"]


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if file.is_file()}


def test_training_leaves_no_lock_files(tmp_path: Path) -> None:
    """Only the gate's file remains, also after an interruption."""
    tree = CheckpointTree(tmp_path, NO_LIMIT)
    evaluate(tree, Counting())
    with pytest.raises(Diverged):
        evaluate(tree, Counting(), ENDLESS)

    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tree.evaluate(Counting(), WIDE, 1, 20, heartbeat=interrupt)
    assert len(files(tmp_path)) == 1


def test_leftovers_are_deleted(tmp_path: Path) -> None:
    """Unlocked lock files and empty folders, which killed processes leave; nothing else."""
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


def test_held_locks_stay(tmp_path: Path) -> None:
    """A second command neither deletes the file of a held lock nor trains the same."""
    folder, begun, may_go = tmp_path / "tree", tmp_path / "begun", tmp_path / "go"
    worker = SPAWN.Process(target=train_until_allowed, args=(folder, begun, may_go))
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


def test_lock_is_exclusive_although_its_file_is_deleted(tmp_path: Path) -> None:
    """Every holder deletes the file while others open it."""
    workers = [SPAWN.Process(target=take_turns, args=(tmp_path, 40)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(100)
        assert worker.exitcode == 0


def total(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_old_evaluations_are_evicted(tmp_path: Path) -> None:
    """Oldest first, if no other state is left. New ones stay for their reader."""
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


def test_temporary_folders_count_towards_the_limit(tmp_path: Path) -> None:
    """Also those of killed processes: states are evicted instead."""
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
