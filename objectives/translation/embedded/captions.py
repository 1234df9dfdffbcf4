"""Captions: who, with what on, does what, where and when."""

from dataclasses import replace

from xlt.objectives.translation.embedded.grammar import ENDINGS, RELATIVE
from xlt.objectives.translation.embedded.lexicon import DATIVE, NOMINATIVE, article
from xlt.objectives.translation.embedded.scenes import PROGRESSIVE, STATES, VEHICLES, Scenes
from xlt.objectives.translation.embedded.syntax import Filled, Subject, owner_of
from xlt.objectives.translation.embedded.words import EMPTY, Pair, capitalized, joined, say


class Captions(Scenes):
    """Draws captions. A method per pattern, with an example of it."""

    def sentence(self) -> Pair:
        """Draws a German caption and its English translation."""
        text = self.pattern("caption patterns")
        end = Pair() if self.chance(0.03) else Pair(".", ".")
        return capitalized(Pair(text.german + end.german, text.english + end.english))

    def plain(self) -> Pair:
        """`Ein Mann im Anzug sitzt auf einer Bank`."""
        who = self.subject()
        frame = self.frame(who)
        filled = self.fill(frame, who)
        alone = not frame.items and bool(frame.tags)  # too short without a place
        place = self.place(frame, always=alone)
        time = self.time() if self.chance(0.07) else EMPTY
        manner = EMPTY
        if self.chance(0.12) and frame in self.lively and who.kind not in VEHICLES:
            manner = self.draw("manner")
            if manner.german.endswith("*"):
                manner = Pair(manner.german[:-1], manner.english) if who.plural else EMPTY
        late = self.chance(0.5)
        return self.clause(filled, "", place, manner, time, late).main()

    def fronted(self, front: Pair, filled: Filled, chance: float) -> Pair:
        """A caption that begins with `front`; in English with a probability of `chance`."""
        who, clause = filled.subject, self.clause(filled)
        finite, last, _ = clause.verbs
        start = (front.german, finite, filled.reflexive, who.german)
        german = joined(*start, filled.objects, filled.others, last)
        english = clause.main().english
        first = self.chance(chance)
        return Pair(
            german, f"{front.english}, {english}" if first else f"{english} {front.english}"
        )

    def place_first(self) -> Pair:
        """`Auf einer Bank sitzt ein Mann`."""
        who = self.subject()
        frame = self.frame(who)
        while not frame.tags:
            who = self.subject()
            frame = self.frame(who)
        place = self.place(frame, always=True)
        return self.fronted(place, self.fill(frame, who), 0.8)

    def time_first(self) -> Pair:
        """`Am Abend sitzt ein Mann auf einer Bank`."""
        who = self.subject()
        filled = self.fill(self.frame(who), who)
        return self.fronted(self.time(), filled, 0.7)

    def coordinated(self) -> Pair:
        """`Ein Mann sitzt auf einer Bank und liest`."""
        who = self.subject(people=True)
        first = self.fill(self.postures(self.rnd), who)
        second = self.fill(self.seated(self.rnd), replace(who, german="", english=""))
        tense = "progressive" if self.chance(PROGRESSIVE) else "present"
        link = Pair("und", "" if self.chance(0.25) else "and")
        one = self.clause(first, tense).main()
        if tense == "progressive" or not link.english:
            tense = "participle"
        two = self.clause(second, tense).main()
        return say("{one} {link} {two}", one=one, link=link, two=two)

    def meanwhile(self) -> Pair:
        """`Ein Mann liest, während eine Frau schläft`."""
        text = self.plain()
        text = replace(text, german=text.german.rstrip(","))
        other = self.subject(people=True, short=True)
        link = Pair("während", "while")
        if self.chance(0.3):
            verb = other.agree("zusieht/zusehen", "watches/watch")
            clause = say("{other} {verb}", other=other, verb=verb)
        else:
            filled = self.fill(self.frame(other), other)
            link = link if self.chance(0.85) else Pair("während", "as")
            clause = self.clause(filled).subordinate()
        template = "{text}, {link} {clause} = {text} {link} {clause}"
        return say(template, text=text, link=link, clause=clause)

    def verbless(self) -> Pair:
        """`Ein Mann, der schläft` and `Zwei Hunde im Schnee`."""
        who = self.subject(plain=True)
        frame = self.frame(who)
        if self.chance(0.35) and frame.tags:
            return say("{who} {place}", who=who, place=self.place(frame, always=True))
        filled = self.fill(frame, who)
        relative = self.relative(filled, self.place(frame))
        return say("{who}, {relative} = {who} {relative}", who=who, relative=relative)

    def existential(self) -> Pair:
        """`Hier ist ... zu sehen`."""
        who = self.subject(plain=True)
        relative = self.relative(self.fill(self.frame(who), who))
        ist = who.agree("ist/sind", "is/are")
        template = "hier {ist} {who} zu sehen, {relative} = there {ist} {who} {relative}"
        return say(template, ist=ist, who=who, relative=relative)

    def relative(self, filled: Filled, place: Pair = EMPTY) -> Pair:
        """A relative clause, in English a participle."""
        pronoun = Pair(RELATIVE[NOMINATIVE][filled.subject.gender])
        clause = self.clause(filled, "participle", place).relative()
        return say("{pronoun} {clause}", pronoun=pronoun, clause=clause)

    def with_infinitive(self) -> Pair:
        """`versucht, ... zu`, `ist dabei, ... zu`, `hilft ..., ... zu`."""
        who = self.subject(people=True)
        frame = self.action(who)
        while frame.verb.lemma in STATES:
            frame = self.action(who)
        act = self.fill(frame, who)
        goal = act.infinitive()
        choice = self.rnd()
        if choice < 0.45:
            verb = who.agree("versucht/versuchen", "is trying to/are trying to")
        elif choice < 0.6:
            verb = who.agree("ist dabei/sind dabei", "is in the middle of/are in the middle of")
            goal = Pair(goal.german, joined(act.verb.ing, act.english))
        elif choice < 0.8:
            be = who.agree("bereitet/bereiten", "is/are")
            ready = "preparing" if self.chance(0.8) else "getting ready"
            verb = say(f"{{be}} sich darauf vor = {{be}} {ready} to", be=be)
        else:
            kin = self.phrase("kin", DATIVE, "own", who.owner)
            hilft = who.agree("hilft/helfen", "is helping/are helping")
            verb = say("{hilft} {kin}", hilft=hilft, kin=kin)
        return say("{who} {verb}, {goal} = {who} {verb} {goal}", who=who, verb=verb, goal=goal)

    def watching(self) -> Pair:
        """`sieht zu, wie ...`."""
        who = self.subject(people=True)
        other = self.subject(short=True)
        while other.kind in VEHICLES:
            other = self.subject(short=True)
        filled = self.fill(self.action(other), other)
        watches = "is watching/are watching" if self.chance(0.75) else "watches/watch"
        verb = who.agree("sieht/sehen", watches)
        clause = self.clause(filled, "participle").subordinate()
        template = "{who} {verb} zu, wie {clause} = {who} {verb} {clause}"
        return say(template, who=who, verb=verb, clause=clause)

    def passive(self) -> Pair:
        """`Ein Zaun wird von einem Mann gestrichen`."""
        who = self.choose("agents")
        frame = self.passives[who](self.rnd)
        agent = self.phrase(who, DATIVE, "mode", preposition="von")
        thing = self.phrase(frame.slots[0].name, NOMINATIVE, self.choose("determiner painted"))
        wording = frame.english[0]
        return say(
            "{thing} {wird} {place} {agent} {rest} {done}"
            " = {thing} {wird} being {done} {rest} by {agent} {place}",
            thing=thing,
            wird=thing.agree("wird/werden", "is/are"),
            place=self.place(frame),
            agent=agent,
            rest=Pair(frame.words, wording.without_object()),
            done=Pair(frame.verb.participle, wording.verb.participle),
        )

    def extended(self) -> Pair:
        """`Ein auf einer Bank sitzender Mann ...`."""
        noun = self.member("person").noun
        who = Subject(
            noun.forms[0][0], noun.english[0][0], gender=noun.gender, owner=owner_of(noun)
        )
        sits = self.fill(self.postures(self.rnd), who)
        ein, ending = (ENDINGS[name][NOMINATIVE][noun.gender] for name in ("ein", "mixed"))
        participle = f"{sits.frame.verb.lemma}d{ending}"
        german = joined(f"ein{ein}", sits.objects, sits.others, participle, who.german)
        english = joined(article(who.english), who.english, sits.verb.ing, sits.english)
        act = self.fill(self.seated(self.rnd), replace(who, german=german, english=english))
        return self.clause(act).main()
