"""`xlt-search` on a toy, as a program of its own: `toy_command.py MODULE.BUILDER OPTIONS...`."""

import functools
import sys
from importlib import import_module

from xlt.search.cli import app
from xlt.search.pipeline import options

if __name__ == "__main__":
    module, _, name = sys.argv.pop(1).rpartition(".")
    builder = getattr(import_module(module), name)
    vars(options)["Options"] = functools.partial(options.Options, objective_factory=builder)
    app.main()
