"""Texts that several outputs share."""

from xlt.objectives.objective import Configuration

SYNTHETIC_WARNING = "SYNTHETIC DATA: these scores say nothing about real data"


def format_config(config: Configuration) -> str:
    """Format a configuration on one line, as in `lr=0.001 batch=8`."""
    return " ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in config.items()
    )
