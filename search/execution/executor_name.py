"""The names of what can have jobs done; apart from the engines, which take a second to import."""

from enum import StrEnum


class ExecutorName(StrEnum):
    """What has jobs done."""

    LOCAL = "local"
    RAY = "ray"
