"""What captions of the embedded corpus are made of: somebody with what they wear, a predicate,
a place and a time. Whole captions are put together in `captions`."""

from typing import NamedTuple

from xlt.objectives.translation.embedded.grammar import (
    HIS,
    ITS,
    MODES,
    RELATIVE,
    THEIR,
    Filled,
    Frame,
    Owner,
    draws,
    fill,
    frames,
    joined,
    noun_phrase,
    owner_of,
)
from xlt.objectives.translation.embedded.lexicon import (
    FEMININE,
    PLURAL,
    Classes,
    Draw,
    Member,
    Random,
    table,
    weighted,
    word_set,
    zipf,
)
from xlt.objectives.translation.embedded.words import sections, text

NOMINATIVE, ACCUSATIVE, DATIVE = range(3)
PROGRESSIVE = 0.75  # the rest is simple present, as captions vary: assumed
FOR_WOMEN = word_set("Kleid Rock Bluse Bikini Badeanzug Schleier Ohrring Halskette")
FOR_MEN = word_set("Bart Schnurrbart Glatze Krawatte Fliege Smoking")
WHILE_SEATED = word_set(
    "halten lesen essen trinken lächeln telefonieren sprechen ansehen betrachten unterhalten "
    "schauen rauchen schreiben zeigen fotografieren malen streicheln füttern spielen öffnen "
    "zuhören zusehen auspacken klatschen putzen vorlesen winken zuwinken"
)
STATES = word_set("halten lächeln tragen sprechen ansehen betrachten schauen lachen weinen")


class Subject(NamedTuple):
    german: str
    english: str
    plural: bool
    english_plural: bool
    gender: int  # of the relative pronoun
    owner: Owner
    kind: str  # its class of frames
    after: tuple[str, str]  # what follows it: an attribute in German and in English


class Scenes:
    """Draws the parts of captions from a lexicon."""

    def __init__(self, lexicon: Classes) -> None:
        self.lexicon = lexicon
        lexicon.mix(
            "person",
            [("adult", 6), ("child", 3), ("athlete", 0.5), ("performer", 0.4), ("artisan", 0.4)],
        )
        lexicon.mix("facade", [("building", 1), ("structure", 1)])
        found = frames(text("caption_frames"), lexicon)
        self.frames = draws(found)
        self.lively = frozenset(f for name, fs in found.items() if "action" in name for f in fs)
        still = [f for f in found["action person"] if f.verb.lemma in WHILE_SEATED]
        self.seated = zipf([f for f in still if "sport" not in f.tags], 2.0)
        self.postures = zipf(
            [f for f in found["posture person"] if f.verb.lemma != "schlafen"], 2.0
        )
        self.passives = {
            agent: zipf([f for f in found[f"action {agent}"] if passive(f)], 2.0)
            for agent in ("person", "artisan")
        }
        self.who: Draw[str] = weighted(
            [(40, "adult"), (18, "child"), (1.5, "infant"), (7, "athlete"), (7, "performer"), (9, "artisan"),
             (10, "dog"), (2, "herd"), (1.6, "beast"), (1.6, "bird"), (2.4, "car"), (0.8, "float")]
        )  # fmt: skip

    def subject(
        self, rnd: Random, people: bool = False, plain: bool = False, short: bool = False
    ) -> Subject:
        """Who it is about; `plain` without attributes after commas, `short` without any."""
        kind = self.who(rnd)
        while people and kind in ("infant", "dog", "herd", "beast", "bird", "car", "float"):
            kind = self.who(rnd)
        human = kind in ("adult", "child", "athlete", "performer", "artisan")
        choice = rnd()
        if choice < 0.6 or kind in ("car", "float"):
            mode = "ein" if rnd() < 0.88 else "der"
        elif choice < 0.84:
            mode = "number"
        elif choice < 0.9 and human:
            return self.group(rnd, kind)
        elif choice < 0.955 and human:
            return self.two(rnd)
        else:
            mode = ("mehrer", "einig", "viel", "bare plural")[int(rnd() * 4)]
        draw = self.lexicon.draws["crowd" if human and mode != "ein" and rnd() < 0.4 else kind]
        phrase = noun_phrase(rnd, self.lexicon, draw(rnd), NOMINATIVE, mode)
        owner = owner_of(phrase) if human or phrase.plural else ITS
        if kind in ("child", "infant"):
            owner = owner._replace(young=True)
        if phrase.noun.gender == FEMININE and not human and not phrase.plural:
            owner = Owner("ihr", "its")
        who = Subject(
            phrase.german, phrase.english, phrase.plural, phrase.english_plural,
            PLURAL if phrase.plural else phrase.noun.gender, owner, kind, ("", ""),
        )  # fmt: skip
        if not human or short or rnd() < 0.52:
            return who
        return self.dressed(rnd, who, plain)

    def group(self, rnd: Random, kind: str) -> Subject:
        if rnd() < 0.12:
            member = self.lexicon.draws["team"](rnd)
            team = noun_phrase(rnd, self.lexicon, member, NOMINATIVE, "ein")
            owner = Owner(owner_of(team).german, "their")
            gender = team.noun.gender
            return Subject(
                team.german, team.english, False, False, gender, owner, "adult", ("", "")
            )
        draw = self.lexicon.draws["crowd" if rnd() < 0.7 else kind]
        many = noun_phrase(rnd, self.lexicon, draw(rnd), DATIVE, "bare plural")
        word, english = (("Gruppe", "group"), ("Menge", "crowd"), ("Reihe", "row"))[
            int(rnd() * rnd() * 3)
        ]
        return Subject(
            f"eine {word} von {many.german}", f"a {english} of {many.english}",
            False, False, FEMININE, Owner("ihr", "their"), "adult", ("", ""),
        )  # fmt: skip

    def two(self, rnd: Random) -> Subject:
        pair = [
            noun_phrase(
                rnd, self.lexicon, self.lexicon.draws["person" if rnd() < 0.85 else "dog"](rnd),
                NOMINATIVE, "ein",
            )
            for _ in range(2)
        ]  # fmt: skip
        german = " und ".join(phrase.german for phrase in pair)
        english = " and ".join(phrase.english for phrase in pair)
        return Subject(german, english, True, True, PLURAL, THEIR, "adult", ("", ""))

    def dressed(self, rnd: Random, who: Subject, plain: bool) -> Subject:
        """Add what somebody wears or holds."""
        lexicon = self.lexicon
        many = "bare plural" if who.plural else "ein"
        choice = rnd()
        if choice < 0.5:
            name = "top" if rnd() < 0.82 else "bottom"
            garment = self.fitting(rnd, name, who)
            case = DATIVE
            style = rnd()
            mode = many if style < 0.7 or who.plural else "der"
            cloth = noun_phrase(rnd, lexicon, garment, case, mode, who.owner, "in")
            german, english = " " + cloth.german, " in " + cloth.english
            if rnd() < 0.22:
                other = lexicon.draws["bottom" if rnd() < 0.5 and name == "top" else "wear"](rnd)
                second = noun_phrase(rnd, lexicon, other, case, many)
                german, english = f"{german} und {second.german}", f"{english} and {second.english}"
        elif choice < 0.72:
            name = ("wear", "wear", "carry", "hold", "body")[int(rnd() * 5)]
            name = "wear" if name == "body" and who.kind == "child" else name
            thing = noun_phrase(
                rnd, lexicon, self.fitting(rnd, name, who), DATIVE, many, who.owner, "mit"
            )
            german, english = " " + thing.german, " with " + thing.english
        elif choice < 0.8:
            hair, english_hair = HAIR(rnd)
            german, english = f" mit {hair} Haaren", f" with {english_hair} hair"
        elif choice < 0.9:
            thing = noun_phrase(rnd, lexicon, lexicon.draws["hold"](rnd), DATIVE, many, HIS, "mit")
            german = f" {thing.german} in der Hand"
            english = f" holding {thing.english}"
        elif plain:
            return who
        else:
            name = ("top", "wear", "shoes")[int(rnd() * rnd() * 3)]
            mode = "bare plural" if who.plural or name == "shoes" else "ein"
            cloth = noun_phrase(rnd, lexicon, self.fitting(rnd, name, who), ACCUSATIVE, mode)
            verb = "tragen" if who.plural else "trägt"
            german = f", {RELATIVE[NOMINATIVE][who.gender]} {cloth.german} {verb},"
            english = f" wearing {cloth.english}"
        return who._replace(after=(german, english))

    def fitting(self, rnd: Random, name: str, who: Subject) -> Member:
        """Something to wear that goes with the wearer's sex."""
        while True:
            member = self.lexicon.draws[name](rnd)
            if member.noun.lemma in FOR_WOMEN and who.owner.english == "his":
                continue
            if member.noun.lemma in FOR_MEN and who.owner.english == "her":
                continue
            return member

    def doing(self, rnd: Random, who: Subject) -> str:
        """Which list of actions: that of the subject's kind, or everybody's."""
        if who.kind in ("infant", "dog", "herd", "beast", "bird", "car", "float"):
            return who.kind
        own = {"adult": 0.18, "child": 0.4, "athlete": 0.75, "performer": 0.8, "artisan": 0.75}
        return who.kind if rnd() < own[who.kind] else "person"

    def frame(self, rnd: Random, who: Subject) -> Frame:
        if who.kind in ("infant", "dog", "herd", "beast", "bird"):
            kind = "posture" if rnd() < 0.3 else "action"
            return self.frames[f"{kind} {who.kind}"](rnd)
        if who.kind not in ("car", "float") and rnd() < 0.27:
            return self.frames["posture person"](rnd)
        return self.frames[f"action {self.doing(rnd, who)}"](rnd)

    def predicate(self, rnd: Random, who: Subject, frame: Frame | None = None) -> tuple[str, str]:
        """The verb with its complements, place, time and manner; English from its blank on."""
        frame = frame or self.frame(rnd, who)
        filled = fill(rnd, self.lexicon, frame, who.owner)
        alone = not frame.items and bool(frame.tags)  # too short without a place
        german_place, english_place = self.place(rnd, frame, always=alone)
        german_time = english_time = manner = english_manner = ""
        if rnd() < 0.07:
            german_time, english_time = self.time(rnd)
        if rnd() < 0.12 and frame in self.lively and who.kind not in ("car", "float"):
            manner, english_manner = MANNER(rnd)
            if manner.endswith("*") and not who.plural:
                manner = english_manner = ""
            manner = manner.rstrip("*")
        verb, rest = self.split(filled, who, german_place, joined(german_time, manner), rnd() < 0.5)
        english = self.english_verb(rnd, filled, who)
        return (
            joined(verb, reflexive(frame), rest),
            english + "".join(" " + p for p in (english_manner, english_place, english_time) if p),
        )

    def split(
        self, filled: Filled, who: Subject, place: str = "", early: str = "", late: bool = False
    ) -> tuple[str, str]:
        """The finite verb, and all that follows it in a main clause."""
        verb = filled.frame.verb
        finite = verb.present[2 if who.plural else 1]
        if verb.prefix or not late:
            return finite, joined(early, place, filled.objects, filled.others, verb.prefix)
        return finite, joined(early, filled.objects, filled.others, place)

    def last(self, filled: Filled, who: Subject, place: str = "") -> str:
        """A subordinate clause from behind its subject on: the verb comes last."""
        verb = filled.frame.verb
        finite = verb.present[2 if who.plural else 1]
        if verb.prefix:
            finite = verb.prefix + verb.joint + finite
        return joined(reflexive(filled.frame), place, filled.objects, filled.others, finite)

    def english_verb(
        self, rnd: Random, filled: Filled, who: Subject, progressive: bool | None = None
    ) -> str:
        """The English predicate with a blank before it: mostly progressive, as in captions."""
        verb = filled.verb
        be = "are" if who.english_plural else "is"
        if verb.base == "be":
            return f" {be} {filled.english}"
        if progressive is None:
            progressive = rnd() < PROGRESSIVE
        if progressive:
            form = f"{be} {verb.ing}"
        else:
            form = verb.base if who.english_plural else verb.third
        return f" {form} {filled.english}".rstrip()

    def place(self, rnd: Random, frame: Frame, always: bool = False) -> tuple[str, str]:
        """Where, as the frame allows."""
        if not frame.tags and not always:
            return "", ""
        if not always and rnd() < 0.5:
            return "", ""
        if rnd() < 0.14:
            preposition, english = NEARBY(rnd)
            name = ("building", "plant", "vehicle")[int(rnd() * rnd() * 3)]
            mode = MODES[""](rnd)
            what = noun_phrase(
                rnd, self.lexicon, self.lexicon.draws[name](rnd), DATIVE, mode, HIS, preposition
            )
            return what.german, f"{english} {what.english}"
        tags = frame.tags or ("urban", "nature")
        member = self.lexicon.draws[tags[int(rnd() * len(tags))]](rnd)
        where = noun_phrase(
            rnd, self.lexicon, member, DATIVE, "ein" if rnd() < 0.55 else "der", HIS,
            member.preposition,
        )  # fmt: skip
        return where.german, f"{member.english_preposition} {where.english}"

    def time(self, rnd: Random) -> tuple[str, str]:
        if rnd() < 0.6:
            day = noun_phrase(
                rnd, self.lexicon, self.lexicon.draws["day"](rnd), DATIVE, "ein", HIS, "an"
            )
            return day.german, f"on {day.english}"
        return TIMES(rnd)


def passive(frame: Frame) -> bool:
    """Whether a passive of it sounds natural: one object, nobody's own."""
    slots = [item for item in frame.items if not isinstance(item, str)]
    return (
        frame.transitive
        and frame.verb.auxiliary == "haben"
        and not frame.reflexive
        and len(slots) == 1
        and "P" not in slots[0].flags
        and frame.verb.lemma not in STATES
        and "{P}" not in frame.english[0].rest
    )


def reflexive(frame: Frame) -> str:
    return "sich" if frame.reflexive else ""


_TABLES = sections("caption_tables")
MANNER = table(_TABLES["manner"])
HAIR = table(_TABLES["hair"])
TIMES = table(_TABLES["times"])
NEARBY = table(_TABLES["nearby"])
