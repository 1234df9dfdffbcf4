"""Studies on a Ray cluster: several nodes, with and without a shared folder, and lost nodes."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import toy_objective
from commands import toy

from xlt.search import events
from xlt.search.execution import ray_executor
from xlt.search.execution.executor import WorkerError
from xlt.search.execution.executor_name import ExecutorName
from xlt.search.execution.jobs import JobFailed, ObjectiveFactory, Train
from xlt.search.execution.ray_executor import RayExecutor
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import runner
from xlt.search.pipeline.options import Options
from xlt.search.storage.store import Store, config_key
from xlt.search.storage.studies import load_store
from xlt.spaces.errors import InputError
from xlt.studies.study import load

ray = pytest.importorskip("ray", reason="xlt-search[ray] is not installed")
from ray.cluster_utils import Cluster

pytestmark = [
    pytest.mark.slow,
    # Raised inside Ray.
    pytest.mark.filterwarnings("ignore:::ray", "ignore::ResourceWarning", "ignore::FutureWarning"),
]
# With these settings the configurations do not depend on the order of results.
ORDERLESS = (
    'search.sampler="random"',
    'search.pruner="none"',
    "search.n_trials=6",
    'search.stop_when="never"',
    "proof.seeds=0",  # with several workers, it depends on the order what is worth a new seed
)


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Starts a cluster with the given nodes. Like a machine, a node has its own cache."""
    helpers = Path(toy_objective.__file__).parent
    monkeypatch.setenv("PYTHONPATH", str(helpers))
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "toy.log"))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster()

    def add(*nodes: dict[str, Any]) -> Cluster:
        for number, resources in enumerate(nodes):
            cluster.add_node(
                **{"num_cpus": 1, **resources},
                env_vars={"XDG_CACHE_HOME": str(tmp_path / f"cache-{number}")},
            )
        return cluster

    yield add
    ray.shutdown()
    cluster.shutdown()


class Command:
    """`xlt-search --study league` on the toy objective."""

    def __init__(self, folder: Path, address: str | None, build: ObjectiveFactory) -> None:
        self.folder, self.build, self.address = folder, build, address
        self.seen: list[events.Event] = []
        self.stop = threading.Event()
        self.when: tuple[type[Any], int, Callable[[], None]] | None = None

    def options(self, executor: ExecutorName = ExecutorName.RAY, **others: Any) -> Options:
        return Options(
            runs=self.folder,
            objective_factory=self.build,
            device="cpu",
            executor=executor,
            ray_address=self.address,
            **others,
        )

    def __call__(self, *assignments: str, final: bool = False, **options: Any) -> Store:
        study = load("league", ["data.source=toy", *assignments])
        runner.run_study(
            study, "league", self.options(**options), self._show, self.stop, with_final=final
        )
        return load_store(None, self.folder, "league")

    def texts(self) -> list[str]:
        return [event.text for event in self.seen if isinstance(event, events.Notice)]

    def _show(self, event: events.Event) -> None:
        self.seen.append(event)
        if self.when:
            kind, count, act = self.when
            if sum(isinstance(seen, kind) for seen in self.seen) == count:
                self.when = None
                act()


def result(store: Store) -> tuple[dict[str, Any], Any]:
    """State and scores of each configuration, and the final."""
    trials = {
        config_key(trial.user_attrs["configuration"]): (trial.state.name, trial.intermediate_values)
        for trial in store.results_by_config().values()
    }
    final = store.attributes.get("final", {})
    return trials, [final.get(name) for name in ("configuration", "test", "weights_sha256")]


def done(log: Path, kind: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if line.startswith(kind)]


def test_a_lost_node(start: Callable[..., Cluster], tmp_path: Path) -> None:
    """One of three nodes is killed: configurations, scores and winner are those of a local run."""
    cluster = start({}, {}, {})
    build = toy_objective.build_slow
    here = Command(tmp_path / "here", None, build)
    expected = result(here(*ORDERLESS, executor=ExecutorName.LOCAL, workers=1, final=True))
    there = Command(tmp_path / "there", cluster.address, build)
    lost = max(cluster.worker_nodes, key=lambda node: node.node_id)
    there.when = (events.TrialEvaluated, 5, lambda: cluster.remove_node(lost, allow_graceful=False))
    store = there(*ORDERLESS, final=True)
    assert there.when is None
    assert result(store) == expected
    assert len(store.results_by_config()) == 6
    assert (tmp_path / "there/league/final/model.json").exists()


def test_without_a_shared_folder(
    start: Callable[..., Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines without the command's folder resume from checkpoints of other machines."""
    cluster = start({"num_cpus": 0}, {}, {})
    monkeypatch.setattr(ray_executor, "shared_folder_marker", lambda folder: folder / "not there")
    here = Command(tmp_path / "here", None, toy_objective.build_slow)
    expected = result(here(*ORDERLESS, executor=ExecutorName.LOCAL, workers=1, final=True))
    monkeypatch.chdir(tmp_path)  # Ray's processes have another working directory
    log = tmp_path / "toy.log"
    trained = sorted(done(log, "train"))
    log.unlink()
    there = Command(Path("there"), cluster.address, toy_objective.build_placed)
    assert result(there(*ORDERLESS, final=True)) == expected
    # Both machines worked in their own caches, and nothing was trained twice,
    places = {line.split()[2] for line in done(log, "placed")}
    assert {str(tmp_path / f"cache-{number}") for number in (1, 2)} <= places
    assert sorted(done(log, "train")) == trained
    # nor is it by a later command with the command's folder.
    again = Command(tmp_path / "there", None, toy_objective.build)
    again(*ORDERLESS, executor=ExecutorName.LOCAL, workers=1)
    assert sorted(done(log, "train")) == trained
    assert (tmp_path / "there/league/final/model.json").exists()


def test_failures(start: Callable[..., Cluster], tmp_path: Path) -> None:
    """A job that kills its process fails, and so does one beyond its limit; bugs are raised."""
    cluster = start({"num_cpus": 2})

    def command(name: str, build: ObjectiveFactory) -> Command:
        return Command(tmp_path / name, cluster.address, build)

    dying = command("dying", toy_objective.build_dying)
    store = dying("search.n_trials=1")
    assert "tried 3 times" in store.study.trials[0].user_attrs["failed"]
    assert any("trial 0 restarted on" in text for text in dying.texts())
    late = command("late", toy_objective.build_hanging)
    store = late("search.n_trials=1", job_timeout_seconds=1.0)
    assert store.study.trials[0].user_attrs["failed"] == "time limit exceeded: ended after 1 s"
    with pytest.raises(WorkerError, match=r"(?s)build_buggy.*a bug in the objective"):
        command("buggy", toy_objective.build_buggy)()
    hungry = command("hungry", toy_objective.build_hungry)
    store = hungry("space.d_model=512", "search.n_trials=1")
    assert "out of memory" in store.study.trials[0].user_attrs["failed"]


def test_resumes_after_an_interruption(start: Callable[..., Cluster], tmp_path: Path) -> None:
    cluster = start({"num_cpus": 2})
    here = Command(tmp_path / "here", None, toy_objective.build)
    expected = result(here(*ORDERLESS, executor=ExecutorName.LOCAL, workers=1))
    there = Command(tmp_path / "there", cluster.address, toy_objective.build_slow)
    there.when = (events.TrialEvaluated, 4, there.stop.set)
    with pytest.raises(Interrupted):
        there(*ORDERLESS)
    there.stop.clear()
    store = there(*ORDERLESS)
    assert result(store) == expected
    assert not [trial for trial in store.study.trials if trial.state.name == "RUNNING"]


def test_gpus_are_declared(start: Callable[..., Cluster], tmp_path: Path) -> None:
    """One task per GPU; more tasks share the GPUs."""
    cluster = start({"num_cpus": 4, "num_gpus": 2})
    options = Options(runs=tmp_path / "runs", objective_factory=toy_objective.build_placed)
    config = options.worker_config(load("league", ["data.source=toy"]))
    log = tmp_path / "toy.log"
    with RayExecutor(
        config, threading.Event(), lambda _: None, address=cluster.address
    ) as executor:
        assert executor.worker_config.device == "cuda"
        executor.describe()
        executor.set_max_workers(None)
        assert executor.max_workers == 2
        baseline = load("league").space.baseline
        for workers in (2, 4):
            log.unlink()
            executor.set_max_workers(workers)
            while executor.has_capacity():
                executor.submit(Train(len(executor._running), baseline, workers, 40))
            results: list[Any] = []
            while len(results) < workers:
                results += [result for _, result in executor.completed()]
            assert not any(isinstance(result, JobFailed) for result in results)
            # Every task had its own process, and a GPU.
            placed = [line.split()[1] for line in done(log, "placed")]
            assert len(placed) == workers
            assert set(placed) <= {"0", "1"}


def test_no_such_cluster(tmp_path: Path) -> None:
    for address in ("ray://127.0.0.1:1", "127.0.0.1:1"):
        command = Command(tmp_path, address, toy_objective.build)
        with pytest.raises(InputError, match=f"--ray-address {address}: "):
            command()


def test_a_cluster_started_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of its processes is left when the command has ended."""
    command = psutil.Popen(
        [
            *(sys.executable, *toy("build_slow")),
            *("--study", "league", "--data", "toy", "--engine", "ray", "--n-trials", "3"),
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(toy_objective.__file__).parent)},
    )
    children: set[psutil.Process] = set()
    while command.poll() is None:
        for child in command.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                if child.name() in ("raylet", "gcs_server"):
                    children.add(child)
        psutil.wait_procs([command], timeout=1)
    assert command.returncode == 0
    assert len(load_store(None, tmp_path / "runs", "league").results_by_config()) == 3
    assert {child.pid for child in children}
    assert not psutil.wait_procs(children, timeout=10)[1]
