"""Talks of the embedded corpus: sentences in the first person, with subordinate clauses, tenses,
negation, questions and pronouns."""

from collections.abc import Callable
from typing import NamedTuple

from xlt.objectives.translation import embedded_talk_words as data
from xlt.objectives.translation import embedded_words as words
from xlt.objectives.translation.embedded_grammar import (
    HER,
    HIS,
    MODES,
    MY,
    OUR,
    RELATIVE,
    SLOT,
    THEIR,
    YOUR,
    Filled,
    Frame,
    Owner,
    Phrase,
    Slot,
    fill,
    frames,
    joined,
    noun_phrase,
    owner_of,
    parse_frame,
)
from xlt.objectives.translation.embedded_lexicon import (
    PLURAL,
    Classes,
    Draw,
    Random,
    translation,
    weighted,
    zipf,
)
from xlt.objectives.translation.embedded_tenses import (
    BE,
    SEIN,
    Tense,
    conjugate,
    conjugate_english,
)

NOMINATIVE, ACCUSATIVE, DATIVE, GENITIVE = range(4)
CONTRACTED = 0.8  # how often English contracts a negation: assumed


class Agent(NamedTuple):
    """A subject: its agreement is 0 ich / I, 1 er / he, 2 wir / we."""

    german: str
    english: str
    agreement: int
    english_agreement: int
    owner: Owner
    reflexive: tuple[str, str]  # accusative, dative
    gender: int = 0
    human: bool = True


ICH = Agent("ich", "I", 0, 0, MY, ("mich", "mir"))
WIR = Agent("wir", "we", 2, 2, OUR, ("uns", "uns"))
SIE = Agent("Sie", "you", 2, 2, YOUR, ("sich", "sich"))
MAN = Agent("man", "you", 1, 2, Owner("sein", "your"), ("sich", "sich"))
ER = Agent("er", "he", 1, 1, HIS, ("sich", "sich"))
SHE = Agent("sie", "she", 1, 1, HER, ("sich", "sich"))
THEY = Agent("sie", "they", 2, 2, THEIR, ("sich", "sich"))
ES = Agent("es", "it", 1, 1, HIS, ("sich", "sich"), human=False)

PRONOUNS: Draw[Agent] = weighted(
    [(34, ICH), (20, WIR), (10, SIE), (5, MAN), (5, ER), (5, SHE), (5, THEY), (22, ES)]
)
WHOM = {  # dative, accusative, English; never whom the subject is
    ICH: [
        ("Ihnen", "Sie", "you"),
        ("ihm", "ihn", "him"),
        ("ihnen", "", "them"),
        ("ihr", "", "her"),
    ],
    WIR: [
        ("Ihnen", "Sie", "you"),
        ("ihm", "ihn", "him"),
        ("ihnen", "", "them"),
        ("ihr", "", "her"),
    ],
    SIE: [("mir", "mich", "me"), ("uns", "uns", "us"), ("ihm", "ihn", "him")],
}
WHOM_OTHERS = [
    ("mir", "mich", "me"),
    ("uns", "uns", "us"),
    ("mir", "mich", "me"),
    ("Ihnen", "Sie", "you"),
]


class Clause(NamedTuple):
    """One clause in both languages, its word order still open."""

    agent: Agent
    finite: str
    middle: str
    tail: str  # the verbs' last part in a main clause
    last: str  # all verbs in a subordinate clause
    after: str
    auxiliary: str
    adverb: str
    verb: str
    rest: str
    english_after: str

    def main(self, front: str = "") -> str:
        if front in ("und", "aber"):
            start = joined(front, self.agent.german, self.finite)
        elif front:
            start = joined(front, self.finite, self.agent.german)
        else:
            start = joined(self.agent.german, self.finite)
        return joined(start, self.middle, self.tail) + self.after

    def subordinate(self) -> str:
        return joined(self.agent.german, self.middle, self.last) + self.after

    def relative(self) -> str:
        return joined(self.middle, self.last) + self.after

    def english(self) -> str:
        return joined(self.agent.english, self.predicate())

    def predicate(self) -> str:
        return joined(self.auxiliary, self.adverb, self.verb, self.rest) + self.english_after

    def asked(self, front: str = "") -> str:
        return joined(front, self.finite, self.agent.german, self.middle, self.tail) + self.after

    def english_asked(self, front: str = "") -> str:
        inner = joined(front, self.auxiliary, self.agent.english, self.adverb, self.verb, self.rest)
        return inner + self.english_after


class Talks:
    """Draws sentences of talks from a lexicon."""

    def __init__(self, lexicon: Classes) -> None:
        self.lexicon = lexicon
        found = frames(data.TALK_FRAMES.split("[happen]")[0], lexicon)
        self.do = zipf(found["do"], 4.0)
        self.say = zipf(found["say"], 1.5)
        self.wonder = zipf(found["wonder"], 1.0)
        self.trying = zipf(found["try"], 1.0)
        single = [f for f in found["do"] if len(slots(f)) == 1 and isinstance(f.items[0], Slot)]
        self.relatable = zipf(
            [f for f in single if slots(f)[0].name not in UNRELATABLE and not bare(f)], 4.0
        )
        self.passives = zipf(
            [
                f
                for f in single
                if f.transitive and f.verb.lemma not in NO_PASSIVE and not f.reflexive
                and f.verb.auxiliary == "haben" and slots(f)[0].name != "who" and not bare(f)
            ],
            4.0,
        )  # fmt: skip
        self.kinds = {
            member.noun: kind for name, kind in KINDS.items() for member in lexicon.members[name]
        }
        self.happen = zipf([self.happening(line) for line in happenings()], 2.0)
        self.patterns: Draw[Callable[[Random], tuple[str, str, str]]] = weighted(
            [
                (18, self.statement),
                (14, self.reported),
                (9, self.attempt),
                (15, self.adverbial),
                (8, self.copula),
                (5, self.there_is),
                (7, self.this_is),
                (7, self.question),
                (10, self.coordination),
                (3, self.the_more),
                (4, self.unreal),
                (5, self.cleft),
                (4, self.passive),
                (6, self.event),
                (2, self.name),
                (4, self.duration),
                (3, self.impersonal),
                (4, self.share),
            ]
        )

    def draw(self, rnd: Random) -> tuple[str, str]:
        """A German sentence and its English translation."""
        german, english, stop = self.patterns(rnd)(rnd)
        if stop == "." and rnd() < 0.2:
            marker, english_marker = MARKERS(rnd)
            if german.split(" ", 1)[0] not in ("und", "aber"):
                german, english = f"{marker} {german}", f"{english_marker} {english}"
        return german[0].upper() + german[1:] + stop, english[0].upper() + english[1:] + stop

    # Whole sentences: German, English and the stop.

    def statement(self, rnd: Random) -> tuple[str, str, str]:
        german, english = self.sentence(rnd)
        return *self.extended(rnd, german, english, 0.3), "."

    def sentence(self, rnd: Random, world: str = "") -> tuple[str, str]:
        """A main clause, often with something in front of its verb."""
        world = world or WORLDS(rnd)
        front, english_front = "", ""
        if world == "past" and rnd() < 0.1:
            front, english_front = self.when(rnd)
        elif rnd() < 0.42:
            front, english_front = FRONTS[world](rnd)
        elif rnd() < 0.12:
            place = self.at(rnd)
            front, english_front = place.german, place.english + ","
        agent = self.agent(rnd, first=not front)
        clause = self.clause(rnd, agent, world)
        if rnd() < 0.18 and not clause.after:
            clause = self.with_relative(rnd, agent, world) or clause
        return clause.main(front), joined(english_front, clause.english())

    def extension(self, rnd: Random) -> tuple[str, str]:
        """One more clause behind a full one."""
        agent = self.agent(rnd)
        if rnd() < 0.35:
            link, english_link = REASONS(rnd)
            clause = self.clause(rnd, agent, WORLDS(rnd))
            return f", {link} {clause.subordinate()}", f" {english_link} {clause.english()}"
        link, english_link = LINKS(rnd)
        clause = self.clause(rnd, agent, WORLDS(rnd), deep=int(rnd() < 0.2))
        front = link.removeprefix("und ") if link.startswith("und ") else ""
        return (
            f", {'und' if front else link} {clause.main(front)}",
            f", {english_link} {clause.english()}",
        )

    def extended(self, rnd: Random, german: str, english: str, chance: float) -> tuple[str, str]:
        """With up to two more clauses, by chance: the long tail of spoken sentences."""
        for _ in range(2):
            if rnd() >= chance:
                break
            more, english_more = self.extension(rnd)
            german, english = german + more, english + english_more
        return german, english

    def coordination(self, rnd: Random) -> tuple[str, str, str]:
        german, english = self.sentence(rnd)
        more, english_more = self.extension(rnd)
        return *self.extended(rnd, german + more, english + english_more, 0.3), "."

    def reported(self, rnd: Random) -> tuple[str, str, str]:
        """Something said, known or wondered about, in a subordinate clause."""
        world = WORLDS(rnd)
        front, english_front = FRONTS[world](rnd) if rnd() < 0.3 else ("", "")
        clause = self.reporting(rnd, self.agent(rnd, first=not front), world, 1)
        german, english = clause.main(front), joined(english_front, clause.english())
        return *self.extended(rnd, german, english, 0.22), "."

    def attempt(self, rnd: Random) -> tuple[str, str, str]:
        world = WORLDS(rnd)
        front, english_front = FRONTS[world](rnd) if rnd() < 0.3 else ("", "")
        clause = self.trying_to(rnd, self.agent(rnd, first=not front), world)
        german, english = clause.main(front), joined(english_front, clause.english())
        return *self.extended(rnd, german, english, 0.3), "."

    def adverbial(self, rnd: Random) -> tuple[str, str, str]:
        conjunction, english_conjunction, world, tense = CONJUNCTIONS(rnd)
        main_world = world or WORLDS(rnd)
        sub = self.clause(
            rnd, self.agent(rnd), world or main_world, tense=tense, deep=1 if rnd() < 0.15 else 0
        )
        if rnd() < 0.5:
            agent = self.agent(rnd, first=True)
            main = self.clause(rnd, agent, main_world)
            german = f"{main.main()}, {conjunction} {sub.subordinate()}"
            english = f"{main.english()} {english_conjunction} {sub.english()}"
            return *self.extended(rnd, german, english, 0.2), "."
        main = self.clause(rnd, self.agent(rnd), main_world)
        then, english_then = "", ""
        if conjunction == "wenn" and rnd() < 0.5:
            # Only `dann` tells a condition from a point in time.
            then, english_conjunction, english_then = "dann", "if", "then"
        german = main.main(then) if then else main.asked()
        german = f"{conjunction} {sub.subordinate()}, {german}"
        english = f"{english_conjunction} {sub.english()}, {joined(english_then, main.english())}"
        return *self.extended(rnd, german, english, 0.25), "."

    def copula(self, rnd: Random) -> tuple[str, str, str]:
        """`Das Problem ist sehr schwierig`, `Ich war müde`."""
        world = "past" if rnd() < 0.4 else "present"
        front, english_front = FRONTS[world](rnd) if rnd() < 0.25 else ("", "")
        clause = self.being(rnd, world, first=not front)
        german, english = clause.main(front), joined(english_front, clause.english())
        return *self.extended(rnd, german, english, 0.35), "."

    def there_is(self, rnd: Random) -> tuple[str, str, str]:
        name = THINGS(rnd)
        mode = ("ein", "bare plural", "viel", "einig", "kein", "number", "ein")[int(rnd() * 7)]
        what = noun_phrase(rnd, self.lexicon, self.lexicon.draws[name](rnd), ACCUSATIVE, mode)
        past = rnd() < 0.3
        verb = "gab" if past else "gibt"
        be = ("were" if past else "are") if what.english_plural else ("was" if past else "is")
        german, english = f"es {verb} {what.german}", f"there {be} {what.english}"
        if rnd() < 0.4:
            where = self.at(rnd)
            german = f"{where.german} {verb} es {what.german}"
            english = f"{where.english}, {english}"
        elif rnd() < 0.5:
            relative, english_relative = self.about(rnd, what)
            german, english = f"{german}, {relative}", f"{english} {english_relative}"
        return *self.extended(rnd, german, english, 0.25), "."

    def this_is(self, rnd: Random) -> tuple[str, str, str]:
        """`Das ist die Idee, an der ich gearbeitet habe`."""
        if rnd() < 0.35:
            part = noun_phrase(
                rnd, self.lexicon, self.lexicon.draws["part"](rnd), NOMINATIVE,
                "ein" if rnd() < 0.3 else "der",
            )  # fmt: skip
            whole = noun_phrase(
                rnd, self.lexicon, self.lexicon.draws["whole"](rnd), GENITIVE,
                ("der", "own", "dies")[int(rnd() * 3)], OUR,
            )  # fmt: skip
            be, ist = ("are", "sind") if part.english_plural else ("is", "ist")
            return (
                f"das {ist} {part.german} {whole.german}",
                f"this {be} {part.english} of {whole.english}",
                ".",
            )
        frame = self.relatable(rnd)
        slot = slots(frame)[0]
        mode = ("der", "ein", "der plural", "der")[int(rnd() * 4)]
        draw = self.lexicon.draws["folk" if slot.name == "who" else slot.name]
        what = noun_phrase(rnd, self.lexicon, draw(rnd), NOMINATIVE, mode)
        german, english = self.gap(rnd, frame, what, WORLDS(rnd))
        many = what.english_plural
        ist, be = ("sind" if what.plural else "ist"), ("these are" if many else "this is")
        return f"das {ist} {what.german}, {german}", f"{be} {what.english} {english}", "."

    def question(self, rnd: Random) -> tuple[str, str, str]:
        choice = rnd()
        agent = (SIE, WIR, ICH, WIR, MAN)[int(rnd() * 5)]
        if choice < 0.4:
            word, english = QUESTIONS(rnd)
            clause = self.clause(rnd, agent, WORLDS(rnd), plain=True, asking=True)
            return clause.asked(word), clause.english_asked(english), "?"
        if choice < 0.55:
            clause = self.clause(rnd, SIE, "present", tense="ever", plain=True)
            return clause.asked(), clause.english_asked(), "?"
        if choice < 0.75:
            clause = self.clause(rnd, agent, WORLDS(rnd), plain=True, asking=True)
            return clause.asked(), clause.english_asked(), "?"
        inner = self.clause(rnd, self.agent(rnd), "present")
        if choice < 0.88:
            return (
                f"was passiert, wenn {inner.subordinate()}",
                f"what happens when {inner.english()}",
                "?",
            )
        return (
            f"wussten Sie, dass {inner.subordinate()}",
            f"did you know that {inner.english()}",
            "?",
        )

    def the_more(self, rnd: Random) -> tuple[str, str, str]:
        """`Je länger ..., desto ...` and `A ist wichtiger als B`."""
        if rnd() < 0.5:
            pair = [
                noun_phrase(
                    rnd, self.lexicon, self.lexicon.draws[THINGS(rnd)](rnd), NOMINATIVE,
                    MODES["td" if rnd() < 0.6 else "t"](rnd), OUR,
                )
                for _ in range(2)
            ]  # fmt: skip
            german, english = COMPARATIVES(rnd)
            ist = "sind" if pair[0].plural else "ist"
            be = "are" if pair[0].english_plural else "is"
            much, english_much = (("viel ", "much "), ("", ""))[int(rnd() * 2)]
            return (
                f"{pair[0].german} {ist} {much}{german} als {pair[1].german}",
                f"{pair[0].english} {be} {english_much}{english} than {pair[1].english}",
                ".",
            )
        degree, english_degree = (("länger", "longer"), ("mehr", "more"), ("öfter", "more often"))[
            int(rnd() * 3)
        ]
        frame = self.relatable(rnd)
        while frame.verb.auxiliary == "sein" or frame.verb.lemma in STATES:
            frame = self.relatable(rnd)
        clause = self.clause(rnd, (ICH, WIR, MAN)[int(rnd() * 3)], "present", tense="present",
                             frame=frame, plain=True)  # fmt: skip
        better, english_better = COMPARATIVES(rnd)
        return (
            f"je {degree} {clause.subordinate()}, desto {better} wird es",
            f"the {english_degree} {clause.english()}, the {english_better} it gets",
            ".",
        )

    def unreal(self, rnd: Random) -> tuple[str, str, str]:
        """`Wenn ich ... könnte, würde ich ...`."""
        agent = self.agent(rnd)
        condition = self.clause(rnd, agent, "present", tense="could", plain=True)
        result = self.clause(
            rnd, agent if rnd() < 0.5 else self.agent(rnd), "present", tense="would"
        )
        return (
            f"wenn {condition.subordinate()}, {result.asked()}",
            f"if {condition.english()}, {result.english()}",
            ".",
        )

    def cleft(self, rnd: Random) -> tuple[str, str, str]:
        """`Was mich überrascht, ist, dass ...`."""
        opening, english = CLEFTS(rnd)
        clause = self.clause(rnd, self.agent(rnd), WORLDS(rnd), deep=1 if rnd() < 0.2 else 0)
        german, english = f"{opening}, dass {clause.subordinate()}", f"{english} that {clause.english()}"
        return *self.extended(rnd, german, english, 0.2), "."

    def passive(self, rnd: Random) -> tuple[str, str, str]:
        frame = self.passives(rnd)
        slot = slots(frame)[0]
        what = noun_phrase(
            rnd,
            self.lexicon,
            slot.draw(rnd),
            NOMINATIVE,
            MODES["td" if rnd() < 0.6 else "tn"](rnd),
            OUR,
        )
        by, english_by = "", ""
        if rnd() < 0.5:
            who = noun_phrase(
                rnd, self.lexicon, self.lexicon.draws["folk"](rnd), DATIVE,
                MODES["t"](rnd), OUR, "von",
            )  # fmt: skip
            by, english_by = who.german, "by " + who.english
        front, english_front = FRONTS["past"](rnd) if rnd() < 0.35 else ("", "")
        wurde = "wurden" if what.plural else "wurde"
        was = "were" if what.english_plural else "was"
        wording = frame.english[0]
        rest = wording.rest.replace("{0}", "").strip()
        start = joined(front, wurde, what.german) if front else joined(what.german, wurde)
        return (
            joined(start, by, frame.verb.participle),
            joined(english_front, what.english, was, wording.verb.participle, rest, english_by),
            ".",
        )

    def event(self, rnd: Random) -> tuple[str, str, str]:
        """What things do."""
        world = WORLDS(rnd)
        front, english_front = FRONTS[world](rnd) if rnd() < 0.25 else ("", "")
        agent, frame = self.thing(rnd)
        clause = self.clause(rnd, agent, world, frame=frame)
        german, english = clause.main(front), joined(english_front, clause.english())
        return *self.extended(rnd, german, english, 0.35), "."

    def name(self, rnd: Random) -> tuple[str, str, str]:
        agent = NAMES(rnd)
        name = agent.german
        place, english_place = PLACES(rnd)
        choice = rnd()
        if choice < 0.3:
            return (
                f"das ist {name} aus {place}",
                f"this is {name} from {english_place}",
                ".",
            )
        if choice < 0.5:
            clause = self.clause(rnd, ICH, "past")
            return (
                f"in {place} {clause.asked()}",
                f"in {english_place}, {clause.english()}",
                ".",
            )
        clause = self.clause(rnd, agent, "past", plain=True)
        return clause.main(), clause.english(), "."

    def duration(self, rnd: Random) -> tuple[str, str, str]:
        """`Seit zwei Jahren arbeite ich an ...`: the present in German, the perfect in English."""
        frame = self.relatable(rnd)
        while frame.verb.lemma not in LASTING:
            frame = self.do(rnd)
        agent = (ICH, WIR, ICH, ER, SHE)[int(rnd() * 5)]
        filled = self.filled(rnd, agent, frame)
        unit = noun_phrase(
            rnd, self.lexicon, self.lexicon.draws["period"](rnd), DATIVE, "number", MY, "seit"
        )
        verb = frame.verb
        german = joined(
            unit.german, verb.present[agent.agreement], agent.german, self.reflexive(agent, frame),
            filled.early, filled.objects, filled.others, verb.prefix,
        )  # fmt: skip
        have = "has" if agent.english_agreement == 1 else "have"
        if frame.verb.lemma == "kennen":
            have_done = joined(have, filled.verb.participle)
        else:
            have_done = joined(have, "been", filled.verb.ing)
        return (
            german,
            f"{joined(agent.english, have_done, filled.english)} for {unit.english}",
            ".",
        )

    def impersonal(self, rnd: Random) -> tuple[str, str, str]:
        """`Es ist wichtig, ... zu ...`."""
        german, english = PREDICATES["es"](rnd)
        very, english_very = DEGREES(rnd)
        if rnd() < 0.6:
            filled = self.filled(rnd, WIR, self.plain_frame(rnd))
            goal = joined(
                filled.early, filled.objects, filled.others, filled.frame.verb.zu_infinitive
            )
            return (
                f"es ist {joined(very, german)}, {goal}",
                f"it is {joined(english_very, english)} to {joined(filled.verb.base, filled.english)}",
                ".",
            )
        clause = self.clause(rnd, self.agent(rnd), WORLDS(rnd))
        return (
            f"es ist {joined(very, german)}, dass {clause.subordinate()}",
            f"it is {joined(english_very, english)} that {clause.english()}",
            ".",
        )

    def share(self, rnd: Random) -> tuple[str, str, str]:
        """`37 Prozent der Lehrer ...` and `Mehr als 2.500 Menschen ...`."""
        member = self.lexicon.draws["folk"](rnd)
        while member.noun.plural_only:
            member = self.lexicon.draws["folk"](rnd)
        if rnd() < 0.5:
            number = int(rnd() * 98) + 2
            whom = noun_phrase(rnd, self.lexicon, member, GENITIVE, "der plural")
            german, english = f"{number} Prozent {whom.german}", f"{number} percent of {whom.english}"
        else:
            whom = noun_phrase(rnd, self.lexicon, member, NOMINATIVE, "bare plural")
            number = int(1 / (rnd() + 0.0001)) * 50 + 100
            figure = f"{number:,}"
            more, english_more = (("mehr als ", "more than "), ("fast ", "almost "), ("", ""))[
                int(rnd() * 3)
            ]
            german = f"{more}{figure.replace(',', '.')} {whom.german}"
            english = f"{english_more}{figure} {whom.english}"
        agent = as_agent(whom)._replace(
            german=german, english=english, agreement=2, english_agreement=2, owner=THEIR
        )
        clause = self.clause(rnd, agent, WORLDS(rnd))
        return *self.extended(rnd, clause.main(), clause.english(), 0.2), "."

    # Their parts.

    def when(self, rnd: Random) -> tuple[str, str]:
        """A year, or so many years ago."""
        if rnd() < 0.5:
            year = 2023 - int(rnd() * rnd() * 220)
            return f"im Jahr {year}", f"in {year},"
        units = (("Jahren", "years"), ("Monaten", "months"), ("Tagen", "days"))
        unit, english = units[int(rnd() * rnd() * 3)]
        number = 2 + int(rnd() * rnd() * 60)
        return f"vor {number} {unit}", f"{number} {english} ago,"

    def agent(self, rnd: Random, first: bool = False) -> Agent:
        """Who it is about. `Sie` in front of a plural verb is always you, so no `they` there."""
        pronoun = PRONOUNS(rnd)
        while first and pronoun is THEY:
            pronoun = PRONOUNS(rnd)
        if pronoun is not ES:
            return pronoun
        kind = rnd()
        if kind < 0.12:
            return NAMES(rnd)
        if kind < 0.42:
            phrase = noun_phrase(
                rnd, self.lexicon, self.lexicon.draws["family"](rnd), NOMINATIVE, "own",
                MY if rnd() < 0.75 else OUR,
            )  # fmt: skip
        else:
            name = "folk" if rnd() < 0.8 else "agency"
            phrase = noun_phrase(
                rnd, self.lexicon, self.lexicon.draws[name](rnd), NOMINATIVE, MODES["t"](rnd), OUR
            )
        return as_agent(phrase)

    def thing(self, rnd: Random) -> tuple[Agent, Frame]:
        slot, frame = self.happen(rnd)
        phrase = noun_phrase(rnd, self.lexicon, slot.draw(rnd), NOMINATIVE, slot.mode(rnd), OUR)
        return as_agent(phrase, human=False), frame

    def plain_frame(self, rnd: Random) -> Frame:
        frame = self.do(rnd)
        while frame.reflexive:
            frame = self.do(rnd)
        return frame

    def clause(
        self, rnd: Random, agent: Agent, world: str, tense: Tense | str = "", frame: Frame | None = None,
        plain: bool = False, asking: bool = False, deep: int = 0,
    ) -> Clause:  # fmt: skip
        """A clause about `agent`. `plain`: neither adverb nor negation."""
        if not frame and not plain and not tense:
            if deep or rnd() < 0.06:
                return self.reporting(rnd, agent, world, deep - 1)
            if rnd() < 0.06:
                return self.trying_to(rnd, agent, world)
            if rnd() < 0.1:
                return self.feeling(rnd, agent, world)
        frame = frame or self.do(rnd)
        tense = tense or TENSES[world](rnd)
        negated = not plain and tense != "have" and rnd() < 0.12
        kein = negated and refuses(frame)
        filled = self.filled(rnd, agent, frame, kein)
        nicht = negated and not kein
        adverb, english_adverb = "", ""
        if not plain and not negated and rnd() < 0.28:
            adverb, english_adverb = ADVERBS(rnd)
        if tense == "ever":
            adverb, english_adverb = "jemals", "ever"
        elif tense == "have":
            adverb, english_adverb = SO_FAR(rnd)
        extra, english_extra = "", ""
        if not plain and rnd() < 0.26 and "in" not in filled.others.split()[:1]:
            where = self.at(rnd) if rnd() < 0.6 or not agent.human else self.company(rnd, agent)
            extra, english_extra = where.german, where.english
        finite, tail, last = conjugate(frame.verb, tense, agent.agreement)
        auxiliary, verb = conjugate_english(
            filled.verb, tense, agent.english_agreement, nicht, asking, rnd() < CONTRACTED
        )
        objects, others = filled.objects, filled.others
        since, english_since = ADJUNCTS(rnd) if not plain and rnd() < 0.13 else ("", "")
        after, english_after = "", ""
        if not plain and agent.human and rnd() < 0.07:
            goal = self.filled(rnd, agent, self.plain_frame(rnd))
            infinitive = goal.frame.verb.zu_infinitive
            after = ", um " + joined(goal.early, goal.objects, goal.others, infinitive)
            english_after = " in order to " + joined(goal.verb.base, goal.english)
        middle = joined(
            self.reflexive(agent, frame), filled.early, since, adverb,
            extra if not objects or not definite(objects) else "", objects,
            extra if objects and definite(objects) else "",
            "nicht" if nicht else "", others,
        )  # fmt: skip
        return Clause(
            agent, finite, middle, tail, last, after,
            auxiliary, english_adverb, verb, joined(filled.english, english_extra, english_since),
            english_after,
        )  # fmt: skip

    def filled(
        self, rnd: Random, agent: Agent, frame: Frame, negated: bool = False, pairs: float = 0.1
    ) -> Filled:
        def whom(rnd: Random, slot: Slot) -> Phrase | None:
            if rnd() < 0.55:
                options = WHOM.get(agent, WHOM_OTHERS)
                dative, accusative, english = options[int(rnd() * len(options))]
                pronoun = dative if slot.case == DATIVE else accusative
                if pronoun:
                    noun = self.lexicon.members["folk"][0].noun
                    return Phrase(pronoun, english, False, False, noun)
            name, mode = ("family", "own") if rnd() < 0.5 else ("folk", MODES["t"](rnd))
            member = self.lexicon.draws[name](rnd)
            return noun_phrase(rnd, self.lexicon, member, slot.case, mode, agent.owner)

        return fill(rnd, self.lexicon, frame, agent.owner, negated, whom, pairs)

    def reflexive(self, agent: Agent, frame: Frame) -> str:
        if not frame.reflexive:
            return ""
        return agent.reflexive[frame.reflexive == "mir"]

    def reporting(self, rnd: Random, agent: Agent, world: str, deep: int) -> Clause:
        """`Ich glaube, dass ...`, `Niemand weiß, warum ...`."""
        asks = rnd() < 0.3
        frame = self.wonder(rnd) if asks else self.say(rnd)
        tense = SIMPLE[world](rnd)
        filled = self.filled(rnd, agent, frame)
        negated = asks and frame.verb.lemma in ("wissen", "verstehen") and rnd() < 0.7
        if asks:
            link, english_link = ASKING(rnd)
        else:
            link, english_link = "dass", "that"
        if deep > 0 and rnd() < 0.5:
            inner = self.reporting(rnd, self.agent(rnd), WORLDS(rnd), deep - 1)
        elif link not in ("wo", "wann") and rnd() < 0.2:
            inner = self.being(rnd, "present" if rnd() < 0.7 else "past")
        elif rnd() < 0.2:
            thing, act = self.thing(rnd)
            inner = self.clause(rnd, thing, WORLDS(rnd), frame=act)
        else:
            inner = self.clause(rnd, self.agent(rnd), WORLDS(rnd))
        finite, tail, last = conjugate(frame.verb, tense, agent.agreement)
        auxiliary, verb = conjugate_english(
            filled.verb, tense, agent.english_agreement, negated, False, rnd() < CONTRACTED
        )
        adverb, english_adverb = ADVERBS(rnd) if not negated and rnd() < 0.12 else ("", "")
        that = english_link
        if link == "dass" and rnd() < 0.1:
            that = ""
        middle = joined(
            self.reflexive(agent, frame), filled.early, adverb, filled.objects, filled.others,
            "nicht" if negated else "",
        )  # fmt: skip
        return Clause(
            agent, finite, middle, tail, last, f", {link} {inner.subordinate()}",
            auxiliary, english_adverb, verb, filled.english,
            " " + joined(that, inner.english()),
        )  # fmt: skip

    def trying_to(self, rnd: Random, agent: Agent, world: str) -> Clause:
        """`Ich versuche, ... zu ...`."""
        frame = self.trying(rnd)
        filled = self.filled(rnd, agent, frame)
        goal = self.filled(rnd, agent, self.plain_frame(rnd))
        inner = joined(goal.early, goal.objects, goal.others, goal.frame.verb.zu_infinitive)
        tense = SIMPLE[world](rnd)
        finite, tail, last = conjugate(frame.verb, tense, agent.agreement)
        auxiliary, verb = conjugate_english(filled.verb, tense, agent.english_agreement)
        to = "" if filled.verb.base == "help" else "to"
        middle = joined(
            self.reflexive(agent, frame), filled.early, filled.objects, filled.others
        )  # fmt: skip
        return Clause(
            agent, finite, middle, tail, last, f", {inner}",
            auxiliary, "", verb, filled.english, " " + joined(to, goal.verb.base, goal.english),
        )  # fmt: skip

    def feeling(self, rnd: Random, agent: Agent, world: str) -> Clause:
        return self.state(rnd, agent, world, (FEELINGS if agent.human else PREDICATES["es"])(rnd))

    def being(self, rnd: Random, world: str, first: bool = False) -> Clause:
        """A thing or a person is so and so."""
        if rnd() < 0.25:
            return self.feeling(rnd, self.agent(rnd, first), world)
        if rnd() < 0.15:
            return self.state(rnd, ES, world, PREDICATES["es"](rnd))
        name = THINGS(rnd)
        phrase = noun_phrase(
            rnd, self.lexicon, self.lexicon.draws[name](rnd), NOMINATIVE,
            MODES["td" if rnd() < 0.7 else "t"](rnd), OUR,
        )  # fmt: skip
        return self.state(rnd, as_agent(phrase, human=False), world, PREDICATES[KINDS[name]](rnd))

    def state(self, rnd: Random, agent: Agent, world: str, pair: tuple[str, str]) -> Clause:
        tense: Tense = "preterite" if world == "past" else "present"
        if world == "future":
            tense = "future"
        negated = rnd() < 0.14
        finite, tail, last = conjugate(SEIN, tense, agent.agreement)
        auxiliary, verb = conjugate_english(BE, tense, agent.english_agreement, negated)
        german, english = pair
        degree, english_degree = DEGREES(rnd) if not negated and rnd() < 0.5 else ("", "")
        return Clause(
            agent, finite, joined("nicht" if negated else "", degree, german), tail, last, "",
            auxiliary, "", verb, joined(english_degree, english), "",
        )  # fmt: skip

    def with_relative(self, rnd: Random, agent: Agent, world: str) -> Clause | None:
        """`Ich habe einen Mann getroffen, der ...`: a relative clause on the last complement."""
        frame = self.relatable(rnd)
        slot = slots(frame)[0]
        if slot.name == "who" or frame.items[1:]:
            return None
        filled = self.filled(rnd, agent, frame, pairs=0)
        if filled.first is None or not frame.english[0].rest.endswith("{0}"):
            return None
        tense = TENSES[world](rnd)
        finite, tail, last = conjugate(frame.verb, tense, agent.agreement)
        auxiliary, verb = conjugate_english(filled.verb, tense, agent.english_agreement)
        german, english = self.about(rnd, filled.first)
        return Clause(
            agent, finite,
            joined(self.reflexive(agent, frame), filled.objects, filled.others),
            tail, last, f", {german}", auxiliary, "", verb, filled.english, " " + english,
        )  # fmt: skip

    def about(self, rnd: Random, what: Phrase) -> tuple[str, str]:
        """A relative clause that goes with the noun of `what`."""
        lexicon = self.lexicon
        gender = PLURAL if what.plural else what.noun.gender
        if any(member.noun is what.noun for member in lexicon.members["folk"]):
            agent = as_agent(what)
            clause = self.clause(rnd, agent, WORLDS(rnd))
            german = f"{RELATIVE[NOMINATIVE][gender]} {clause.relative()}"
            english = f"who {clause.predicate()}"
        else:
            agent = as_agent(what, human=False)
            kind = self.kinds.get(what.noun, "thing")
            world = "present" if rnd() < 0.6 else "past"
            clause = self.state(rnd, agent, world, PREDICATES[kind](rnd))
            german = f"{RELATIVE[NOMINATIVE][gender]} {clause.relative()}"
            english = f"that {clause.predicate()}"
        return german, english

    def gap(self, rnd: Random, frame: Frame, what: Phrase, world: str) -> tuple[str, str]:
        """A relative clause in which `what` is the complement of `frame`."""
        slot = slots(frame)[0]
        gender = PLURAL if what.plural else what.noun.gender
        agent = self.agent(rnd)
        tense = TENSES[world](rnd)
        finite, _, last = conjugate(frame.verb, tense, agent.agreement)
        wording = translation(rnd, frame.english)
        auxiliary, verb = conjugate_english(wording.verb, tense, agent.english_agreement)
        others = joined(*(item for item in frame.items if isinstance(item, str)))
        german = joined(
            slot.preposition, RELATIVE[slot.case][gender], agent.german,
            self.reflexive(agent, frame), others, last,
        )  # fmt: skip
        link = "" if rnd() < 0.6 else "that"
        rest = " ".join(wording.rest.replace("{0}", "").split())
        return german, joined(link, agent.english, auxiliary, verb, rest)

    def at(self, rnd: Random) -> Phrase:
        if rnd() < 0.2:
            place, english = PLACES(rnd)
            noun = self.lexicon.members["spot"][0].noun
            return Phrase(f"in {place}", f"in {english}", False, False, noun)
        member = self.lexicon.draws["spot"](rnd)
        mode = ("ein", "der", "der", "dies", "own")[int(rnd() * 5)]
        where = noun_phrase(rnd, self.lexicon, member, DATIVE, mode, OUR, member.preposition)
        return where._replace(english=f"{member.english_preposition} {where.english}")

    def company(self, rnd: Random, agent: Agent) -> Phrase:
        member = self.lexicon.draws["family"](rnd)
        whom = noun_phrase(rnd, self.lexicon, member, DATIVE, "own", agent.owner, "mit")
        return whom._replace(english=f"with {whom.english}")

    def happening(self, line: str) -> tuple[Slot, Frame]:
        """A line of [happen]: the subject's slot, and the frame."""
        subject, _, rest = line.partition(" ")
        frame = parse_frame(f"sein {subject} = be {{0}}", self.lexicon)
        assert SLOT.fullmatch(subject)
        return slots(frame)[0], parse_frame(rest, self.lexicon)


def happenings() -> list[str]:
    return data.TALK_FRAMES.split("[happen]\n")[1].strip().splitlines()


def slots(frame: Frame) -> list[Slot]:
    return [item for item in frame.items if isinstance(item, Slot)]


def bare(frame: Frame) -> bool:
    return any("b" in slot.flags for slot in slots(frame))


def refuses(frame: Frame) -> bool:
    """Whether the first complement takes `kein` in a negation, instead of `nicht`."""
    first = frame.items[0] if frame.items else ""
    return (
        isinstance(first, Slot)
        and not first.preposition
        and first.name not in ("who", "placename")
        and "d" not in first.flags
        and "b" not in first.flags
    )


def definite(objects: str) -> bool:
    return objects.startswith(
        ("der", "die", "das", "den", "dem", "mein", "unser", "sein", "ihr", "Ihr")
    )


def as_agent(phrase: Phrase, human: bool = True) -> Agent:
    return Agent(
        phrase.german, phrase.english, 2 if phrase.plural else 1, 2 if phrase.english_plural else 1,
        owner_of(phrase) if human else (THEIR if phrase.plural else OUR), ("sich", "sich"),
        PLURAL if phrase.plural else phrase.noun.gender, human,
    )  # fmt: skip


def table(text: str, shift: float = 1.5) -> Draw[tuple[str, str]]:
    pairs = [entry.strip().partition("=") for entry in text.split(";") if entry.strip()]
    return zipf([(german, english.split("|")[0]) for german, _, english in pairs], shift)


UNRELATABLE = ("placename", "time", "food_t", "possession")
NO_PASSIVE = frozenset(
    "haben brauchen kennen bekommen verlieren sehen tragen verlassen heiraten".split()
)
STATES = frozenset("kennen haben finden treffen verlieren bekommen gewinnen".split())
LASTING = frozenset(
    "arbeiten leben kennen kämpfen warten sammeln unterrichten studieren untersuchen leiten "
    "beobachten lernen entwickeln sprechen kümmern beschäftigen leiden träumen schreiben bauen".split()
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
FRONTS = {
    "past": table(
        "und=and; aber=but; damals=back then,; dann=then; vor zehn Jahren=ten years ago,; letztes Jahr=last year,; eines Tages=one day,; deshalb=that's why; "
        "zum Glück=fortunately,; plötzlich=suddenly,; am Anfang=in the beginning,; vor kurzem=recently,; gestern=yesterday,; im Jahr 1987=in 1987,; leider=unfortunately,; "
        "nach einer Weile=after a while,; im letzten Sommer=last summer,; in diesem Moment=at that moment,; vor drei Wochen=three weeks ago,; schließlich=finally,; trotzdem=still,; im Jahr 2003=in 2003,; "
        "während des Krieges=during the war,; im 19. Jahrhundert=in the 19th century,; als Kind=as a child,; vor langer Zeit=a long time ago,; an diesem Abend=that evening,; im Jahr 1969=in 1969,; am nächsten Morgen=the next morning,"
    ),
    "present": table(
        "und=and; aber=but; heute=today,; natürlich=of course,; vielleicht=maybe; manchmal=sometimes; deshalb=that's why; jetzt=now; in der Regel=as a rule,; zum Beispiel=for example,; "
        "jeden Tag=every day,; in Wirklichkeit=in reality,; trotzdem=still,; normalerweise=usually,; im Moment=at the moment,; leider=unfortunately,; auf der ganzen Welt=all over the world,; in gewisser Weise=in a way,; "
        "im Durchschnitt=on average,; heutzutage=nowadays,; genau deshalb=that's exactly why; paradoxerweise=paradoxically,; immer wieder=again and again,; im Grunde=basically,; inzwischen=by now,"
    ),
    "future": table(
        "morgen=tomorrow,; eines Tages=one day,; in zehn Jahren=in ten years,; bald=soon; in Zukunft=in the future,; nächstes Jahr=next year,; vielleicht=maybe; irgendwann=at some point,; bis 2050=by 2050,; früher oder später=sooner or later,"
    ),
}
# `und` and `aber` stand before a clause and leave its order alone: see `Talks.draw`.
MARKERS = table(
    "Also,=So,; Nun,=Well,; Wissen Sie,=You know,; Okay,=Okay,; Sehen Sie,=You see,; Ja,=Yes,; Nein,=No,; Ehrlich,=Honestly,; Wie gesagt,=As I said,"
)
REASONS = table("weil=because; obwohl=although; während=while; da=since")
LINKS = table("und=and; aber=but; denn=because; oder=or; und deshalb=and so", 1.0)
ADVERBS = table(
    "wirklich=really; oft=often; immer=always; einfach=just; nie=never; tatsächlich=actually; wahrscheinlich=probably; sofort=immediately; plötzlich=suddenly; fast=almost; kaum=hardly; "
    "endlich=finally; natürlich=naturally; selten=rarely; offensichtlich=obviously; ständig=constantly; langsam=slowly; bewusst=consciously; eindeutig=clearly; heimlich=secretly; gerne=gladly; freiwillig=voluntarily; versehentlich=accidentally; "
    "gemeinsam=jointly; buchstäblich=literally; allmählich=gradually"
)
ADJUNCTS = table(
    "zum ersten Mal=for the first time; jeden Tag=every day; am Ende=in the end; Tag und Nacht=day and night; ein Jahr lang=for a year; "
    "in diesem Jahr=this year; nach der Schule=after school; um Mitternacht=at midnight; ohne Hilfe=without help; auf diese Weise=in this way; aus Angst=out of fear; mit großer Mühe=with great effort; "
    "vor allem=above all; aus Versehen=by accident; mitten in der Nacht=in the middle of the night; an einem Wochenende=on a weekend; unter großem Druck=under great pressure; im Allgemeinen=in general; mit bloßen Händen=with bare hands; aus purer Neugier=out of sheer curiosity"
)
DEGREES = table(
    "sehr=very; so=so; wirklich=really; ziemlich=quite; extrem=extremely; zu=too; unglaublich=incredibly; besonders=particularly; völlig=completely"
)
ASKING = table("warum=why; wie=how; ob=whether; wo=where; wann=when", 1.0)
QUESTIONS = table("warum=why; wie=how; wann=when; wo=where; wie oft=how often; wieso=why", 1.0)
CLEFTS = table(
    "was mich überrascht, ist=what surprises me is; das Problem ist=the problem is; das Erste, was ich gelernt habe, ist=the first thing I learned is; die gute Nachricht ist=the good news is; das Verrückte ist=the crazy thing is; "
    "was wir wissen, ist=what we know is; die Wahrheit ist=the truth is; ich bin überzeugt=I am convinced; es stellt sich heraus=it turns out; was ich sagen will, ist=what I want to say is; der Unterschied ist=the difference is; das Ergebnis war=the result was; "
    "stellen Sie sich vor=imagine; die schlechte Nachricht ist=the bad news is; interessant ist=what is interesting is; ich habe Angst=I am afraid; es besteht kein Zweifel=there is no doubt"
)
PREDICATES = {kind: table(text, 3.0) for kind, text in data.PREDICATES.items()}
KINDS = {
    "idea": "abstract", "problem": "abstract", "topic": "abstract", "event": "abstract",
    "tech": "thing", "work": "thing", "text": "thing", "living": "living",
}  # fmt: skip
COMPARATIVES = table(data.COMPARATIVES, 3.0)
FEELINGS = table(data.FEELINGS, 3.0)
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
# The names alternate: a woman's, a man's.
NAMES: Draw[Agent] = zipf(
    [
        Agent(name, name, 1, 1, HIS if rank % 2 else HER, ("sich", "sich"))
        for rank, name in enumerate(words.FIRST_NAMES.split())
    ],
    3.0,
)
PLACES: Draw[tuple[str, str]] = zipf(
    [(g, e or g) for g, _, e in (name.partition("=") for name in words.PLACE_NAMES.split())], 3.0
)
