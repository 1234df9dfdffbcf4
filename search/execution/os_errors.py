"""What the machine does to a command: a full disk, a folder that cannot be written. No bug of ours."""

import errno
import re
import traceback

from xlt.objectives.memory import oom_reason
from xlt.search.execution.jobs import WorkerBug
from xlt.spaces.errors import XltError

# What to do about it, where that can be said.
_REMEDIES = {
    errno.ENOSPC: "free some space, or keep fewer checkpoints with --cache-size",
    errno.EDQUOT: "free some space, or keep fewer checkpoints with --cache-size",
    errno.EFBIG: "raise the limit of a file's size (ulimit -f)",
    errno.EROFS: "choose another folder with --runs",
    errno.EACCES: "have its permissions changed, or choose another folder with --runs",
    errno.EPERM: "have its permissions changed, or choose another folder with --runs",
    errno.EIO: "look after the disk",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "close other programs",
    errno.EEXIST: "name a folder, not a file",
    errno.EISDIR: "remove the folder that is in its place",
    errno.ENOTDIR: "name a folder, not a file",
    errno.ENAMETOOLONG: "choose a shorter name",
}
# How libraries written in Rust put an errno.
_OS_ERROR = re.compile(r"(.*?) *\(os error (\d+)\)")


def as_user_error(error: BaseException) -> XltError | None:
    """The machine's fault in words, if that is what the error says."""
    number, what, where = _cause(getattr(error, "cause", None) or error)  # Ray's have one
    if number not in _REMEDIES:
        return None
    return XltError(
        f"{where}: {what}; {_REMEDIES[number]}. Everything finished is saved: the same command "
        "goes on"
    )


def _cause(error: BaseException) -> tuple[int | None, str, str]:
    """errno, its words, and the file if it is known."""
    if isinstance(error, OSError):
        return error.errno, error.strerror or "", str(error.filename or "writing a file")
    # By name, as whoever imports this need not wait for the library.
    if type(error).__name__ == "SafetensorError" and (found := _OS_ERROR.search(str(error))):
        return int(found[2]), found[1].rpartition(": ")[2], "writing a checkpoint"
    return None, "", ""


def to_transferable(error: Exception) -> XltError | WorkerBug:
    """What a worker sends of an error that it cannot go on from. Call it where it was caught."""
    if isinstance(error, XltError):
        return error
    short = oom_reason(error)
    if short is not None:
        return XltError(f"{short}; use fewer --workers")
    return as_user_error(error) or WorkerBug(traceback.format_exc())
