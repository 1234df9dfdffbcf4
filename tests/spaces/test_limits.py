"""Hard limits."""

from typing import Any

import pytest

from xlt.spaces.limits import Limits


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        (Limits(at_least=0, below=1), [0, 0.5], [-1, 1]),
        (Limits(above=0, at_most=5), [0.1, 5], [0, 5.1]),
        (Limits(among=("a", "b")), ["a", "b"], ["c"]),
        (Limits(), [-1e9, "a", True], []),
    ],
)
def test_limits_are_open_or_closed_as_they_say(
    limits: Limits, inside: list[Any], outside: list[Any]
) -> None:
    assert [value for value in inside if limits.problem(value)] == []
    assert [value for value in outside if not limits.problem(value)] == []
