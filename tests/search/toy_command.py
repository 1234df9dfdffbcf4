"""`xlt-search` on the toy objective, as a program of its own: `toy_command.py BUILDER OPTIONS...`."""

import functools
import sys

import toy_objective

from xlt.search import cli
from xlt.search.session import Options

if __name__ == "__main__":
    builder = getattr(toy_objective, sys.argv.pop(1))
    vars(cli)["Options"] = functools.partial(Options, build=builder)
    cli.main()
