"""Clauses of the talks: who does what, in both languages, with the word order still open."""

from dataclasses import replace

from xlt.objectives.translation.embedded.bilingual import COMMA, EMPTY, Pair, joined
from xlt.objectives.translation.embedded.draws import Random, synonym, zipf
from xlt.objectives.translation.embedded.grammar import RELATIVE, Grammar
from xlt.objectives.translation.embedded.lexicon import Case, Lexicon
from xlt.objectives.translation.embedded.syntax import HER, MY, OUR, THEIR, Clause, Owner, Phrase
from xlt.objectives.translation.embedded.verbs import Frame, Slot, english_verb, frames, german_verb
from xlt.objectives.translation.embedded.words import WORD_LISTS, pairs, sections, table

PRONOUNS = {
    "ich": Phrase("ich", "I", False, False, MY, ("mich", "mir"), first_person=True),
    "wir": Phrase("wir", "we", True, True, OUR, ("uns", "uns")),
    "Sie": Phrase("Sie", "you", True, True, Owner("Ihr", "your")),
    "man": Phrase("man", "you", False, True, Owner("sein", "your")),
    "er": Phrase("er", "he"),
    "she": Phrase("sie", "she", owner=HER),
    "they": Phrase("sie", "they", True, True, THEIR),
    "es": Phrase("es", "it", human=False),
}
FIRST_NAMES = enumerate(sections("tables")["first names"].split())  # a woman's, a man's, ...
SHE_HE = (PRONOUNS["she"], PRONOUNS["er"])
NAMES = zipf([replace(SHE_HE[i % 2], german=n, english=n) for i, n in FIRST_NAMES], 3.0)
WHOM = {who: pairs(body) for who, body in sections("tables", "whom ").items()}
KINDS = table(sections("tables")["kinds"])  # of nouns, by class: which predicates fit
UNITS = pairs(sections("tables")["units"])
SHIFTS = {"do": 4.0, "say": 1.5, "wonder": 1.0, "try": 1.0, "happen": 2.0}  # of ranks: assumed
SEIN, WERDEN, BE = german_verb("sein"), german_verb("werden"), english_verb("be")
CONTRACTED = 0.8  # how often English contracts a negation: assumed
DEFINITE = ("der", "die", "das", "den", "dem", "mein", "unser", "sein", "ihr", "Ihr")


class Clauses(Grammar):
    """Draws clauses of talks."""

    two_things = 0.1

    def __init__(self, lexicon: Lexicon, rnd: Random) -> None:
        super().__init__(lexicon, rnd)
        by_title = frames("talk_frames")
        self.do, self.saying, self.wondering, self.attempting, self.happening = (
            zipf(by_title[title], shift) for title, shift in SHIFTS.items()
        )
        no_gap, no_passive = WORD_LISTS["without gap"], WORD_LISTS["without passive"]
        single = [
            f for f in by_title["do"] if f.slots == f.items[:1] and "b" not in f.slots[0].flags
        ]
        self.with_gap = zipf([f for f in single if f.slots[0].name not in no_gap], 4.0)
        passives = [f for f in single if f.has_passive and f.slots[0].name != "who"]
        self.passives = zipf([f for f in passives if f.verb.lemma not in no_passive], 4.0)
        self.folk = frozenset(member.noun for member in lexicon.members["folk"])
        self.kinds = {m.noun: kind for name, kind in KINDS.items() for m in lexicon.members[name]}

    # Subjects and things.

    def subject(self, first: bool = False) -> Phrase:
        """Draw a subject.

        Args:
            first: Whether it begins the sentence. `Sie` before a plural verb is always `you`, so
                it is never `they` then.
        """
        pronoun = self.choose("pronouns")
        while first and pronoun == "they":
            pronoun = self.choose("pronouns")
        if pronoun != "es":
            return PRONOUNS[pronoun]
        kind = self.rnd()
        if kind < 0.12:
            return NAMES(self.rnd)
        if kind < 0.42:
            member = self.member("family")
            owner = MY if self.chance(0.75) else OUR
            return self.phrase(member, Case.NOMINATIVE, "own", owner)
        name = "folk" if self.chance(0.8) else "agency"
        return self.phrase(name, Case.NOMINATIVE, "mode t", OUR)

    def thing(self) -> tuple[Phrase, Frame]:
        """Draw a thing, and what it does."""
        frame = self.happening(self.rnd)
        assert frame.subject is not None
        phrase = self.phrase(frame.subject.name, Case.NOMINATIVE, frame.subject.mode, OUR)
        return thing_of(phrase), frame

    def at(self) -> Pair:
        """Draw a place."""
        if self.chance(0.2):
            return Pair("in", "in") + self.draw("places")
        member = self.member("spot")
        return self.phrase(member, Case.DATIVE, "determiner talk place", OUR, member.preposition)

    def when(self) -> Pair:
        """Draw a year, or so many years ago."""
        if self.chance(0.5):
            year = 2023 - self.pick_early(range(220))
            return Pair(f"im Jahr {year}", f"in {year},")
        unit = self.pick_early(UNITS)
        number = 2 + self.pick_early(range(60))
        return Pair(f"vor {number} {unit.german}", f"{number} {unit.english} ago,")

    # Verbs with their complements.

    def complement(
        self, slot: Slot, subject: Phrase, negated: bool, kein: bool, single: bool
    ) -> Phrase:
        """Draw a complement. People are a pronoun or a noun phrase."""
        if slot.name != "who":
            return super().complement(slot, subject, negated, kein, single)
        if self.chance(0.55):
            whom = self.pick(WHOM.get(subject.german, WHOM["others"]))
            pronoun = whom.german.split("/")[slot.case != Case.DATIVE]
            if pronoun:
                return Phrase(joined(slot.preposition, pronoun), whom.english)
        name, mode = "family", "own"
        if not self.chance(0.5):
            name, mode = "folk", self.choose("mode t")
        return self.phrase(name, slot.case, mode, subject.owner, slot.preposition)

    def goal(self, subject: Phrase) -> Pair:
        """Draw an infinitive, in German with `zu`."""
        frame = self.do(self.rnd)
        while frame.reflexive:
            frame = self.do(self.rnd)
        return self.fill(frame, subject).infinitive()

    # Clauses.

    def clause(
        self,
        subject: Phrase,
        time: str,
        tense: str = "",
        frame: Frame | None = None,
        plain: bool = False,
        reported: bool = False,
    ) -> Clause:
        """Draw a clause.

        Args:
            subject: The subject.
            time: "past", "present" or "future".
            tense: The tense. If empty, it is drawn by `time`.
            frame: What the subject does. If None, it is drawn.
            plain: Whether the clause has neither adverbs nor a negation.
            reported: Whether the clause reports another one, as in `Ich glaube, dass ...`.
        """
        rnd = self.rnd
        if not frame and not plain and not tense:
            if reported or rnd() < 0.06:
                return self.reporting(subject, time)
            if rnd() < 0.06:
                return self.trying(subject, time)
            if rnd() < 0.1:
                return self.feeling(subject, time)
        frame = frame or self.do(rnd)
        tense = tense or self.choose(f"tenses {time}")
        negated = not plain and tense != "have" and rnd() < 0.12
        kein = negated and takes_kein(frame)
        nicht = negated and not kein
        filled = self.fill(frame, subject, kein)
        adverb = place = since = after = EMPTY
        if not plain and not negated and rnd() < 0.28:
            adverb = self.draw("adverbs")
        if tense == "ever":
            adverb = Pair("jemals", "ever")
        elif tense == "have":
            adverb = self.draw("so far")
        if not plain and rnd() < 0.26 and not filled.others.startswith("in "):
            if rnd() < 0.6 or not subject.human:
                place = self.at()
            else:
                place = self.phrase("family", Case.DATIVE, "own", subject.owner, "mit:with")
        contracted = rnd() < CONTRACTED
        if not plain and rnd() < 0.13:
            since = self.draw("adjuncts")
        if not plain and subject.human and rnd() < 0.07:
            after = Pair(", um", "in order to") + self.goal(subject)
        german = [place.german, filled.objects]
        if filled.objects.startswith(DEFINITE):  # such an object stands before the place
            german.reverse()
        start = (filled.reflexive, filled.early, since.german, adverb.german)
        middle = joined(*start, *german, "nicht" if nicht else "", filled.others)
        rest = joined(filled.english, place.english, since.english)
        clause = filled.clause(tense, Pair(middle, rest), after)
        return replace(clause, adverb=adverb.english, negated=nicht, contracted=contracted)

    def reporting(self, subject: Phrase, time: str, nested: bool = False) -> Clause:
        """Draw `Ich glaube, dass ...`. If `nested`, what is reported may report something too."""
        rnd = self.rnd
        asks = rnd() < 0.3
        frame = (self.wondering if asks else self.saying)(rnd)
        tense = self.choose(f"reporting tenses {time}")
        filled = self.fill(frame, subject)
        negated = asks and frame.verb.lemma in ("wissen", "verstehen") and rnd() < 0.7
        link = self.draw("asking") if asks else Pair("dass", "that")
        if nested and rnd() < 0.5:
            inner = self.reporting(self.subject(), self.choose("times"))
        elif link.german not in ("wo", "wann") and rnd() < 0.2:
            inner = self.being("present" if rnd() < 0.7 else "past")
        elif rnd() < 0.2:
            thing, act = self.thing()
            inner = self.clause(thing, self.choose("times"), frame=act)
        else:
            inner = self.clause(self.subject(), self.choose("times"))
        contracted = rnd() < CONTRACTED
        adverb = self.draw("adverbs") if not negated and rnd() < 0.12 else EMPTY
        if link.german == "dass" and rnd() < 0.1:
            link = Pair("dass", "")
        after = COMMA + link + inner.subordinate()
        start = (filled.reflexive, filled.early, adverb.german, filled.objects, filled.others)
        middle = Pair(joined(*start, "nicht" if negated else ""), filled.english)
        clause = filled.clause(tense, middle, after)
        return replace(clause, adverb=adverb.english, negated=negated, contracted=contracted)

    def trying(self, subject: Phrase, time: str) -> Clause:
        """Draw `Ich versuche, ... zu ...`."""
        filled = self.fill(self.attempting(self.rnd), subject)
        to = Pair(",", "" if filled.verb.base == "help" else "to")
        after = to + self.goal(subject)
        return filled.clause(self.choose(f"reporting tenses {time}"), after=after)

    def with_relative(self, subject: Phrase, time: str) -> Clause | None:
        """Draw `Ich habe einen Mann getroffen, der ...`. Returns None if the verb is unfit."""
        frame = self.with_gap(self.rnd)
        if frame.slots[0].name == "who" or frame.items[1:]:
            return None
        filled = self.fill(frame, subject, single=True)
        if not frame.english[0].rest.endswith("{0}"):
            return None
        tense = self.choose(f"tenses {time}")
        return filled.clause(tense, after=COMMA + self.about(filled.phrases[0]))

    def feeling(self, subject: Phrase, time: str) -> Clause:
        """Draw `Ich war müde`."""
        title = "feelings" if subject.human else "predicates es"
        return self.state(subject, time, self.draw(title))

    def being(self, time: str, first: bool = False) -> Clause:
        """Draw `Das Problem ist sehr schwierig`. `first` is explained at `subject`."""
        if self.chance(0.25):
            return self.feeling(self.subject(first), time)
        if self.chance(0.15):
            return self.state(PRONOUNS["es"], time, self.draw("predicates es"))
        name = self.choose("things")
        phrase = self.phrase(name, Case.NOMINATIVE, "determiner being", OUR)
        return self.state(thing_of(phrase), time, self.draw(f"predicates {KINDS[name]}"))

    def state(self, subject: Phrase, time: str, predicate: Pair) -> Clause:
        """Draw a clause whose verb is `sein`."""
        tense = "preterite" if time == "past" else time
        negated = self.chance(0.14)
        degree = Pair("nicht") if negated else self.draw("degrees") if self.chance(0.5) else EMPTY
        return Clause(subject, SEIN, BE, tense, degree + predicate, negated=negated)

    # Relative clauses.

    def about(self, what: Phrase) -> Pair:
        """Draw a relative clause whose subject is the noun of `what`."""
        if what.noun in self.folk:
            who, clause = "who", self.clause(what, self.choose("times"))
        else:
            time = "present" if self.chance(0.6) else "past"
            predicate = self.draw(f"predicates {self.kinds.get(what.noun, 'thing')}")
            who, clause = "that", self.state(thing_of(what), time, predicate)
        pronoun = Pair(RELATIVE[Case.NOMINATIVE][what.gender], who)
        return pronoun + clause.relative()

    def gap(self, frame: Frame, what: Phrase, time: str) -> Pair:
        """Draw a relative clause in which `what` is the complement of `frame`."""
        slot = frame.slots[0]
        subject = self.subject()
        tense = self.choose(f"tenses {time}")
        wording = synonym(self.rnd, frame.english)
        middle = Pair(joined(subject.reflexive_of(frame), frame.words), wording.without_object())
        clause = Clause(subject, frame.verb, wording.verb, tense, middle)
        that = "" if self.chance(0.6) else "that"
        pronoun = Pair(joined(slot.preposition, RELATIVE[slot.case][what.gender]), that)
        return pronoun + clause.subordinate()


def thing_of(phrase: Phrase) -> Phrase:
    """Makes a noun phrase a subject that is no person."""
    return replace(phrase, owner=THEIR if phrase.plural else OUR, human=False)


def takes_kein(frame: Frame) -> bool:
    """Whether the first complement takes `kein` in a negation, instead of `nicht`."""
    slot = frame.object
    fixed = slot is None or slot.name in ("who", "placename") or {"b", "d"} & {*slot.flags}
    return not fixed
