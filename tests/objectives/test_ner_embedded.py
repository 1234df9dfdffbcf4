"""The embedded corpus of tagged sentences, read again by other means than those that wrote it."""

import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from itertools import pairwise
from random import Random
from typing import NamedTuple

import pytest

from xlt.objectives.ner import embedded
from xlt.objectives.ner.data.sentences import TaggedSentences
from xlt.objectives.ner.embedded import corpus
from xlt.objectives.ner.embedded.grammar import Sentence, rules, sections

# Changes with every change to a name or a rule: set it anew, knowingly.
DIGEST = "88ab6829f1dad9f13e36eb7086d9d5d192d144462f06b54e09365677f2645ad3"

LANGUAGES = ("de", "fr", "it", "en")
TRAIN = {"de": 12_580, "fr": 4_580, "it": 4_000, "en": 4_000}
SPLITS = ("train", "validation", "test")


def size(language: str, split: str) -> int:
    return {"train": TRAIN[language], "validation": 500, "test": 1_000}[split]


each_language = pytest.mark.parametrize("language", LANGUAGES)

# Names that are words as well, and must be in training as both.
HOMOGRAPHS = {
    "de": ("Essen", "Wolf", "Kaiser", "Koch", "Singen", "Halle", "Stein"),
    "fr": ("Nice", "Pierre", "Petit", "Tours", "Rose", "Orange"),
    "it": ("Rosa", "Potenza", "Monti", "Vittoria", "Prato"),
    "en": ("Reading", "Bath", "Baker", "Grace", "King", "Rugby"),
}
TITLES = {
    "de": ("Dr.", "Prof.", "Präsident", "Bürgermeister", "König"),
    "fr": ("Dr.", "M.", "Président", "ministre", "roi"),
    "it": ("Dr.", "Prof.", "presidente", "ministro", "re"),
    "en": ("Dr.", "Mr.", "President", "General", "King"),
}
# Names of one language only, which others have in their sentences.
FOREIGN = {
    "de": ("Dupont", "Lefebvre", "Rossi", "Esposito", "Smith", "Taylor"),
    "fr": ("Müller", "Schmidt", "Rossi", "Esposito", "Smith", "Taylor"),
    "it": ("Müller", "Schmidt", "Dupont", "Lefebvre", "Smith", "Taylor"),
    "en": ("Müller", "Schmidt", "Dupont", "Lefebvre", "Rossi", "Esposito"),
}
EXONYMS = {
    "München": ("München", "Munich", "Monaco di Baviera", "Munich"),
    "Mailand": ("Mailand", "Milan", "Milano", "Milan"),
    "London": ("London", "Londres", "Londra", "London"),
    "Moskau": ("Moskau", "Moscou", "Mosca", "Moscow"),
}
PLACES_OF_PEOPLE = {  # how a place begins or ends that has a person's name within
    "de": r".+-.+-(Straße|Platz|Allee)|.+(straße|platz)",
    "fr": r"(rue|place|avenue|boulevard) \w+( \w+)?|Saint-\w+.*",
    "it": r"(via|piazza|corso|viale) \w+ \w+|.+ San \w+",
    "en": r"\w+ (Street|Road|Square|Park|County)|(Lake|Fort|Port) \w+",
}


class Span(NamedTuple):
    kind: str
    words: tuple[str, ...]


def spans(words: tuple[str, ...], tags: tuple[str, ...]) -> list[Span]:
    found: list[tuple[str, list[str]]] = []
    for word, tag in zip(words, tags, strict=True):
        if tag.startswith("B-"):
            found.append((tag[2:], [word]))
        elif tag.startswith("I-"):
            found[-1][1].append(word)
    return [Span(kind, tuple(inside)) for kind, inside in found]


def all_spans(part: TaggedSentences) -> list[Span]:
    return [
        span
        for words, tags in zip(part.words, part.tags, strict=True)
        for span in spans(words, tags)
    ]


def lower(span: Span) -> Span:
    return Span(span.kind, tuple(word.lower() for word in span.words))


def inner(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Every run of words within, shorter than the whole."""
    n = len(words)
    return {words[i:j] for i in range(n) for j in range(i + 1, n + 1) if j - i < n}


def digest() -> str:
    parts = {
        f"{name}/{split}": embedded.generate(name, split) for name in LANGUAGES for split in SPLITS
    }
    text = json.dumps({name: [part.words, part.tags] for name, part in parts.items()})
    return hashlib.sha256(text.encode()).hexdigest()


def test_digest() -> None:
    """The same text as ever, on every machine and version of Python."""
    assert digest() == DIGEST


def test_another_process_generates_the_same() -> None:
    """Whatever the hash seed, and in whatever order languages and splits are asked for."""
    code = (
        "import hashlib, json\n"
        "from xlt.objectives.ner import embedded\n"
        f"names = [(n, s) for n in {LANGUAGES[::-1]} for s in {tuple(SPLITS)[::-1]}]\n"
        "parts = {f'{n}/{s}': embedded.generate(n, s) for n, s in names}\n"
        f"order = [f'{{n}}/{{s}}' for n in {LANGUAGES} for s in {tuple(SPLITS)}]\n"
        "text = json.dumps({name: [parts[name].words, parts[name].tags] for name in order})\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == digest()


@each_language
@pytest.mark.parametrize("split", SPLITS)
def test_sizes_and_surface(language: str, split: str) -> None:
    """As many sentences as stated, of tidy words with a tag each, in IOB2."""
    part = embedded.generate(language, split)
    assert len(part) == len(part.words) == len(part.tags) == size(language, split)
    for words, tags in zip(part.words, part.tags, strict=True):
        assert len(words) == len(tags)
        assert 3 <= len(words) <= 16
        for word in words:
            assert re.fullmatch(r"\S+", word)
            assert word == unicodedata.normalize("NFC", word)
            assert not re.search(r"[{}\[\]_|@]", word), words
            assert not re.fullmatch(r"\w+[,;:!?)»]", word), words
        for before, tag in pairwise(("O", *tags)):
            assert tag == "O" or re.fullmatch("[BI]-(PER|LOC|ORG)", tag)
            assert not tag.startswith("I-") or before[2:] == tag[2:], (words, tags)


@each_language
def test_no_sentence_comes_twice(language: str) -> None:
    """Neither within a split nor across, in whatever case."""
    parts = [embedded.generate(language, split) for split in SPLITS]
    texts = [" ".join(words).lower() for part in parts for words in part.words]
    assert len(texts) == len(set(texts)) == sum(size(language, split) for split in SPLITS)


@each_language
def test_sentences_are_short(language: str) -> None:
    lengths = [len(words) for words in embedded.generate(language, "train").words]
    assert sum(4 <= length <= 12 for length in lengths) > 0.9 * len(lengths)
    full = [words[-1] == "." for words in embedded.generate(language, "train").words]
    assert 0.3 < sum(full) / len(full) < 0.7  # the others are fragments


@each_language
def test_every_template_is_used(language: str) -> None:
    """At least 40, each in training and none much more than others."""
    lines = sections(language)["sentence lines"].strip().splitlines()
    assert len(set(lines)) == len(lines) >= 40
    drawn = corpus.parts(language)
    used = Counter(one.template for one in drawn["train"])
    assert sorted(used) == list(range(len(lines)))
    assert max(used.values()) < 0.05 * size(language, "train")
    # What a template says is in the sentences that are said to be made by it.
    for one in drawn["train"]:
        literal = re.sub(r"^\d\* |\[[A-Z]+|\]|\S*\{[^}]*\}\S*", " ", lines[one.template]).lower()
        words = {word.lower() for word in one.words}
        said = [word for word in literal.split() if "'" not in word and len(word) > 3]
        assert all(word in words for word in said if word != "della"), (literal, one.words)


@pytest.mark.parametrize("training", [True, False])
def test_every_rule_can_be_drawn(training: bool) -> None:
    """No line names a rule that there isn't, or leaves a bracket open."""
    every_rule = rules()
    for name, rule in every_rule.items():
        for line in rule.alternatives:
            sentence = Sentence(every_rule, Random(name), training)
            sentence.write(name.partition(".")[0], line)
            assert not sentence.open
            assert line.count("{") == line.count("}")
            assert len(sentence.tags) == len(sentence.words)


@each_language
def test_entities(language: str) -> None:
    """Of all types and of one to five words, and as many as there are in real sentences."""
    part = embedded.generate(language, "train")
    entities = all_spans(part)
    kinds = Counter(span.kind for span in entities)
    assert set(kinds) == {"PER", "LOC", "ORG"}
    assert min(kinds.values()) > 0.2 * len(entities)
    lengths = Counter(len(span.words) for span in entities)
    assert set(lengths) == {1, 2, 3, 4, 5}
    assert lengths[1] < 0.6 * len(entities)
    numbers = Counter(sum(tag.startswith("B-") for tag in tags) for tags in part.tags)
    assert 0.08 < numbers[0] / len(part) < 0.25
    assert numbers[2] > 0.2 * len(part)
    assert numbers[3] > 0.02 * len(part)
    assert len(set(entities)) > 0.3 * len(entities)


@each_language
def test_names_are_words_as_well(language: str) -> None:
    """In training, as both: words also where no name is near. Of at least 20 sorts."""
    part = embedded.generate(language, "train")
    inside: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    for words, tags in zip(part.words, part.tags, strict=True):
        for word, tag in zip(words, tags, strict=True):
            (outside if tag == "O" else inside)[word] += 1
    plain = Counter(
        word.lower()
        for words, tags in zip(part.words, part.tags, strict=True)
        if set(tags) == {"O"}
        for word in words
    )
    for word in HOMOGRAPHS[language]:
        assert inside[word] >= 2, word
        assert plain[word.lower()] >= 2, word
    both = {word for word in inside if outside[word] and word[0].isupper() and len(word) > 2}
    assert len(both) >= 20


@each_language
@pytest.mark.parametrize("split", ["validation", "test"])
def test_entities_that_training_does_not_have(language: str, split: str) -> None:
    """Between a fifth and three fifths, also where case doesn't count; some of each type."""
    known = {lower(span) for span in all_spans(embedded.generate(language, "train"))}
    entities = [lower(span) for span in all_spans(embedded.generate(language, split))]
    for kind in ("PER", "LOC", "ORG"):
        unseen = [span not in known for span in entities if span.kind == kind]
        assert 0.2 < sum(unseen) / len(unseen) < 0.75
    assert 0.2 < sum(span not in known for span in entities) / len(entities) < 0.6


@each_language
def test_names_that_training_does_not_have(language: str) -> None:
    """Not only are known names combined anew: of the words in entities many are nowhere."""
    train, test = embedded.generate(language, "train"), embedded.generate(language, "test")
    known = {word.lower() for words in train.words for word in words}
    names = [word.lower() for span in all_spans(test) for word in span.words]
    assert 0.12 < sum(word not in known for word in names) / len(names) < 0.45


@each_language
def test_lower_case(language: str) -> None:
    """A few per cent of the sentences with entities have no capital at all."""
    part = embedded.generate(language, "train")
    tagged = [
        " ".join(words)
        for words, tags in zip(part.words, part.tags, strict=True)
        if any(tag != "O" for tag in tags)
    ]
    assert 0.02 < sum(text == text.lower() for text in tagged) / len(tagged) < 0.07
    assert all(text[0] == text[0].upper() for text in tagged if text != text.lower())


@each_language
def test_organisations_named_after_people_and_places(language: str) -> None:
    """Their whole span is ORG; what is within is elsewhere a person's or a place's name."""
    entities = all_spans(embedded.generate(language, "train"))
    people = {span.words for span in entities if span.kind == "PER"}
    places = {span.words for span in entities if span.kind == "LOC"}
    organisations = [span for span in entities if span.kind == "ORG"]
    after_people = [span for span in organisations if inner(span.words) & people]
    after_places = [span for span in organisations if inner(span.words) & places]
    assert len(after_people) > 0.05 * len(organisations)
    assert len(after_places) > 0.2 * len(organisations)


@each_language
def test_places_named_after_people(language: str) -> None:
    part = all_spans(embedded.generate(language, "train"))
    named = [
        span
        for span in part
        if span.kind == "LOC" and re.fullmatch(PLACES_OF_PEOPLE[language], " ".join(span.words))
    ]
    assert len(named) >= 40


@pytest.mark.parametrize(
    ("language", "full"),
    [
        ("fr", r"\b(de|[Ll][ea]) [aeiouAEIOUéèêÉÈÊ]"),
        ("it", r"\b([Ll]a|(de|ne|a|da|su)lla|[Uu]na) [aeiouAEIOUÈ]"),
    ],
)
def test_elision(language: str, full: str) -> None:
    """Before a vowel an article is elided, and a word of its own."""
    part = embedded.generate(language, "train")
    texts = [" ".join(words) for words in part.words]
    cased = [text for text in texts if text != text.lower()]  # else De Angelis looks like it
    assert not [text for text in cased if re.search(full, text)]
    assert sum(bool(re.search(r"\b(d|l|dell)' \w", text)) for text in cased) > 20


@each_language
def test_foreign_names(language: str) -> None:
    """People of other languages, and towns by the name that this language has for them."""
    people = Counter(
        word
        for split in SPLITS
        for span in all_spans(embedded.generate(language, split))
        if span.kind == "PER"
        for word in span.words
    )
    assert sum(people[name] for name in FOREIGN[language]) >= 10
    places = Counter(
        " ".join(span.words)
        for split in SPLITS
        for span in all_spans(embedded.generate(language, split))
        if span.kind == "LOC"
    )
    own_names = [names[LANGUAGES.index(language)] for names in EXONYMS.values()]
    assert (
        sum(places[own] > 0 for own in own_names) >= len(own_names) - 1
    )  # a rare one may not come
    for own, names in zip(own_names, EXONYMS.values(), strict=True):
        assert not any(places[name] for name in names if name != own)


@each_language
def test_titles_are_outside(language: str) -> None:
    """What stands before a person is part of no name."""
    part = embedded.generate(language, "train")
    before: Counter[str] = Counter()
    for words, tags in zip(part.words, part.tags, strict=True):
        for word, (tag, following) in zip(words, pairwise(tags), strict=False):
            if following == "B-PER":
                before[word] += tag == "O"
    for title in TITLES[language]:
        assert before[title] >= 2, title


@each_language
def test_languages_share_entities(language: str) -> None:
    """What one learns of names in one language serves in another, in part."""
    here = [lower(span) for span in all_spans(embedded.generate(language, "test"))]
    for other in LANGUAGES:
        if other != language:
            there = {lower(span) for span in all_spans(embedded.generate(other, "train"))}
            assert 0.1 < sum(span in there for span in here) / len(here) < 0.6
