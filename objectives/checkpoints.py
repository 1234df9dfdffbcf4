"""The tree of checkpoints: what has been trained once is never trained again.

What a run is at a step depends only on the settings that have acted until then, so runs share
trunks. A node is addressed by that content and carries its evaluation; an edge (from one node to
the next) is locked while it is trained. Deleting nodes costs time, never results.

Sharing trunks between trials: Shin et al., Hippo (arXiv:2006.11972).
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from xlt.objectives.folders import (
    Altered,
    check_file_locks,
    drop_folder,
    replace_folder,
    sweep,
    verified_folder,
)
from xlt.objectives.objective import (
    Configuration,
    Diverged,
    Evaluation,
    Heartbeat,
    Objective,
    Paused,
    Progress,
    Run,
)
from xlt.objectives.threads import SINGLE, Threads, computing

# A node is up to two folders: `KEY` holds what it was worth, `KEY.state` what is needed to go on.
_STATE = ".state"
# A sign of life this often while another process trains what is wanted.
_LOCK_SECONDS = 5.0
# A waiting process looks this often whether the lock is free.
_POLL_SECONDS = 0.1
# A result this young may not have been read yet by the process that asked for it.
_UNREAD_SECONDS = 3600.0
_LOCK = ".lock"
_GATE = "tree.lock"


class Tree:
    """Nodes of any number of studies below one folder."""

    def __init__(self, folder: Path, limit: int) -> None:
        """`limit`: bytes of all files; see `make_room` for what is dropped above it."""
        self.folder, self.limit = folder, limit
        self.notices: list[str] = []  # what was found altered, and what was done about it
        self.trained: int = 0  # steps trained by this object, for accounting
        check_file_locks(folder)
        sweep(folder)
        # Of every folder in `folder`: bytes, by name and inode. Nobody writes into a finished one.
        self._sizes: dict[tuple[str, int], int] = {}
        # Whoever creates, locks or deletes a lock file holds this lock meanwhile; see `_locked`.
        self._gate = FileLock(folder / _GATE)
        self._drop_leftovers()

    def evaluate(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        *,
        through: Sequence[int] = (),
        threads: Threads = SINGLE,
        heartbeat: Heartbeat,
    ) -> Evaluation:
        """What the run is worth at `step`, from its node, or trained from the deepest one.

        Nodes are left at each step of `through` on the way and at each stage's end. Raises
        `Diverged`; that too is remembered.
        """
        key = self._key(objective, config, seed, step, threads)
        known = self._evaluation(key)
        if known is not None:
            return known
        _Path(self, objective, config, seed, step, through, threads).train(heartbeat)
        return self._evaluated(key)

    def open(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        *,
        through: Sequence[int] = (),
        threads: Threads = SINGLE,
        heartbeat: Heartbeat,
    ) -> Run:
        """A live run at `step`, restored or trained as in `evaluate`.

        One that has paused there need not have been scored.
        """
        path = _Path(self, objective, config, seed, step, through, threads, scored=False)
        return path.live(heartbeat)

    def keep(self, objective: Objective, config: Configuration, seed: int, step: int) -> None:
        """Have a run's state count as used just now, so that others are dropped before it."""
        self._used(self._state_folder(self._key(objective, config, seed, step)))

    def way(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        *,
        through: Sequence[int] = (),
        threads: Threads = SINGLE,
    ) -> list[str]:
        """The keys of the nodes on a run's way to `step`, from the first on."""
        return _Path(self, objective, config, seed, step, through, threads).keys

    def folders(self, key: str) -> list[str]:
        """The names of what a node consists of, whether it is there or not."""
        return [key, f"{key}{_STATE}"]

    def _key(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        threads: Threads = SINGLE,
    ) -> str:
        """A node's name: a hash of all that has acted until its step, and the step."""
        content = {
            "identity": objective.identity,
            "lineage": dict(objective.lineage(config, step)),
            "seed": seed,
            "step": step,
        }
        if threads.at(step) > 1:
            content["threads"] = [threads.count, threads.after]
        text = json.dumps(content, sort_keys=True, allow_nan=False)
        return f"{hashlib.sha256(text.encode()).hexdigest()[:40]}-{step}"

    def _listed(self) -> list[os.DirEntry[str]]:
        """What is in the folder, which may have been deleted."""
        try:
            with os.scandir(self.folder) as entries:
                return list(entries)
        except FileNotFoundError:
            return []

    def _states(self) -> dict[int, set[str]]:
        """The keys of all nodes that have a state, by their steps, from one listing."""
        states: dict[int, set[str]] = {}
        for entry in self._listed():
            key, _, ending = entry.name.partition(".")
            step = key.rpartition("-")[2]
            if f".{ending}" == _STATE and step.isdecimal():
                states.setdefault(int(step), set()).add(key)
        return states

    def _evaluation(self, key: str) -> Evaluation | None:
        """Raises the `Diverged` that the node remembers."""
        record = self._record(key)
        if record is None:
            return None
        if "diverged" in record:
            raise Diverged(**record["diverged"])
        return Evaluation.from_json(record["evaluation"])

    def _evaluated(self, key: str) -> Evaluation:
        evaluation = self._evaluation(key)
        if evaluation is None:
            raise RuntimeError(f"{self.folder / key} vanished while it was in use")
        return evaluation

    def _record(self, key: str) -> Mapping[str, Any] | None:
        if not self._intact(self.folder / key):
            return None
        record: Mapping[str, Any] = json.loads((self.folder / key / "node.json").read_text())
        return record

    def _write(self, key: str, about: Mapping[str, Any]) -> None:
        with replace_folder(self.folder / key) as new:
            (new / "node.json").write_text(json.dumps(about, indent=1))

    def _intact(self, folder: Path) -> bool:
        """Whether the folder is there as it was written. An altered one is dropped, and noted."""
        try:
            return verified_folder(folder)
        except Altered as error:
            drop_folder(folder)
            self._note_dropped(str(error))
            return False

    def _note_dropped(self, why: str) -> None:
        self.notices.append(f"checkpoint {why}; it was dropped and is trained again")

    def _state(self, key: str) -> Path | None:
        folder = self._state_folder(key)
        if not self._intact(folder):
            return None
        self._used(folder)
        return folder

    def _used(self, state: Path) -> None:
        now = time.time_ns()  # finer than the file system's own clock
        with suppress(FileNotFoundError):  # Another process dropped it; `restore` will notice.
            os.utime(state, ns=(now, now))

    def _state_folder(self, key: str) -> Path:
        return self.folder / f"{key}{_STATE}"

    def make_room(self) -> None:
        """Delete what is oldest until all files below the folder fit the limit.

        States first, those used longest ago before others. Results are small and save a whole
        training, so they follow only when no other state is left.
        """
        entries, sizes, total = self._listed(), {}, 0
        for entry in entries:
            name = entry.name, entry.inode()
            with suppress(OSError):  # Another process deleted it.
                sizes[name] = self._sizes[name] if name in self._sizes else _bytes(entry)
                total += sizes[name]
        # What is hidden is still being written or deleted: its size is not final.
        self._sizes = {name: size for name, size in sizes.items() if not name[0].startswith(".")}
        if total <= self.limit:
            return
        states, results = [], []
        for entry in entries:
            name = entry.name, entry.inode()
            if name not in self._sizes:
                continue
            with suppress(OSError):
                row = entry.stat().st_mtime, self._sizes[name], Path(entry.path)
                if entry.name.endswith(_STATE):
                    states.append(row)
                elif entry.is_dir() and time.time() - row[0] > _UNREAD_SECONDS:
                    results.append(row)
        # The one just written stays: it is about to be used.
        for _, size, folder in (*sorted(states)[:-1], *sorted(results)):
            if total <= self.limit:
                break
            drop_folder(folder)
            total -= size

    def _drop_leftovers(self) -> None:
        """Delete lock files that nobody holds, and empty folders: killed processes leave them."""
        locks = []
        for entry in self._listed():
            if entry.name.endswith(_LOCK) and entry.name != _GATE:
                locks.append(entry)
            elif entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                with suppress(OSError):  # It is not empty, or it is gone.
                    os.rmdir(entry)
                    self._note_dropped(f"{entry.path} is empty")
        if locks:
            with self._gate:
                for entry in locks:
                    lock = FileLock(entry.path)
                    if _acquired(lock):
                        _delete(lock)

    @contextmanager
    def _locked(self, key: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold a node's lock. Its file is deleted at the end.

        A system's lock belongs to the file, not to its name. If a file could be deleted between
        another process's opening and locking it, that process would hold a lock on a file without
        a name, and a third one could create and lock a new file of that name. So all three
        happen only behind the gate, and nobody waits for a lock behind it.

        Args:
            key: The node's.
            waiting: Called now and then while another process has the lock.
        """
        lock = FileLock(self.folder / f"{key}{_LOCK}")
        since = time.monotonic()
        while True:
            with self._gate:
                if _acquired(lock):
                    break
            time.sleep(_POLL_SECONDS)
            if time.monotonic() - since >= _LOCK_SECONDS:
                since = time.monotonic()
                waiting()
        try:
            yield
        finally:
            with self._gate:
                _delete(lock)


def _acquired(lock: BaseFileLock) -> bool:
    """Whether the lock was free, and is ours now."""
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _delete(lock: BaseFileLock) -> None:
    """Release a lock that is ours, and delete its file. Only behind the gate."""
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


def _bytes(entry: os.DirEntry[str]) -> int:
    """Of a file, or of all files in a folder. Raises `OSError` if it is gone."""
    if not entry.is_dir(follow_symlinks=False):
        return entry.stat(follow_symlinks=False).st_size
    with os.scandir(entry) as inside:
        return sum(map(_bytes, inside))


class _Path:
    """The way of one run through the tree, from its root to the last milestone."""

    def __init__(
        self,
        tree: Tree,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        through: Sequence[int],
        threads: Threads,
        *,
        scored: bool = True,
    ) -> None:
        """`scored`: whether the last milestone has to be."""
        self.tree, self.objective, self.config, self.seed = tree, objective, config, seed
        self.threads = threads
        ends = set(objective.stages.values())
        self.passing = set(through) - ends  # their states are of no use from the next one on

        def key(at: int) -> str:
            return tree._key(objective, config, seed, at, threads)

        # Whoever has paused on this way before, at whatever step, spares us the training.
        states = tree._states().items()
        lying = {at for at, there in states if 0 < at <= step and key(at) in there}
        wanted = {*through, *ends, threads.after}
        self.milestones = sorted({at for at in wanted | lying if 0 < at < step} | {step})
        # Where somebody has paused, and nobody wants a score.
        self.bare = lying - wanted - {step} if scored else lying - (wanted - {step})
        self.keys = [key(at) for at in self.milestones]
        self.run: Run | None = None  # live, at one of the milestones

    def train(self, heartbeat: Heartbeat) -> None:
        """Until the last milestone's node is there, edge by edge. Raises `Diverged`."""
        while (done := self._deepest()) < len(self.milestones):
            self._edge(done, heartbeat)

    def live(self, heartbeat: Heartbeat) -> Run:
        """The run at the last milestone, trained if need be."""
        while True:
            self.train(heartbeat)
            run = self._standing_at(len(self.milestones))
            if run is not None:
                return run

    def _deepest(self) -> int:
        """How many milestones from the start need no training."""
        for place in reversed(range(len(self.milestones))):
            if self._there(place):
                return place + 1
        return 0

    def _there(self, place: int) -> bool:
        key = self.keys[place]
        if not self.tree._state_folder(key).exists():
            return False
        return self.milestones[place] in self.bare or self.tree._evaluation(key) is not None

    def _edge(self, place: int, heartbeat: Heartbeat) -> None:
        """Train to one milestone, unless somebody has done so by the time the lock is ours."""
        tree, key, step = self.tree, self.keys[place], self.milestones[place]
        # Whoever waits for another to train this is alive.
        waiting = partial(heartbeat, Progress("waiting for another worker", 0, step, 0.0))
        with tree._locked(key, waiting):
            known = tree._evaluation(key)  # What diverged once will diverge again.
            run = None if self._there(place) else self._unscored(place) or self._standing_at(place)
            if run is None:  # Nothing to do any more, or nowhere to start from: look again.
                return
            self.run, before = run, run.step
            try:
                with computing(self.threads, step):
                    evaluation = run.advance(step, heartbeat)
            except Paused:
                tree.trained += run.step - before
                self._pause(run)
                raise Paused(run.step) from None
            except Diverged as error:
                about = {"step": error.step, "reason": error.reason, "values": error.values}
                tree._write(key, {"diverged": about})
                raise
            tree.trained += step - before
            with replace_folder(tree._state_folder(key)) as new:
                run.save(new)
            tree._used(tree._state_folder(key))
            if known is None:
                tree._write(key, {"evaluation": evaluation.to_json()})
            if place + 1 == len(self.milestones):
                # Within a stage, whoever passed there comes here: nothing else goes on from it. Not
                # before: who is broken off on the way is still known by the last step it passed.
                for at, passed in zip(self.milestones[:place], self.keys, strict=False):
                    if at in self.passing:
                        drop_folder(tree._state_folder(passed))
        tree.make_room()

    def _unscored(self, place: int) -> Run | None:
        """The run at a milestone where it has paused before it was scored."""
        if self.tree._evaluation(self.keys[place]) is not None:
            return None
        return self._restored(self.keys[place])

    def _pause(self, run: Run) -> None:
        """Keep the state of a run that stands between two milestones, or on one unscored."""
        key = self.tree._key(self.objective, self.config, self.seed, run.step, self.threads)
        if run.step and not self.tree._state_folder(key).exists():
            with replace_folder(self.tree._state_folder(key)) as new:
                run.save(new)

    def _standing_at(self, done: int) -> Run | None:
        """A run that has passed `done` milestones; None if the state to restore is gone."""
        step = self.milestones[done - 1] if done else 0
        if self.run is not None and self.run.step == step:
            return self.run
        if not done:
            return self.objective.run(self.config, self.seed)
        return self._restored(self.keys[done - 1])

    def _restored(self, key: str) -> Run | None:
        """The run from a node's state; None if that is gone."""
        state = self.tree._state(key)
        if state is None:
            return None
        run = self.objective.run(self.config, self.seed)
        try:
            run.restore(state)
        except FileNotFoundError:
            if state.exists():
                raise
            return None  # Another process dropped it meanwhile.
        return run
