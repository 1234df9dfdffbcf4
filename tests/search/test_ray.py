"""The same studies by Ray: on several nodes, with and without a shared folder, a node lost."""

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
from xlt.search.execution.executor import WorkerFailed
from xlt.search.execution.executor_name import ExecutorName
from xlt.search.execution.jobs import JobFailed, ObjectiveFactory, Train
from xlt.search.execution.ray_executor import RayExecutor
from xlt.search.interrupt import Interrupted
from xlt.search.pipeline import runner
from xlt.search.pipeline.session import Options
from xlt.search.storage.store import Store, config_key
from xlt.search.storage.studies import load_study
from xlt.spaces.errors import InputError
from xlt.studies.study import load

ray = pytest.importorskip("ray", reason="xlt-search[ray] is not installed")
from ray.cluster_utils import Cluster

pytestmark = [
    pytest.mark.slow,
    # Ray's own.
    pytest.mark.filterwarnings("ignore:::ray", "ignore::ResourceWarning", "ignore::FutureWarning"),
]
# With these, which configurations are tried does not depend on the order of answers.
ORDERLESS = ('search.sampler="random"', 'search.pruner="none"', "search.n_trials=6")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """A cluster with nodes as asked for; each has a cache of its own, as if it were a machine."""
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
    """`xlt-search --study league` on the toy."""

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
        return load_study(None, self.folder, "league")

    def texts(self) -> list[str]:
        return [event.text for event in self.seen if isinstance(event, events.Notice)]

    def _show(self, event: events.Event) -> None:
        self.seen.append(event)
        if self.when:
            kind, count, act = self.when
            if sum(isinstance(each, kind) for each in self.seen) == count:
                self.when = None
                act()


def result(store: Store) -> tuple[dict[str, Any], Any]:
    """What each configuration has come to, and the final."""
    found = {
        config_key(trial.user_attrs["configuration"]): (trial.state.name, trial.intermediate_values)
        for trial in store.latest_by_config().values()
    }
    final = store.attributes.get("final", {})
    return found, [final.get(name) for name in ("configuration", "test", "weights_sha256")]


def done(log: Path, kind: str) -> list[str]:
    return [line for line in log.read_text().splitlines() if line.startswith(kind)]


def test_a_node_lost_half_way(start: Callable[..., Cluster], tmp_path: Path) -> None:
    """Three nodes, one killed in mid-study: the same configurations, scores and winner as here."""
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
    assert len(store.latest_by_config()) == 6
    assert (tmp_path / "there/league/final/model.json").exists()


def test_without_a_shared_folder(
    start: Callable[..., Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints travel: machines that see no folder of ours go on from what others have left."""
    cluster = start({"num_cpus": 0}, {}, {})
    monkeypatch.setattr(
        ray_executor, "shared_folder_marker", lambda folder: folder / "nobody sees this"
    )
    here = Command(tmp_path / "here", None, toy_objective.build_slow)
    expected = result(here(*ORDERLESS, executor=ExecutorName.LOCAL, workers=1, final=True))
    monkeypatch.chdir(tmp_path)  # Ray's processes are somewhere else
    log = tmp_path / "toy.log"
    trained = sorted(done(log, "train"))
    log.unlink()
    there = Command(Path("there"), cluster.address, toy_objective.build_placed)
    assert result(there(*ORDERLESS, final=True)) == expected
    # Both machines have worked, in caches of their own, and nothing was trained twice ...
    places = {line.split()[2] for line in done(log, "placed")}
    assert {str(tmp_path / f"cache-{number}") for number in (1, 2)} <= places
    assert sorted(done(log, "train")) == trained
    # ... nor is it by whoever has the folder.
    again = Command(tmp_path / "there", None, toy_objective.build)
    again("search.n_trials=6", *ORDERLESS[:2], executor=ExecutorName.LOCAL, workers=1)
    assert sorted(done(log, "train")) == trained
    assert (tmp_path / "there/league/final/model.json").exists()


def test_trouble(start: Callable[..., Cluster], tmp_path: Path) -> None:
    """A job that kills is given up; a late one is ended; bugs and data errors are told."""
    cluster = start({"num_cpus": 2})

    def command(name: str, build: ObjectiveFactory) -> Command:
        return Command(tmp_path / name, cluster.address, build)

    dying = command("dying", toy_objective.build_dying)
    store = dying("search.n_trials=1")
    assert "tried 3 times" in store.study.trials[0].user_attrs["failed"]
    assert any("trial 0 is begun again on" in text for text in dying.texts())
    late = command("late", toy_objective.build_hanging)
    store = late("search.n_trials=1", job_limit=1.0)
    assert store.study.trials[0].user_attrs["failed"] == "past its time: ended after 1 s"
    with pytest.raises(WorkerFailed, match=r"(?s)build_buggy.*a bug in the objective"):
        command("buggy", toy_objective.build_buggy)()
    hungry = command("hungry", toy_objective.build_hungry)
    store = hungry("space.d_model=512", "search.n_trials=1")
    assert "out of memory" in store.study.trials[0].user_attrs["failed"]


def test_interrupted_and_gone_on(start: Callable[..., Cluster], tmp_path: Path) -> None:
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
    """A task a GPU; more tasks than GPUs share them."""
    cluster = start({"num_cpus": 4, "num_gpus": 2})
    options = Options(runs=tmp_path / "runs", objective_factory=toy_objective.build_placed)
    setup = options.worker_config(load("league", ["data.source=toy"]))
    log = tmp_path / "toy.log"
    with RayExecutor(setup, threading.Event(), lambda _: None, address=cluster.address) as engine:
        assert engine.config.device == "cuda"
        engine.describe()
        engine.set_max_workers(None)
        assert engine.max_workers == 2
        config = load("league").space.baseline
        for wanted in (2, 4):
            log.unlink()
            engine.set_max_workers(wanted)
            while engine.has_capacity():
                engine.submit(Train(len(engine._running), config, wanted, 40, ()))
            answers: list[Any] = []
            while len(answers) < wanted:
                answers += [answer for _, answer in engine.completed()]
            assert not any(isinstance(answer, JobFailed) for answer in answers)
            # Each in a process of its own, and on a GPU.
            placed = [line.split()[1] for line in done(log, "placed")]
            assert len(placed) == wanted
            assert set(placed) <= {"0", "1"}


def test_no_such_cluster(tmp_path: Path) -> None:
    for address in ("ray://127.0.0.1:1", "127.0.0.1:1"):
        command = Command(tmp_path, address, toy_objective.build)
        with pytest.raises(InputError, match=f"--ray-address {address}: "):
            command()


def test_a_cluster_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is left when the command has ended."""
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
    assert len(load_study(None, tmp_path / "runs", "league").latest_by_config()) == 3
    assert {child.pid for child in children}
    assert not psutil.wait_procs(children, timeout=10)[1]
