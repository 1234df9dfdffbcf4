"""Who stands where, and what those that share a trunk have told."""

from pathlib import Path

from xlt.objectives.work import WORK
from xlt.search.halving import State
from xlt.search.ladder import Ladder
from xlt.search.store import create, key, open_storage
from xlt.search.trunks import Trunks
from xlt.studies.study import load

LEAGUE = load("league")
DATA = {"source": "toy", "fingerprint": "f", "description": "toy", "synthetic": True}
ONE = LEAGUE.space.baseline
OTHER = {**ONE, "learning_rate": 1e-6}
WIDER = {**ONE, "d_model": 256}


def test_untold_until_they_part(tmp_path: Path) -> None:
    """Scores in Stage A are the trunk's; whoever is given up tells nothing any more."""
    store = create(open_storage(None, tmp_path), "league", LEAGUE, DATA)
    stages = {"A": 600, "B": 1100}
    ladder = Ladder((40, 100, 650), LEAGUE.space, store, Trunks(WORK["translation"].alike, stages))
    assert ladder.untold(ONE) == []
    ladder.enters(key(ONE), ONE)
    ladder.enters(key(OTHER), OTHER)
    assert ladder.untold(ONE) == [State.RUNNING, State.RUNNING]
    assert ladder.untold(WIDER) == []
    ladder.arrives(key(ONE), {40: -8.0, 100: -5.0})
    assert ladder.untold(OTHER) == [State.PAUSED, State.RUNNING]
    ladder.arrives(key(ONE), {40: -8.0, 100: -5.0, 600: 21.0, 650: 20.0})
    assert ladder.untold(ONE) == [State.RUNNING]
    ladder.falls(key(OTHER))
    assert ladder.untold(ONE) == []
