"""Names of the trackers, in a module of its own: their clients take seconds to import."""

from enum import StrEnum


class TrackerName(StrEnum):
    """Values of `--track`."""

    TENSORBOARD = "tensorboard"
    MLFLOW = "mlflow"
    WANDB = "wandb"
