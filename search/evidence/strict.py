"""What is read back must be as it was written: no other keys, no other types."""

from pydantic import BaseModel, ConfigDict
from pydantic_core import ErrorDetails

from xlt.spaces.limits import show

# What pydantic's error types expect, by how their names begin.
_EXPECTED = {
    "bool": "true or false",
    "dict": "a table",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "a table",
    "string": "a text like the ones that xlt-search writes",
    "tuple": "a list",
}
# Characters of a key in a message: those of exports are far shorter.
_LONGEST_KEY = 100
# Limits of numbers: a sign, and where the error has the number.
_LIMITS = {
    "greater_than": (">", "gt"),
    "greater_than_equal": (">=", "ge"),
    "less_than": ("<", "lt"),
    "less_than_equal": ("<=", "le"),
}


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def describe_error(error: ErrorDetails) -> str:
    """What pydantic found wrong in an export: the key and the mistake."""
    key, kind = ".".join(map(str, error["loc"])), error["type"]
    if len(key) > _LONGEST_KEY:
        key = f"{key[:_LONGEST_KEY]}..."
    if kind == "missing":
        return f"is no export: {key} is missing"
    if kind == "extra_forbidden":
        return f"{key}: unknown key"
    if kind == "no_scores":  # our own
        return f"{key}: {error['msg']}"
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"])
    elif kind in _LIMITS:
        sign, name = _LIMITS[kind]
        expected = f"a number {sign} {error['ctx'][name]}"
    else:
        expected = _EXPECTED.get(kind.split("_")[0], "what xlt-search writes there")
    return f"{key}: {show(error['input'])} is not {expected}"
