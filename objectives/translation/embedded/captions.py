"""Captions of the embedded corpus: who, with what on, does what, where and when."""

from collections.abc import Callable

from xlt.objectives.translation.embedded.grammar import (
    HIS,
    MODES,
    RELATIVE,
    Phrase,
    fill,
    joined,
    noun_phrase,
    owner_of,
)
from xlt.objectives.translation.embedded.lexicon import (
    FEMININE,
    Classes,
    Draw,
    Random,
    weighted,
)
from xlt.objectives.translation.embedded.scenes import (
    DATIVE,
    NOMINATIVE,
    PROGRESSIVE,
    STATES,
    Scenes,
    Subject,
    reflexive,
)


class Captions(Scenes):
    """Draws captions from a lexicon."""

    def __init__(self, lexicon: Classes) -> None:
        super().__init__(lexicon)
        self.patterns: Draw[Callable[[Random], tuple[str, str]]] = weighted(
            [
                (42, self.plain),
                (11, self.place_first),
                (5, self.time_first),
                (9, self.coordinated),
                (8, self.meanwhile),
                (7, self.verbless),
                (5, self.with_infinitive),
                (4, self.watching),
                (4, self.passive),
                (3, self.extended),
                (2, self.existential),
            ]
        )

    def draw(self, rnd: Random) -> tuple[str, str]:
        """A German caption and its English translation."""
        german, english = self.patterns(rnd)(rnd)
        end = "" if rnd() < 0.03 else "."
        return german[0].upper() + german[1:] + end, english[0].upper() + english[1:] + end

    # Whole captions.

    def plain(self, rnd: Random) -> tuple[str, str]:
        who = self.subject(rnd)
        german, english = self.predicate(rnd, who)
        return who.german + who.after[0] + " " + german, who.english + who.after[1] + english

    def place_first(self, rnd: Random) -> tuple[str, str]:
        who = self.subject(rnd)
        frame = self.frame(rnd, who)
        while not frame.tags:
            who = self.subject(rnd)
            frame = self.frame(rnd, who)
        german_place, english_place = self.place(rnd, frame, always=True)
        filled = fill(rnd, self.lexicon, frame, who.owner)
        verb, rest = self.split(filled, who)
        german = joined(german_place, verb, reflexive(frame), who.german + who.after[0].rstrip(","))
        if who.after[0].endswith(","):
            german += ","
        german = joined(german, rest)
        english = who.english + who.after[1] + self.english_verb(rnd, filled, who)
        if rnd() < 0.8:
            return german, f"{english_place}, {english}"
        return german, f"{english} {english_place}"

    def time_first(self, rnd: Random) -> tuple[str, str]:
        who = self.subject(rnd)
        filled = fill(rnd, self.lexicon, self.frame(rnd, who), who.owner)
        german_time, english_time = self.time(rnd)
        verb, rest = self.split(filled, who)
        german = joined(german_time, verb, reflexive(filled.frame), who.german + who.after[0], rest)
        english = who.english + who.after[1] + self.english_verb(rnd, filled, who)
        if rnd() < 0.7:
            return german, f"{english_time}, {english}"
        return german, f"{english} {english_time}"

    def coordinated(self, rnd: Random) -> tuple[str, str]:
        who = self.subject(rnd, people=True)
        first = fill(rnd, self.lexicon, self.postures(rnd), who.owner)
        second = fill(rnd, self.lexicon, self.seated(rnd), who.owner)
        verb, rest = self.split(first, who)
        german = joined(who.german + who.after[0], verb, reflexive(first.frame), rest)
        verb, rest = self.split(second, who)
        german = joined(german, "und", verb, reflexive(second.frame), rest)
        progressive = rnd() < PROGRESSIVE
        english = who.english + who.after[1] + self.english_verb(rnd, first, who, progressive)
        if rnd() < 0.25:
            return german, f"{english} {joined(second.verb.ing, second.english)}"
        done = second.verb
        form = done.ing if progressive else done.base if who.english_plural else done.third
        return german, f"{english} and {joined(form, second.english)}"

    def meanwhile(self, rnd: Random) -> tuple[str, str]:
        german, english = self.plain(rnd)
        other = self.subject(rnd, people=True, short=True)
        if rnd() < 0.3:
            verb = "zusehen" if other.plural else "zusieht"
            watch = "watch" if other.english_plural else "watches"
            return (
                f"{german.rstrip(',')}, während {other.german} {verb}",
                f"{english} while {other.english} {watch}",
            )
        filled = fill(rnd, self.lexicon, self.frame(rnd, other), other.owner)
        link = "while" if rnd() < 0.85 else "as"
        return (
            f"{german.rstrip(',')}, während {other.german} {self.last(filled, other)}",
            f"{english} {link} {other.english}{self.english_verb(rnd, filled, other)}",
        )

    def verbless(self, rnd: Random) -> tuple[str, str]:
        """`Ein Mann, der schläft` and `Zwei Hunde im Schnee`."""
        who = self.subject(rnd, plain=True)
        frame = self.frame(rnd, who)
        if rnd() < 0.35 and frame.tags:
            german_place, english_place = self.place(rnd, frame, always=True)
            return joined(who.german, german_place), joined(who.english, english_place)
        filled = fill(rnd, self.lexicon, frame, who.owner)
        german_place, english_place = self.place(rnd, frame)
        pronoun = RELATIVE[NOMINATIVE][who.gender]
        clause = self.last(filled, who, german_place)
        doing = filled.verb.ing if filled.verb.base != "be" else ""
        return (
            f"{who.german}, {pronoun} {clause}",
            joined(who.english, doing, filled.english, english_place),
        )

    def with_infinitive(self, rnd: Random) -> tuple[str, str]:
        """`versucht, ... zu`, `ist dabei, ... zu`, `hilft ..., ... zu`."""
        who = self.subject(rnd, people=True)
        frame = self.frames[f"action {self.doing(rnd, who)}"](rnd)
        while frame.verb.lemma in STATES:
            frame = self.frames[f"action {self.doing(rnd, who)}"](rnd)
        act = fill(rnd, self.lexicon, frame, who.owner)
        sich = "sich" if act.frame.reflexive else ""
        goal = joined(sich, act.objects, act.others, act.frame.verb.zu_infinitive)
        base = joined(act.verb.base, act.english)
        ing = joined(act.verb.ing, act.english)
        many, be = who.plural, "are" if who.english_plural else "is"
        german = who.german + who.after[0]
        english = who.english + who.after[1]
        choice = rnd()
        if choice < 0.45:
            verb = "versuchen" if many else "versucht"
            return f"{german} {verb}, {goal}", f"{english} {be} trying to {base}"
        if choice < 0.6:
            verb = "sind" if many else "ist"
            return f"{german} {verb} dabei, {goal}", f"{english} {be} in the middle of {ing}"
        if choice < 0.8:
            verb = "bereiten sich" if many else "bereitet sich"
            ready = "preparing" if rnd() < 0.8 else "getting ready"
            return f"{german} {verb} darauf vor, {goal}", f"{english} {be} {ready} to {base}"
        kin = noun_phrase(
            rnd, self.lexicon, self.lexicon.draws["kin"](rnd), DATIVE, "own", who.owner
        )
        verb = "helfen" if many else "hilft"
        return (
            f"{german} {verb} {kin.german}, {goal}",
            f"{english} {be} helping {kin.english} {base}",
        )

    def watching(self, rnd: Random) -> tuple[str, str]:
        """`sieht zu, wie ...`."""
        who = self.subject(rnd, people=True)
        other = self.subject(rnd, short=True)
        while other.kind in ("car", "float"):
            other = self.subject(rnd, short=True)
        filled = fill(
            rnd, self.lexicon, self.frames[f"action {self.doing(rnd, other)}"](rnd), other.owner
        )
        be = "are" if who.english_plural else "is"
        verb = "sehen" if who.plural else "sieht"
        watch = (
            f" {be} watching" if rnd() < 0.75 else (" watch" if who.english_plural else " watches")
        )
        return (
            f"{who.german}{who.after[0]} {verb} zu, wie {other.german} {self.last(filled, other)}",
            joined(
                who.english + who.after[1] + watch, other.english, filled.verb.ing, filled.english
            ),
        )

    def passive(self, rnd: Random) -> tuple[str, str]:
        who = "person" if rnd() < 0.5 else "artisan"
        frame = self.passives[who](rnd)
        agent = noun_phrase(
            rnd, self.lexicon, self.lexicon.draws[who](rnd), DATIVE, MODES[""](rnd), HIS, "von"
        )
        slot = frame.items[0]
        assert not isinstance(slot, str)
        mode = MODES["+" if rnd() < 0.3 else ""](rnd)
        thing = noun_phrase(rnd, self.lexicon, slot.draw(rnd), NOMINATIVE, mode)
        others = joined(*(item for item in frame.items if isinstance(item, str)))
        wording = frame.english[0]
        rest = wording.rest.replace("{0}", "").replace("{P}", "its").split()
        german_place, english_place = self.place(rnd, frame)
        verb = "werden" if thing.plural else "wird"
        be = "are" if thing.english_plural else "is"
        return (
            joined(thing.german, verb, german_place, agent.german, others, frame.verb.participle),
            joined(
                thing.english, be, "being", wording.verb.participle, *rest, "by", agent.english,
                english_place,
            ),
        )  # fmt: skip

    def extended(self, rnd: Random) -> tuple[str, str]:
        """`Ein auf einer Bank sitzender Mann ...`."""
        member = self.lexicon.draws["person"](rnd)
        frame = self.postures(rnd)
        noun = member.noun
        owner = owner_of(Phrase("", "", False, False, noun))
        filled = fill(rnd, self.lexicon, frame, owner)
        ending = ("er", "e", "es")[noun.gender]
        article = "eine" if noun.gender == FEMININE else "ein"
        participle = frame.verb.prefix + frame.verb.infinitive + "d" + ending
        english_noun = noun.english[0][0]
        who = Subject(
            joined(article, filled.objects, filled.others, participle, noun.forms[0][0]),
            joined("a" if english_noun[0] not in "aeiou" else "an", english_noun)
            + " "
            + joined(filled.verb.ing, filled.english),
            False, False, noun.gender, owner, "adult", ("", ""),
        )  # fmt: skip
        act = fill(rnd, self.lexicon, self.seated(rnd), owner)
        verb, rest = self.split(act, who)
        english = who.english + self.english_verb(rnd, act, who)
        return joined(who.german, verb, reflexive(act.frame), rest), english

    def existential(self, rnd: Random) -> tuple[str, str]:
        """`Man sieht ...` and `Hier ist ... zu sehen`."""
        who = self.subject(rnd, plain=True)
        frame = self.frame(rnd, who)
        filled = fill(rnd, self.lexicon, frame, who.owner)
        be = "are" if who.english_plural else "is"
        doing = filled.verb.ing if filled.verb.base != "be" else ""
        pronoun = RELATIVE[NOMINATIVE][who.gender]
        verb = "sind" if who.plural else "ist"
        return (
            f"hier {verb} {who.german} zu sehen, {pronoun} {self.last(filled, who)}",
            joined("there", be, who.english, doing, filled.english),
        )
