"""Names of the executors, in a module of its own: the executors take a second to import."""

from enum import StrEnum


class ExecutorName(StrEnum):
    """Where jobs run: in processes on this machine, or on a Ray cluster."""

    LOCAL = "local"
    RAY = "ray"
