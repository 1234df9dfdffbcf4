"""Clauses of the talks in the embedded corpus: who does what, in both languages, with the word
order still open. Sentences are made of them in `talks`."""

from xlt.objectives.translation.embedded.agents import (
    CONTRACTED,
    DATIVE,
    ES,
    NAMES,
    NOMINATIVE,
    PRONOUNS,
    THEY,
    WHOM,
    WHOM_OTHERS,
    Agent,
    Clause,
    as_agent,
)
from xlt.objectives.translation.embedded.grammar import (
    MODES,
    MY,
    OUR,
    RELATIVE,
    SLOT,
    Filled,
    Frame,
    Phrase,
    Slot,
    fill,
    frames,
    joined,
    noun_phrase,
    parse_frame,
)
from xlt.objectives.translation.embedded.lexicon import (
    PLURAL,
    Classes,
    Random,
    translation,
    zipf,
)
from xlt.objectives.translation.embedded.talk_tables import (
    ADJUNCTS,
    ADVERBS,
    ASKING,
    DEGREES,
    FEELINGS,
    KINDS,
    NO_PASSIVE,
    PLACES,
    PREDICATES,
    SIMPLE,
    SO_FAR,
    TENSES,
    THINGS,
    UNRELATABLE,
    WORLDS,
)
from xlt.objectives.translation.embedded.tenses import (
    BE,
    SEIN,
    Tense,
    conjugate,
    conjugate_english,
)
from xlt.objectives.translation.embedded.words import sections, text


class Clauses:
    """Draws clauses of talks from a lexicon."""

    def __init__(self, lexicon: Classes) -> None:
        self.lexicon = lexicon
        found = frames(text("talk_frames").split("[happen]")[0], lexicon)
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
                    words = joined(slot.preposition, pronoun)
                    return Phrase(words, english, False, False, noun)
            name, mode = ("family", "own") if rnd() < 0.5 else ("folk", MODES["t"](rnd))
            member = self.lexicon.draws[name](rnd)
            return noun_phrase(
                rnd, self.lexicon, member, slot.case, mode, agent.owner, slot.preposition
            )

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
        _, _, last = conjugate(frame.verb, tense, agent.agreement)
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
    return sections("talk_frames")["happen"].splitlines()


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
