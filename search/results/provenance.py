"""How a result was made: versions, device, threads, commit, command. Plain JSON."""

import platform
import shlex
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from xlt.search.execution.jobs import ObjectiveDescription
from xlt.search.execution.local import THREADS
from xlt.search.storage.database import without_passwords

# What a score may depend on.
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
    """What `xlt.search.results.export.Made` holds, for what is trained now."""
    record: dict[str, object] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "code": description.identity["code"],
        "device": description.identity["device"],
        "threads": THREADS,
        "versions": {
            "python": platform.python_version(),
            **{library: version(library) for library in LIBRARIES},
        },
    }
    commit = _commit()
    return record | ({"commit": commit} if commit else {})


def shell_command(arguments: Sequence[str]) -> str:
    """The command as typed, but for passwords in URLs."""
    return without_passwords(shlex.join(["xlt-search", *arguments]))


def _commit() -> str | None:
    """The commit this program was checked out at; None for an installed one."""
    here = Path(__file__)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here.parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        # Fails where some other repository happens to lie around an installed program.
        git("ls-files", "--error-unmatch", here.name)
        return git("rev-parse", "HEAD") + ("-changed" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
