"""Python code for notebooks."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def dictionary(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """The lines that assign a dictionary to `name`."""
    yield f"{name} = {{"
    yield from (f'    "{key}": {python_literal(value)},' for key, value in values.items())
    yield "}"


def python_literal(value: object) -> str:
    """A value as Python code."""
    return json.dumps(value) if isinstance(value, str) else repr(value)
