"""Resolved studies: written out with every range and constant, and compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import tomli_w

from xlt.spaces.limits import toml
from xlt.studies.schema import Search
from xlt.studies.study import Study

# Keys that may change under a study's name. Data and encoder are compared by fingerprint instead,
# wherever they come from.
NOT_COMPARED = (
    "description",
    "search.n_trials",
    "search.enqueue",
    "search.stop_when",
    "search.min_gain",
    "budget.time_limit",
    "proof",
    "data.source",
    "settings.encoder",
)


def resolved(study: Study) -> dict[str, Any]:
    """Return the complete study as plain TOML types, with the locked constants as `protocol`."""
    protocol = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(study.protocol).items()
        if value is not None
    }
    settings = {"settings": dict(study.settings)} if study.settings else {}
    return {
        "name": study.name,
        "description": study.description,
        "task": study.task,
        **settings,
        "space": {p.name: p.to_toml_value() for p in study.space.parameters},
        "baseline": dict(study.space.baseline),
        "search": _search(study.search, study.skipped),
        "budget": {**study.budget.model_dump(exclude_none=True), "rungs": list(study.budget.rungs)},
        "proof": study.proof.model_dump(),
        "data": study.data.model_dump(),
        "protocol": protocol,
    }


def to_toml(study: Study) -> str:
    """Return `resolved` as text, which `study.load` reads as the same study."""
    return tomli_w.dumps(resolved(study))


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the differences of two resolved studies, such as `budget.rungs: [50] -> [100]`."""
    return list(_differences(old, new, ""))


def _search(search: Search, skipped: Sequence[int]) -> dict[str, Any]:
    """Without the skipped tables of `enqueue`: beside the resolved baseline they may be invalid."""
    table = search.model_dump()
    enqueued = enumerate(table.pop("enqueue"), 1)
    kept = [changes for number, changes in enqueued if number not in skipped]
    return {**table, "enqueue": kept} if kept else table


def _differences(old: Any, new: Any, key: str) -> Iterator[str]:
    if key in NOT_COMPARED:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            inner = f"{key}.{name}" if key else name
            yield from _differences(old.get(name), new.get(name), inner)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        before, after = ("(none)" if value is None else toml(value) for value in (old, new))
        yield f"{key}: {before} -> {after}"
