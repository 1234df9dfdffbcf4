"""Tables of text."""

import io
import re
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    """A table; each row has as many cells as the header."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def format_table(table: Table) -> str:
    """Format as Markdown with aligned columns."""
    rich_table = RichTable(box=box.MARKDOWN)
    for name in table.header:
        rich_table.add_column(name, no_wrap=True)
    for row in table.rows:
        rich_table.add_row(*row)
    text = io.StringIO()
    # Wider than any table, because Rich would cut longer lines.
    Console(file=text, width=1000, markup=False, highlight=False).print(rich_table)
    return f"{table.title}\n\n{text.getvalue().strip()}"


# What stands for a character in LaTeX.
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "<": r"$<$",
    ">": r"$>$",
    "[": "{[}",  # a row that starts with it would end the one before with an option
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def format_latex(table: Table) -> str:
    """Format as a LaTeX table, which needs the packages booktabs and longtable."""
    header, *rows = (
        " & ".join(map(_escape_latex, row)) + r" \\" for row in (table.header, *table.rows)
    )
    return "\n".join(
        [
            rf"\begin{{longtable}}{{{'l' * len(table.header)}}}",
            rf"\caption{{{_escape_latex(table.title)}}} \\",
            r"\toprule",
            header,
            r"\midrule \endhead",
            *rows,
            r"\bottomrule",
            r"\end{longtable}",
        ]
    )


def _escape_latex(text: str) -> str:
    return re.sub(r"[\\~^±<>\[&%$#_{}]", lambda match: _LATEX[match[0]], text)
