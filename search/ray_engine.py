"""An engine for more than one machine: jobs are Ray Core tasks, with their CPUs and GPUs declared.

Where they run, and what becomes of those whose machine is lost, is Ray's. Beside tasks there is one
actor on the command's machine, see `xlt.search.ray_task.Home`.
"""

import logging
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
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from xlt.search import events
from xlt.search.engine import MOST_THREADS, PATIENCE, RETRIES, Engine, WorkerFailed
from xlt.search.jobs import Answer, Description, Failed, Failure, Job, Setup
from xlt.search.ray_task import Begun, Done, Errand, Home, look, train
from xlt.search.workers import ENVIRONMENT, cores
from xlt.spaces.errors import InputError, XltError

# What a cluster of our own keeps in shared memory: little, as all share the runs folder there.
OBJECT_STORE = 256 * 2**20
# How long a cluster's head may take to be reached.
CONNECT_SECONDS = 5.0


@dataclass
class _Running:
    job: Job
    begun: float | None = None  # once its data are loaded; it may have waited for a free machine
    times: int = 0


class RayEngine(Engine):
    """Tasks on a Ray cluster."""

    def __init__(
        self,
        setup: Setup,
        stop: threading.Event,
        display: events.Display,
        job_limit: float | None = None,
        address: str | None = None,
    ) -> None:
        """`address`: host:port of a cluster which this machine is a node of, or "auto"; None
        starts one on this machine. Raises `InputError` if there is none."""
        super().__init__(setup, stop, display, job_limit)
        connect(address)
        self.setup = replace(
            setup,
            device=self._device(),
            data_cache=setup.data_cache.absolute(),
            checkpoints=setup.checkpoints.absolute(),
        )
        self._running: dict[Any, _Running] = {}
        self._mark = mark(self.setup.checkpoints)
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        home = ray.remote(Home).options(num_cpus=0, scheduling_strategy=here)
        self._home: Any = home.remote(self.setup)

    def close(self) -> None:
        for reference in self._running:
            _cancel(reference)
        self._running = {}
        with suppress(RayError):
            ray.kill(self._home)
        self._mark.unlink(missing_ok=True)

    def describe(self, meanwhile: Callable[[], None] = lambda: None) -> Description:
        reference = self._remote(look, 1).remote(self._errand())
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
        return int(self._gpus() or ray.cluster_resources().get("CPU", 1))

    @property
    def threads(self) -> int:
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        most = max((node.get("GPU") or node.get("CPU", 1)) for node in nodes)
        return min(int(most), MOST_THREADS)

    def room(self) -> bool:
        return len(self._running) < self.limit

    def submit(self, job: Job) -> None:
        reference = self._remote(train, job.threads.count).remote(self._errand(), job)
        self._running[reference] = _Running(job)

    def answers(self) -> Iterator[tuple[int, Answer]]:
        self._check()
        if not self._running:
            self.stop.wait(PATIENCE)
            return
        references = list(self._running)
        ray.wait(references, timeout=PATIENCE)
        self._hear()
        for reference in ray.wait(references, num_returns=len(references), timeout=0)[0]:
            running = self._running.pop(reference)
            found = self._result(reference)
            if isinstance(found, Done):
                self._described(found.description)
                for notice in found.notices:
                    self.display(events.Notice(notice))
                found = found.answer
            yield running.job.trial, found
        for reference, running in list(self._running.items()):
            if running.begun is None:
                continue
            failed = self._past(time.monotonic() - running.begun)
            if failed is not None:
                _cancel(reference)
                del self._running[reference]
                yield running.job.trial, failed

    def _hear(self) -> None:
        """Show what tasks have let us know."""
        by_trial = {running.job.trial: running for running in self._running.values()}
        for trial, sign in ray.get(self._home.news.remote()):
            running = by_trial.get(trial)
            if running is None:
                continue
            if not isinstance(sign, Begun):
                self.display(events.Beat(running.job.name, sign))
                continue
            running.begun = time.monotonic()
            running.times += 1
            if running.times > 1:
                text = f"{running.job.name} is begun again on {sign.machine}: its process or machine was lost"
                self.display(events.Notice(text))

    def _result(self, reference: Any) -> Any:
        """What a task has returned; `Failed` if Ray has tried often enough."""
        try:
            found = ray.get(reference)
        except RayTaskError as error:
            raise WorkerFailed(f"in a Ray task:\n{error}") from error
        except RayError as error:
            reason = " ".join(str(error).split(".")[0].split())
            return Failed(f"{reason}; tried {RETRIES + 1} times")
        if isinstance(found, XltError):
            raise found
        if isinstance(found, Failure):
            raise WorkerFailed(f"in a Ray task:\n{found.traceback}")
        return found

    def _errand(self) -> Errand:
        return Errand(self.setup, self._mark, Path.cwd(), self._home)

    def _remote(self, function: Any, threads: int) -> Any:
        gpus = self._gpus()
        return ray.remote(function).options(
            num_cpus=threads,
            # More workers than GPUs share them.
            num_gpus=min(1.0, gpus / self.limit) if gpus else 0,
            max_retries=RETRIES,
            runtime_env={"env_vars": ENVIRONMENT},
        )

    def _gpus(self) -> float:
        return 0 if self.setup.device == "cpu" else ray.cluster_resources().get("GPU", 0)

    def _device(self) -> str:
        """What "auto" comes to in this cluster. Which GPU a task has is Ray's to say."""
        asked = self.setup.device
        if self._gpus():
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
        raise InputError(f"--ray-address {address}: {str(error).splitlines()[0]}") from error
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
    file = folder / f".seen-{uuid.uuid4().hex}"
    file.touch()
    return file


def _cancel(reference: Any) -> None:
    with suppress(RayError, ValueError):
        ray.cancel(reference, force=True)
