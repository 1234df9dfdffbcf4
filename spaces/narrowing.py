"""Other ranges: from what a study wrote for a parameter to the parameter it means.

The declared parameter gives kind, hard limits and whatever the study left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xlt.spaces import bounds
from xlt.spaces.limits import Value, show
from xlt.spaces.parameter import (
    KINDS,
    Choice,
    Float,
    Int,
    Multiple,
    Ordered,
    Parameter,
    typed,
)
from xlt.spaces.refusal import InvalidConfiguration, SpaceError, near_miss


def narrow(declared: Parameter, written: Any, parameters: Mapping[str, Parameter]) -> Parameter:
    """The parameter that a study means by a scalar, a list or a table. Raises `SpaceError`.

    A range that says what is declared gives the declared parameter itself.
    """
    if isinstance(written, Mapping):
        found = _from_table(declared, written, parameters)
    elif isinstance(written, list | tuple):
        found = _from_values(declared, written)
    else:
        found = _from_values(declared, [written])
    as_declared = replace(found, reason=declared.reason)
    return declared if as_declared == declared else found


def moved(
    baseline: Mapping[str, Value],
    parameters: Sequence[Parameter],
    overrides: Mapping[str, Any],
) -> dict[str, Value]:
    """The baseline with the study's own values, following what the new ranges fix.

    A multiple keeps its factor when what it multiplies moves. Raises `SpaceError` where an
    override is outside its range; the rest is left to the new space to prove.
    """
    values: dict[str, Value] = {}
    for parameter in parameters:
        name = parameter.name
        if name in overrides:
            try:
                values[name] = parameter.canonical(typed(parameter, overrides[name]), values)
            except InvalidConfiguration as error:
                raise SpaceError(str(error), f"baseline.{name}", f"space.{name}") from None
        elif isinstance(parameter, Multiple):
            values[name] = _kept_factor(parameter, baseline, values)
        elif parameter.fixed:
            values[name] = parameter.written
        else:
            values[name] = baseline[name]
    return values


def _kept_factor(
    parameter: Multiple, baseline: Mapping[str, Value], values: Mapping[str, Value]
) -> Value:
    before, base, now = baseline[parameter.name], baseline[parameter.of], values[parameter.of]
    if not isinstance(before, int) or not isinstance(base, int) or not isinstance(now, int):
        raise TypeError(f"{parameter.name} and {parameter.of} are whole numbers")
    if parameter.fixed:
        return parameter.low * now
    return before if before % base else before // base * now


def _from_values(declared: Parameter, written: Sequence[Any]) -> Parameter:
    values: list[Any] = []
    for value in written:
        try:
            values.append(typed(declared, value))
        except InvalidConfiguration:
            raise declared.refused(
                f"{show(value)} is not {KINDS[declared.kind]}; declared is {declared}"
            ) from None
    if declared.kind in ("str", "bool"):
        return Choice(
            declared.name, tuple(values), reason=_own_reason(declared), hard=declared.hard
        )
    if len(values) == 1:
        return _range(declared, values[0], values[0], None, log=False)
    declared.require(bounds.of_values(values))
    return Ordered(
        declared.name, tuple(sorted(values)), reason=_own_reason(declared), hard=declared.hard
    )


def _from_table(
    declared: Parameter, table: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> Parameter:
    if isinstance(declared, Choice):
        raise declared.refused(f"is a choice of names; give a list of some of {declared}")
    allowed = ("low", "high", "step", "times" if "times" in table else "log")
    for key in table:
        if key not in allowed:
            known = (*allowed, "times")
            raise declared.refused(
                f"a range has no {show(key)}{near_miss(key, known)}; it has {', '.join(allowed)}"
            )
    if "times" in table:
        return _from_factors(declared, table, parameters)
    low, high = (_bound(declared, table, word) for word in ("low", "high"))
    if isinstance(declared, Multiple) and high <= declared.high:
        raise declared.refused(
            f"{low} to {high} are values, not factors; for factors add times = {show(declared.of)}"
        )
    log = table.get("log", getattr(declared, "log", False) and not table.get("step"))
    if not isinstance(log, bool):
        raise declared.refused(f"log = {show(log)} is not true or false")
    step = None if log and "step" not in table else _step(declared, table)
    return _range(declared, low, high, step, log)


def _from_factors(
    declared: Parameter, table: Mapping[str, Any], parameters: Mapping[str, Parameter]
) -> Multiple:
    of = table["times"]
    bases = [name for name, known in parameters.items() if isinstance(known, Int | Ordered)]
    whole = [name for name in bases if parameters[name].kind == "int" and name != declared.name]
    if of not in whole or declared.kind != "int":
        hint = near_miss(of, whole) if isinstance(of, str) else ""
        raise declared.refused(
            f"times = {show(of)}: a whole number is a multiple of another, "
            f"one of {', '.join(whole)}{hint}"
        )
    same = isinstance(declared, Multiple) and declared.of == of
    numbers: dict[str, int] = {"step": 1}
    for word in ("low", "high", "step"):
        number = table.get(word, getattr(declared, word) if same else numbers.get(word))
        if number is None:
            raise declared.refused(f"has no {word}; a range of factors is low to high")
        if isinstance(number, bool) or not isinstance(number, int):
            raise declared.refused(f"{word} = {show(number)} is not a whole number")
        numbers[word] = number
    return Multiple(declared.name, of, **numbers, reason=_own_reason(declared), hard=declared.hard)


def _bound(declared: Parameter, table: Mapping[str, Any], word: str) -> Any:
    inherited = getattr(declared, word) if isinstance(declared, Int | Float) else None
    number = table.get(word, inherited)
    if number is None:
        raise declared.refused(f"has no {word}; a range is low to high")
    return _number(declared, word, number)


def _step(declared: Parameter, table: Mapping[str, Any]) -> Any:
    """The step written, else the declared one; 0 makes a continuum of floats."""
    if "step" not in table:
        return declared.step if isinstance(declared, Int | Float) else None
    step = _number(declared, "step", table["step"])
    return None if declared.kind == "float" and step == 0 else step


def _number(declared: Parameter, word: str, number: Any) -> Any:
    try:
        return typed(declared, number)
    except InvalidConfiguration:
        raise declared.refused(f"{word} = {show(number)} is not {KINDS[declared.kind]}") from None


def _range(declared: Parameter, low: Any, high: Any, step: Any, log: bool) -> Int | Float:
    reason = _own_reason(declared)
    if declared.kind == "float":
        return Float(declared.name, low, high, step, log, reason=reason, hard=declared.hard)
    step = 1 if step is None else step
    return Int(declared.name, low, high, step, log, reason=reason, hard=declared.hard)


def _own_reason(declared: Parameter) -> str:
    return f"the study's own range; declared is {declared}"
