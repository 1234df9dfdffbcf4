"""The tables of a report, for tests that look at their rows."""

from collections.abc import Iterable

from xlt.search.report.section import Section


def rows_of(sections: Iterable[Section], anchor: str, title: str) -> list[dict[str, str]]:
    """The rows of a section's table whose title starts with `title`, by column."""
    section = next(section for section in sections if section.anchor == anchor)
    table = next(table for table in section.tables if table.title.startswith(title))
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]
