"""Tables as LaTeX."""

import re

from hypothesis import given
from hypothesis import strategies as st

from xlt.search.tables import Table, format_latex


def test_special_characters_are_printed_as_they_are() -> None:
    text = format_latex(Table("a_b", ("50 %", "x & y"), (("\\{~^}", "1.0 ± 0.2 #$"),)))
    assert r"\caption{a\_b}" in text
    assert r"50 \% & x \& y \\" in text
    assert (
        r"\textbackslash{}\{\textasciitilde{}\textasciicircum{}\} & 1.0 $\pm$ 0.2 \#\$ \\" in text
    )


@given(st.lists(st.text(st.characters(categories=["L", "P", "S"])), min_size=1, max_size=4))
def test_a_row_has_as_many_cells_as_the_header(cells: list[str]) -> None:
    """No text adds a column, a comment, or an open brace."""
    text = format_latex(Table("", tuple("a" for _ in cells), (tuple(cells),)))
    row = text.splitlines()[5]
    bare = re.sub(r"\\.", "", row)
    assert bare.count("&") == len(cells) - 1
    assert "%" not in bare
    assert bare.count("{") == bare.count("}")
