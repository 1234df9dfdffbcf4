"""The outcome of a study: what the first screen of its report says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from xlt.objectives.objective import Configuration
from xlt.objectives.tasks import TASKS
from xlt.search.evidence.record import format_p_value, format_probability
from xlt.search.evidence.seed_statistics import format_mean_std
from xlt.search.report.facts import ConfigSummary, Facts
from xlt.search.report.section import number_text, value_text
from xlt.search.results.export import languages_text
from xlt.studies.durations import format_duration

# Metrics beside the score, and how they are printed.
_OTHER_METRICS = {
    "sacrebleu": "sacreBLEU",
    "chrf": "chrF",
    "exact_match": "exact match",
    "macro_f1": "macro F1",
    "perplexity": "perplexity",
}


class Stat(NamedTuple):
    """A number as the page shows it, and what it measures."""

    text: str
    note: str


class SeedDots(NamedTuple):
    """The scores of baseline and winner on new seeds, as dots on one axis.

    Attributes:
        baseline: Positions from 0 (the lowest score) to 100 (the highest one).
        winner: The same.
        low: The lowest score as text.
        high: The highest score as text.
    """

    baseline: tuple[float, ...]
    winner: tuple[float, ...]
    low: str
    high: str


class ParameterRow(NamedTuple):
    """A parameter's value in the baseline and in the winner."""

    name: str
    baseline: str
    winner: str
    changed: bool


@dataclass(frozen=True)
class Outcome:
    """What the first screen shows about a study."""

    name: str
    description: str
    headline: str
    baseline: Stat
    winner: Stat
    difference: Stat
    dots: SeedDots | None
    test: Stat | None
    synthetic: bool
    parameters: tuple[ParameterRow, ...]
    details: tuple[tuple[str, str], ...]  # label and text
    notices: tuple[str, ...]  # about the data
    flags: tuple[str, ...]


def outcome(facts: Facts) -> Outcome:
    """Build the first screen of a study, which may have no score yet."""
    baseline, winner, difference = _baseline_winner_difference(facts)
    return Outcome(
        name=facts.name,
        description=facts.study.description,
        headline=_headline(facts),
        baseline=baseline,
        winner=winner,
        difference=difference,
        dots=_seed_dots(facts),
        test=_test(facts),
        synthetic=facts.data["synthetic"],
        parameters=tuple(_parameters(facts)),
        details=tuple(_detail_rows(facts)),
        notices=tuple(facts.data.get("notices", ())),
        flags=tuple(facts.flags),
    )


def _baseline_winner_difference(facts: Facts) -> tuple[Stat, Stat, Stat]:
    """Compare on new seeds, or, without proof, at the last rung that both have reached."""
    if facts.winner is None:
        nothing = Stat("none", "not scored yet")
        return nothing, nothing, nothing
    proof = facts.proof
    winner, baseline = facts.candidate(facts.winner), facts.candidate(facts.baseline)
    if proof is None or winner is None or baseline is None:
        return _on_search_seed(facts, facts.winner)
    if not (winner.scores and baseline.scores):
        return _on_search_seed(facts, facts.winner)
    note = f"{proof.metric} on validation, mean ± standard deviation over "
    after = Stat(
        format_mean_std(list(winner.scores.values())),
        f"trial {facts.winner.trial}: {note}{_new_seeds(len(winner.scores))}",
    )
    before = Stat(
        format_mean_std(list(baseline.scores.values())), f"{note}{_new_seeds(len(baseline.scores))}"
    )
    comparison = proof.against("baseline")
    if winner == baseline:
        return before, after, Stat("none", "the baseline is the winner")
    if comparison is None:
        evidence = "not proven: winner and baseline have no new seed in common"
        return before, after, Stat("unknown", evidence)
    if comparison.probability is None:
        evidence = "one new seed: not proven"
    else:
        evidence = (
            f"{proof.confidence:.0%} interval {comparison.low:+.2f} to {comparison.high:+.2f}; "
            f"better with probability {format_probability(comparison.probability)}: "
            f"{'proven' if comparison.proven else 'not proven'} ({format_p_value(comparison.p_value)})"
        )
    return before, after, Stat(f"{comparison.difference:+.2f}", evidence)


def _new_seeds(count: int) -> str:
    return f"{count} new seed{'s' * (count != 1)}"


def _on_search_seed(facts: Facts, winner: ConfigSummary) -> tuple[Stat, Stat, Stat]:
    """The task's own score at the last step that both have reached; nothing is proven."""
    baseline = facts.baseline
    scores = [score for score in winner.scores if score.metric == facts.metric]
    common = [score for score in scores if baseline and baseline.score_at(score.step)]
    not_proven = "not proven: winner and baseline have no new seed in common"
    if not common or baseline is None:
        nothing = Stat("none", f"not scored by {facts.metric} yet")
        after = nothing
        if scores:
            note = f"trial {winner.trial}: {facts.metric} on validation at step {scores[-1].step:,}"
            after = Stat(number_text(scores[-1].score), f"{note}, one seed")
        return nothing, after, Stat("unknown", not_proven)
    score = common[-1]
    other = baseline.score_at(score.step)
    assert other is not None
    note = f"{score.metric} on validation at step {score.step:,}, on the seed of the search"
    return (
        Stat(number_text(other.score), note),
        Stat(number_text(score.score), f"trial {winner.trial}: {note}"),
        Stat(f"{score.score - other.score:+.2f}", not_proven),
    )


def _seed_dots(facts: Facts) -> SeedDots | None:
    winner, baseline = facts.candidate(facts.winner), facts.candidate(facts.baseline)
    if winner is None or baseline is None or winner == baseline:
        return None
    sides = [list(candidate.scores.values()) for candidate in (baseline, winner)]
    low, high = min(map(min, sides)), max(map(max, sides))
    before, after = (
        tuple(100 * (score - low) / ((high - low) or 1.0) for score in side) for side in sides
    )
    return SeedDots(before, after, number_text(low), number_text(high))


def _headline(facts: Facts) -> str:
    if facts.winner is None:
        return "No configuration has a score yet"
    final = facts.final
    if final is None:
        count = len(facts.configs)
        return f"Trial {facts.winner.trial} is the best of {count} configurations; no final run yet"
    chosen = facts.study.settings.get("selection_languages")
    metric = facts.metric + (f" in {', '.join(chosen)}" if chosen else "")
    score = f"{number_text(final['test']['score'])} {metric} on the test set"
    if note := TASKS[facts.study.task].score_note:
        score += f" ({note})"
    comparison = facts.proof and facts.proof.against("baseline")
    if facts.winner is facts.baseline:
        return f"{score}; the baseline is the winner"
    if not comparison:
        return f"{score}; not proven to be better than the baseline"
    proven = "proven" if comparison.proven else "not proven"
    where = f"on validation, {_new_seeds(comparison.n_seeds)}"
    return f"{score}; {comparison.difference:+.2f} against the baseline ({where}), {proven}"


def _test(facts: Facts) -> Stat | None:
    if facts.final is None:
        return None
    test = facts.final["test"]
    metrics = test["metrics"]
    count = facts.test_accesses
    notes = [
        f"{facts.metric} on the test set at step {test['step']:,} of {facts.study.steps:,}",
        f"test set opened {'once' if count == 1 else f'{count} times'}",
        *(
            f"{label} {metrics[name]:.2f}"
            for name, label in _OTHER_METRICS.items()
            if name in metrics and name != facts.metric
        ),
        languages_text(facts.study.task, {"settings": facts.study.settings}, metrics),
    ]
    return Stat(number_text(test["score"]), ", ".join(filter(None, notes)))


def _parameters(facts: Facts) -> Iterator[ParameterRow]:
    baseline: Configuration = facts.study.space.baseline_config
    winner: Configuration = facts.winner.configuration if facts.winner else {}
    for parameter in facts.study.space.parameters:
        name = parameter.name
        if name in baseline or name in winner:
            left, right = (value_text(config.get(name, "none")) for config in (baseline, winner))
            yield ParameterRow(name, left, right, bool(winner) and left != right)


def _detail_rows(facts: Facts) -> Iterator[tuple[str, str]]:
    full = max(1, len(facts.configs) * facts.study.steps)
    budget, search = facts.study.budget, facts.study.search
    tried = f"{len(facts.configs)} of {search.n_trials} configurations"
    yield "search", f"{tried} in {format_duration(60 * facts.minutes)}"
    if facts.end_of_search:
        yield "end of the search", facts.end_of_search
    share = f"{facts.trained_steps / full:.0%}"
    yield (
        "steps trained",
        f"{facts.trained_steps:,}: {share} of the steps of {len(facts.configs)} full runs",
    )
    if deadline := _deadline_text(facts):
        yield "time budget", deadline
    yield "data", f"{facts.data['description']} (fingerprint {facts.data['fingerprint'][:12]})"
    yield from _environment(facts.data, facts.provenance)
    rungs = ", ".join(f"{step:,}" for step in budget.rungs)
    yield "full run", f"{facts.study.steps:,} steps"
    yield "rungs", f"scored at steps {rungs}"
    yield "method", f"sampler {search.sampler}, pruner {search.pruner}"
    yield "seed", str(search.seed)


def _deadline_text(facts: Facts) -> str:
    """Whether the study kept its time budget; empty where it has none."""
    limit = facts.study.budget.seconds
    if limit is None or facts.seconds_spent is None:
        return ""
    kept = "kept" if facts.seconds_spent <= limit else "exceeded"
    return f"{kept}: {format_duration(facts.seconds_spent)} of {format_duration(limit)}"


def _environment(
    data: Mapping[str, Any], provenance: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    encoder = data.get("settings", {}).get("encoder")
    if encoder:
        yield "encoder", encoder
    if provenance:
        versions = ", ".join(
            f"{name} {provenance['versions'][name]}"
            for name in ("xlt-search", "torch", "transformers", "optuna")
            if name in provenance["versions"]
        )
        precision = f" in {provenance['precision']}" if provenance.get("precision") else ""
        yield "created", f"{provenance['when']} on {provenance['device']}{precision}; {versions}"
        if provenance.get("command"):
            yield "command", provenance["command"]
