"""Reads the rules of all languages, and draws sentences by them.

The rules are in `data/`. A section `@name lines` has one alternative a line, `@name words` and
`@name names` have one alternative a word (`_` is a blank). A third of the `names` does not occur
in training. The notation of a line:

- `3* ` before it is its weight.
- `{rule}` stands for another rule, `{fr.rule}` for a French one, `{a|b|}` for a choice.
- `[LOC ... ]` is an entity. An entity within another is part of it: `[ORG FC {city} ]`.
"""

import re
import zlib
from bisect import bisect
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from random import Random

from xlt.objectives import embedded_text

LANGUAGES = ("de", "fr", "it", "en")
RANK_SHIFT = 10.0  # names are drawn by 1 / (rank + RANK_SHIFT): the first ones more often
RECURRING = {"known": ("unknown", 240), "known_club": ("any_club", 90)}  # rule: of what, how many
TOKEN = re.compile(r"\[[A-Z]+|\]|(?:\{[^}]*\}|[^\s\[\]{}])+")
LINE = re.compile(r"^(?:(\d+)\* )?(.+)$", re.MULTILINE)
PIECE = re.compile(r"\{([^}]*)\}|([^{}]+)")


class Rule:
    """A choice between alternatives.

    Args:
        alternatives: The texts, in the notation of a line.
        weights: Their weights. By default they are names, frequent ones first.
        held_out: Which ones do not occur in training. By default all do.
    """

    def __init__(
        self,
        alternatives: Sequence[str],
        weights: Sequence[float] = (),
        held_out: Sequence[bool] = (),
    ) -> None:
        self.alternatives = alternatives
        self.held_out = held_out or [False] * len(alternatives)
        weights = weights or [1 / (rank + RANK_SHIFT) for rank in range(len(alternatives))]
        rows = zip(weights, self.held_out, strict=True)
        in_training = [0.0 if held_out else weight for weight, held_out in rows]
        self._bounds = list(accumulate(weights)), list(accumulate(in_training))

    def draw(self, rnd: Random, training: bool) -> int:
        """Return the index of an alternative."""
        bounds = self._bounds[training]
        return bisect(bounds, rnd.random() * bounds[-1])


class Sentence:
    """A sentence that is being drawn.

    Args:
        rules: All rules, by `language.name`.
        rnd: The random generator.
        training: Whether names that do not occur in training are left out.
    """

    def __init__(self, rules: Mapping[str, Rule], rnd: Random, training: bool) -> None:
        self.rules, self.rnd, self.training = rules, rnd, training
        self.words: list[str] = []
        self.spans: list[tuple[str, int, int]] = []  # type, first word, word behind the last
        self.open: list[tuple[str, int]] = []  # entities that are being written
        self.held_out = False  # whether it has a name that does not occur in training

    def draw(self, name: str) -> int:
        """Append an alternative of a rule, and return its index."""
        rule = self.rules[name]
        index = rule.draw(self.rnd, self.training)
        self.held_out = self.held_out or rule.held_out[index]
        self.write(name.partition(".")[0], rule.alternatives[index])
        return index

    def write(self, language: str, line: str) -> None:
        """Append a line, and draw wherever there is a choice."""
        for token, pieces in tokens(line):
            if token.startswith("["):
                self.open.append((token[1:], len(self.words)))
            elif token == "]":
                kind, start = self.open.pop()
                if not self.open:
                    self.spans.append((kind, start, len(self.words)))
            else:
                self._token(language, pieces)

    def _token(self, language: str, pieces: list[tuple[str, str]]) -> None:
        """Append pieces as one word: `{surname}straße`. Only the first may be an entity."""
        first = len(self.words)
        for slot, literal in pieces:
            start = len(self.words)
            if "|" in slot:
                options = slot.split("|")
                self.words += split(language, options[int(self.rnd.random() * len(options))])
            elif slot:
                self.draw(slot if "." in slot else f"{language}.{slot}")
            else:
                self.words += [literal] if len(pieces) > 1 else split(language, literal)
            if first < start < len(self.words):
                self.words[start - 1] = with_ending(self.words[start - 1], self.words.pop(start))

    @property
    def tags(self) -> list[str]:
        """The tag of each word, in the IOB2 scheme."""
        tags = ["O"] * len(self.words)
        for kind, start, end in self.spans:
            tags[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
        return tags


@cache
def tokens(line: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Split a line into tokens, and each into pieces: a slot's content or a literal text."""
    return [(token, PIECE.findall(token)) for token in TOKEN.findall(line)]


@cache
def split(language: str, text: str) -> list[str]:
    """Split a text into words. In French and Italian, `d'Arc` is two: `d' Arc`."""
    text = text.replace("_", " ")
    return (re.sub(r"(?<=\w')(?=\w)", " ", text) if language in ("fr", "it") else text).split()


def with_ending(name: str, ending: str) -> str:
    """Append a German ending. `Max` and `s` are `Max'`, `Halle` and `er` are `Haller`."""
    if ending == "s" and name[-1] in "sßxz":
        return name + "'"
    return name.removesuffix("e") + ending if ending == "er" else name + ending


@cache
def sections(name: str) -> Mapping[str, str]:
    """Return the sections of `data/<name>.txt` by their headers, which follow `@`."""
    text = embedded_text.read(__package__, name)
    parts = (section.partition("\n") for section in text.split("@")[1:])
    return {header: body for header, _, body in parts}


@cache
def rules() -> Mapping[str, Rule]:
    """Return the rules of all languages, by `language.name`. Each uses names of the others."""
    result: dict[str, Rule] = {}
    for language in LANGUAGES:
        for header, body in sections(language).items():
            name, how = header.split()
            result[f"{language}.{name}"] = _rule(body, how)
        for header, body in sections("shared").items():
            name = "town" if header == f"town_{language}" else header
            result[f"{language}.{name}"] = _shared(body, LANGUAGES.index(language))
    for language in LANGUAGES:
        for name, (rule, size) in RECURRING.items():
            result[f"{language}.{name}"] = _recurring(result, f"{language}.{rule}", size)
    return result


def is_held_out(name: str) -> bool:
    """Whether a name does not occur in training. The answer is the same in all languages."""
    kept = sections("shared")["kept"].split()
    return name not in kept and zlib.crc32(name.encode()) % 3 == 0


def _rule(body: str, how: str) -> Rule:
    if how == "lines":
        lines = LINE.findall(body)
        return Rule([line for _, line in lines], [float(weight or 1) for weight, _ in lines])
    return Rule(
        body.split(), held_out=[how == "names" and is_held_out(word) for word in body.split()]
    )


def _shared(body: str, column: int) -> Rule:
    """Read names that all languages have: `German|French|Italian|English`, or one for all."""
    entries = [entry.split("|") for entry in body.split()]
    names = [entry[column % len(entry)] for entry in entries]
    # By the first name, so that a town is held out in all languages or in none.
    return Rule(names, held_out=[is_held_out(entry[0]) for entry in entries])


def _recurring(rules: Mapping[str, Rule], rule: str, size: int) -> Rule:
    """Return a choice of entities that are mentioned again and again, drawn by another rule.

    A third of them does not occur in training.
    """
    rnd = Random(rule)
    held_out = [rank % 3 == 1 for rank in range(size)]
    entities: list[str] = []
    while len(entities) < size:
        sentence = Sentence(rules, rnd, training=not held_out[len(entities)])
        sentence.draw(rule)
        if sentence.held_out == held_out[len(entities)]:
            entities.append(f"[{sentence.spans[0][0]} {' '.join(sentence.words)} ]")
    return Rule(entities, held_out=held_out)
