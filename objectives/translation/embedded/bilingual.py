"""Text in two languages, and how its parts are joined."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """A German text and its English translation. `+` joins texts in both languages."""

    german: str = ""
    english: str = ""

    def __add__(self, other: "Pair") -> "Pair":
        return Pair(joined(self.german, other.german), joined(self.english, other.english))


EMPTY, AND = Pair(), Pair("und", "and")
COMMA, BOTH_COMMAS = Pair(","), Pair(",", ",")


def joined(*parts: str) -> str:
    """Join the parts that are not empty with single blanks, but with none before `,`."""
    return " ".join(filter(None, parts)).replace(" ,", ",")


def sentence(text: Pair, end: str) -> Pair:
    """Return a text with capitals at its start and a mark at its end."""
    german, english = text.german + end, text.english + end
    return Pair(german[0].upper() + german[1:], english[0].upper() + english[1:])
