"""What one would write by hand: Optuna around the Trainer-based protocol, until it is interrupted.

    python benchmarks/trainer_search.py [--data DIR] [--evaluate-at 300,600,850,1100]

TPE and the median pruner with their defaults, in one process, over the same distributions as
`xlt-search --study league`, the notebook's defaults first. Validation is translated as the notebook
does it (`trainer_protocol`), its league BLEU reported at a few steps. Printed are the events of
`xlt-search --json`. Interrupted, it ends after the step or the batch it is at, exit status 130.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import optuna
import torch
import typer
from trainer_protocol import VALIDATION, Contestant
from transformers import BartForConditionalGeneration, TrainerCallback

from xlt.objectives.objective import Evaluation
from xlt.objectives.translation.league import League
from xlt.search import events
from xlt.search.cli.display import open_display
from xlt.search.interrupt import Interrupted, stop_on_signals
from xlt.search.suggest.distributions import enqueue_config, suggest_config
from xlt.spaces.errors import XltError
from xlt.spaces.league import PROTOCOL
from xlt.spaces.limits import toml
from xlt.studies.study import Study, load

# In the middle and at the end of each stage: one look costs as much as dozens of steps.
RUNGS = "300,600,850,1100"


class Rungs(TrainerCallback):
    """Has the model scored at some steps, and looks whether to stop."""

    def __init__(
        self,
        rungs: set[int],
        score: Callable[[int, BartForConditionalGeneration], None],
        stop: threading.Event,
    ) -> None:
        self.rungs, self.score, self.stop = rungs, score, stop
        self.before = 0  # steps, in the stages before this one

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._look()
        step = self.before + state.global_step
        if step in self.rungs:
            self.score(step, kwargs["model"])

    def on_prediction_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._look()

    def _look(self) -> None:
        if self.stop.is_set():
            raise Interrupted("interrupted")


def search(
    chosen: Study, league: League, rungs: set[int], show: events.EventSink, stop: threading.Event
) -> None:
    """Try configurations until `stop` is set; then raises `Interrupted`."""
    seed, space = chosen.search.seed, chosen.space
    everything = range(len(league.tokens[f"{VALIDATION}.de"].sentences))

    def objective(trial: optuna.Trial) -> float:
        config = suggest_config(space, trial)
        show(events.TrialStarted(trial.number, config))
        reported = 0.0

        def score(step: int, model: BartForConditionalGeneration) -> None:
            nonlocal reported
            _, outputs = contestant.decode(model, everything)
            reported = contestant.bleu(outputs)
            metrics = {"league_bleu": reported, "beams": float(PROTOCOL.beams)}
            show(
                events.TrialEvaluated(
                    trial.number, Evaluation(step, reported, metrics, metric="BLEU")
                )
            )
            trial.report(reported, step)
            if trial.should_prune():
                raise optuna.TrialPruned

        callback = Rungs(rungs, score, stop)
        contestant = Contestant(league, config, seed, [callback])
        model = contestant.model()
        contestant.train("A", model, PROTOCOL.stage_a_steps)
        callback.before = PROTOCOL.stage_a_steps
        contestant.train("B", model, PROTOCOL.stage_b_steps)
        return reported

    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(),
    )
    enqueue_config(study, space, space.baseline)
    study.optimize(objective)


def main(
    data: Annotated[str, typer.Option(help="As for xlt-search.")] = "auto",
    seed: Annotated[int, typer.Option(min=0, help="Of the sampler, and of every training.")] = 42,
    evaluate_at: Annotated[str, typer.Option(help="Steps at which to score and report.")] = RUNGS,
    assignments: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE")] = None,
) -> None:
    """Search the league's space by hand; print events as JSON lines."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    given = [f"data.source={toml(data)}", f"search.seed={seed}"]
    chosen = load("league", [*(assignments or []), *given])
    # What a trial is worth is its score at the end.
    rungs = {*map(int, evaluate_at.split(",")), PROTOCOL.steps}
    with (
        open_display(as_json=True, quiet=False) as show,
        stop_on_signals() as stop,
        TemporaryDirectory() as cache,
    ):
        league = League(chosen.data.source, Path(cache), "cpu")
        facts = ("source", "description", "fingerprint", "synthetic")
        show(events.DataLoaded(*(league.data[name] for name in facts)))
        show(events.Notice(f"one process, {torch.get_num_threads()} threads"))
        search(chosen, league, rungs, show, stop)


if __name__ == "__main__":
    try:
        typer.run(main)
    except XltError as error:
        print(f"trainer_search: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
