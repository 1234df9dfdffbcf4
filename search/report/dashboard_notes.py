"""What the dashboard says of a trial and of a study, in Markdown."""

from collections.abc import Iterator, Mapping

from optuna.trial import FrozenTrial

from xlt.search.report.facts import Facts
from xlt.search.report.outcome import outcome
from xlt.search.storage.keys import END_REASON, EVALUATIONS, RESUMED_FROM, ROOT_TRIAL

_BEST = "The best trial named below is so by the search's own score on one seed."


def of_trial(trial: FrozenTrial, followers: Mapping[int, int]) -> str:
    """What it is, what it was promoted from, why it ended. `followers`: who goes on from whom."""
    return "\n".join(_lines(trial, followers))


def _lines(trial: FrozenTrial, followers: Mapping[int, int]) -> Iterator[str]:
    attributes = trial.user_attrs
    first = attributes.get(ROOT_TRIAL, trial.number)
    if RESUMED_FROM in attributes:
        yield f"**Goes on from trial {attributes[RESUMED_FROM]}**; its configuration began as trial {first}."
    else:
        yield f"**Trial {trial.number}** tries a configuration of its own."
    if trial.number in followers:
        yield f"It paused, and goes on as **trial {followers[trial.number]}**."
    yield f"\nEnded: {attributes.get(END_REASON, 'not yet')}.\n"
    scores = trial.system_attrs.get(EVALUATIONS, ())
    if scores:
        yield "| step | measure | score |\n| --- | --- | --- |"
        for each in scores:
            yield f"| {each['step']:,} | {each['measure']} | {each['score']:.2f} |"
    yield "\nOptuna cannot resume a trial that it was told: what was paused is PRUNED, and goes on as a new"
    yield "trial that repeats its scores. Learning curve and samples are among the artifacts."


def of_study(facts: Facts, report: str | None) -> str:
    """What came of it, and where to read on. `report`: its address, if there is one."""
    told = outcome(facts)
    lines = [f"## {told.name}", "", told.description, ""]
    if told.synthetic:
        lines += ["**Synthetic data: these scores say nothing about real data.**", ""]
    for notice in told.notices:
        lines += [f"**Notice:** {notice}", ""]
    lines += [told.headline, ""]
    if facts.winner is not None:
        lines += [
            f"- before: {told.before[0]} ({told.before[1]})",
            f"- after: {told.after[0]} ({told.after[1]})",
            f"- difference: {told.change[0]} ({told.change[1]})",
            *([f"- on test: {told.test[0]} ({told.test[1]})"] if told.test else []),
            "",
            f"The winner is **trial {facts.winner.trial}**. {_BEST}",
            "",
        ]
    if report is not None:
        lines += [f"[The report]({report}) has all of it on one page.", ""]
    return "\n".join(lines)
