"""What talks in the embedded corpus are sprinkled with: fronted phrases, conjunctions, adverbs,
predicates, and how often each tense is spoken. `german=english`, frequent ones first."""

from xlt.objectives.translation.embedded.lexicon import Draw, table, weighted, word_set, zipf
from xlt.objectives.translation.embedded.tenses import Tense
from xlt.objectives.translation.embedded.words import sections

_TABLES = sections("talk_tables")
SHIFT = 1.5  # of most tables: assumed


UNRELATABLE = ("placename", "time", "food_t", "possession")
NO_PASSIVE = word_set("haben brauchen kennen bekommen verlieren sehen tragen verlassen heiraten")
STATES = word_set("kennen haben finden treffen verlieren bekommen gewinnen")
LASTING = word_set(
    "arbeiten leben kennen kämpfen warten sammeln unterrichten studieren untersuchen leiten "
    "beobachten lernen entwickeln sprechen kümmern beschäftigen leiden träumen schreiben bauen"
)
SIMPLE: dict[str, Draw[Tense]] = {
    "past": weighted([(0.6, "perfect"), (0.4, "preterite")]),
    "present": weighted([(1, "present")]),
    "future": weighted([(1, "future")]),
}
SO_FAR = zipf([("schon", "already"), ("schon oft", "often"), ("noch nie", "never")])
WORLDS: Draw[str] = weighted([(0.46, "past"), (0.48, "present"), (0.06, "future")])
TENSES: dict[str, Draw[Tense]] = {
    "past": weighted(
        [(50, "perfect"), (27, "preterite"), (6, "wanted"), (6, "had to"), (7, "was able"), (4, "have")]
    ),
    "present": weighted(
        [(58, "present"), (13, "can"), (9, "must"), (7, "want"), (6, "should"), (4, "may"),
         (5, "would like"), (4, "could be")]
    ),
    "future": weighted([(1, "future")]),
}  # fmt: skip
FRONTS = {time: table(_TABLES[f"fronts {time}"], SHIFT) for time in ("past", "present", "future")}
# `und` and `aber` stand before a clause and leave its order alone: see `Talks.draw`.
MARKERS = table(_TABLES["markers"], SHIFT)
REASONS = table(_TABLES["reasons"], SHIFT)
LINKS = table(_TABLES["links"], 1.0)
ADVERBS = table(_TABLES["adverbs"], SHIFT)
ADJUNCTS = table(_TABLES["adjuncts"], SHIFT)
DEGREES = table(_TABLES["degrees"], SHIFT)
ASKING = table(_TABLES["asking"], 1.0)
QUESTIONS = table(_TABLES["questions"], 1.0)
CLEFTS = table(_TABLES["clefts"], SHIFT)
PREDICATES = {
    kind: table(_TABLES[f"predicates {kind}"], 3.0)
    for kind in ("abstract", "thing", "living", "es")
}
KINDS = {
    "idea": "abstract", "problem": "abstract", "topic": "abstract", "event": "abstract",
    "tech": "thing", "work": "thing", "text": "thing", "living": "living",
}  # fmt: skip
COMPARATIVES = table(_TABLES["comparatives"], 3.0)
FEELINGS = table(_TABLES["feelings"], 3.0)
THINGS: Draw[str] = weighted(
    [
        (4, "idea"),
        (4, "problem"),
        (4, "topic"),
        (3, "tech"),
        (2, "work"),
        (2, "living"),
        (1, "event"),
    ]
)
# German, English, the world it belongs to, the tense it wants.
CONJUNCTIONS: Draw[tuple[str, str, str, Tense | str]] = zipf(
    [
        ("weil", "because", "", ""),
        ("wenn", "when", "present", "present"),
        ("als", "when", "past", "preterite"),
        ("obwohl", "although", "", ""),
        ("bevor", "before", "past", "perfect"),
        ("während", "while", "past", "perfect"),
        ("damit", "so that", "present", "can"),
        ("nachdem", "after", "past", "pluperfect"),
        ("falls", "in case", "present", "present"),
        ("solange", "as long as", "present", "present"),
        ("bis", "until", "past", "perfect"),
        ("sobald", "as soon as", "present", "present"),
        ("da", "since", "", ""),
        ("sodass", "so that", "past", "was able"),
    ],
    1.0,
)
PLACES: Draw[tuple[str, str]] = zipf(
    [
        (g, e or g)
        for g, _, e in (name.partition("=") for name in sections("common")["place names"].split())
    ],
    3.0,
)
