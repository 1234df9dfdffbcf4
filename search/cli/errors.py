"""How a user's mistakes, and failures of the machine or a database, become one `XltError` each.

A bug stays the exception that it is.
"""

import re
import sys
from collections.abc import Sequence
from typing import Any

import typer

from xlt.spaces.errors import InputError, XltError, did_you_mean
from xlt.studies.loader import shipped

# The base class of what Typer's parser raises for a mistake. Typer does not export it by name.
USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]


def as_xlt_error(error: Exception) -> XltError | None:
    """Describe a failure of the user, the machine or a database; None for a bug."""
    if isinstance(error, XltError):
        return error
    if isinstance(error, USAGE_ERROR):
        return as_input_error(error)
    from xlt.search.execution.os_errors import as_user_error
    from xlt.search.storage.reconnect import as_database_error

    return as_database_error(error) or as_user_error(error)


def as_input_error(error: Any) -> InputError:
    """Reword a mistake that Typer's parser noticed.

    Args:
        error: A `USAGE_ERROR`. Its subclasses are recognised by name, because Typer has had them
            in different modules.
    """
    command = error.ctx.command_path if error.ctx else "xlt-search"
    see_help = f"{command} --help lists the options"
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return no_such_option(error.option_name, command, error.ctx.command if error.ctx else None)
    if kind == "MissingParameter":
        name = error.param.metavar or str(error.param.name).upper()
        return InputError(f"{name}: is missing; {see_help}")
    if kind == "BadOptionUsage":
        needs = "needs a value" if "requires" in error.message else "takes no value"
        return InputError(f"{error.option_name}: {needs}; {see_help}")
    if match := re.fullmatch(r"No such command '(.*?)'\..*", error.message, re.DOTALL):
        name, commands = match[1], list(error.ctx.command.commands)
        search = f"; to search the study: {command} --study {name}" if name in shipped() else ""
        hint = search or did_you_mean(name, commands)
        return InputError(f"{name}: no such command{hint}; commands are {', '.join(commands)}")
    return InputError(f"{error.format_message().rstrip('.')}; {see_help}")


def no_such_option(option: str, command_path: str, command: Any) -> InputError:
    """The error for an option that a command does not have.

    Args:
        option: As typed, like `--study`.
        command_path: How the command is called, like `xlt-search final`.
        command: Typer's command object; None if unknown.
    """
    parameters = command.params if command else []
    for parameter in parameters:
        noun = (parameter.metavar or "").partition(" ")[0].lower()
        if parameter.param_type_name == "argument" and option == f"--{noun}":
            return InputError(
                f"{option}: {command_path} takes the {noun} as a plain argument, not as an option: "
                f"{command_path} {parameter.metavar}"
            )
    options = [name for parameter in parameters for name in parameter.opts if name.startswith("--")]
    return InputError(
        f"{option}: no such option of {command_path}{did_you_mean(option, options)}; "
        f"{command_path} --help lists the options"
    )


def check_encoding(arguments: Sequence[str]) -> None:
    """Raise `InputError` for an argument with bytes that the locale's encoding cannot decode.

    Python passes such bytes on as lone surrogates, which neither a database nor TOML can hold.
    """
    for argument in arguments:
        if any("\ud800" <= letter <= "\udfff" for letter in argument):
            raise InputError(
                f"{argument!r}: is not valid {sys.getfilesystemencoding()} text; set "
                "LC_ALL=C.UTF-8, or use ASCII only"
            )
