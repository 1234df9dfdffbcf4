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
    """What a model can learn."""

    CLASSIFICATION = "classification"
    PAIRS = "pairs"
    NER = "ner"
    QA = "qa"
    SEQ2SEQ = "seq2seq"
    GENERATION = "generation"


# The file in `objectives/trainer/templates/`, and the default columns of the data.
TEMPLATES = {
    Kind.CLASSIFICATION: ("classification.py", ("text", "label")),
    Kind.PAIRS: ("classification.py", ("sentence1", "sentence2", "label")),
    Kind.NER: ("ner.py", ("tokens", "ner_tags")),
    Kind.QA: ("qa.py", ("question", "context", "answers")),
    Kind.SEQ2SEQ: ("seq2seq.py", ("source", "target")),
    Kind.GENERATION: ("generation.py", ("text",)),
}


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
        typer.Option(metavar="A,B", help="The columns of DATA, in the order of the default ones."),
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
    template, names = TEMPLATES[kind]
    chosen = tuple(name.strip() for name in columns.split(",")) if columns else names
    if len(chosen) != len(names):
        raise InputError(
            f"--columns {columns}: expected {len(names)} columns, like {','.join(names)}"
        )
    constants: dict[str, object] = {"COLUMNS": list(chosen)}
    if data is not None:
        _check_columns(data, chosen)
        constants["DATA"] = data
    if model is not None:
        constants["MODEL"] = model
    text = files("xlt.objectives.trainer.templates").joinpath(template).read_text(encoding="utf-8")
    text = text.replace(f"--study {template}", f"--study {file.name}")
    for name, value in constants.items():
        text = _set(text, name, python_literal(value))
    file.write_text(text, encoding="utf-8")
    print(f"{file}: written; its first lines say what may be changed")
    print(f"to see its cost:     xlt-search show {file} --measure")
    print(f"to start the search: xlt-search --study {file} --n-trials 20 --time-budget 1h")


def _set(text: str, name: str, value: str) -> str:
    """Replace the value of a constant of a template, and keep the comment behind it."""
    return re.sub(
        rf"^{name} = .*?(  #.*)?$",
        lambda match: f"{name} = {value}{match[1] or ''}",
        text,
        count=1,
        flags=re.MULTILINE,
    )


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
