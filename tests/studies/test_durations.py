"""Times, read and shown."""

import pytest

from xlt.studies.durations import format_duration, parse_duration


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
    assert format_duration(time) == text


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("90s", 90),
        ("1.5h", 5400),
        ("2 M", 120),
        ("120min", 7200),
        ("1h30m", 5400),
        ("2 hours", 7200),
        ("90 s", 90),
        ("1 h 30 min", 5400),
        ("1:30:00", 5400),
        ("5 mins", 300),
        ("0m", None),
        ("-5m", None),
        ("90", None),  # of what?
        ("1:30", None),  # hours or minutes?
        ("nan", None),
        ("9" * 400 + "h", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, time: float | None) -> None:
    assert parse_duration(text) == time
