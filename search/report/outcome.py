"""The first screen: what came of it, how sure that is, what it cost, on which data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from xlt.objectives.objective import Configuration
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.report.drawing import number
from xlt.search.report.facts import Facts, Tried
from xlt.search.results.export import languages_text
from xlt.studies.durations import shown


@dataclass(frozen=True)
class Outcome:
    """Of one study, in words and figures as they are shown."""

    name: str
    description: str
    headline: str
    before: tuple[str, str]  # a figure and what it is
    after: tuple[str, str]
    change: tuple[str, str]
    test: tuple[str, str] | None
    synthetic: bool
    configurations: tuple[
        tuple[str, str, str, bool], ...
    ]  # name, baseline, winner, whether changed
    facts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]  # what to know about the data
    flags: tuple[str, ...]


def outcome(facts: Facts) -> Outcome:
    before, after, change = _figures(facts)
    return Outcome(
        name=facts.name,
        description=facts.study.description,
        headline=_headline(facts, change),
        before=before,
        after=after,
        change=change,
        test=_test(facts),
        synthetic=facts.data["synthetic"],
        configurations=tuple(_configurations(facts)),
        facts=tuple(_facts(facts)),
        notices=tuple(facts.data.get("notices", ())),
        flags=tuple(facts.flags),
    )


def _figures(facts: Facts) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    """Baseline, winner and difference: on fresh seeds, else where both were scored."""
    nothing = ("none", "not scored yet")
    if facts.winner is None:
        return nothing, nothing, nothing
    found = facts.confirmation
    mine, theirs = facts.candidate(facts.winner), facts.candidate(facts.baseline)
    if found is not None and mine is not None and mine == theirs:
        how = f"the baseline, which has won: {found.measure}, {len(found.seeds)} fresh seeds"
        same = format_mean_std(mine.scores(found.seeds)), how
        return same, same, ("none", "nothing that was found is better than the baseline")
    if found is not None and mine is not None and theirs is not None:
        how = f"{found.measure} on validation, mean ± deviation of {len(found.seeds)} fresh seeds"
        against = next((each for each in found.comparisons if each.against == "baseline"), None)
        interval = (
            f"95 % interval {against.low:+.2f} to {against.high:+.2f}"
            if against is not None and against.low is not None
            else "one seed: no interval"
        )
        verdict = (
            ""
            if against is None
            else f"; {'real' if against.significant else 'not shown to be real'}"
        )
        assert mine.mean is not None
        assert theirs.mean is not None
        return (
            (format_mean_std(theirs.scores(found.seeds)), f"the baseline: {how}"),
            (
                format_mean_std(mine.scores(found.seeds)),
                f"the winner, trial {facts.winner.trial}: {how}",
            ),
            (f"{mine.mean - theirs.mean:+.2f}", interval + verdict),
        )
    return _on_one_seed(facts.winner, facts.baseline)


def _on_one_seed(
    winner: Tried, baseline: Tried | None
) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    """What the search's own seed says, at the last rung that both have reached."""
    common = [each for each in winner.path if baseline and baseline.at(each.step)]
    if not common or baseline is None:
        last = winner.path[-1]
        how = f"the winner: {last.measure} on validation at step {last.step:,}, one seed"
        return (
            ("none", "the baseline was not scored"),
            (number(last.score), how),
            ("none", "no baseline"),
        )
    mine = common[-1]
    theirs = baseline.at(mine.step)
    assert theirs is not None
    how = f"{mine.measure} on validation at step {mine.step:,}, the search's own seed"
    return (
        (number(theirs.score), f"the baseline: {how}"),
        (number(mine.score), f"the winner, trial {winner.trial}: {how}"),
        (f"{mine.score - theirs.score:+.2f}", "one seed, chosen on: may be luck"),
    )


def _headline(facts: Facts, change: tuple[str, str]) -> str:
    if facts.winner is None:
        return "Nothing has been scored yet"
    final = facts.final
    if final is None:
        return f"Trial {facts.winner.trial} leads {len(facts.tried)} configurations; no final yet"
    chosen = facts.study.settings.get("select")
    what = facts.measure + (f" in {', '.join(chosen)}" if chosen else "")
    score = f"{number(final['test']['score'])} {what} on the test set"
    if facts.confirmation is None or not facts.confirmation.confirmed:
        return f"{score}; not confirmed"
    gained = f"{change[0]} against the baseline on fresh seeds"
    if facts.winner is facts.baseline:
        gained = "nothing that was found is better than the baseline"
    return f"{score}; {gained}"


def _test(facts: Facts) -> tuple[str, str] | None:
    if facts.final is None:
        return None
    test = facts.final["test"]
    more = [
        f"{label} {test['metrics'][name]:.2f}"
        for name, label in (("sacrebleu", "sacreBLEU"), ("chrf", "chrF"))
        if name in test["metrics"]
    ]
    where = f"{facts.measure} on the test set at step {test['step']:,} of {facts.study.steps:,}"
    opened = "opened once" if facts.opened == 1 else f"opened {facts.opened} times"
    settings = {"settings": facts.study.settings}
    languages = languages_text(facts.study.task, settings, test["metrics"])
    return number(test["score"]), ", ".join(
        [f"{where}, {opened}", *more, *filter(None, [languages])]
    )


def _configurations(facts: Facts) -> Iterator[tuple[str, str, str, bool]]:
    baseline: Configuration = facts.study.space.start
    winner: Configuration = facts.winner.configuration if facts.winner else {}
    for parameter in facts.study.space.parameters:
        name = parameter.name
        if name in baseline or name in winner:
            left, right = _value(baseline, name), _value(winner, name)
            yield name, left, right, bool(winner) and left != right


def _value(config: Configuration, name: str) -> str:
    value = config.get(name, "none")
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _facts(facts: Facts) -> Iterator[tuple[str, str]]:
    whole = max(1, len(facts.tried) * facts.study.steps)
    yield "searched", f"{len(facts.tried)} configurations in {shown(60 * facts.minutes)}"
    yield "steps trained", f"{facts.trained:,}: {facts.trained / whole:.0%} of as many full runs"
    if facts.study.budget.seconds is not None and facts.spent is not None:
        kept = "kept" if facts.spent <= facts.study.budget.seconds else "not kept"
        yield (
            "deadline",
            f"{kept}: {shown(facts.spent)} of {shown(facts.study.budget.seconds)}",
        )
    yield "data", f"{facts.data['description']} (fingerprint {facts.data['fingerprint'][:12]})"
    yield from _circumstances(facts.data, facts.made)
    yield "full run", f"{facts.study.steps:,} steps; scored at {_list(facts.study.budget.rungs)}"
    yield "search", f"sampler {facts.study.search.sampler}, pruner {facts.study.search.pruner}"
    yield "seed", str(facts.study.search.seed)


def _circumstances(data: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    encoder = data.get("settings", {}).get("encoder")
    if encoder:
        yield "encoder", encoder
    if made:
        versions = ", ".join(
            f"{name} {made['versions'][name]}"
            for name in ("xlt-search", "torch", "transformers", "optuna")
            if name in made["versions"]
        )
        yield "made", f"{made['when']} on {made['device']}; {versions}"
        if made.get("command"):
            yield "command", made["command"]


def _list(steps: object) -> str:
    assert isinstance(steps, tuple | list)
    return ", ".join(f"{step:,}" for step in steps)
