"""Compare the speed of a trial with that of the `Trainer`, on the same corpora and cores.

    python benchmarks/trial_speed.py [--data DIR] [--repetitions 3] [--d-model 128] [--device cpu]
        [--json FILE]

The Trainer ("theirs", `trainer_protocol`) is one process with a thread for every core, as the
contest's notebook runs it. "Ours" is one single-threaded process for every core, as `--workers`
starts them; all run at the same time, and their throughputs are added. On a GPU each side is one
process. Both sides train in the precision that `--precision auto` gives on the device. They train
the first steps of Stage A and of Stage B, and both translate the validation set with the same
trained model. Tokens are those of sources and labels without padding. Preparing data, building
models and importing libraries are not timed.
"""

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.objectives.objective import Configuration
from xlt.search.execution.environment import THREADS, n_cores, worker_environment
from xlt.spaces.errors import InputError, XltError
from xlt.spaces.league import LEAGUE, PROTOCOL

# PyTorch reads how many threads it may use when it is imported: only worker processes import it.
if TYPE_CHECKING:
    from torch import Tensor

    from xlt.objectives.translation.league import League

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
console = Console(highlight=False, soft_wrap=True)

# Other settings for widths that are not the notebook's own, where its defaults are measured.
WIDE = {"dropout": 0.1, "learning_rate": 5e-4, "label_smoothing_factor": 0.1}
WIDTHS = (128, 256)


@dataclass(frozen=True)
class Plan:
    """The work of both sides on one configuration."""

    source: str  # the corpora: auto, hub, synthetic or a folder
    cache: Path
    device: str
    config: Configuration
    steps: Mapping[str, int]  # by stage
    decode_after: int  # training steps of the model that decodes
    their_batch: int  # sentences in a batch of the Trainer's decoding
    sort_theirs: bool
    folder: Path  # of that model


Trained: TypeAlias = dict[str, tuple[float, int]]  # seconds and tokens, by stage
Decoded: TypeAlias = tuple[float, list[list[int]]]  # seconds, and token ids by sentence


@dataclass(frozen=True)
class Side:
    """One side of the comparison: its processes, which run at the same time, and their work."""

    processes: int
    threads: int  # of a process
    train: Callable[[Plan], Trained]
    decode: Callable[[Plan], Decoded]


@dataclass(frozen=True)
class Rates:
    """Throughput of the sides per second, summed over their processes."""

    theirs: float
    ours: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


@dataclass(frozen=True)
class Comparison:
    """One configuration in one repetition."""

    d_model: int
    repetition: int
    training: Rates  # tokens, Stage A and B together
    decoding: Rates  # sentences
    agreeing: float  # share of the sentences that both translate into the same tokens
    output_tokens: float  # mean length of our translations

    def to_json(self) -> dict[str, Any]:
        ratios = {"training": self.training.ratio, "decoding": self.decoding.ratio}
        return {**asdict(self), "ratios": ratios}


@app.command()
def main(
    data: Annotated[str, typer.Option(help="auto, hub, synthetic or a folder.")] = "auto",
    repetitions: Annotated[int, typer.Option(min=1)] = 3,
    steps_a: Annotated[
        int, typer.Option(min=1, max=PROTOCOL.stage_a_steps, help="Timed steps of Stage A.")
    ] = 60,
    steps_b: Annotated[
        int, typer.Option(min=1, max=PROTOCOL.stage_b_steps, help="Timed steps of Stage B.")
    ] = 50,
    d_model: Annotated[
        list[int] | None, typer.Option(help=f"Repeatable. [default: {WIDTHS}]")
    ] = None,
    decode_after: Annotated[
        int, typer.Option(min=1, max=PROTOCOL.steps, help="Steps of the model to decode with.")
    ] = PROTOCOL.stage_a_steps,
    their_batch: Annotated[
        int,
        typer.Option(min=1, help="Sentences that `predict` decodes at a time; the notebook's: 16."),
    ] = 16,
    sort_theirs: Annotated[
        bool, typer.Option("--sort-theirs", help="Sources by length for `predict`, too.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: a GPU if there is one.")] = "cpu",
    out: Annotated[Path | None, typer.Option("--json", help="A file for the figures.")] = None,
) -> None:
    """Compare how fast the Trainer-based protocol and ours train and decode."""
    if out is not None and not out.parent.is_dir():
        raise InputError(f"--json {out}: there is no folder {out.parent}; make it first")
    machine = machine_facts()
    console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
    with tempfile.TemporaryDirectory(prefix="xlt-trial-speed-") as scratch:
        plans = [
            Plan(
                source=data,
                cache=Path(scratch, "data"),
                device=device,
                config=_configuration(width),
                steps={"A": steps_a, "B": steps_b},
                decode_after=decode_after,
                their_batch=their_batch,
                sort_theirs=sort_theirs,
                folder=Path(scratch, f"model-{width}"),
            )
            for width in dict.fromkeys(d_model or WIDTHS)
        ]
        facts, plans, models = _prepare(plans)
        comparisons = list(_compare(plans, repetitions))
    console.print(_table(comparisons))
    if out is not None:
        figures = {
            "machine": machine,
            "data": facts,
            "steps": plans[0].steps,
            "their_batch": their_batch,
            "sort_theirs": sort_theirs,
            "decoded_with": models,
            "comparisons": [comparison.to_json() for comparison in comparisons],
        }
        out.write_text(json.dumps(figures, indent=1) + "\n")


def machine_facts() -> dict[str, str]:
    """Cores and versions, which speed depends on."""
    return {
        "cores": str(n_cores()),
        "platform": platform.platform(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("torch", "transformers")},
    }


def environment(threads: int) -> dict[str, str]:
    """Environment variables of a process that trains with a number of threads, without messages."""
    return {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }


def _configuration(width: int) -> Configuration:
    """The notebook's defaults at their own width, else a good configuration."""
    config = dict(LEAGUE.baseline)
    if width != config["d_model"]:
        config |= {"d_model": width, "d_ff": 4 * width, **WIDE}
    return LEAGUE.canonical(config)


def _prepare(plans: Sequence[Plan]) -> tuple[dict[str, Any], list[Plan], list[dict[str, Any]]]:
    """Tokenise the data, and train the models that decode, in parallel.

    Returns:
        A description of the data; the plans with the actual source instead of "auto"; the
        configurations, steps and scores of the models.
    """
    with _processes(n_cores(), THREADS) as pool:
        facts = pool.submit(_describe, plans[0]).result()
        for line in (f"data: {facts['source']}: {facts['description']}", *facts["notices"]):
            console.print(line)
        plans = [replace(plan, source=facts["source"], device=facts["device"]) for plan in plans]
        scores = list(pool.map(_train_to_decode, plans))
    models = []
    for plan, score in zip(plans, scores, strict=True):
        steps = plan.decode_after
        width = plan.config["d_model"]
        console.print(f"model for decoding: d_model {width} after {steps} steps, score {score:.2f}")
        models.append({"configuration": plan.config, "steps": steps, "score": score})
    return facts, plans, models


def _compare(plans: Sequence[Plan], repetitions: int) -> Iterator[Comparison]:
    theirs = Side(1, n_cores(), _train_theirs, _decode_theirs)
    n_ours = n_cores() if plans[0].device == "cpu" else 1
    ours = Side(n_ours, THREADS, _train_ours, _decode_ours)
    for repetition in range(1, repetitions + 1):
        for plan in plans:
            their_tokens, their_sentences, expected = _measure(theirs, plan)
            our_tokens, our_sentences, outputs = _measure(ours, plan)
            comparison = Comparison(
                d_model=int(plan.config["d_model"]),
                repetition=repetition,
                training=Rates(their_tokens, our_tokens),
                decoding=Rates(their_sentences, our_sentences),
                agreeing=fmean(map(list.__eq__, outputs, expected)),
                output_tokens=fmean(map(len, outputs)),
            )
            console.print(
                f"repetition {repetition} of {repetitions}, d_model {comparison.d_model}: "
                f"training {comparison.training.ratio:.2f} times as fast, "
                f"decoding {comparison.decoding.ratio:.2f} times; "
                f"{comparison.agreeing:.1%} of the translations are the same, "
                f"{comparison.output_tokens:.1f} tokens in a translation"
            )
            yield comparison


Result = TypeVar("Result")


def _measure(side: Side, plan: Plan) -> tuple[float, float, list[list[int]]]:
    """Measure in new processes. Returns tokens per second, sentences per second, translations."""
    with ExitStack() as stack:
        # One pool for every process, so that all do the same work and start it at the same time.
        pools = [stack.enter_context(_processes(1, side.threads)) for _ in range(side.processes)]

        def everywhere(work: Callable[[Plan], Result]) -> list[Result]:
            return [future.result() for future in [pool.submit(work, plan) for pool in pools]]

        # Processes start with their first task. Ours get the environment of our workers.
        with worker_environment() if side.threads == THREADS else nullcontext():
            assert set(everywhere(_threads)) == {side.threads}
        trained = everywhere(side.train)
        decoded = everywhere(side.decode)
    tokens_per_second = 0.0
    for stages in trained:
        seconds, tokens = map(sum, zip(*stages.values(), strict=True))
        tokens_per_second += tokens / seconds
    sentences_per_second = sum(len(outputs) / seconds for seconds, outputs in decoded)
    return tokens_per_second, sentences_per_second, decoded[0][1]


def _processes(number: int, threads: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(number, get_context("spawn"), _begin, (threads,))


def _table(comparisons: Sequence[Comparison]) -> Table:
    table = Table("d_model", "repetition", "per second", box=box.SIMPLE, padding=(0, 1))
    for head in ("theirs", "ours", "ratio"):
        table.add_column(head, justify="right")
    for width in dict.fromkeys(row.d_model for row in comparisons):
        of_width = [row for row in comparisons if row.d_model == width]
        for what, measured in (
            ("tokens, A and B", [row.training for row in of_width]),
            ("sentences", [row.decoding for row in of_width]),
        ):
            for repetition, rates in enumerate(measured, 1):
                sides = (f"{rates.theirs:,.1f}", f"{rates.ours:,.1f}")
                table.add_row(str(width), str(repetition), what, *sides, f"{rates.ratio:.2f}")
            ratios = [rates.ratio for rates in measured]
            for name, of in (("median", median), ("lowest", min), ("highest", max)):
                table.add_row(str(width), name, what, "", "", f"{of(ratios):.2f}")
            table.add_section()
    return table


# The rest runs in the measured processes.


def _begin(threads: int) -> None:
    # PyTorch and transformers read these variables when they are imported.
    os.environ |= environment(threads)


@cache
def _league(source: str, folder: Path, device: str) -> "League":
    from xlt.objectives.translation.league import League

    return League(source, folder, device)


def _league_of(plan: Plan) -> "League":
    return _league(plan.source, plan.cache, plan.device)


def _sources(plan: Plan) -> "Sequence[Tensor]":
    league = _league_of(plan)
    sentences: Sequence[Tensor] = league.tokens["captions/validation.de"].sentences
    return sentences


def _describe(plan: Plan) -> dict[str, Any]:
    """The data, and the device that "auto" stands for."""
    league = _league_of(plan)
    return {**league.data, "device": league.device.type}


def _train_to_decode(plan: Plan) -> float:
    """Train a model and save it in the formats of both sides. Returns its validation score."""
    run = _league_of(plan).run(plan.config, PROTOCOL.seed)
    score = run.train_to(plan.decode_after, lambda _: None).score
    state = plan.folder / "ours"
    state.mkdir(parents=True)
    run.save(state)
    run.export(plan.folder / "theirs")
    return score


def _threads(plan: Plan) -> int:
    """Load libraries and data. Returns the number of PyTorch's threads."""
    import torch
    import trainer_protocol  # noqa: F401

    _league_of(plan)
    return torch.get_num_threads()


def _train_theirs(plan: Plan) -> Trained:
    from trainer_protocol import TrainerRun

    run = TrainerRun(_league_of(plan), plan.config)
    model = run.model()
    return {stage: run.train(stage, model, steps) for stage, steps in plan.steps.items()}


def _decode_theirs(plan: Plan) -> Decoded:
    from trainer_protocol import TrainerRun
    from transformers import BartForConditionalGeneration

    run = TrainerRun(_league_of(plan), plan.config)
    model = BartForConditionalGeneration.from_pretrained(plan.folder / "theirs")
    sources = _sources(plan)
    order = list(range(len(sources)))
    if plan.sort_theirs:
        order.sort(key=lambda i: len(sources[i]))
    seconds, translations = run.decode(model, order, plan.their_batch)
    return seconds, [outputs for _, outputs in sorted(zip(order, translations, strict=True))]


def _train_ours(plan: Plan) -> Trained:
    run = _league_of(plan).run(plan.config, PROTOCOL.seed)
    trained: Trained = {}
    for stage, steps in plan.steps.items():
        run.start_stage(stage)
        start = time.perf_counter()
        run.loop.train_to(steps, lambda step, rate: None)
        trained[stage] = time.perf_counter() - start, run.loop.tokens
    return trained


def _decode_ours(plan: Plan) -> Decoded:
    from xlt.objectives.translation.decoding import translate

    run = _league_of(plan).run(plan.config, PROTOCOL.seed)
    run.restore(plan.folder / "ours")
    sources = _sources(plan)
    start = time.perf_counter()
    outputs = translate(run.model, sources, PROTOCOL.beams, PROTOCOL.decode_tokens)
    return time.perf_counter() - start, outputs


if __name__ == "__main__":
    try:
        app()
    except XltError as error:
        print(f"trial_speed: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
