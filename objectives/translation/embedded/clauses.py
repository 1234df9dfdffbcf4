"""Clauses of the talks: who does what, in both languages, with the word order still open."""

from dataclasses import dataclass
from functools import partial

from xlt.objectives.translation.embedded.agents import (
    ES,
    NAMES,
    PRONOUNS,
    THEY,
    Agent,
    as_agent,
    hearers,
)
from xlt.objectives.translation.embedded.bilingual import EMPTY, Pair, joined, say
from xlt.objectives.translation.embedded.draws import Random, mixture, synonym, zipf
from xlt.objectives.translation.embedded.frames import MODES, Frame, Slot, frames
from xlt.objectives.translation.embedded.grammar import MY, OUR, RELATIVE, Filled, Grammar, Phrase
from xlt.objectives.translation.embedded.lexicon import DATIVE, NOMINATIVE, Lexicon
from xlt.objectives.translation.embedded.tenses import BE, SEIN, conjugate, conjugate_english
from xlt.objectives.translation.embedded.verbs import EnglishVerb, GermanVerb
from xlt.objectives.translation.embedded.words import CHOICES, pairs, sections, word_list

CONTRACTED = 0.8  # how often English contracts a negation: assumed
WITHOUT_GAP = word_list("without gap")
WITHOUT_PASSIVE = word_list("without passive")
KINDS = dict(pairs(sections("talk_tables")["kinds"]))  # of nouns, by class: which predicates fit
UNITS = (Pair("Jahren", "years"), Pair("Monaten", "months"), Pair("Tagen", "days"))
UNCOUNTED = ("", "und", "aber")  # fronts that leave the subject before the German verb
DEFINITE = ("der", "die", "das", "den", "dem", "mein", "unser", "sein", "ihr", "Ihr")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause, its word order still open."""

    agent: Agent
    german_verb: GermanVerb
    english_verb: EnglishVerb
    tense: str
    middle: Pair  # German: between the verbs; English: after them
    adverb: str = ""  # English only; the German one is in the middle
    after: Pair = EMPTY  # what follows; German with a comma before it
    negated: bool = False  # of the English verb; the German `nicht` is in the middle
    short: bool = False  # whether the English negation is contracted

    @property
    def verbs(self) -> tuple[str, str, str]:
        """The finite verb; what ends a main clause; all verbs as they end a subordinate one."""
        return conjugate(self.german_verb, self.tense, self.agent.agreement)

    def main(self, front: Pair = EMPTY) -> Pair:
        """A main clause. The German verb comes second, but `und` and `aber` do not count."""
        if front.german in UNCOUNTED:
            return self._ordered(front, self.agent.german, self.verbs[0])
        return self._ordered(front, self.verbs[0], self.agent.german)

    def inverted(self) -> Pair:
        """A main clause behind a subordinate one. The German verb comes first."""
        return self._ordered(EMPTY, self.verbs[0], self.agent.german)

    def _ordered(self, front: Pair, *start: str) -> Pair:
        german = joined(front.german, *start, self.middle.german, self.verbs[1]) + self.after.german
        return Pair(german, joined(front.english, self.agent.english, self._predicate()))

    def question(self, word: Pair = EMPTY) -> Pair:
        english = joined(word.english, self._predicate(asking=True))
        return Pair(joined(word.german, self.inverted().german), english)

    def subordinate(self) -> Pair:
        english = joined(self.agent.english, self._predicate())
        return Pair(joined(self.agent.german, self.relative().german), english)

    def relative(self) -> Pair:
        """A clause without its subject."""
        german = joined(self.middle.german, self.verbs[2]) + self.after.german
        return Pair(german, self._predicate())

    def _predicate(self, asking: bool = False) -> str:
        """The English predicate. In a question the subject is in it."""
        agreement = self.agent.english_agreement
        auxiliary, verb = conjugate_english(
            self.english_verb, self.tense, agreement, self.negated, asking, self.short
        )
        subject = self.agent.english if asking else ""
        rest = (self.middle.english, self.after.english)
        return joined(auxiliary, subject, self.adverb, verb, *rest)


class Clauses(Grammar):
    """Draws clauses of talks."""

    def __init__(self, lexicon: Lexicon, rnd: Random) -> None:
        super().__init__(lexicon, rnd)
        found = frames("talk_frames")
        self.do = zipf(found["do"], 4.0)
        self.saying = zipf(found["say"], 1.5)
        self.wondering = zipf(found["wonder"])
        self.attempting = zipf(found["try"])
        self.happening = zipf(found["happen"], 2.0)
        single = [
            frame
            for frame in found["do"]
            if frame.slots == [frame.items[0]] and "b" not in frame.slots[0].flags
        ]
        self.with_gap = zipf([f for f in single if f.slots[0].name not in WITHOUT_GAP], 4.0)
        self.passives = zipf(
            [
                frame
                for frame in single
                if frame.has_passive
                and frame.verb.lemma not in WITHOUT_PASSIVE
                and frame.slots[0].name != "who"
            ],
            4.0,
        )
        self.folk = frozenset(member.noun for member in lexicon.members["folk"])
        self.kinds = {
            member.noun: kind for name, kind in KINDS.items() for member in lexicon.members[name]
        }

    # Subjects and things.

    def agent(self, first: bool = False) -> Agent:
        """Draws a subject.

        Args:
            first: Whether it begins the sentence. `Sie` before a plural verb is always `you`, so
                it is never `they` then.
        """
        pronoun = PRONOUNS(self.rnd)
        while first and pronoun is THEY:
            pronoun = PRONOUNS(self.rnd)
        if pronoun is not ES:
            return pronoun
        kind = self.rnd()
        if kind < 0.12:
            return NAMES(self.rnd)
        if kind < 0.42:
            member = self.member("family")
            owner = MY if self.chance(0.75) else OUR
            return as_agent(self.phrase(member, NOMINATIVE, "own", owner))
        name = "folk" if self.chance(0.8) else "agency"
        return as_agent(self.phrase(name, NOMINATIVE, MODES["t"], OUR))

    def thing(self) -> tuple[Agent, Frame]:
        """Draws a thing, and what it does."""
        frame = self.happening(self.rnd)
        assert frame.subject is not None
        phrase = self.phrase(frame.subject.name, NOMINATIVE, frame.subject.mode, OUR)
        return as_agent(phrase, human=False), frame

    def at(self) -> Pair:
        """Draws a place."""
        if self.chance(0.2):
            return say("in {place}", place=self.draw("places"))
        return self.located(self.member("spot"), CHOICES["determiner talk place"], OUR)

    def company(self, agent: Agent) -> Pair:
        """Draws with whom."""
        whom = self.phrase("family", DATIVE, "own", agent.owner, "mit")
        return Pair(whom.german, f"with {whom.english}")

    def when(self) -> Pair:
        """Draws a year, or so many years ago."""
        rnd = self.rnd
        if rnd() < 0.5:
            year = 2023 - int(rnd() * rnd() * 220)
            return Pair(f"im Jahr {year}", f"in {year},")
        unit = self.pick_early(UNITS)
        number = 2 + int(rnd() * rnd() * 60)
        return Pair(f"vor {number} {unit.german}", f"{number} {unit.english} ago,")

    # Verbs with their complements.

    def plain_frame(self) -> Frame:
        frame = self.do(self.rnd)
        while frame.reflexive:
            frame = self.do(self.rnd)
        return frame

    def filled(
        self, agent: Agent, frame: Frame, negated: bool = False, two_things: float = 0.1
    ) -> Filled:
        return self.fill(frame, agent.owner, negated, partial(self.person, agent), two_things)

    def person(self, agent: Agent, slot: Slot) -> Phrase:
        """Draws whom the subject does something to: a pronoun or a noun phrase."""
        if self.chance(0.55):
            dative, accusative, english = self.pick(hearers(agent))
            pronoun = dative if slot.case == DATIVE else accusative
            if pronoun:
                noun = self.lexicon.members["folk"][0].noun
                return Phrase(joined(slot.preposition, pronoun), english, False, False, noun)
        if self.chance(0.5):
            return self.phrase("family", slot.case, "own", agent.owner, slot.preposition)
        mode = MODES["t"](self.rnd)
        return self.phrase("folk", slot.case, mode, agent.owner, slot.preposition)

    def goal(self, agent: Agent) -> Pair:
        """Draws an infinitive, in German with `zu`."""
        goal = self.filled(agent, self.plain_frame())
        return Pair(goal.infinitive(), joined(goal.verb.base, goal.english))

    # Clauses.

    def clause(
        self,
        agent: Agent,
        time: str,
        tense: str = "",
        frame: Frame | None = None,
        plain: bool = False,
        deep: int = 0,
    ) -> Clause:
        """Draws a clause.

        Args:
            agent: The subject.
            time: "past", "present" or "future".
            tense: The tense. If empty, it is drawn by `time`.
            frame: What the subject does. If None, it is drawn.
            plain: Whether the clause has neither adverbs nor a negation.
            deep: If positive, the clause contains another one, and so on as often.
        """
        rnd = self.rnd
        if not frame and not plain and not tense:
            if deep or rnd() < 0.06:
                return self.reporting(agent, time, deep - 1)
            if rnd() < 0.06:
                return self.trying(agent, time)
            if rnd() < 0.1:
                return self.feeling(agent, time)
        frame = frame or self.do(rnd)
        tense = tense or self.choose(f"tenses {time}")
        negated = not plain and tense != "have" and rnd() < 0.12
        kein = negated and takes_kein(frame)
        nicht = negated and not kein
        filled = self.filled(agent, frame, kein)
        adverb = place = since = after = EMPTY
        if not plain and not negated and rnd() < 0.28:
            adverb = self.draw("adverbs")
        if tense == "ever":
            adverb = Pair("jemals", "ever")
        elif tense == "have":
            adverb = self.draw("so far")
        if not plain and rnd() < 0.26 and not filled.others.startswith("in "):
            place = self.at() if rnd() < 0.6 or not agent.human else self.company(agent)
        short = rnd() < CONTRACTED
        if not plain and rnd() < 0.13:
            since = self.draw("adjuncts")
        if not plain and agent.human and rnd() < 0.07:
            after = say(", um {goal} = in order to {goal}", goal=self.goal(agent))
        objects = (filled.objects, place.german)
        middle = joined(
            reflexive(agent, frame),
            filled.early,
            since.german,
            adverb.german,
            # A definite object stands before the place.
            *(objects if filled.objects.startswith(DEFINITE) else objects[::-1]),
            "nicht" if nicht else "",
            filled.others,
        )
        rest = joined(filled.english, place.english, since.english)
        verbs = (frame.verb, filled.verb)
        return Clause(agent, *verbs, tense, Pair(middle, rest), adverb.english, after, nicht, short)

    def reporting(self, agent: Agent, time: str, deep: int) -> Clause:
        """`Ich glaube, dass ...`, `Niemand weiß, warum ...`."""
        rnd = self.rnd
        asks = rnd() < 0.3
        frame = (self.wondering if asks else self.saying)(rnd)
        tense = self.choose(f"reporting tenses {time}")
        filled = self.filled(agent, frame)
        negated = asks and frame.verb.lemma in ("wissen", "verstehen") and rnd() < 0.7
        link = self.draw("asking") if asks else Pair("dass", "that")
        if deep > 0 and rnd() < 0.5:
            inner = self.reporting(self.agent(), self.choose("times"), deep - 1)
        elif link.german not in ("wo", "wann") and rnd() < 0.2:
            inner = self.being("present" if rnd() < 0.7 else "past")
        elif rnd() < 0.2:
            thing, act = self.thing()
            inner = self.clause(thing, self.choose("times"), frame=act)
        else:
            inner = self.clause(self.agent(), self.choose("times"))
        short = rnd() < CONTRACTED
        adverb = self.draw("adverbs") if not negated and rnd() < 0.12 else EMPTY
        if link.german == "dass" and rnd() < 0.1:
            link = Pair("dass", "")
        told = say(", {link} {inner} = {link} {inner}", link=link, inner=inner.subordinate())
        nicht = "nicht" if negated else ""
        parts = (filled.early, adverb.german, filled.objects, filled.others, nicht)
        middle = Pair(joined(reflexive(agent, frame), *parts), filled.english)
        verbs = (frame.verb, filled.verb)
        return Clause(agent, *verbs, tense, middle, adverb.english, told, negated, short)

    def trying(self, agent: Agent, time: str) -> Clause:
        """`Ich versuche, ... zu ...`."""
        frame = self.attempting(self.rnd)
        filled = self.filled(agent, frame)
        to = "" if filled.verb.base == "help" else "to"
        goal = say(f", {{goal}} = {to} {{goal}}", goal=self.goal(agent))
        tense = self.choose(f"reporting tenses {time}")
        middle = middle_of(agent, filled)
        return Clause(agent, frame.verb, filled.verb, tense, middle, after=goal)

    def with_relative(self, agent: Agent, time: str) -> Clause | None:
        """`Ich habe einen Mann getroffen, der ...`: the last complement has a relative clause."""
        frame = self.with_gap(self.rnd)
        if frame.slots[0].name == "who" or frame.items[1:]:
            return None
        filled = self.filled(agent, frame, two_things=0)
        if filled.first is None or not frame.english[0].rest.endswith("{0}"):
            return None
        tense = self.choose(f"tenses {time}")
        about = say(", {relative} = {relative}", relative=self.about(filled.first))
        middle = middle_of(agent, filled)
        return Clause(agent, frame.verb, filled.verb, tense, middle, after=about)

    def feeling(self, agent: Agent, time: str) -> Clause:
        """`Ich war müde`."""
        return self.state(agent, time, self.draw("feelings" if agent.human else "predicates es"))

    def being(self, time: str, first: bool = False) -> Clause:
        """`Das Problem ist sehr schwierig`. `first` is explained at `agent`."""
        if self.chance(0.25):
            return self.feeling(self.agent(first), time)
        if self.chance(0.15):
            return self.state(ES, time, self.draw("predicates es"))
        name = self.choose("things")
        phrase = self.phrase(
            name, NOMINATIVE, mixture([(0.7, MODES["td"]), (0.3, MODES["t"])]), OUR
        )
        predicate = self.draw(f"predicates {KINDS[name]}")
        return self.state(as_agent(phrase, human=False), time, predicate)

    def state(self, agent: Agent, time: str, predicate: Pair) -> Clause:
        """A clause whose verb is `sein`."""
        tense = "preterite" if time == "past" else time
        negated = self.chance(0.14)
        degree = self.draw("degrees") if not negated and self.chance(0.5) else EMPTY
        degree = Pair(joined("nicht" if negated else "", degree.german), degree.english)
        middle = say("{degree} {predicate}", degree=degree, predicate=predicate)
        return Clause(agent, SEIN, BE, tense, middle, negated=negated)

    # Relative clauses.

    def about(self, what: Phrase) -> Pair:
        """A relative clause whose subject is the noun of `what`."""
        if what.noun in self.folk:
            who = "who"
            clause = self.clause(as_agent(what), self.choose("times"))
        else:
            who = "that"
            time = "present" if self.chance(0.6) else "past"
            predicate = self.draw(f"predicates {self.kinds.get(what.noun, 'thing')}")
            clause = self.state(as_agent(what, human=False), time, predicate)
        pronoun = Pair(RELATIVE[NOMINATIVE][what.gender], who)
        return say("{pronoun} {clause}", pronoun=pronoun, clause=clause.relative())

    def gap(self, frame: Frame, what: Phrase, time: str) -> Pair:
        """A relative clause in which `what` is the complement of `frame`."""
        slot = frame.slots[0]
        pronoun = RELATIVE[slot.case][what.gender]
        agent = self.agent()
        tense = self.choose(f"tenses {time}")
        wording = synonym(self.rnd, frame.english)
        middle = Pair(joined(reflexive(agent, frame), *frame.words), wording.without_object())
        clause = Clause(agent, frame.verb, wording.verb, tense, middle)
        that = "" if self.chance(0.6) else "that"
        relative = Pair(joined(slot.preposition, pronoun), that)
        return say("{relative} {clause}", relative=relative, clause=clause.subordinate())


def reflexive(agent: Agent, frame: Frame) -> str:
    return agent.reflexive[frame.reflexive == "mir"] if frame.reflexive else ""


def middle_of(agent: Agent, filled: Filled) -> Pair:
    """Returns what stands between the German verbs, and after the English ones."""
    start = reflexive(agent, filled.frame)
    return Pair(joined(start, filled.early, filled.objects, filled.others), filled.english)


def takes_kein(frame: Frame) -> bool:
    """Whether the first complement takes `kein` in a negation, instead of `nicht`."""
    slot = frame.object
    if slot is None or slot.name in ("who", "placename"):
        return False
    return "d" not in slot.flags and "b" not in slot.flags
