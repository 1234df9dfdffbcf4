"""The check before the search whether the budget suffices for one full run."""

import pytest
import toy_objective
from in_process import Command

from xlt.search import events
from xlt.search.pipeline.search_loop import budget_check


def test_a_guess_that_the_budget_is_too_short_is_checked_by_measuring(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The toy takes a tenth of what is guessed for real models."""
    overrides = (
        "search.n_trials=2",
        "proof.seeds=0",
        "budget.rungs=[1100]",
        "budget.time_limit=70s",
    )
    monkeypatch.setattr(budget_check, "MEASURED_STEPS", 100)  # for which the toy reports a second
    with monkeypatch.context() as patched:
        patched.setattr(budget_check, "_measure_speed", lambda *_: None)
        command(*overrides, "search.seed=7", name="guessed")
    (refusal,) = [text for text in command.notices() if "is too short for one full run" in text]
    assert "(a guess)" in refusal
    command.seen.clear()
    command(*overrides)
    assert not any("is too short" in text for text in command.notices())
    assert command.of(events.TrialEvaluated)


def test_a_guess_that_nothing_can_be_proven_is_checked_by_measuring(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full run fits by the guess, but not the runs of a proof; measured, they fit as well."""
    overrides = ("search.n_trials=2", "budget.time_limit=15m")
    monkeypatch.setattr(budget_check, "MEASURED_STEPS", 40)
    with monkeypatch.context() as patched:
        patched.setattr(budget_check, "_measure_speed", lambda *_: None)
        command(*overrides, "search.seed=7", name="guessed", final=True)
    assert (
        [text for text in command.notices() if "is too short" in text]
        == [text for text in command.notices() if "is too short to prove a result" in text]
        != []
    )
    command.seen.clear()
    command(*overrides, final=True)
    assert not any("is too short" in text for text in command.notices())
    assert command.result().has_proof_runs


def test_a_budget_that_is_too_short_by_measurement_causes_a_notice(command: Command) -> None:
    """The toy reports 1.5 s for the five measured steps, so 1,100 take minutes."""
    command("search.n_trials=1", "proof.seeds=0", "budget.time_limit=70s")
    texts = command.notices()
    assert sum("is too short" in text and "measured on 5 steps" in text for text in texts) == 1


def test_a_measurement_that_diverges_does_not_end_the_command(command: Command) -> None:
    """The notice then reports a guess."""
    command(
        "search.n_trials=1",
        "proof.seeds=0",
        "budget.time_limit=70s",
        "space.d_model=[192, 256]",
        "baseline.d_model=192",
        build=toy_objective.build_diverging,
    )
    assert sum("(a guess)" in text for text in command.notices()) == 1
