"""Phrases and choices of the talks: adverbs, conjunctions, predicates, tenses."""

from xlt.objectives.translation.embedded.draws import Draw, zipf
from xlt.objectives.translation.embedded.words import (
    choice,
    pairs,
    phrases,
    place_names,
    sections,
    word_list,
)

_TABLES = sections("talk_tables")
_TIMES = ("past", "present", "future")

WITHOUT_GAP = word_list("without gap")
WITHOUT_PASSIVE = word_list("without passive")
STATES = word_list("talk states")
LASTING = word_list("lasting")

TIMES = choice(_TABLES["times"])
TENSES = {time: choice(_TABLES[f"tenses {time}"]) for time in _TIMES}
REPORTING_TENSES = {time: choice(_TABLES[f"reporting tenses {time}"]) for time in _TIMES}
THINGS = choice(_TABLES["things"])
KINDS = dict(pairs(_TABLES["kinds"]))

# The shifts are assumed.
FRONTS = {time: phrases(_TABLES[f"fronts {time}"], 1.5) for time in _TIMES}
MARKERS = phrases(_TABLES["markers"], 1.5)
REASONS = phrases(_TABLES["reasons"], 1.5)
LINKS = phrases(_TABLES["links"])
ADVERBS = phrases(_TABLES["adverbs"], 1.5)
SO_FAR = phrases(_TABLES["so far"])
ADJUNCTS = phrases(_TABLES["adjuncts"], 1.5)
DEGREES = phrases(_TABLES["degrees"], 1.5)
ASKING = phrases(_TABLES["asking"])
QUESTIONS = phrases(_TABLES["questions"])
CLEFTS = phrases(_TABLES["clefts"], 1.5)
PREDICATES = {
    kind: phrases(_TABLES[f"predicates {kind}"], 3.0)
    for kind in ("abstract", "thing", "living", "es")
}
COMPARATIVES = phrases(_TABLES["comparatives"], 3.0)
FEELINGS = phrases(_TABLES["feelings"], 3.0)
UNITS = pairs(_TABLES["units"])
MORE = pairs(_TABLES["degrees of the more"])
PLACES = zipf(place_names(), 3.0)
# German, English, the time and the tense that it needs, if any.
CONJUNCTIONS: Draw[list[str]] = zipf(
    [line.split("|") for line in _TABLES["conjunctions"].splitlines()]
)
