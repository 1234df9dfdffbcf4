"""Talks of the embedded corpus: sentences in the first person, with subordinate clauses, tenses,
negation, questions and pronouns."""

from collections.abc import Callable

from xlt.objectives.translation.embedded.agents import (
    ACCUSATIVE,
    DATIVE,
    ER,
    GENITIVE,
    ICH,
    MAN,
    NAMES,
    NOMINATIVE,
    SHE,
    SIE,
    WIR,
    as_agent,
)
from xlt.objectives.translation.embedded.clauses import Clauses, slots
from xlt.objectives.translation.embedded.grammar import (
    MODES,
    MY,
    OUR,
    THEIR,
    joined,
    noun_phrase,
)
from xlt.objectives.translation.embedded.lexicon import (
    Classes,
    Draw,
    Random,
    weighted,
)
from xlt.objectives.translation.embedded.talk_tables import (
    CLEFTS,
    COMPARATIVES,
    CONJUNCTIONS,
    DEGREES,
    FRONTS,
    LASTING,
    LINKS,
    MARKERS,
    PLACES,
    PREDICATES,
    QUESTIONS,
    REASONS,
    STATES,
    THINGS,
    WORLDS,
)


class Talks(Clauses):
    """Draws sentences of talks from a lexicon."""

    def __init__(self, lexicon: Classes) -> None:
        super().__init__(lexicon)
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
        if conjunction in ("damit", "sodass") or rnd() < 0.5:
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
        german, english = (
            f"{opening}, dass {clause.subordinate()}",
            f"{english} that {clause.english()}",
        )
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
        if front in ("", "und", "aber"):
            start = joined(front, what.german, wurde)
        else:
            start = joined(front, wurde, what.german)
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
            german, english = (
                f"{number} Prozent {whom.german}",
                f"{number} percent of {whom.english}",
            )
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
