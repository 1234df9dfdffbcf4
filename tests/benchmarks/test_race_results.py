"""What a race comes to, from the events of its sides."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import race_picture
import race_results
from race_results import Line, Side

WIDE, NARROW = {"d_model": 512}, {"d_model": 128}


def begun(trial: int, config: Mapping[str, Any]) -> dict[str, Any]:
    return {"event": "TrialStarted", "trial": trial, "configuration": config}


def scored(trial: int, step: int, seconds: float = 0.0, **metrics: float) -> dict[str, Any]:
    found = {
        "step": step,
        "metrics": metrics,
        "seconds": {"stage_a": seconds / 2, "b": seconds / 2},
    }
    return {"event": "TrialEvaluated", "trial": trial, "evaluation": found}


def ended(trial: int, best: Mapping[str, Any] | None, step: int = 0) -> dict[str, Any]:
    standing = None if best is None else {"configuration": best, "step": step}
    return {"event": "TrialFinished", "trial": trial, "best": standing}


# Ours: WIDE pauses, NARROW is tried, WIDE goes on as another trial, and leads again.
OURS = [
    Line(1, {"event": "DataLoaded", "fingerprint": "f", "source": "s", "description": "d"}),
    Line(10, begun(0, WIDE)),
    Line(20, scored(0, 40, 8, log_likelihood=-3.0)),
    Line(21, ended(0, WIDE, 40)),
    Line(22, begun(1, NARROW)),
    Line(30, scored(1, 40, 4, log_likelihood=-4.0)),
    Line(31, ended(1, WIDE, 40)),
    Line(32, {"event": "TrialPromoted", "trial": 2, "paused": 0, "step": 40}),
    Line(60, scored(2, 650, 36, league_bleu=12.0, beams=1, league_bleu_after_a=15.0)),
    Line(61, ended(2, WIDE, 650)),
    Line(99, begun(3, {"d_model": 64})),
]
THEIRS = [
    Line(15, begun(0, NARROW)),
    Line(50, scored(0, 600, league_bleu=3.0, beams=4)),
    Line(70, scored(0, 1100, league_bleu=9.0, beams=4)),
    Line(80, begun(1, WIDE)),
    Line(90, scored(1, 600, league_bleu=14.0, beams=4)),
]


def ours() -> Side:
    return race_results.read("ours", OURS, 90)


def theirs() -> Side:
    return race_results.read("theirs", THEIRS, 90)


def test_counts_configurations() -> None:
    """Each once, however many trials it took, and nothing that came after the limit."""
    side = ours()

    assert list(side.begun.values()) == [10, 22]
    assert list(side.scored.values()) == [20, 30]
    assert side.an_hour(side.begun) == 80
    assert race_results.ratios(side, theirs()) == {"begun": 1.0, "scored": 1.0}


def test_scores_are_league_bleu_alone() -> None:
    """A log-likelihood is no score here; a score that was made on the way is one."""
    found = [(each.seconds, each.step, each.beams, each.bleu) for each in ours().scores]

    assert found == [(60, 600, 4, 15.0), (60, 650, 1, 12.0)]


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("at full length", [(70, 9.0)]),
        ("after Stage A", [(50, 3.0), (90, 14.0)]),
        ("after any step", [(50, 3.0), (70, 9.0), (90, 14.0)]),
    ],
)
def test_best_so_far(measure: str, expected: list[tuple[float, float]]) -> None:
    """Of comparable scores, each that was better than all before it."""
    assert [(each.seconds, each.bleu) for each in theirs().best(measure)] == expected


def test_best_at_a_time_and_time_to_reach() -> None:
    """A score counts from the second it is there."""
    best = theirs().best("after any step")

    assert [race_results.at(best, seconds) for seconds in (49, 50, 89, 1000)] == [None, 3, 9, 14]
    assert [race_results.reached(best, bleu) for bleu in (1, 9, 9.5, 15)] == [50, 70, 90, None]


def test_who_was_as_good_when() -> None:
    """Theirs in the end, as a share of the time they took and had."""
    found = {each.measure: each for each in race_results.compare(ours(), theirs())}

    assert found["after Stage A"].share == 60 / 90
    assert found["at full length"].ours is None
    assert found["at full length"].share is None
    assert found["at full length"].share_of_all is None


def test_leaders_are_trained_on() -> None:
    """A score at full length counts as late as the leader came and its training took."""
    side = ours()
    (leader,) = race_results.unfinished(side)

    assert (leader.seconds, leader.configuration, leader.step, leader.spent) == (61, WIDE, 650, 36)

    full = scored(0, 1100, 50, league_bleu=11.0, beams=4)["evaluation"]
    race_results.finish(side, [leader], [full])

    assert [(each.seconds, each.bleu) for each in side.best("at full length")] == [(75, 11.0)]
    assert race_results.unfinished(side) == []
    assert race_results.compare(side, theirs())[0].share == 75 / 70


def test_leaders_wait_for_those_before() -> None:
    """And what would have been too late does not count, nor what diverged."""
    side = ours()
    first, second = (race_results.Leader(40.0, each, 650, 10.0) for each in (NARROW, WIDE))
    found = [scored(0, 1100, 35, league_bleu=11.0, beams=4)["evaluation"]] * 2
    race_results.finish(side, [first, second], found)

    assert [each.seconds for each in side.best("at full length")] == [65]
    assert [each.seconds for each in side.scores if each.step == 1100] == [65, 90]

    side = ours()
    race_results.finish(side, [first], [{"step": 0, "metrics": {}, "seconds": {}}])

    assert side.best("at full length") == []


def test_tables_and_picture() -> None:
    """They hold what there is, also where a side has nothing, and are plain JSON."""
    sides = [ours(), theirs(), race_results.read("nothing", [], 90)]

    counted = race_results.counts(sides).rows
    assert counted[0] == ("ours", "1.5", "2", "80.0", "2", "80.0", "1", "0")
    times = race_results.over_time(sides, points=3).rows
    assert times[0] == ("at full length", "ours", "", "", "")
    assert times[4] == ("after Stage A", "theirs", "", "3.00", "14.00")
    reached = race_results.reaching(sides[0], sides[1]).rows
    assert reached[0] == ("at full length", "9.00", "1.2", "never", "", "")
    assert reached[1] == ("after Stage A", "14.00", "1.5", "1.0", "67%", "67%")
    json.dumps([race_results.to_json(side) for side in sides])

    figure = json.loads(json.dumps(race_picture.picture(sides, "a race")))
    curve = next(each for each in figure["data"] if each["name"] == "theirs")
    assert (curve["yaxis"], curve["x"], curve["y"]) == ("y", [70 / 60, 1.5], [9.0, 9.0])
