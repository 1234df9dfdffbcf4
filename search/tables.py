"""Tables as people read them."""

import io
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def format_table(table: Table) -> str:
    """Markdown, whose columns also line up."""
    drawn = RichTable(box=box.MARKDOWN)
    for name in table.header:
        drawn.add_column(name, no_wrap=True)
    for row in table.rows:
        drawn.add_row(*row)
    text = io.StringIO()
    # Wider than any table, as lines that are cut would lose figures.
    Console(file=text, width=1000, markup=False, highlight=False).print(drawn)
    return f"{table.title}\n\n{text.getvalue().strip()}"
