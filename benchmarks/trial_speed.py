"""How fast a trial is: the Trainer-based protocol and ours, on the same corpora and cores.

    python benchmarks/trial_speed.py [--data DIR] [--repetitions 3] [--d-model 128] [--json FILE]

Theirs is one process with as many threads as there are cores, as a contestant runs it
(`trainer_protocol`); ours is a single-threaded process a core, as `--workers` does it, all at the
same time, their throughputs added. Both train the first steps of Stage A and then of Stage B, and
both translate the validation set with the same model, trained before. Tokens are those of sources
and labels, padding not counted. Data are prepared, models made and libraries imported untimed.
"""

import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from xlt.objectives.objective import Configuration
from xlt.search.workers import THREADS, cores
from xlt.spaces.errors import XltError
from xlt.spaces.league import LEAGUE, PROTOCOL

# PyTorch reads how many threads it may use when it is imported: only worker processes import it.
if TYPE_CHECKING:
    from torch import Tensor

    from xlt.objectives.translation.league import League

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
console = Console(highlight=False)

# What is tuned beside the width; at the notebook's own width, its defaults are measured.
WIDE = {"dropout": 0.1, "learning_rate": 5e-4, "label_smoothing_factor": 0.1}


Result = TypeVar("Result")


@dataclass(frozen=True)
class Plan:
    """What both sides do with one configuration."""

    source: str  # of the corpora
    cache: Path
    config: Configuration
    steps: Mapping[str, int]  # by stage
    decode_after: int  # steps that the model to decode with was trained
    sort_theirs: bool
    folder: Path  # of that model


@dataclass(frozen=True)
class Trained:
    """One process's training, by stage."""

    tokens: Mapping[str, int]
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Decoded:
    """One process's translation of the validation set."""

    outputs: list[list[int]]
    seconds: float


@dataclass(frozen=True)
class Side:
    """A contender: what it does, in how many processes at once."""

    processes: int
    threads: int  # of each process
    train: Callable[[Plan], Trained]
    decode: Callable[[Plan], Decoded]


@dataclass(frozen=True)
class Speed:
    """A side's throughput, its processes added up."""

    tokens_per_second: Mapping[str, float]  # "A", "B" and both: "AB"
    sentences_per_second: float
    processes: int
    threads: int  # in each


@dataclass(frozen=True)
class Comparison:
    """One configuration in one repetition."""

    repetition: int
    d_model: int
    theirs: Speed
    ours: Speed
    training_ratio: float
    decoding_ratio: float
    agreeing: float  # share of sentences of which both made the same tokens
    output_tokens: float  # mean length of our outputs


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
        list[int] | None,
        typer.Option(help="Widths to measure; repeatable.", show_default="128 256"),
    ] = None,
    decode_after: Annotated[
        int,
        typer.Option(min=1, max=PROTOCOL.steps, help="Steps of the model to decode with."),
    ] = 300,
    sort_theirs: Annotated[
        bool,
        typer.Option(
            "--sort-theirs", help="Sort by length for `generate` too; stock code does not."
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option("--json", help="Write the figures there.")] = None,
) -> None:
    """Compare how fast the Trainer-based protocol and ours train and decode."""
    machine = _machine()
    console.print("machine: " + ", ".join(f"{name} {value}" for name, value in machine.items()))
    with tempfile.TemporaryDirectory(prefix="xlt-trial-speed-") as scratch:
        plans = [
            Plan(
                source=data,
                cache=Path(scratch, "data"),
                config=_configuration(width),
                steps={"A": steps_a, "B": steps_b},
                decode_after=decode_after,
                sort_theirs=sort_theirs,
                folder=Path(scratch, f"model-{width}"),
            )
            for width in dict.fromkeys(d_model or (128, 256))
        ]
        facts, plans, models = _prepare(plans)
        comparisons = list(_compare(plans, repetitions))
    console.print(_table(comparisons), _summary(comparisons), sep="\n")
    if out is not None:
        figures = {
            "machine": machine,
            "data": facts,
            "steps": {"A": steps_a, "B": steps_b, "decode_after": decode_after},
            "sort_theirs": sort_theirs,
            "models": models,
            "comparisons": [asdict(comparison) for comparison in comparisons],
        }
        out.write_text(json.dumps(figures, indent=1) + "\n")


def _machine() -> dict[str, str]:
    packages = ("torch", "transformers")
    return {
        "cores": str(cores()),
        "on": platform.platform(),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }


def _configuration(width: int) -> Configuration:
    """The notebook's defaults at their own width, a good configuration at every other."""
    config = dict(LEAGUE.baseline)
    if width != config["d_model"]:
        config |= {"d_model": width, "d_ff": 4 * width, **WIDE}
    return LEAGUE.canonical(config)


def _prepare(plans: Sequence[Plan]) -> tuple[dict[str, Any], list[Plan], list[dict[str, Any]]]:
    """Tokenise the data and train what is decoded with, each model on a core of its own.

    What the data are; the plans with the source that "auto" came to; how good each model is.
    """
    with _processes(cores(), THREADS) as pool:
        facts = pool.submit(_describe, plans[0].source, plans[0].cache).result()
        console.print(f"data: {facts['source']}: {facts['description']}")
        resolved = [replace(plan, source=facts["source"]) for plan in plans]
        scores = list(pool.map(_model_to_decode_with, resolved))
    models = []
    for plan, score in zip(resolved, scores, strict=True):
        width, steps = plan.config["d_model"], plan.decode_after
        console.print(f"to decode with: d_model {width}, {steps} steps, validation {score:.2f}")
        models.append({"configuration": plan.config, "steps": steps, "score": score})
    return facts, resolved, models


def _compare(plans: Sequence[Plan], repetitions: int) -> Iterator[Comparison]:
    theirs = Side(1, cores(), _train_theirs, _decode_theirs)
    ours = Side(cores(), THREADS, _train_ours, _decode_ours)
    for repetition in range(1, repetitions + 1):
        for plan in plans:
            width = int(plan.config["d_model"])
            (their_speed, expected), (our_speed, outputs) = _run(theirs, plan), _run(ours, plan)
            agreeing = sum(map(list.__eq__, outputs, expected)) / len(outputs)
            comparison = Comparison(
                repetition=repetition,
                d_model=width,
                theirs=their_speed,
                ours=our_speed,
                training_ratio=our_speed.tokens_per_second["AB"]
                / their_speed.tokens_per_second["AB"],
                decoding_ratio=our_speed.sentences_per_second / their_speed.sentences_per_second,
                agreeing=agreeing,
                output_tokens=statistics.fmean(map(len, outputs)),
            )
            console.print(
                f"repetition {repetition} of {repetitions}, d_model {width}: training "
                f"{comparison.training_ratio:.2f} times, decoding "
                f"{comparison.decoding_ratio:.2f} times as fast"
            )
            yield comparison


def _run(side: Side, plan: Plan) -> tuple[Speed, list[list[int]]]:
    """Train and decode in fresh processes, all of them at either at the same time."""
    with ExitStack() as stack:
        # A pool a process: each gets exactly its share, and the parent starts all of them at once.
        pools = [stack.enter_context(_processes(1, side.threads)) for _ in range(side.processes)]

        def everywhere(work: Callable[[Plan], Result]) -> list[Result]:
            return [each.result() for each in [pool.submit(work, plan) for pool in pools]]

        threads = everywhere(_ready)
        trained = everywhere(side.train)
        decoded = everywhere(side.decode)
    assert set(threads) == {side.threads}, "PyTorch did not take the number of threads it was given"
    speed = Speed(
        tokens_per_second={
            stages: sum(
                sum(each.tokens[stage] for stage in stages)
                / sum(each.seconds[stage] for stage in stages)
                for each in trained
            )
            for stages in ("A", "B", "AB")
        },
        sentences_per_second=sum(len(each.outputs) / each.seconds for each in decoded),
        processes=side.processes,
        threads=side.threads,
    )
    return speed, decoded[0].outputs


def _processes(number: int, threads: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(number, get_context("spawn"), _begin, (threads,))


def _table(comparisons: Sequence[Comparison]) -> Table:
    table = Table(box=box.SIMPLE, padding=(0, 1))
    heads = (
        "d_model",
        "repeti-\ntion",
        "tokens/s\ntheirs",
        "\nours",
        "\nratio",
        "sentences/s\ntheirs",
        "\nours",
        "\nratio",
        "same\noutputs",
    )
    for head in heads:
        table.add_column(head, justify="right")
    for each in sorted(comparisons, key=lambda each: (each.d_model, each.repetition)):
        table.add_row(
            str(each.d_model),
            str(each.repetition),
            f"{each.theirs.tokens_per_second['AB']:,.0f}",
            f"{each.ours.tokens_per_second['AB']:,.0f}",
            f"{each.training_ratio:.2f}",
            f"{each.theirs.sentences_per_second:.1f}",
            f"{each.ours.sentences_per_second:.1f}",
            f"{each.decoding_ratio:.2f}",
            f"{each.agreeing:.1%}",
        )
    return table


def _summary(comparisons: Sequence[Comparison]) -> Table:
    """Ratios: the median of all repetitions, the lowest, the highest."""
    table = Table("d_model", "ratio of", box=box.SIMPLE, padding=(0, 1))
    for head in ("median", "lowest", "highest"):
        table.add_column(head, justify="right")
    for width in sorted({each.d_model for each in comparisons}):
        of_width = [each for each in comparisons if each.d_model == width]
        for what, ratios in (
            ("training", [each.training_ratio for each in of_width]),
            ("decoding", [each.decoding_ratio for each in of_width]),
        ):
            figures = (statistics.median(ratios), min(ratios), max(ratios))
            table.add_row(str(width), what, *(f"{figure:.2f}" for figure in figures))
    return table


# From here on: what happens in the processes that are measured.


def _begin(threads: int) -> None:
    # Before PyTorch is imported, which reads them then.
    os.environ |= {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }


@cache
def _league(source: str, folder: Path) -> "League":
    from xlt.objectives.translation.league import League

    return League(source, folder, "cpu")


def _sources(plan: Plan) -> Sequence["Tensor"]:
    return _league(plan.source, plan.cache).tokens["captions/validation.de"].sentences


def _describe(source: str, folder: Path) -> dict[str, Any]:
    return dict(_league(source, folder).data)


def _model_to_decode_with(plan: Plan) -> float:
    """Train it, leave it in both sides' formats, return its validation score."""
    run = _league(plan.source, plan.cache).run(plan.config, PROTOCOL.seed)
    score = run.advance(plan.decode_after, lambda _: None).score
    (plan.folder / "ours").mkdir(parents=True)
    run.save(plan.folder / "ours")
    run.export(plan.folder / "theirs")
    return score


def _ready(plan: Plan) -> int:
    """Import everything and load the data; how many threads PyTorch uses."""
    import torch
    import trainer_protocol  # noqa: F401 - for its own imports

    _league(plan.source, plan.cache)
    return torch.get_num_threads()


def _train_theirs(plan: Plan) -> Trained:
    from trainer_protocol import Contestant

    contestant = Contestant(_league(plan.source, plan.cache), plan.config)
    model = contestant.model()
    trained = {stage: contestant.train(stage, model, n) for stage, n in plan.steps.items()}
    return Trained(
        {stage: each.tokens for stage, each in trained.items()},
        {stage: each.seconds for stage, each in trained.items()},
    )


def _decode_theirs(plan: Plan) -> Decoded:
    from trainer_protocol import Contestant
    from transformers import BartForConditionalGeneration

    contestant = Contestant(_league(plan.source, plan.cache), plan.config)
    model = BartForConditionalGeneration.from_pretrained(plan.folder / "theirs")
    sources = _sources(plan)
    order = list(range(len(sources)))
    if plan.sort_theirs:
        order.sort(key=lambda i: len(sources[i]))
    found, seconds = contestant.decode(model, [sources[i] for i in order])
    outputs = [tokens for _, tokens in sorted(zip(order, found, strict=True))]
    return Decoded(outputs, seconds)


def _train_ours(plan: Plan) -> Trained:
    run = _league(plan.source, plan.cache).run(plan.config, PROTOCOL.seed)
    tokens, seconds = {}, {}
    for stage, steps in plan.steps.items():
        if stage != run.stage:
            run.stage = stage
            run.loop = run._loop()
        begun = time.perf_counter()
        run.loop.advance(steps, lambda step, rate: None)
        seconds[stage] = time.perf_counter() - begun
        tokens[stage] = run.loop.tokens
    return Trained(tokens, seconds)


def _decode_ours(plan: Plan) -> Decoded:
    from xlt.objectives.translation.decoding import translate

    run = _league(plan.source, plan.cache).run(plan.config, PROTOCOL.seed)
    run.restore(plan.folder / "ours")
    sources = _sources(plan)
    begun = time.perf_counter()
    outputs = translate(run.model, sources, PROTOCOL.beams, PROTOCOL.decode_tokens)
    return Decoded(outputs, time.perf_counter() - begun)


if __name__ == "__main__":
    try:
        app()
    except XltError as error:
        print(f"trial_speed: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
