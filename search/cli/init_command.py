"""The command init, which writes a task for a user's own data."""

import re
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from xlt.objectives.notebook_code import python_literal
from xlt.search.cli.options import choice
from xlt.spaces.errors import InputError


class Kind(StrEnum):
    """Kinds of tasks; each has a template of its name in `objectives/trainer/templates/`."""

    CLASSIFICATION = "classification"
    PAIRS = "pairs"
    GENERATION = "generation"


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE.py", help="The file to write.")],
    kind: Annotated[
        Kind, typer.Option(help="What the model learns.", **choice("--kind", Kind))
    ] = Kind.CLASSIFICATION,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="A table (.csv, .tsv, .json, .jsonl, .parquet), a folder with train.csv and so on, "
            "or a data set of the Hugging Face hub.",
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="The columns of DATA: texts first, then the label."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="A pretrained model (for generation: its tokenizer), or a folder."
        ),
    ] = None,
) -> None:
    """Write a task for your own data, to search with --study FILE.py."""
    if file.suffix != ".py":
        raise InputError(f"{file}: expected a name that ends in .py")
    if file.exists():
        raise InputError(f"{file}: the file exists; choose another name, or delete it")
    text = (
        files("xlt.objectives.trainer.templates").joinpath(f"{kind}.py").read_text(encoding="utf-8")
    )
    text = text.replace(f"--study {kind}.py", f"--study {file.name}")
    _, names = _constants(text)["columns"]
    chosen = tuple(name.strip() for name in columns.split(",")) if columns else names
    if len(chosen) != len(names):
        raise InputError(
            f"--columns {columns}: expected {len(names)} columns, like {','.join(names)}"
        )
    if data is not None:
        _check_columns(data, chosen)
        text = _set(text, "DATA", python_literal(data))
    text = _set(text, _constants(text)["columns"][0], ", ".join(map(python_literal, chosen)))
    if model is not None:
        text = _set(text, _constants(text)["model"][0], python_literal(model))
    file.write_text(text, encoding="utf-8")
    print(f"{file}: written; its first lines say what may be changed")
    print(f"to see its cost:     xlt-search show {file} --measure")
    print(f"to start the search: xlt-search --study {file} --n-trials 20 --time-budget 1h")


def _constants(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The names and values of a template's constants for columns and model."""
    found = {
        line.partition(" = ")[0]: tuple(re.findall(r'"([^"]*)"', line))
        for line in text.splitlines()
        if re.match(r"[A-Z]+(, [A-Z]+)* = \"", line)
    }
    model = next(name for name in found if name in ("MODEL", "TOKENIZER"))
    columns = next(name for name in found if name not in ("DATA", model))
    return {"columns": (columns, found[columns]), "model": (model, found[model])}


def _set(text: str, name: str, value: str) -> str:
    """Replace the value of a constant, and keep the comment behind it."""
    pattern = rf'^({re.escape(name)} = )"[^#\n]*?"(  #.*)?$'
    changed, count = re.subn(
        pattern, lambda match: f"{match[1]}{value}{match[2] or ''}", text, flags=re.MULTILINE
    )
    assert count == 1, f"the template has no constant {name}"
    return changed


def _check_columns(data: str, columns: tuple[str, ...]) -> None:
    """Raise `InputError` if the data cannot be read, or have no such columns."""
    from xlt.objectives.trainer.data import load_parts

    known = load_parts(data)["train"].column_names
    missing = [name for name in columns if name not in known]
    if missing:
        raise InputError(
            f"--data {data}: has no column {', '.join(missing)}; "
            f"name its columns with --columns, from {', '.join(known)}"
        )
