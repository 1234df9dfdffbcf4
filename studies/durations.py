"""Times as people write them: 90s, 30m, 1h30m, 2 hours."""

from pytimeparse.timeparse import timeparse

# A century: longer ones are slips, and numbers of any length are read.
LONGEST_SECONDS = 100 * 365 * 24 * 3600
EXPECTED = "a time such as 30m, 90s, 1h30m or 2 hours"


def seconds(text: str) -> float | None:
    """None for what is no time above 0, and for 1:30, which could be minutes or hours."""
    found = None if text.count(":") == 1 else timeparse(text.strip())
    return float(found) if found and 0 < found <= LONGEST_SECONDS else None


def shown(seconds: float) -> str:
    """Like 2 min 5 s; from two hours on like 6 h 35 min 0 s."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 120:
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min {rest} s"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
