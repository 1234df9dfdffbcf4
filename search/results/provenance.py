"""How a result was made: command, versions, device, threads, commit."""

import platform
import shlex
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from xlt.search.execution.environment import THREADS
from xlt.search.execution.jobs import ObjectiveDescription
from xlt.search.storage.database import without_passwords

# The libraries that a score may depend on.
LIBRARIES = (
    "numpy",
    "optuna",
    "peft",
    "sacrebleu",
    "safetensors",
    "seqeval",
    "tokenizers",
    "torch",
    "transformers",
    "xlt-search",
)


def collect_provenance(description: ObjectiveDescription, command: str) -> dict[str, object]:
    """The provenance of what this process trains.

    Args:
        description: The objective, whose identity names code and device.
        command: The command, see `shell_command`.

    Returns:
        The fields of `xlt.search.results.export.Provenance`, as plain JSON.
    """
    record: dict[str, object] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "code": description.identity["code"],
        "device": description.identity["device"],
        "precision": description.identity.get("precision"),
        "threads": THREADS,
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES},
        },
    }
    commit = _commit()
    return record | ({"commit": commit} if commit else {})


def shell_command(arguments: Sequence[str]) -> str:
    """The command as typed, without the passwords of URLs."""
    return without_passwords(shlex.join(["xlt-search", *arguments]))


def _commit() -> str | None:
    """The commit of this checkout, "-changed" if files differ; None for an installed program."""
    here = Path(__file__)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        # Fails for an installed program, even inside the repository of another project.
        git("ls-files", "--error-unmatch", here.name)
        return git("rev-parse", "HEAD") + ("-changed" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
