"""The errors that are a user's to mend. Everything else is a bug of ours and keeps its traceback."""


class XltError(Exception):
    """What was wrong, where (file and key, option, line), what was expected, what to do next.

    The command line prints the message without a traceback and exits with `exit_code`.
    """

    exit_code = 1
    resumable = False  # whether the same command goes on where it ended


class InputError(XltError):
    """A study, an option, a corpus or an export that cannot be used as it is."""

    exit_code = 2
