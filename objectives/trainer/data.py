"""Data for users' tasks: a file, a folder or a data set of the hub, in three parts."""

from itertools import chain
from pathlib import Path
from typing import Any

from xlt.spaces.errors import InputError

PARTS = ("train", "validation", "test")
# Readers of `datasets` by a file's suffix, with their arguments.
_READERS: dict[str, tuple[str, dict[str, Any]]] = {
    ".csv": ("csv", {}),
    ".tsv": ("csv", {"delimiter": "\t"}),
    ".json": ("json", {}),
    ".jsonl": ("json", {}),
    ".parquet": ("parquet", {}),
}
# The share of the data that a missing part gets, and the seed of the draw.
_SHARE, _SEED = 0.1, 42


def load_parts(source: str) -> Any:
    """Read training, validation and test data.

    Args:
        source: A file; a folder with files `train.csv`, `validation.csv` and `test.csv` (or another
            suffix of tables); or the name of a data set on the Hugging Face hub. For each part that
            is missing, a tenth of the training data is drawn, always the same.

    Returns:
        A `datasets.DatasetDict` with `PARTS`.

    Raises:
        InputError: The data cannot be found or read, or have no part for training.
    """
    from datasets import DatasetDict, disable_progress_bars, load_dataset

    disable_progress_bars()
    files = _files(Path(source))
    try:
        if files:
            reader, arguments = _READERS[files["train"].suffix]
            named = {part: str(file) for part, file in files.items()}
            data = load_dataset(reader, data_files=named, **arguments)
        else:
            data = load_dataset(source)
    except Exception as error:  # `datasets` raises many kinds for one mistake
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise InputError(f"{source}: cannot be read: {reason}") from error
    if "train" not in data:
        raise InputError(f"{source}: has no part train, only {', '.join(data)}")
    parts = {part: data[part] for part in PARTS if part in data}
    count = round(_SHARE * len(parts["train"]))
    for part in PARTS[1:]:
        if part not in parts:
            split = parts["train"].train_test_split(count, seed=_SEED)
            parts["train"], parts[part] = split["train"], split["test"]
    return DatasetDict(parts)


def encode_labels(data: Any, column: str) -> Any:
    """Number the classes of a column, alike in all parts, in a column called `labels`.

    Args:
        data: As `load_parts` returns it.
        column: Has the class of each example, or a list of classes, one for each word: as texts or
            numbers, or numbered already.
    """
    from datasets import ClassLabel, List

    feature = data["train"].features[column]
    is_list = isinstance(feature, List)
    if not isinstance(feature.feature if is_list else feature, ClassLabel):
        rows = [part[column] for part in data.values()]
        classes = chain.from_iterable(rows)
        names = sorted(map(str, set(chain.from_iterable(classes) if is_list else classes)))
        numbered = ClassLabel(names=names)

        def as_text(row: Any) -> Any:
            value = row[column]
            return {column: list(map(str, value)) if is_list else str(value)}

        data = data.map(as_text).cast_column(column, List(numbered) if is_list else numbered)
    return data if column == "labels" else data.rename_column(column, "labels")


def _files(path: Path) -> dict[str, Path]:
    """The table of each part; empty if `path` is the name of a data set on the hub."""
    if path.is_dir():
        for suffix in _READERS:
            files = {part: file for part in PARTS if (file := path / f"{part}{suffix}").is_file()}
            if "train" in files:
                return files
        raise InputError(f"{path}: has no train.csv (or {', '.join([*_READERS][1:])})")
    if path.is_file() and path.suffix not in _READERS:
        raise InputError(f"{path}: expected a table: {', '.join(_READERS)}")
    if path.suffix in _READERS and not path.is_file():
        raise InputError(f"{path}: there is no such file; give its path from this folder")
    return {"train": path} if path.is_file() else {}
