"""Times as people write them: 90s, 30m, 2h."""

import re

_UNITS = {"s": 1, "m": 60, "h": 3600}
EXPECTED = "a time such as 30m, 90s or 2h"


def seconds(text: str) -> float | None:
    """None for what is no time above 0."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([smh])", text.strip(), re.IGNORECASE)
    if found is None or not float(found[1]):
        return None
    return float(found[1]) * _UNITS[found[2].lower()]


def shown(seconds: float) -> str:
    """Like 2 min 5 s; from two hours on like 6 h 35 min 0 s."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 120:
        hours, minutes = divmod(minutes, 60)
        return f"{hours} h {minutes} min {rest} s"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
