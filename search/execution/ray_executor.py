"""An engine for more than one machine: jobs are Ray Core tasks, with their CPUs and GPUs declared.

Where they run, and what becomes of those whose machine is lost, is Ray's. Beside tasks there is one
actor on the command's machine, see `xlt.search.execution.ray_task.Home`.
"""

import logging
import math
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import (
    NodeDiedError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    TaskCancelledError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from xlt.search import events
from xlt.search.execution.executor import (
    MOST_THREADS,
    PATIENCE,
    RETRIES,
    Engine,
    WorkerFailed,
    returned,
)
from xlt.search.execution.jobs import Answer, Description, Failed, Finish, Job
from xlt.search.execution.local import ENVIRONMENT, cores
from xlt.search.execution.os_errors import fault
from xlt.search.execution.ray_task import Begun, Done, Errand, Home, look, train
from xlt.spaces.errors import InputError, XltError

# What a cluster of our own keeps in shared memory: little, as all share the runs folder there.
OBJECT_STORE = 256 * 2**20
# A task of which these are left was lost with its process or machine, as often as it was tried.
LOSSES = (WorkerCrashedError, NodeDiedError, OutOfMemoryError, TaskCancelledError)
# What Ray divides a GPU into.
PARTS = 10_000
# How long a cluster's head may take to be reached.
CONNECT_SECONDS = 5.0
DAY = 24 * 3600


@dataclass
class _Running:
    reference: Any
    job: Job
    begun: float | None = None  # once its data are loaded; it may have waited for a free machine
    times: int = 0


@dataclass(eq=False)
class RayEngine(Engine):
    """Tasks on a Ray cluster. Raises `InputError` if there is none."""

    # HOST:PORT of a cluster which this machine is a node of, or "auto"; None starts one here.
    address: str | None = None

    def __post_init__(self) -> None:
        connect(self.address)
        # Once and for all: a machine may be away for a while.
        self._gpus = 0 if self.setup.device == "cpu" else int(ray.cluster_resources().get("GPU", 0))
        self.setup = replace(
            self.setup,
            device=self._device(),
            data_cache=self.setup.data_cache.absolute(),
            checkpoints=self.setup.checkpoints.absolute(),
        )
        self._running: dict[str, _Running] = {}  # by ticket
        self._mark = mark(self.setup.checkpoints)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        home = ray.remote(Home).options(num_cpus=0, scheduling_strategy=here)
        self._home: Any = home.remote(self.setup)

    def close(self) -> None:
        self.break_off()
        with suppress(RayError):
            ray.kill(self._home)
        self._mark.unlink(missing_ok=True)

    def break_off(self) -> list[tuple[int, Answer]]:
        # A task cannot be told anything: it ends, and its last checkpoint is what it has trained.
        for running in self._running.values():
            _cancel(running.reference)
        self._running = {}
        return []

    def describe(self, meanwhile: Callable[[], None] = lambda: None) -> Description:
        reference = self._remote(look, 1).remote(self._errand(""))
        while not ray.wait([reference], timeout=PATIENCE)[0]:
            self._check()
            meanwhile()
        found = self._result(reference)
        if isinstance(found, Failed):
            raise XltError(f"preparing the data: {found.reason}")
        return self._described(found)

    @property
    def most(self) -> int:
        """One a GPU of the cluster, or one a CPU."""
        return self._gpus or int(ray.cluster_resources().get("CPU", 1))

    @property
    def threads(self) -> int:
        return 1 if self._gpus else min(self._cpus(), MOST_THREADS)

    def room(self) -> bool:
        self.use(*self._asked)  # machines come and go
        return len(self._running) < self.limit

    def submit(self, job: Job) -> None:
        if isinstance(job, Finish) and job.folder:  # tasks are somewhere else
            job = replace(job, folder=job.folder.absolute())
        ticket = uuid.uuid4().hex
        task = self._remote(train, min(job.threads.count, self._cpus()))
        self._running[ticket] = _Running(task.remote(self._errand(ticket), job), job)

    def answers(self) -> Iterator[tuple[int, Answer]]:
        self._check()
        if not self._running:
            self.stop.wait(PATIENCE)
            return
        references = [running.reference for running in self._running.values()]
        ray.wait(references, timeout=PATIENCE)
        finished, _ = ray.wait(references, num_returns=len(references), timeout=0)
        self._hear()  # after that: nothing of what a finished task has sent is missed
        for ticket, running in list(self._running.items()):
            if running.reference in finished:
                answer = self._answer(running)
            else:
                failed = self._lost(running)
                if failed is None:
                    continue
                _cancel(running.reference)
                answer = failed
            del self._running[ticket]
            yield running.job.trial, answer

    def _answer(self, running: _Running) -> Answer:
        found = self._result(running.reference)
        if isinstance(found, Failed):
            return found
        assert isinstance(found, Done)
        self._described(found.description)
        self.trained += found.trained
        for notice in found.notices:
            self.display(events.Notice(notice))
        return found.answer

    def _lost(self, running: _Running) -> Failed | None:
        """What a task that goes on and on has come to."""
        if running.times > RETRIES + 1:  # Ray does not count those that its memory monitor kills
            return Failed(f"its process was lost {RETRIES + 1} times")
        return self._past(time.monotonic() - running.begun) if running.begun else None

    def _hear(self) -> None:
        """Show what tasks have let us know."""
        try:
            news = ray.get(self._home.news.remote())
        except RayError as error:
            raise XltError(
                f"Ray's process beside this command was lost: {_first_line(error)}. Everything "
                "finished is saved: the same command goes on"
            ) from error
        for ticket, sign in news:
            running = self._running.get(ticket)
            if running is None:
                continue
            if not isinstance(sign, Begun):
                self.display(events.Beat(running.job.name, sign))
                continue
            running.begun = time.monotonic()
            running.times += 1
            if running.times > 1:
                text = f"{running.job.name} is begun again on {sign.machine}"
                self.display(events.Notice(f"{text}: its process or machine was lost"))

    def _result(self, reference: Any) -> Any:
        """What a task has returned; `Failed` if Ray has tried often enough."""
        try:
            found = ray.get(reference)
        except LOSSES as error:
            return Failed(f"{_first_line(error)}; tried {RETRIES + 1} times")
        except RayTaskError as error:
            told = fault(error)
            if told is None and "failed to import" in str(error):
                told = XltError(
                    "a machine of the Ray cluster has not got xlt-search, or another version of "
                    "it: install the same on all of them"
                )
            if told is None:
                raise WorkerFailed(f"in a Ray task:\n{error}") from error
            raise told from error
        except RayError as error:
            raise XltError(f"Ray: {_first_line(error)}") from error
        return returned(found, "a Ray task")

    def _errand(self, ticket: str) -> Errand:
        return Errand(self.setup, ticket, self._mark, Path.cwd(), self._home)

    def _remote(self, function: Any, threads: int) -> Any:
        options: dict[str, Any] = {
            "num_cpus": threads,
            "max_retries": RETRIES,
            "runtime_env": {"env_vars": ENVIRONMENT},
        }
        if self._gpus:
            # More workers than GPUs share them in equal parts, of which whole numbers fit.
            sharing = math.ceil(self.limit / self._gpus)
            options["num_gpus"] = (PARTS // sharing) / PARTS
            if any(node["Resources"].get("GPU", 0) > 1 for node in self._nodes()):
                # A process stays on the GPU that it began with, whatever Ray gives it later.
                options["max_calls"] = 1
        return ray.remote(**options)(function)

    def _nodes(self) -> list[dict[str, Any]]:
        """Those where jobs can run."""
        alive = [node for node in ray.nodes() if node["Alive"]]
        return [node for node in alive if not self._gpus or node["Resources"].get("GPU")]

    def _cpus(self) -> int:
        """Of the largest machine."""
        return int(max((node["Resources"].get("CPU", 1) for node in self._nodes()), default=1))

    def _device(self) -> str:
        """What "auto" comes to in this cluster. Which GPU a task has is Ray's to say."""
        asked = self.setup.device
        if self._gpus:
            return "cuda"
        if asked.startswith("cuda"):
            raise InputError(f"--device {asked}: the Ray cluster has no GPU; use --device cpu")
        return "cpu"


def connect(address: str | None) -> None:
    """Be part of a cluster, once for the whole process."""
    if ray.is_initialized():
        return
    if address is not None:
        _prove_there(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    own: dict[str, Any] = {
        "num_cpus": cores(),
        "object_store_memory": OBJECT_STORE,
        "include_dashboard": False,
    }
    # Ray puts its own handler there, which would end us without our saving anything.
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **(own if address is None else {}),
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"Ray (--ray-address {address or 'left out'}): {reason}") from error
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _prove_there(address: str) -> None:
    """Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        if address != "auto":
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise InputError(
            f"--ray-address {address}: {error}; expected HOST:PORT of a cluster which this "
            "machine is a node of (ray start --address=HOST:PORT), or auto"
        ) from error


def mark(folder: Path) -> Path:
    """A file by which a machine sees whether the folder is the one that we see."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".seen-*"):  # by commands that were killed
        if time.time() - left.stat().st_mtime > DAY:
            left.unlink(missing_ok=True)
    file = folder / f".seen-{uuid.uuid4().hex}"
    file.touch()
    return file


def _first_line(error: RayError) -> str:
    return " ".join(str(error).split(".")[0].split())


def _cancel(reference: Any) -> None:
    with suppress(RayError, ValueError):
        ray.cancel(reference, force=True)
