"""Words that several outputs share: the mark of synthetic data, and a configuration on one line."""

from xlt.objectives.objective import Configuration

SYNTHETIC_WARNING = "SYNTHETIC DATA: these scores say nothing about real data"


def format_config(config: Configuration) -> str:
    """A configuration on one line."""
    return " ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in config.items()
    )
