"""Sentences of talks: in the first person, with subordinate clauses, tenses and questions."""

from xlt.objectives.translation.embedded.agents import ER, ICH, MAN, NAMES, SHE, SIE, WIR, as_agent
from xlt.objectives.translation.embedded.bilingual import EMPTY, Pair, joined, say
from xlt.objectives.translation.embedded.clauses import UNCOUNTED, Clause, Clauses, middle_of
from xlt.objectives.translation.embedded.draws import mixture, zipf
from xlt.objectives.translation.embedded.frames import MODES
from xlt.objectives.translation.embedded.grammar import MY, OUR, THEIR, agree
from xlt.objectives.translation.embedded.lexicon import ACCUSATIVE, DATIVE, GENITIVE, NOMINATIVE
from xlt.objectives.translation.embedded.words import CHOICES, sections, word_list

STATES = word_list("talk states")
LASTING = word_list("lasting")
MORE = (Pair("länger", "longer"), Pair("mehr", "more"), Pair("öfter", "more often"))
CONJUNCTIONS = zipf(
    [line.split("|") for line in sections("talk_tables")["conjunctions"].split("\n")[:-1]]
)


class Talks(Clauses):
    """Draws sentences of talks."""

    def sentence(self) -> Pair:
        """Draws a German sentence and its English translation."""
        sentence = self.pattern("talk patterns")
        if not sentence.german.endswith("?"):
            sentence = say("{sentence}.", sentence=sentence)
            if self.chance(0.2):
                marker = self.draw("markers")
                if not sentence.german.startswith(("und ", "aber ")):
                    sentence = say("{marker} {sentence}", marker=marker, sentence=sentence)
        german, english = sentence
        return Pair(german[0].upper() + german[1:], english[0].upper() + english[1:])

    # Parts of sentences.

    def front(self, time: str, chance: float) -> Pair:
        """Draws what stands before a main clause, with a probability of `chance`."""
        return self.draw(f"fronts {time}") if self.chance(chance) else EMPTY

    def with_front(self) -> Pair:
        """Draws a main clause. Often something stands before its verb."""
        time = self.choose("times")
        front = EMPTY
        if time == "past" and self.chance(0.1):
            front = self.when()
        elif self.chance(0.42):
            front = self.draw(f"fronts {time}")
        elif self.chance(0.12):
            front = say("{place} = {place},", place=self.at())
        agent = self.agent(first=not front.german)
        clause = self.clause(agent, time)
        if self.chance(0.18) and clause.after == EMPTY:
            clause = self.with_relative(agent, time) or clause
        return clause.main(front)

    def longer(self, text: Pair) -> Pair:
        """Adds a clause to a sentence."""
        agent = self.agent()
        if self.chance(0.35):
            link = self.draw("reasons")
            clause = self.clause(agent, self.choose("times")).subordinate()
            template = "{text}, {link} {clause} = {text} {link} {clause}"
            return say(template, text=text, link=link, clause=clause)
        link = self.draw("links")
        main = self.clause(agent, self.choose("times"), deep=int(self.chance(0.2)))
        # `und deshalb` is a conjunction and the front of its clause.
        conjunction, _, front = link.german.partition(" ")
        link = Pair(conjunction, link.english)
        return say("{text}, {link} {main}", text=text, link=link, main=main.main(Pair(front)))

    def extended(self, text: Pair, chance: float) -> Pair:
        """Adds up to two clauses, each with a probability of `chance`."""
        for _ in range(2):
            if not self.chance(chance):
                break
            text = self.longer(text)
        return text

    # Whole sentences.

    def statement(self) -> Pair:
        return self.extended(self.with_front(), 0.3)

    def coordination(self) -> Pair:
        return self.extended(self.longer(self.with_front()), 0.3)

    def reported(self) -> Pair:
        """`Ich glaube, dass ...`."""
        time = self.choose("times")
        front = self.front(time, 0.3)
        clause = self.reporting(self.agent(first=not front.german), time, 1)
        return self.extended(clause.main(front), 0.22)

    def attempt(self) -> Pair:
        """`Ich versuche, ... zu ...`."""
        time = self.choose("times")
        front = self.front(time, 0.3)
        clause = self.trying(self.agent(first=not front.german), time)
        return self.extended(clause.main(front), 0.3)

    def copula(self) -> Pair:
        """`Das Problem ist sehr schwierig`, `Ich war müde`."""
        time = "past" if self.chance(0.4) else "present"
        front = self.front(time, 0.25)
        clause = self.being(time, first=not front.german)
        return self.extended(clause.main(front), 0.35)

    def event(self) -> Pair:
        """What things do."""
        time = self.choose("times")
        front = self.front(time, 0.25)
        agent, frame = self.thing()
        clause = self.clause(agent, time, frame=frame)
        return self.extended(clause.main(front), 0.35)

    def adverbial(self) -> Pair:
        """`Als ..., ...`: a main clause with an adverbial clause before or after it."""
        german, english, time, tense = CONJUNCTIONS(self.rnd)
        time = time or self.choose("times")
        agent = self.agent()
        sub = self.clause(agent, time, tense, deep=int(self.chance(0.15))).subordinate()
        if german in ("damit", "sodass") or self.chance(0.5):
            main = self.clause(self.agent(first=True), time).main()
            template = f"{{main}}, {german} {{sub}} = {{main}} {english} {{sub}}"
            return self.extended(say(template, main=main, sub=sub), 0.2)
        clause = self.clause(self.agent(), time)
        if german == "wenn" and self.chance(0.5):
            # Only `dann` tells a condition from a point in time.
            main = clause.main(Pair("dann", "then"))
            text = say("wenn {sub}, {main} = if {sub}, {main}", main=main, sub=sub)
        else:
            link = Pair(german, english)
            text = say("{link} {sub}, {main}", link=link, sub=sub, main=clause.inverted())
        return self.extended(text, 0.25)

    def there_is(self) -> Pair:
        """`Es gibt ...`."""
        name = self.choose("things")
        mode = self.pick(("ein", "bare plural", "viel", "einig", "kein", "number", "ein"))
        what = self.phrase(name, ACCUSATIVE, mode)
        past = self.chance(0.3)
        gibt = agree(what, "gab", "was/were") if past else agree(what, "gibt", "is/are")
        text = say("es {gibt} {what} = there {gibt} {what}", gibt=gibt, what=what)
        if self.chance(0.4):
            template = "{where} {gibt} es {what} = {where}, there {gibt} {what}"
            text = say(template, where=self.at(), gibt=gibt, what=what)
        elif self.chance(0.5):
            template = "{text}, {about} = {text} {about}"
            text = say(template, text=text, about=self.about(what))
        return self.extended(text, 0.25)

    def this_is(self) -> Pair:
        """`Das ist der Anfang der Geschichte`, `Das ist die Idee, an der ich gearbeitet habe`."""
        if self.chance(0.35):
            part = self.phrase("part", NOMINATIVE, CHOICES["determiner part"])
            whole = self.phrase("whole", GENITIVE, CHOICES["determiner whole"], OUR)
            ist = Pair("sind", "are") if part.english_plural else Pair("ist", "is")
            template = "das {ist} {part} {whole} = this {ist} {part} of {whole}"
            return say(template, ist=ist, part=part, whole=whole)
        frame = self.with_gap(self.rnd)
        name = "folk" if frame.slots[0].name == "who" else frame.slots[0].name
        mode = self.pick(("der", "ein", "der plural", "der"))
        what = self.phrase(name, NOMINATIVE, mode)
        gap = self.gap(frame, what, self.choose("times"))
        ist = agree(what, "ist/sind", "this is/these are")
        return say("das {ist} {what}, {gap} = {ist} {what} {gap}", ist=ist, what=what, gap=gap)

    def question(self) -> Pair:
        """`Warum ...?`, `Haben Sie jemals ...?`, `Wussten Sie, dass ...?`."""
        choice = self.rnd()
        agent = self.pick((SIE, WIR, ICH, WIR, MAN))
        if choice < 0.4:
            word = self.draw("questions")
            clause = self.clause(agent, self.choose("times"), plain=True)
            return say("{question}?", question=clause.question(word))
        if choice < 0.55:
            clause = self.clause(SIE, "present", tense="ever", plain=True)
            return say("{question}?", question=clause.question())
        if choice < 0.75:
            clause = self.clause(agent, self.choose("times"), plain=True)
            return say("{question}?", question=clause.question())
        inner = self.clause(self.agent(), "present").subordinate()
        if choice < 0.88:
            return say("was passiert, wenn {inner}? = what happens when {inner}?", inner=inner)
        return say("wussten Sie, dass {inner}? = did you know that {inner}?", inner=inner)

    def the_more(self) -> Pair:
        """`A ist wichtiger als B`, `Je länger ..., desto ...`."""
        if self.chance(0.5):
            mode = mixture([(0.6, MODES["td"]), (0.4, MODES["t"])])
            one = self.phrase(self.choose("things"), NOMINATIVE, mode, OUR)
            two = self.phrase(self.choose("things"), NOMINATIVE, mode, OUR)
            better = self.draw("comparatives")
            much = self.pick((Pair("viel", "much"), EMPTY))
            ist = agree(one, "ist/sind", "is/are")
            better = say("{much} {better}", much=much, better=better)
            template = "{one} {ist} {better} als {two} = {one} {ist} {better} than {two}"
            return say(template, one=one, ist=ist, better=better, two=two)
        more = self.pick(MORE)
        frame = self.with_gap(self.rnd)
        while frame.verb.auxiliary == "sein" or frame.verb.lemma in STATES:
            frame = self.with_gap(self.rnd)
        agent = self.pick((ICH, WIR, MAN))
        clause = self.clause(agent, "present", "present", frame, plain=True).subordinate()
        better = self.draw("comparatives")
        condition = say("je {more} {clause} = the {more} {clause}", more=more, clause=clause)
        template = "{condition}, desto {better} wird es = {condition}, the {better} it gets"
        return say(template, condition=condition, better=better)

    def unreal(self) -> Pair:
        """`Wenn ich ... könnte, würde ich ...`."""
        agent = self.agent()
        condition = self.clause(agent, "present", "could", plain=True).subordinate()
        agent = agent if self.chance(0.5) else self.agent()
        result = self.clause(agent, "present", "would").inverted()
        template = "wenn {condition}, {result} = if {condition}, {result}"
        return say(template, condition=condition, result=result)

    def cleft(self) -> Pair:
        """`Was mich überrascht, ist, dass ...`."""
        opening = self.draw("clefts")
        agent, time = self.agent(), self.choose("times")
        clause = self.clause(agent, time, deep=int(self.chance(0.2))).subordinate()
        template = "{opening}, dass {clause} = {opening} that {clause}"
        return self.extended(say(template, opening=opening, clause=clause), 0.2)

    def passive(self) -> Pair:
        """`Die Idee wurde von einem Kollegen abgelehnt`."""
        frame = self.passives(self.rnd)
        mode = mixture([(0.6, MODES["td"]), (0.4, MODES["tn"])])
        what = self.phrase(frame.slots[0].name, NOMINATIVE, mode, OUR)
        by = EMPTY
        if self.chance(0.5):
            who = self.phrase("folk", DATIVE, MODES["t"], OUR, "von")
            by = say("{who} = by {who}", who=who)
        front = self.front("past", 0.35)
        wurde = agree(what, "wurde/wurden", "was/were")
        order = "{what} {wurde}" if front.german in UNCOUNTED else "{wurde} {what}"
        wording = frame.english[0]
        return say(
            f"{{front}} {order} {{by}} {{done}}"
            " = {front} {what} {wurde} {done} {rest} {by}",
            front=front,
            what=what,
            wurde=wurde,
            done=Pair(frame.verb.participle, wording.verb.participle),
            rest=Pair(english=wording.without_object()),
            by=by,
        )

    def name(self) -> Pair:
        """A person by name, or a town."""
        agent = NAMES(self.rnd)
        place = self.draw("places")
        choice = self.rnd()
        if choice < 0.3:
            template = "das ist {name} aus {place} = this is {name} from {place}"
            return say(template, name=agent, place=place)
        if choice < 0.5:
            clause = self.clause(ICH, "past").inverted()
            return say("in {place} {clause} = in {place}, {clause}", place=place, clause=clause)
        return self.clause(agent, "past", plain=True).main()

    def duration(self) -> Pair:
        """`Seit zwei Jahren arbeite ich an ...`: the present in German, the perfect in English."""
        frame = self.with_gap(self.rnd)
        while frame.verb.lemma not in LASTING:
            frame = self.do(self.rnd)
        agent = self.pick((ICH, WIR, ICH, ER, SHE))
        filled = self.filled(agent, frame)
        unit = self.phrase("period", DATIVE, "number", MY, "seit")
        middle = middle_of(agent, filled)
        german = Clause(agent, frame.verb, filled.verb, "present", middle).inverted().german
        have = "has" if agent.english_agreement == 1 else "have"
        known = frame.verb.lemma == "kennen"
        done = filled.verb.participle if known else f"been {filled.verb.ing}"
        english = joined(agent.english, have, done, filled.english, "for", unit.english)
        return Pair(joined(unit.german, german), english)

    def impersonal(self) -> Pair:
        """`Es ist wichtig, ... zu ...`."""
        predicate = self.draw("predicates es")
        predicate = say("{very} {predicate}", very=self.draw("degrees"), predicate=predicate)
        if self.chance(0.6):
            template = "es ist {predicate}, {goal} = it is {predicate} to {goal}"
            return say(template, predicate=predicate, goal=self.goal(WIR))
        clause = self.clause(self.agent(), self.choose("times")).subordinate()
        template = "es ist {predicate}, dass {clause} = it is {predicate} that {clause}"
        return say(template, predicate=predicate, clause=clause)

    def share(self) -> Pair:
        """`37 Prozent der Lehrer ...` and `Mehr als 2.500 Menschen ...`."""
        member = self.member("folk")
        while member.noun.plural_only:
            member = self.member("folk")
        if self.chance(0.5):
            number = int(self.rnd() * 98) + 2
            who = self.phrase(member, GENITIVE, "der plural")
            text = say(f"{number} Prozent {{who}} = {number} percent of {{who}}", who=who)
        else:
            who = self.phrase(member, NOMINATIVE, "bare plural")
            number = int(1 / (self.rnd() + 0.0001)) * 50 + 100
            figure = Pair(f"{number:,}".replace(",", "."), f"{number:,}")
            more = self.pick((Pair("mehr als", "more than"), Pair("fast", "almost"), EMPTY))
            text = say("{more} {figure} {who}", more=more, figure=figure, who=who)
        agent = as_agent(who)._replace(
            german=text.german, english=text.english, agreement=2, english_agreement=2, owner=THEIR
        )
        return self.extended(self.clause(agent, self.choose("times")).main(), 0.2)
