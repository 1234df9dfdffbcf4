"""What a race of searches comes to: counts, best scores over time, when one was as good.

Nothing is run here. A side is given as the events that it printed, each with its time.

The one measure is league BLEU of a validation pass, over all sentences, of a configuration's model
after some step. Which of those scores compare with which is what `MEASURES` says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from xlt.objectives.objective import Configuration
from xlt.search.storage.store import config_key
from xlt.search.tables import Table
from xlt.spaces.league import PROTOCOL


@dataclass(frozen=True)
class Line:
    """An event as a side has printed it, and when: seconds since the side was started."""

    seconds: float
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """A validation pass that was over `seconds` after the side was started."""

    seconds: float
    configuration: Configuration
    step: int
    beams: int
    bleu: float


MEASURES: Mapping[str, Callable[[Score], bool]] = {
    # What the contest is about. Sides compare: all have the protocol's beams.
    "at full length": lambda score: score.step == PROTOCOL.steps,
    # Sides compare: the same step, the protocol's beams. But Stage B may spoil it.
    "after Stage A": lambda score: score.step == PROTOCOL.stage_a_steps,
    # Sides don't quite compare: other steps, and ours are greedy outputs within Stage B.
    "after any step": lambda score: True,
}


@dataclass(frozen=True)
class Leader:
    """A configuration that led a search of ours, as soon as it did: what it would have named."""

    seconds: float
    configuration: Configuration
    step: int
    spent: float  # seconds of its own training and scoring so far


@dataclass
class Side:
    """What a side has done within its time."""

    name: str
    seconds: float  # that it had
    data: Mapping[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    begun: dict[str, float] = field(default_factory=dict)  # when, by configuration
    scored: dict[str, float] = field(default_factory=dict)  # first, by any measure at all
    scores: list[Score] = field(default_factory=list)
    leaders: list[Leader] = field(default_factory=list)

    def an_hour(self, configurations: Mapping[str, float]) -> float:
        return 3600 * len(configurations) / self.seconds

    def best(self, measure: str) -> list[Score]:
        """Each score that was the best so far when it came."""
        best: list[Score] = []
        for score in sorted(self.scores, key=lambda each: each.seconds):
            if MEASURES[measure](score) and (not best or score.bleu > best[-1].bleu):
                best.append(score)
        return best


def read(name: str, lines: Iterable[Line], limit: float) -> Side:
    """A side from its events. What came later than `limit` seconds does not count."""
    counted = [line for line in lines if line.seconds <= limit]
    side = Side(name, limit)
    configurations: dict[int, Configuration] = {}  # by trial
    spent: dict[tuple[str, int], float] = {}  # seconds until a step
    for line in counted:
        now, event = line.seconds, line.event
        match event["event"]:
            case "DataLoaded":
                side.data = event
            case "Notice":
                side.notices.append(event["text"])
            case "TrialStarted":
                configurations[event["trial"]] = event["configuration"]
                side.begun.setdefault(config_key(event["configuration"]), now)
            case "TrialPromoted":
                configurations[event["trial"]] = configurations[event["paused"]]
            case "TrialEvaluated":
                config, found = configurations[event["trial"]], event["evaluation"]
                side.scored.setdefault(config_key(config), now)
                side.scores += _scores(now, config, found)
                spent[config_key(config), found["step"]] = sum(found["seconds"].values())
            case "TrialFinished" if event["best"] is not None:
                config, step = event["best"]["configuration"], event["best"]["step"]
                last = side.leaders[-1] if side.leaders else None
                if last is None or (last.configuration, last.step) != (config, step):
                    side.leaders.append(Leader(now, config, step, spent[config_key(config), step]))
    return side


def _scores(now: float, config: Configuration, found: Mapping[str, Any]) -> Iterable[Score]:
    """The passes that an evaluation tells of: none within our Stage A, where none is made."""
    metrics = found["metrics"]
    if "league_bleu_after_a" in metrics:  # made on the way, told at the end of it
        bleu = metrics["league_bleu_after_a"]
        yield Score(now, config, PROTOCOL.stage_a_steps, PROTOCOL.beams, bleu)
    if "league_bleu" in metrics:
        yield Score(now, config, found["step"], int(metrics["beams"]), metrics["league_bleu"])


def unfinished(side: Side) -> list[Leader]:
    """Leaders whose score at full length is not known, though they were translated with.

    Once each: as it was when it led first.
    """
    known = {config_key(each.configuration) for each in side.scores if each.step == PROTOCOL.steps}
    found: dict[str, Leader] = {}
    for leader in side.leaders:
        if leader.step >= PROTOCOL.stage_a_steps and config_key(leader.configuration) not in known:
            found.setdefault(config_key(leader.configuration), leader)
    return list(found.values())


def late(leader: Leader, evaluation: Mapping[str, Any]) -> float:
    """Seconds that a search would have stood still for an evaluation of its leader."""
    seconds: float = sum(evaluation["seconds"].values())
    return max(0.0, seconds - leader.spent)


def finish(side: Side, leaders: Sequence[Leader], found: Sequence[Mapping[str, Any]]) -> None:
    """Add what leaders came to at full length, as if the side itself had trained them on.

    `found`: their evaluations, as JSON. Each counts as late as if the search had stood still for
    it, and for all before it; later than the side had, it does not count.
    """
    waited = 0.0
    for leader, evaluation in zip(leaders, found, strict=True):
        waited += late(leader, evaluation)
        scores = _scores(leader.seconds + waited, leader.configuration, evaluation)
        full = (each for each in scores if each.step == PROTOCOL.steps)
        side.scores += [each for each in full if each.seconds <= side.seconds]


def at(best: Sequence[Score], seconds: float) -> float | None:
    """The best score there was at a time."""
    return max((each.bleu for each in best if each.seconds <= seconds), default=None)


def reached(best: Sequence[Score], bleu: float) -> float | None:
    """Seconds until there was a score as good as that."""
    return min((each.seconds for each in best if each.bleu >= bleu), default=None)


def counts(sides: Sequence[Side]) -> Table:
    rows = []
    for side in sides:
        full = {
            config_key(each.configuration) for each in side.scores if each.step == PROTOCOL.steps
        }
        translated = {config_key(each.configuration) for each in side.scores}
        rows.append(
            (
                side.name,
                f"{side.seconds / 60:.1f}",
                str(len(side.begun)),
                f"{side.an_hour(side.begun):.1f}",
                str(len(side.scored)),
                f"{side.an_hour(side.scored):.1f}",
                str(len(translated)),
                str(len(full)),
            )
        )
    header = (
        "side",
        "minutes",
        "begun",
        "an hour",
        "scored",
        "an hour",
        "with BLEU",
        "full length",
    )
    return Table("Configurations", header, tuple(rows))


def over_time(sides: Sequence[Side], points: int = 9) -> Table:
    """The best scores so far at some times: each one as long after the one before."""
    longest = max(side.seconds for side in sides)
    times = [longest * point / points for point in range(1, points + 1)]
    rows = []
    for measure in MEASURES:
        for side in sides:
            best = side.best(measure)
            cells = (at(best, time) if time <= side.seconds else None for time in times)
            rows.append((measure, side.name, *("" if c is None else f"{c:.2f}" for c in cells)))
    header = ("validation", "side", *(f"{time / 60:.1f} min" for time in times))
    return Table("Best league BLEU so far", header, tuple(rows))


@dataclass(frozen=True)
class Comparison:
    """When one side was as good as the other in the end."""

    measure: str
    bleu: float  # theirs, in the end
    theirs: float  # seconds until then
    ours: float | None  # seconds until as good; None: never
    ran: float  # seconds that they had

    @property
    def share(self) -> float | None:
        """Of the time they took to it."""
        return None if self.ours is None else self.ours / self.theirs

    @property
    def share_of_all(self) -> float | None:
        """Of the time they had."""
        return None if self.ours is None else self.ours / self.ran


def compare(ours: Side, theirs: Side) -> list[Comparison]:
    """By measure, where they have a score."""
    return [
        Comparison(
            measure,
            best[-1].bleu,
            best[-1].seconds,
            reached(ours.best(measure), best[-1].bleu),
            theirs.seconds,
        )
        for measure in MEASURES
        if (best := theirs.best(measure))
    ]


def reaching(ours: Side, theirs: Side) -> Table:
    def minutes(seconds: float | None) -> str:
        return "never" if seconds is None else f"{seconds / 60:.1f}"

    def percent(share: float | None) -> str:
        return "" if share is None else f"{share:.0%}"

    rows = tuple(
        (
            each.measure,
            f"{each.bleu:.2f}",
            minutes(each.theirs),
            minutes(each.ours),
            percent(each.share),
            percent(each.share_of_all),
        )
        for each in compare(ours, theirs)
    )
    header = ("validation", "their best", "after, min", "ours, min", "of that", "of all their time")
    return Table(f"When {ours.name} had the best score of {theirs.name}", header, rows)


def ratios(ours: Side, theirs: Side) -> dict[str, float | None]:
    """How many times as many configurations an hour."""
    pairs = {"begun": (ours.begun, theirs.begun), "scored": (ours.scored, theirs.scored)}
    return {
        name: ours.an_hour(one) / theirs.an_hour(other) if other else None
        for name, (one, other) in pairs.items()
    }


def to_json(side: Side) -> dict[str, Any]:
    return {
        **asdict(side),
        "an_hour": {"begun": side.an_hour(side.begun), "scored": side.an_hour(side.scored)},
        "best": {name: [asdict(each) for each in side.best(name)] for name in MEASURES},
    }
