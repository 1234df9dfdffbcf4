"""The words and phrases of the embedded corpus, read from `data/`.

Each file explains its notation in its first lines.
"""

import re
from collections.abc import Mapping
from functools import cache

from xlt.objectives import embedded_text


@cache
def text(name: str) -> str:
    """The contents of `data/<name>.txt`."""
    return embedded_text.read(__package__, name)


@cache
def sections(name: str) -> Mapping[str, str]:
    """The same by section: a line `[title]` opens one."""
    parts = re.split(r"^\[(.+)\]\n", text(name), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
