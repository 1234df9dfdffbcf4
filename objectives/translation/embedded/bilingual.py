"""Text in two languages, and templates that are filled in both languages at once."""

from typing import NamedTuple, Protocol


class Bilingual(Protocol):
    """Whatever has a text in both languages."""

    @property
    def german(self) -> str: ...
    @property
    def english(self) -> str: ...


class Pair(NamedTuple):
    """A German text and its English translation."""

    german: str = ""
    english: str = ""


EMPTY = Pair()


def joined(*parts: str) -> str:
    """Joins the parts that are not empty with single blanks."""
    return " ".join([part for part in parts if part])


def say(template: str, **parts: Bilingual) -> Pair:
    """Fills a template in both languages.

    Args:
        template: `German = English`, or one text for both languages. `{name}` stands for a part.
        **parts: The texts by name. The blanks around an empty one are merged.
    """
    german, _, english = template.partition(" = ")
    german = german.format_map({name: part.german for name, part in parts.items()})
    english = (english or template).format_map({k: part.english for k, part in parts.items()})
    return Pair(" ".join(german.split()), " ".join(english.split()))
