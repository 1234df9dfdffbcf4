"""The tree of checkpoints: which nodes a run passes, and training from the deepest one.

A run's state at a step depends only on the parameters that have acted until then. A node's key
is a hash of these, so runs with a common prefix share its nodes. Deleting nodes costs time, never
results. Sharing prefixes between trials: Shin et al., Hippo (arXiv:2006.11972).
"""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from xlt.objectives.checkpoints.nodes import NodeStore
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
from xlt.objectives.threads import SINGLE, Threads, torch_threads


class CheckpointTree:
    """Trains runs of any number of studies, and keeps their checkpoints below one folder."""

    def __init__(self, folder: Path, limit: int) -> None:
        """`limit`: bytes of all files; the least recently used nodes are deleted above it."""
        self.nodes = NodeStore(folder, limit)
        self.folder = folder
        self.notices = self.nodes.notices  # nodes that were corrupt, and were dropped
        self.trained = 0  # steps trained by this object

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
        """The run's evaluation at `step`, read from its node or trained from the deepest one.

        Nodes are saved at every step of `through` on the way, and at the end of each stage.

        Raises:
            Diverged: Training diverged, now or the first time.
        """
        key = node_key(objective, config, seed, step, threads)
        evaluation = self.nodes.evaluation(key)
        if evaluation is None:
            _TreePath(self, objective, config, seed, step, through, threads).train(heartbeat)
            evaluation = self.nodes.evaluation(key)
        if evaluation is None:
            raise RuntimeError(f"{self.folder / key} vanished while it was in use")
        return evaluation

    def restore(
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
        """A live run at `step`, restored, or trained as in `evaluate`.

        A run that was paused exactly there is not scored first.
        """
        path = _TreePath(self, objective, config, seed, step, through, threads, scored=False)
        return path.live_run(heartbeat)

    def touch(self, objective: Objective, config: Configuration, seed: int, step: int) -> None:
        """Mark a run's state as just used, so that others are evicted before it."""
        self.nodes.touch(node_key(objective, config, seed, step))

    def node_keys(
        self,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        *,
        through: Sequence[int] = (),
        threads: Threads = SINGLE,
    ) -> list[str]:
        """The keys of the nodes from a run's start to `step`, in order."""
        return _TreePath(self, objective, config, seed, step, through, threads).keys


def node_key(
    objective: Objective, config: Configuration, seed: int, step: int, threads: Threads = SINGLE
) -> str:
    """A hash of all that has acted until the step, and the step."""
    content = {
        "identity": objective.identity,
        "prefix_config": dict(objective.prefix_config(config, step)),
        "seed": seed,
        "step": step,
    }
    if threads.at(step) > 1:
        content["threads"] = [threads.count, threads.from_step]
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return f"{hashlib.sha256(text.encode()).hexdigest()[:40]}-{step}"


class _TreePath:
    """The nodes of one run from its start to a step. Its milestones are their steps."""

    def __init__(
        self,
        tree: CheckpointTree,
        objective: Objective,
        config: Configuration,
        seed: int,
        step: int,
        through: Sequence[int],
        threads: Threads,
        *,
        scored: bool = True,
    ) -> None:
        """`scored`: whether the last milestone needs an evaluation."""
        self.tree, self.nodes = tree, tree.nodes
        self.objective, self.config, self.seed, self.threads = objective, config, seed, threads
        ends = set(objective.stages.values())
        self.transient = set(through) - ends  # their states are useless after the next milestone
        # A run that was paused on this path, at whatever step, saves the training until there.
        existing = {
            at
            for at, keys in self.nodes.keys_with_state().items()
            if 0 < at <= step and self._key(at) in keys
        }
        required = {*through, *ends, threads.from_step}
        self.milestones = sorted({at for at in required | existing if 0 < at < step} | {step})
        # Paused there, and nobody needs an evaluation.
        self.unscored = existing - required - {step} if scored else existing - (required - {step})
        self.keys = [self._key(at) for at in self.milestones]
        self.run: Run | None = None  # live, at one of the milestones

    def train(self, heartbeat: Heartbeat) -> None:
        """Train from milestone to milestone until the last node exists. Raises `Diverged`."""
        while (done := self._done()) < len(self.milestones):
            self._train_to(done, heartbeat)

    def live_run(self, heartbeat: Heartbeat) -> Run:
        """The run at the last milestone, trained if need be."""
        while True:
            self.train(heartbeat)
            run = self._run_at(len(self.milestones))
            if run is not None:
                return run

    def _key(self, step: int) -> str:
        return node_key(self.objective, self.config, self.seed, step, self.threads)

    def _done(self) -> int:
        """How many milestones from the start need no training."""
        for index in reversed(range(len(self.milestones))):
            if self._exists(index):
                return index + 1
        return 0

    def _exists(self, index: int) -> bool:
        key = self.keys[index]
        if not self.nodes.has_state(key):
            return False
        return self.milestones[index] in self.unscored or self.nodes.evaluation(key) is not None

    def _train_to(self, index: int, heartbeat: Heartbeat) -> None:
        """Train to one milestone, unless another process did so before it released the lock."""
        key, step = self.keys[index], self.milestones[index]
        on_wait = partial(heartbeat, Progress("waiting for another worker", 0, 0, 0.0))
        with self.nodes.locked(key, on_wait):
            known = self.nodes.evaluation(key)  # A run that diverged once will diverge again.
            run = None if self._exists(index) else self._paused_at(index) or self._run_at(index)
            if (
                run is None
            ):  # Nothing is left to do, or the state to start from is gone: look again.
                return
            self.run, before = run, run.step
            try:
                with torch_threads(self.threads, step):
                    evaluation = run.train_to(step, heartbeat)
            except Paused:
                self.tree.trained += run.step - before
                self._save_paused(run)
                raise Paused(run.step) from None
            except Diverged as error:
                self.nodes.write(key, error)
                raise
            self.tree.trained += step - before
            self.nodes.save_state(key, run)
            if known is None:
                self.nodes.write(key, evaluation)
            if index + 1 == len(self.milestones):
                # Within a stage, every run that passes the transient nodes comes here. They are
                # dropped only now: a run that is paused on the way is found by the last of them.
                for at, transient in zip(self.milestones[:index], self.keys, strict=False):
                    if at in self.transient:
                        self.nodes.drop_state(transient)
        self.nodes.evict_lru()

    def _paused_at(self, index: int) -> Run | None:
        """The run that was paused exactly at a milestone before it was scored."""
        if self.nodes.evaluation(self.keys[index]) is not None:
            return None
        return self._restored(self.keys[index])

    def _save_paused(self, run: Run) -> None:
        """Save a run that stands between two milestones, or at one without an evaluation."""
        key = self._key(run.step)
        if run.step and not self.nodes.has_state(key):
            self.nodes.save_state(key, run)

    def _run_at(self, done: int) -> Run | None:
        """The run that has passed `done` milestones. None if the state to restore is gone."""
        step = self.milestones[done - 1] if done else 0
        if self.run is not None and self.run.step == step:
            return self.run
        if not done:
            return self.objective.run(self.config, self.seed)
        return self._restored(self.keys[done - 1])

    def _restored(self, key: str) -> Run | None:
        """The run from a node's state. None if that is gone."""
        state = self.nodes.state(key)
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
