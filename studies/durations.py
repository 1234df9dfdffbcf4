"""Durations as people write them: 90s, 30m, 1h30m, 2 hours."""

from pytimeparse.timeparse import timeparse

# A century: anything longer is a mistake, and a number of any length can be read.
MAX_SECONDS = 100 * 365 * 24 * 3600
EXPECTED = "a time such as 30m, 90s, 1h30m or 2 hours"


def parse_duration(text: str) -> float | None:
    """Return seconds; None if it is not a time above 0, or ambiguous (1:30: hours or minutes?)."""
    seconds = None if text.count(":") == 1 else timeparse(text.strip())
    return float(seconds) if seconds and 0 < seconds <= MAX_SECONDS else None


def format_duration(seconds: float) -> str:
    """Format seconds as 2 min 5 s, and two hours or more as 6 h 35 min 0 s."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 120:
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min {rest} s"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
