"""Sentences of talks: in the first person, with subordinate clauses, tenses and questions."""

from xlt.objectives.translation.embedded.bilingual import (
    BOTH_COMMAS,
    COMMA,
    EMPTY,
    Pair,
    joined,
    sentence,
)
from xlt.objectives.translation.embedded.clauses import BE, NAMES, PRONOUNS, WERDEN, Clauses
from xlt.objectives.translation.embedded.draws import zipf
from xlt.objectives.translation.embedded.lexicon import Case, Gender
from xlt.objectives.translation.embedded.syntax import MY, OUR, THEIR, Clause, Phrase
from xlt.objectives.translation.embedded.words import WORD_LISTS, sections, weights

CONJUNCTIONS = zipf([line.split("|") for line in sections("tables")["conjunctions"].splitlines()])
EXTENSIONS = {pattern: chance for chance, pattern in weights(sections("choices")["extensions"])}


class Talks(Clauses):
    """Draws sentences of talks. A method per pattern, with an example of it."""

    def sentence(self) -> Pair:
        """Draw a German sentence and its English translation."""
        pattern = self.choose("talk patterns")
        text: Pair = getattr(self, pattern)()
        if pattern in EXTENSIONS:
            text = self.extended(text, EXTENSIONS[pattern])
        if pattern == "question":
            return sentence(text, "?")
        if self.chance(0.2):
            marker = self.draw("markers")
            if not text.german.startswith(("und ", "aber ")):
                text = marker + text
        return sentence(text, ".")

    # Parts of sentences.

    def opening(self, chance: float, times: str = "times") -> tuple[str, Pair]:
        """Draw a time, and what stands before the clause with a probability of `chance`."""
        time = self.choose(times)
        return time, self.draw(f"fronts {time}") if self.chance(chance) else EMPTY

    def longer(self, text: Pair) -> Pair:
        """Add a clause to a sentence."""
        subject = self.subject()
        if self.chance(0.35):
            link = self.draw("reasons")
            return text + COMMA + link + self.clause(subject, self.choose("times")).subordinate()
        link = self.draw("links")
        clause = self.clause(subject, self.choose("times"), reported=self.chance(0.2))
        # `und deshalb` is a conjunction and the front of its clause.
        conjunction, _, front = link.german.partition(" ")
        return text + BOTH_COMMAS + Pair(conjunction, link.english) + clause.main(Pair(front))

    def extended(self, text: Pair, chance: float) -> Pair:
        """Add up to two clauses, each with a probability of `chance`."""
        for _ in range(2):
            if not self.chance(chance):
                break
            text = self.longer(text)
        return text

    # Whole sentences.

    def statement(self) -> Pair:
        """A main clause. Often something stands before its verb."""
        time = self.choose("times")
        front = EMPTY
        if time == "past" and self.chance(0.1):
            front = self.when()
        elif self.chance(0.42):
            front = self.draw(f"fronts {time}")
        elif self.chance(0.12):
            front = self.at() + Pair("", ",")
        subject = self.subject(first=not front.german)
        clause = self.clause(subject, time)
        if self.chance(0.18) and clause.after == EMPTY:
            clause = self.with_relative(subject, time) or clause
        return clause.main(front)

    def coordination(self) -> Pair:
        """Two main clauses, or a main clause and its reason."""
        return self.longer(self.statement())

    def reported(self) -> Pair:
        """`Ich glaube, dass ...`."""
        time, front = self.opening(0.3)
        return self.reporting(self.subject(first=not front.german), time, True).main(front)

    def attempt(self) -> Pair:
        """`Ich versuche, ... zu ...`."""
        time, front = self.opening(0.3)
        return self.trying(self.subject(first=not front.german), time).main(front)

    def copula(self) -> Pair:
        """`Das Problem ist sehr schwierig`, `Ich war müde`."""
        time, front = self.opening(0.25, "copula times")
        return self.being(time, first=not front.german).main(front)

    def event(self) -> Pair:
        """What things do."""
        time, front = self.opening(0.25)
        thing, frame = self.thing()
        return self.clause(thing, time, frame=frame).main(front)

    def adverbial(self) -> Pair:
        """`Als ..., ...`: a main clause with an adverbial clause before or after it."""
        german, english, time, tense = CONJUNCTIONS(self.rnd)
        link = Pair(german, english)
        time = time or self.choose("times")
        subject = self.subject()
        sub = self.clause(subject, time, tense, reported=self.chance(0.15)).subordinate()
        if german in ("damit", "sodass") or self.chance(0.5):
            main = self.clause(self.subject(first=True), time).main()
            return self.extended(main + COMMA + link + sub, 0.2)
        clause = self.clause(self.subject(), time)
        if german == "wenn" and self.chance(0.5):
            # Only `dann` tells a condition from a point in time.
            main, link = clause.main(Pair("dann", "then")), Pair("wenn", "if")
        else:
            main = clause.main(inverted=True)
        return self.extended(link + sub + BOTH_COMMAS + main, 0.25)

    def there_is(self) -> Pair:
        """`Es gibt ...`."""
        name = self.choose("things")
        what = self.phrase(name, Case.ACCUSATIVE, self.choose("determiner existing"))
        past = self.chance(0.3)
        gibt = what.agree("gab", "was/were") if past else what.agree("gibt", "is/are")
        if self.chance(0.4):
            return self.at() + Pair("", ", there") + gibt + Pair("es") + what
        about = COMMA + self.about(what) if self.chance(0.5) else EMPTY
        return Pair("es", "there") + gibt + what + about

    def this_is(self) -> Pair:
        """`Das ist der Anfang der Geschichte`, `Das ist die Idee, an der ich gearbeitet habe`."""
        if self.chance(0.35):
            part = self.phrase("part", Case.NOMINATIVE, "determiner part")
            whole = self.phrase("whole", Case.GENITIVE, "determiner whole", OUR)
            ist = Pair("sind", "are") if part.english_plural else Pair("ist", "is")
            return Pair("das", "this") + ist + part + Pair("", "of") + whole
        frame = self.with_gap(self.rnd)
        name = "folk" if frame.slots[0].name == "who" else frame.slots[0].name
        what = self.phrase(name, Case.NOMINATIVE, self.choose("determiner shown"))
        gap = self.gap(frame, what, self.choose("times"))
        ist = what.agree("ist/sind", "this is/these are")
        return Pair("das") + ist + what + COMMA + gap

    def question(self) -> Pair:
        """`Warum ...?`, `Haben Sie jemals ...?`, `Wussten Sie, dass ...?`."""
        choice = self.rnd()
        subject = PRONOUNS[self.choose("pronouns asked")]
        if choice < 0.75:
            word = self.draw("questions") if choice < 0.4 else EMPTY
            if 0.4 <= choice < 0.55:
                clause = self.clause(PRONOUNS["Sie"], "present", tense="ever", plain=True)
            else:
                clause = self.clause(subject, self.choose("times"), plain=True)
            return clause.question(word)
        inner = self.clause(self.subject(), "present").subordinate()
        if choice < 0.88:
            return Pair("was passiert, wenn", "what happens when") + inner
        return Pair("wussten Sie, dass", "did you know that") + inner

    def the_more(self) -> Pair:
        """`A ist wichtiger als B`, `Je länger ..., desto ...`."""
        if self.chance(0.5):
            mode = "determiner compared"
            one = self.phrase(self.choose("things"), Case.NOMINATIVE, mode, OUR)
            two = self.phrase(self.choose("things"), Case.NOMINATIVE, mode, OUR)
            better, much = self.draw("comparatives"), self.draw("comparison degrees")
            ist = one.agree("ist/sind", "is/are") + much
            return one + ist + better + Pair("als", "than") + two
        more = self.draw("more")
        frame = self.with_gap(self.rnd)
        while frame.verb.auxiliary == "sein" or frame.verb.lemma in WORD_LISTS["talk states"]:
            frame = self.with_gap(self.rnd)
        subject = PRONOUNS[self.choose("pronouns compared")]
        clause = self.clause(subject, "present", "present", frame, plain=True).subordinate()
        better = self.draw("comparatives")
        condition = Pair("je", "the") + more + clause
        return condition + Pair(", desto", ", the") + better + Pair("wird es", "it gets")

    def unreal(self) -> Pair:
        """`Wenn ich ... könnte, würde ich ...`."""
        subject = self.subject()
        condition = self.clause(subject, "present", "could", plain=True).subordinate()
        subject = subject if self.chance(0.5) else self.subject()
        result = self.clause(subject, "present", "would").main(inverted=True)
        return Pair("wenn", "if") + condition + BOTH_COMMAS + result

    def cleft(self) -> Pair:
        """`Was mich überrascht, ist, dass ...`."""
        opening = self.draw("clefts")
        subject, time = self.subject(), self.choose("times")
        clause = self.clause(subject, time, reported=self.chance(0.2)).subordinate()
        return opening + Pair(", dass", "that") + clause

    def passive(self) -> Pair:
        """`Die Idee wurde von einem Kollegen abgelehnt`."""
        frame = self.passives(self.rnd)
        what = self.phrase(frame.slots[0].name, Case.NOMINATIVE, "determiner of a passive", OUR)
        by = EMPTY
        if self.chance(0.5):
            by = self.phrase("folk", Case.DATIVE, "mode t", OUR, "von:by")
        front = self.draw("fronts past") if self.chance(0.35) else EMPTY
        verb, rest = frame.english[0].verb, frame.english[0].without_object()
        done = Pair(frame.verb.participle, joined(verb.participle, rest, by.english))
        return Clause(what, WERDEN, BE, "preterite", Pair(by.german) + done).main(front)

    def name(self) -> Pair:
        """A person by name, or a town."""
        subject = NAMES(self.rnd)
        place = self.draw("places")
        choice = self.rnd()
        if choice < 0.3:
            return Pair("das ist", "this is") + subject + Pair("aus", "from") + place
        if choice < 0.5:
            clause = self.clause(PRONOUNS["ich"], "past").main(inverted=True)
            return Pair("in", "in") + place + Pair("", ",") + clause
        return self.clause(subject, "past", plain=True).main()

    def duration(self) -> Pair:
        """`Seit zwei Jahren arbeite ich an ...`: the present in German, the perfect in English."""
        frame = self.with_gap(self.rnd)
        while frame.verb.lemma not in WORD_LISTS["lasting"]:
            frame = self.do(self.rnd)
        subject = PRONOUNS[self.choose("pronouns lasting")]
        filled = self.fill(frame, subject)
        unit = self.phrase("period", Case.DATIVE, "number", MY, "seit:for")
        tense = "lasting state" if frame.verb.lemma == "kennen" else "lasting"
        return filled.clause(tense).main(Pair(unit.german)) + Pair("", unit.english)

    def impersonal(self) -> Pair:
        """`Es ist wichtig, ... zu ...`."""
        predicate = self.draw("predicates es")
        text = Pair("es ist", "it is") + self.draw("degrees") + predicate
        if self.chance(0.6):
            return text + Pair(",", "to") + self.goal(PRONOUNS["wir"])
        clause = self.clause(self.subject(), self.choose("times")).subordinate()
        return text + Pair(", dass", "that") + clause

    def share(self) -> Pair:
        """`37 Prozent der Lehrer ...` and `Mehr als 2.500 Menschen ...`."""
        member = self.member("folk")
        while member.noun.gender == Gender.PLURAL:
            member = self.member("folk")
        if self.chance(0.5):
            number = int(self.rnd() * 98) + 2
            who = self.phrase(member, Case.GENITIVE, "der plural")
            text = Pair(f"{number} Prozent", f"{number} percent of") + who
        else:
            who = self.phrase(member, Case.NOMINATIVE, "bare plural")
            number = int(1 / (self.rnd() + 0.0001)) * 50 + 100
            figure = Pair(f"{number:,}".replace(",", "."), f"{number:,}")
            text = self.draw("about") + figure + who
        subject = Phrase(text.german, text.english, True, True, THEIR)
        return self.clause(subject, self.choose("times")).main()
