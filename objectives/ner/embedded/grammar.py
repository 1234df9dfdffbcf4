"""Reads a language's rules, and draws sentences by them.

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
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeAlias

from xlt.objectives import embedded_text

LANGUAGES = ("de", "fr", "it", "en")
COMMON = 10.0  # names are drawn by 1 / (rank + COMMON): the first ones more often
TOKEN = re.compile(r"\[[A-Z]+|\]|(?:\{[^}]*\}|[^\s\[\]{}])+")
PIECE = re.compile(r"\{([^}]*)\}|([^{}]+)")


@dataclass(frozen=True, slots=True)
class Entity:
    kind: str
    items: "Items"


@dataclass(frozen=True, slots=True)
class Reference:
    rule: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts written as one word: `{surname}straße`."""

    parts: "tuple[str | Reference | Choice, ...]"


@dataclass(slots=True)
class Choice:
    """Alternatives with their weights. Those that are `held` do not occur in training."""

    alternatives: "Sequence[Items]"
    weights: Sequence[float]
    held: Sequence[bool]
    bounds: dict[bool, tuple[list[float], list[int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for training in (True, False):
            kept = [i for i, held in enumerate(self.held) if not (training and held)]
            self.bounds[training] = list(accumulate(self.weights[i] for i in kept)), kept

    def draw(self, rnd: Random, training: bool) -> int:
        bounds, kept = self.bounds[training]
        return kept[bisect(bounds, rnd.random() * bounds[-1])]


Items: TypeAlias = tuple[str | Reference | Choice | Joined | Entity, ...]
Rules: TypeAlias = Mapping[str, Choice]


@cache
def sections(name: str) -> Mapping[str, str]:
    """Returns the sections of `data/<name>.txt` by their headers, which follow `@`."""
    text = embedded_text.read(__package__, name)
    parts = (section.partition("\n") for section in text.split("@")[1:])
    return {header: body for header, _, body in parts}


@cache
def kept() -> frozenset[str]:
    """Returns the names that always occur in training."""
    return frozenset(sections("shared")["kept"].split())


def held_out(name: str) -> bool:
    """Whether a name does not occur in training. The answer is the same in all languages."""
    return name not in kept() and zlib.crc32(name.encode()) % 3 == 0


class Sentence:
    """A sentence that is being drawn.

    Args:
        rules: All rules, by `language.name`.
        rnd: The random generator.
        training: Whether names that do not occur in training are left out.
    """

    def __init__(self, rules: Rules, rnd: Random, training: bool) -> None:
        self.rules, self.rnd, self.training = rules, rnd, training
        self.words: list[str] = []
        self.spans: list[tuple[str, int, int]] = []
        self.inside = False
        self.held = False  # whether it has a name that does not occur in training

    def write(self, items: Items) -> None:
        """Appends items, and draws wherever there is a choice."""
        for item in items:
            if isinstance(item, str):
                self.words.append(item)
            elif isinstance(item, Entity):
                self.entity(item)
            elif isinstance(item, Joined):
                self.joined(item)
            else:
                choice = self.rules[item.rule] if isinstance(item, Reference) else item
                drawn = choice.draw(self.rnd, self.training)
                self.held = self.held or choice.held[drawn]
                self.write(choice.alternatives[drawn])

    def entity(self, entity: Entity) -> None:
        """Appends an entity. Within another one it is part of that: a town in a club's name."""
        if self.inside:
            self.write(entity.items)
            return
        self.inside, start = True, len(self.words)
        self.write(entity.items)
        self.spans.append((entity.kind, start, len(self.words)))
        self.inside = False

    def joined(self, token: Joined) -> None:
        """Appends parts as one word. Only the first part may be an entity."""
        first = len(self.words)
        for part in token.parts:
            start = len(self.words)
            self.write((part,))
            if first < start < len(self.words):
                self.words[start - 1] = with_ending(self.words[start - 1], self.words.pop(start))

    @property
    def tags(self) -> list[str]:
        """The tag of each word, in the IOB2 scheme."""
        tags = ["O"] * len(self.words)
        for kind, start, end in self.spans:
            tags[start:end] = [f"I-{kind}"] * (end - start)
            tags[start] = f"B-{kind}"
        return tags


def with_ending(name: str, ending: str) -> str:
    """Appends a German ending. `Max` and `s` are `Max'`, `Halle` and `er` are `Haller`."""
    if ending == "s" and name[-1] in "sßxz":
        return name + "'"
    return name.removesuffix("e") + ending if ending == "er" else name + ending


def read(language: str) -> dict[str, Choice]:
    """Reads a language's rules, by `language.name`."""
    rules = {}
    for header, body in sections(language).items():
        name, how = header.split()
        if how == "lines":
            lines = [line for line in body.splitlines() if line]
            rules[f"{language}.{name}"] = choice_of(language, lines)
        else:
            words = body.split()
            held = [how == "names" and held_out(word) for word in words]
            rules[f"{language}.{name}"] = named(language, words, held)
    return rules


def choice_of(language: str, lines: Sequence[str]) -> Choice:
    """Reads alternatives with their weights."""
    found = [re.fullmatch(r"(?:(\d+)\* )?(.*)", line) for line in lines]
    weights = [float(match[1] or 1) for match in found if match]
    items = [parse(language, match[2]) for match in found if match]
    return Choice(items, weights, [False] * len(items))


def named(language: str, names: Sequence[str], held: Sequence[bool]) -> Choice:
    """Returns a choice of names, frequent ones first."""
    weights = [1 / (rank + COMMON) for rank in range(len(names))]
    return Choice([tuple(split(language, name)) for name in names], weights, held)


def recurring(rules: Rules, rule: str, size: int) -> Choice:
    """Returns a choice of entities that are mentioned again and again.

    Args:
        rules: All rules.
        rule: The rule that makes the entities.
        size: How many there are. A third of them does not occur in training.
    """
    rnd = Random(rule)
    items: list[Items] = []
    held = [rank % 3 == 1 for rank in range(size)]
    while len(items) < size:
        made = Sentence(rules, rnd, training=not held[len(items)])
        made.write((Reference(rule),))
        if made.held == held[len(items)]:
            items.append((Entity(made.spans[0][0], tuple(made.words)),))
    return Choice(items, [1 / (rank + COMMON) for rank in range(size)], held)


def split(language: str, text: str) -> list[str]:
    """Splits a text into words. In French and Italian, `d'Arc` is two: `d' Arc`."""
    text = text.replace("_", " ")
    return (re.sub(r"(?<=\w')(?=\w)", " ", text) if language in ("fr", "it") else text).split()


def parse(language: str, text: str) -> Items:
    """Reads the items of a line."""
    stack: list[list[str | Reference | Choice | Joined | Entity]] = [[]]
    kinds: list[str] = []
    for token in TOKEN.findall(text):
        if token.startswith("["):
            kinds.append(token[1:])
            stack.append([])
        elif token == "]":
            items = tuple(stack.pop())
            stack[-1].append(Entity(kinds.pop(), items))
        else:
            parts = tuple(
                slot_of(language, slot) if slot else literal
                for slot, literal in PIECE.findall(token)
            )
            if len(parts) > 1:
                stack[-1].append(Joined(parts))
            elif isinstance(parts[0], str):
                stack[-1].extend(split(language, token))
            else:
                stack[-1].append(parts[0])
    if kinds or text.count("{") != text.count("}"):
        raise ValueError(f"a bracket is open in {text!r}")
    return tuple(stack[0])


def slot_of(language: str, slot: str) -> Reference | Choice:
    """Reads what stands between braces."""
    if "|" in slot:
        parts = slot.split("|")
        items = [tuple(split(language, part)) for part in parts]
        return Choice(items, [1.0] * len(parts), [False] * len(parts))
    return Reference(slot if "." in slot else f"{language}.{slot}")
