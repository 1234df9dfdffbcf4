"""Times, read and shown."""

import pytest

from xlt.studies.durations import seconds, shown


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (59.6, "1 min 0 s"),
        (3.2, "3 s"),
        (7199.6, "2 h 0 min 0 s"),
        (7209, "2 h 0 min 9 s"),
        (7140, "119 min 0 s"),
    ],
)
def test_shown(time: float, text: str) -> None:
    """To the second, so that a missed deadline does not look like a kept one."""
    assert shown(time) == text


@pytest.mark.parametrize(
    ("text", "time"), [("90s", 90), ("1.5h", 5400), ("2 M", 120), ("0m", None)]
)
def test_read(text: str, time: float | None) -> None:
    assert seconds(text) == time
