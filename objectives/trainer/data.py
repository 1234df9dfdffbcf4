"""Data for users' tasks: a file, a folder or a data set of the hub, in three parts."""

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
# The share of the training data that a missing part gets, and the seed of the draw.
_SHARE, _SEED = 0.1, 42


def load_parts(source: str) -> Any:
    """Read training, validation and test data.

    Args:
        source: A file; a folder with files `train.csv`, `validation.csv` and `test.csv` (or another
            suffix of tables); or the name of a data set on the Hugging Face hub. A tenth of the
            training data is drawn for each part that is missing, always the same.

    Returns:
        A `datasets.DatasetDict` with `PARTS`.

    Raises:
        InputError: There is no such file, or its suffix is unknown.
    """
    from datasets import DatasetDict, disable_progress_bars, load_dataset

    disable_progress_bars()
    path = Path(source)
    if path.is_dir():
        files = {part: file for part in PARTS for file in path.glob(f"{part}.*")}
    elif path.is_file():
        files = {"train": path}
    elif path.suffix in _READERS:
        raise InputError(f"{source}: there is no such file; give its path from this folder")
    else:
        files = {}
    if files:
        suffix = files.get("train", path).suffix
        if "train" not in files or suffix not in _READERS:
            raise InputError(
                f"{source}: expected a table for training with the suffix {', '.join(_READERS)}"
            )
        reader, arguments = _READERS[suffix]
        data = load_dataset(reader, data_files={k: str(v) for k, v in files.items()}, **arguments)
    else:
        data = load_dataset(source)
    parts = {part: data[part] for part in PARTS if part in data}
    for part in PARTS[1:]:
        if part not in parts:
            split = parts["train"].train_test_split(_SHARE, seed=_SEED)
            parts["train"], parts[part] = split["train"], split["test"]
    return DatasetDict(parts)
