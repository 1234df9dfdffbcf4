"""Ranges as studies write them: from a TOML value to the parameter that it means.

The declared parameter gives the kind, the hard limits and everything that the study leaves out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xlt.spaces import range_checks
from xlt.spaces.errors import InvalidConfiguration, SpaceError, did_you_mean
from xlt.spaces.limits import Value, format_value
from xlt.spaces.parameter import Categorical, Float, Int, Multiple, Ordinal, Parameter
from xlt.spaces.values import KINDS


def parse_range(declared: Parameter, value: Any, parameters: Mapping[str, Parameter]) -> Parameter:
    """Return a parameter with the range that a study writes.

    Args:
        declared: The parameter as the task declares it.
        value: A scalar (one value), a list (these values) or a table (a range).
        parameters: All parameters of the space by name; `times` may name one.

    Returns:
        The new parameter; `declared` itself if the range is the declared one.

    Raises:
        SpaceError: The value is not a range of this parameter.
    """
    if isinstance(value, Mapping):
        parsed = _from_table(declared, value, parameters)
    else:
        parsed = _from_values(declared, value if isinstance(value, list | tuple) else [value])
    return declared if replace(parsed, reason=declared.reason) == declared else parsed


def updated_baseline(
    baseline: Mapping[str, Value],
    parameters: Sequence[Parameter],
    overrides: Mapping[str, Any],
) -> dict[str, Value]:
    """Return the baseline for new ranges: it takes the overrides and every fixed value.

    A multiple keeps its factor if the parameter it multiplies changes. Other values are kept; the
    new space checks whether they are in range.

    Raises:
        SpaceError: An override is outside its range.
    """
    values: dict[str, Value] = {}
    for parameter in parameters:
        name = parameter.name
        if name in overrides:
            try:
                values[name] = parameter.canonical(parameter.convert(overrides[name]), values)
            except InvalidConfiguration as error:
                raise SpaceError(str(error), f"baseline.{name}", f"space.{name}") from None
        elif isinstance(parameter, Multiple):
            values[name] = _kept_factor(parameter, baseline, values)
        elif parameter.fixed:
            values[name] = parameter.to_toml_value()
        else:
            values[name] = baseline[name]
    return values


def _kept_factor(
    parameter: Multiple, baseline: Mapping[str, Value], values: Mapping[str, Value]
) -> Value:
    old, old_base, base = baseline[parameter.name], baseline[parameter.of], values[parameter.of]
    if not isinstance(old, int) or not isinstance(old_base, int) or not isinstance(base, int):
        raise TypeError(f"{parameter.name} and {parameter.of} are whole numbers")
    if parameter.fixed:
        return parameter.low * base
    return old if old % old_base else old // old_base * base


def _from_values(declared: Parameter, written: Sequence[Any]) -> Parameter:
    values = [_converted(declared, value, "") for value in written]
    reason, hard_limits = _reason(declared), declared.hard_limits
    if declared.kind in ("str", "bool"):
        return Categorical(declared.name, tuple(values), reason=reason, hard_limits=hard_limits)
    if len(values) == 1:
        return _range(declared, values[0], values[0], None, log=False)
    declared.require(range_checks.values_problem(values))
    return Ordinal(declared.name, tuple(sorted(values)), reason=reason, hard_limits=hard_limits)


def _from_table(
    declared: Parameter, table: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> Parameter:
    if isinstance(declared, Categorical):
        raise declared.error(f"has no order; give a list of some of {declared}")
    allowed = ("low", "high", "step", "times" if "times" in table else "log")
    for key in table:
        if key not in allowed:
            hint = did_you_mean(key, (*allowed, "times"))
            raise declared.error(
                f"a range has no {format_value(key)}{hint}; expected keys are {', '.join(allowed)}"
            )
    if "times" in table:
        return _from_factors(declared, table, parameters)
    low, high = (_bound(declared, table, word) for word in ("low", "high"))
    if isinstance(declared, Multiple) and high <= declared.high:
        raise declared.error(
            f"{low} to {high} are values, not factors; for factors add times = {format_value(declared.of)}"
        )
    log = table.get("log", getattr(declared, "log", False) and not table.get("step"))
    if not isinstance(log, bool):
        raise declared.error(f"log = {format_value(log)} is not true or false")
    step = None if log and "step" not in table else _step(declared, table)
    return _range(declared, low, high, step, log)


def _from_factors(
    declared: Parameter, table: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> Multiple:
    of = table["times"]
    bases = [
        name
        for name, parameter in parameters.items()
        if isinstance(parameter, Int | Ordinal)
        and parameter.kind == "int"
        and name != declared.name
    ]
    if of not in bases or declared.kind != "int":
        hint = did_you_mean(of, bases) if isinstance(of, str) else ""
        raise declared.error(
            f"times = {format_value(of)}: only a whole number can be a multiple, and only of one of "
            f"{', '.join(bases)}{hint}"
        )
    same = isinstance(declared, Multiple) and declared.of == of
    numbers: dict[str, int] = {"step": 1}
    for word in ("low", "high", "step"):
        number = table.get(word, getattr(declared, word) if same else numbers.get(word))
        if number is None:
            raise declared.error(f"{word} is missing; a range of factors needs low and high")
        if isinstance(number, bool) or not isinstance(number, int):
            raise declared.error(f"{word} = {format_value(number)} is not a whole number")
        numbers[word] = number
    return Multiple(
        declared.name,
        of,
        **numbers,
        reason=_reason(declared),
        hard_limits=declared.hard_limits,
    )


def _bound(declared: Parameter, table: Mapping[str, Any], word: str) -> Any:
    inherited = getattr(declared, word) if isinstance(declared, Int | Float) else None
    number = table.get(word, inherited)
    if number is None:
        raise declared.error(f"{word} is missing; a range needs low and high")
    return _converted(declared, number, f"{word} = ")


def _step(declared: Parameter, table: Mapping[str, Any]) -> Any:
    """Return the step that is written, else the declared one. 0 makes floats continuous."""
    if "step" not in table:
        return declared.step if isinstance(declared, Int | Float) else None
    step = _converted(declared, table["step"], "step = ")
    return None if declared.kind == "float" and step == 0 else step


def _converted(declared: Parameter, value: Any, prefix: str) -> Any:
    try:
        return declared.convert(value)
    except InvalidConfiguration:
        raise declared.error(
            f"{prefix}{format_value(value)} is not {KINDS[declared.kind]}; declared is {declared}"
        ) from None


def _range(declared: Parameter, low: Any, high: Any, step: Any, log: bool) -> Int | Float:
    reason, hard_limits = _reason(declared), declared.hard_limits
    if declared.kind == "float":
        return Float(declared.name, low, high, step, log, reason=reason, hard_limits=hard_limits)
    step = 1 if step is None else step
    return Int(declared.name, low, high, step, log, reason=reason, hard_limits=hard_limits)


def _reason(declared: Parameter) -> str:
    return f"the study's own range; declared is {declared}"
