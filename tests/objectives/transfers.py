"""Small configurations of NER, and objectives on a folder, that several tests share."""

from pathlib import Path
from typing import Any

import torch

from xlt.objectives.ner.transfer import Transfer, TransferRun
from xlt.spaces.ner import NER, NerSettings

STEPS = 8


def transfer(folder: Path, **changes: Any) -> Transfer:
    settings: dict[str, Any] = {
        "train": {"de": 300},
        "selection_languages": ["de"],
        "encoder": str(folder / "encoder"),
        "steps": STEPS,
        "validation": 40,
    }
    return Transfer(str(folder), folder / "cache", "cpu", NerSettings(**(settings | changes)))


def config(trained: str, **changes: Any) -> dict[str, Any]:
    values = {**NER.baseline, "tuning_method": trained, "learning_rate": 1e-3, "batch_size": 32}
    return NER.canonical(NER.active(values | changes))


def silent(_: object) -> None:
    pass


def weights(run: TransferRun) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in run.model.state_dict().items()}
