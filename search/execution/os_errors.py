"""Errors of the operating system, such as a full disk, turned into messages for the user."""

import errno
import re
import traceback

from xlt.objectives.memory import oom_reason
from xlt.search.execution.jobs import WorkerBug
from xlt.spaces.errors import XltError

# What the user can do, by `errno`. Other errors are treated as bugs.
_REMEDIES = {
    errno.ENOSPC: "free some space, or keep fewer checkpoints with --cache-size",
    errno.EDQUOT: "free some space, or keep fewer checkpoints with --cache-size",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f)",
    errno.EROFS: "choose another folder with --runs",
    errno.EACCES: "change its permissions, or choose another folder with --runs",
    errno.EPERM: "change its permissions, or choose another folder with --runs",
    errno.EIO: "check the disk",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs",
    errno.EEXIST: "name a folder, not a file",
    errno.EISDIR: "remove the folder of that name",
    errno.ENOTDIR: "name a folder, not a file",
    errno.ENAMETOOLONG: "choose a shorter name",
}
# The text in which libraries written in Rust report an errno.
_OS_ERROR = re.compile(r"(.*?) *\(os error (\d+)\)")


def as_user_error(error: BaseException) -> XltError | None:
    """The error as a message with file and remedy; None unless it is a known `OSError`."""
    number, what, where = _cause(getattr(error, "cause", None) or error)  # Ray wraps errors
    if number not in _REMEDIES:
        return None
    return XltError(
        f"{where}: {what}; {_REMEDIES[number]}. Everything finished is saved: run the same "
        "command again to continue"
    )


def _cause(error: BaseException) -> tuple[int | None, str, str]:
    """`errno`, its description, and the file, or what was done, if no file is known."""
    if isinstance(error, OSError):
        return error.errno, error.strerror or "", str(error.filename or "writing a file")
    # Compared by name, to avoid importing the library.
    if type(error).__name__ == "SafetensorError" and (match := _OS_ERROR.search(str(error))):
        return int(match[2]), match[1].rpartition(": ")[2], "writing a checkpoint"
    return None, "", ""


def to_transferable(error: Exception) -> XltError | WorkerBug:
    """Convert an error for the parent process. Call it in the `except` clause: it reads the traceback."""
    if isinstance(error, XltError):
        return error
    out_of_memory = oom_reason(error)
    if out_of_memory is not None:
        return XltError(f"{out_of_memory}; use fewer --workers")
    return as_user_error(error) or WorkerBug(traceback.format_exc())
