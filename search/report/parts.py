"""What a page is made of: parts with pictures, and the numbers behind each picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from xlt.search.tables import Table

# Rows of a table; `trials.csv` has the others.
MOST = 200


@dataclass(frozen=True)
class Picture:
    figure: go.Figure
    title: str = ""  # where a part has several
    least: int = 0  # pixels; narrower screens scroll


@dataclass(frozen=True)
class Piece:
    """Of a sentence: plain, or marked as an entity."""

    text: str
    kind: str = ""  # of the entity
    wrong: bool = False  # the other line has it not


@dataclass(frozen=True)
class Sample:
    """One sentence as several lines, each with a label before it."""

    lines: Sequence[tuple[str, Sequence[Piece]]]


@dataclass(frozen=True)
class Part:
    """`title` says what to conclude, `note` how to read it and what it does not say."""

    anchor: str
    title: str
    note: str
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    samples: Sequence[Sample] = ()
