"""Captions: who, with what on, does what, where and when."""

from xlt.objectives.translation.embedded.bilingual import EMPTY, Pair, joined, say
from xlt.objectives.translation.embedded.frames import MODES
from xlt.objectives.translation.embedded.grammar import HIS, RELATIVE, Filled, agree, owner_of
from xlt.objectives.translation.embedded.lexicon import DATIVE, NOMINATIVE, article
from xlt.objectives.translation.embedded.scenes import (
    PROGRESSIVE,
    STATES,
    VEHICLES,
    Scenes,
    Subject,
    reflexive,
)


class Captions(Scenes):
    """Draws captions."""

    def sentence(self) -> Pair:
        """Draws a German caption and its English translation."""
        german, english = self.pattern("caption patterns")
        end = "" if self.chance(0.03) else "."
        return Pair(german[0].upper() + german[1:] + end, english[0].upper() + english[1:] + end)

    def plain(self) -> Pair:
        """`Ein Mann im Anzug sitzt auf einer Bank`."""
        who = self.subject()
        return say("{who} {predicate}", who=who.whole, predicate=self.predicate(who))

    def fronted(self, front: Pair, who: Subject, filled: Filled, chance: float) -> Pair:
        """A caption that begins with `front`; in English with a probability of `chance`."""
        german = joined(front.german, self.main(filled, who, who.whole.german))
        english = joined(who.whole.english, self.english(filled, who))
        if self.chance(chance):
            return Pair(german, f"{front.english}, {english}")
        return Pair(german, f"{english} {front.english}")

    def place_first(self) -> Pair:
        """`Auf einer Bank sitzt ein Mann`."""
        who = self.subject()
        frame = self.frame(who)
        while not frame.tags:
            who = self.subject()
            frame = self.frame(who)
        place = self.place(frame, always=True)
        return self.fronted(place, who, self.fill(frame, who.owner), 0.8)

    def time_first(self) -> Pair:
        """`Am Abend sitzt ein Mann auf einer Bank`."""
        who = self.subject()
        filled = self.fill(self.frame(who), who.owner)
        return self.fronted(self.time(), who, filled, 0.7)

    def coordinated(self) -> Pair:
        """`Ein Mann sitzt auf einer Bank und liest`."""
        who = self.subject(people=True)
        first = self.fill(self.postures(self.rnd), who.owner)
        second = self.fill(self.seated(self.rnd), who.owner)
        progressive = self.chance(PROGRESSIVE)
        one = Pair(self.main(first, who), self.english(first, who, progressive))
        if self.chance(0.25):
            form = second.verb.ing
        else:
            form = second.verb.base if who.english_plural else second.verb.third
            form = f"and {second.verb.ing if progressive else form}"
        two = Pair(self.main(second, who), joined(form, second.english))
        return say("{who} {one} und {two} = {who} {one} {two}", who=who.whole, one=one, two=two)

    def meanwhile(self) -> Pair:
        """`Ein Mann liest, während eine Frau schläft`."""
        text = self.plain()
        text = text._replace(german=text.german.rstrip(","))
        other = self.subject(people=True, short=True)
        if self.chance(0.3):
            clause = agree(other, "zusieht/zusehen", "watches/watch")
            link = "while"
        else:
            filled = self.fill(self.frame(other), other.owner)
            link = "while" if self.chance(0.85) else "as"
            clause = Pair(self.subordinate(filled, other), self.english(filled, other))
        template = f"{{text}}, während {{other}} {{clause}} = {{text}} {link} {{other}} {{clause}}"
        return say(template, text=text, other=other, clause=clause)

    def verbless(self) -> Pair:
        """`Ein Mann, der schläft` and `Zwei Hunde im Schnee`."""
        who = self.subject(plain=True)
        frame = self.frame(who)
        if self.chance(0.35) and frame.tags:
            return say("{who} {place}", who=who, place=self.place(frame, always=True))
        filled = self.fill(frame, who.owner)
        place = self.place(frame)
        relative = self.relative(filled, who, place)
        return say("{who}, {relative} = {who} {relative}", who=who, relative=relative)

    def relative(self, filled: Filled, who: Subject, place: Pair = EMPTY) -> Pair:
        """A relative clause, in English a participle."""
        pronoun = RELATIVE[NOMINATIVE][who.gender]
        doing = filled.verb.ing if filled.verb.base != "be" else ""
        return Pair(
            f"{pronoun} {self.subordinate(filled, who, place.german)}",
            joined(doing, filled.english, place.english),
        )

    def with_infinitive(self) -> Pair:
        """`versucht, ... zu`, `ist dabei, ... zu`, `hilft ..., ... zu`."""
        who = self.subject(people=True)
        frame = self.action(who)
        while frame.verb.lemma in STATES:
            frame = self.action(who)
        act = self.fill(frame, who.owner)
        goal = Pair(act.infinitive(reflexive(act.frame)), joined(act.verb.base, act.english))
        choice = self.rnd()
        if choice < 0.45:
            verb = agree(who, "versucht/versuchen", "is trying to/are trying to")
        elif choice < 0.6:
            verb = agree(who, "ist dabei/sind dabei", "is in the middle of/are in the middle of")
            goal = Pair(goal.german, joined(act.verb.ing, act.english))
        elif choice < 0.8:
            be = agree(who, "bereitet/bereiten", "is/are")
            ready = "preparing" if self.chance(0.8) else "getting ready"
            verb = say(f"{{be}} sich darauf vor = {{be}} {ready} to", be=be)
        else:
            kin = self.phrase("kin", DATIVE, "own", who.owner)
            hilft = agree(who, "hilft/helfen", "is helping/are helping")
            verb = say("{hilft} {kin}", hilft=hilft, kin=kin)
        template = "{who} {verb}, {goal} = {who} {verb} {goal}"
        return say(template, who=who.whole, verb=verb, goal=goal)

    def watching(self) -> Pair:
        """`sieht zu, wie ...`."""
        who = self.subject(people=True)
        other = self.subject(short=True)
        while other.kind in VEHICLES:
            other = self.subject(short=True)
        filled = self.fill(self.action(other), other.owner)
        watches = "is watching/are watching" if self.chance(0.75) else "watches/watch"
        verb = agree(who, "sieht/sehen", watches)
        clause = Pair(self.subordinate(filled, other), joined(filled.verb.ing, filled.english))
        template = "{who} {verb} zu, wie {other} {clause} = {who} {verb} {other} {clause}"
        return say(template, who=who.whole, verb=verb, other=other, clause=clause)

    def passive(self) -> Pair:
        """`Ein Zaun wird von einem Mann gestrichen`."""
        who = "person" if self.chance(0.5) else "artisan"
        frame = self.passives[who](self.rnd)
        agent = self.phrase(who, DATIVE, MODES[""], HIS, "von")
        mode = MODES["+" if self.chance(0.3) else ""](self.rnd)
        thing = self.phrase(frame.slots[0].name, NOMINATIVE, mode)
        wording = frame.english[0]
        return say(
            "{thing} {wird} {place} {agent} {rest} {done}"
            " = {thing} {wird} being {done} {rest} by {agent} {place}",
            thing=thing,
            wird=agree(thing, "wird/werden", "is/are"),
            place=self.place(frame),
            agent=agent,
            rest=Pair(joined(*frame.words), wording.without_object()),
            done=Pair(frame.verb.participle, wording.verb.participle),
        )

    def extended(self) -> Pair:
        """`Ein auf einer Bank sitzender Mann ...`."""
        noun = self.member("person").noun
        frame = self.postures(self.rnd)
        owner = owner_of(noun)
        filled = self.fill(frame, owner)
        ein = ("ein", "eine", "ein")[noun.gender]
        participle = frame.verb.lemma + "d" + ("er", "e", "es")[noun.gender]
        german = joined(ein, filled.objects, filled.others, participle, noun.forms[0][0])
        english = noun.english[0][0]
        english = joined(article(english), english, filled.verb.ing, filled.english)
        who = Subject(german, english, False, False, noun.gender, owner)
        act = self.fill(self.seated(self.rnd), owner)
        return Pair(joined(german, self.main(act, who)), joined(english, self.english(act, who)))

    def existential(self) -> Pair:
        """`Hier ist ... zu sehen`."""
        who = self.subject(plain=True)
        filled = self.fill(self.frame(who), who.owner)
        relative = self.relative(filled, who)
        ist = agree(who, "ist/sind", "is/are")
        template = "hier {ist} {who} zu sehen, {relative} = there {ist} {who} {relative}"
        return say(template, ist=ist, who=who, relative=relative)
