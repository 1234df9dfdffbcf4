"""Captions: who, with what on, does what, where and when."""

from dataclasses import replace

from xlt.objectives.translation.embedded.bilingual import AND, COMMA, EMPTY, Pair, joined, sentence
from xlt.objectives.translation.embedded.draws import Random, zipf
from xlt.objectives.translation.embedded.grammar import ENDINGS, RELATIVE, Grammar
from xlt.objectives.translation.embedded.lexicon import Case, Gender, Lexicon, Member, article
from xlt.objectives.translation.embedded.syntax import THEIR, Clause, Filled, Owner, Phrase
from xlt.objectives.translation.embedded.verbs import Frame, frames
from xlt.objectives.translation.embedded.words import WORD_LISTS, pairs, sections, weights

PROGRESSIVE = 0.75  # the rest is simple present, as captions vary: assumed
UNFIT = {"his": WORD_LISTS["worn by women"], "her": WORD_LISTS["worn by men"]}
GROUPS = pairs(sections("tables")["groups"])
OWN_ACTIONS = {name: share for share, name in weights(sections("choices")["own actions"])}
VEHICLES = ("car", "float")


class Captions(Grammar):
    """Draws captions. The patterns are methods; the docstring of each is an example."""

    def __init__(self, lexicon: Lexicon, rnd: Random) -> None:
        super().__init__(lexicon, rnd)
        by_title = frames("caption_frames")
        self.frames = {title: zipf(section, 2.0) for title, section in by_title.items()}
        self.lively = {f for title in by_title if "action" in title for f in by_title[title]}
        still = [f for f in by_title["action person"] if f.verb.lemma in WORD_LISTS["while seated"]]
        self.seated = zipf([f for f in still if "sport" not in f.tags], 2.0)
        postures = [f for f in by_title["posture person"] if f.verb.lemma != "schlafen"]
        self.postures = zipf(postures, 2.0)
        self.passives = {
            agent: zipf([f for f in by_title[f"action {agent}"] if has_natural_passive(f)], 2.0)
            for agent in ("person", "artisan")
        }

    def sentence(self) -> Pair:
        """Draw a German caption and its English translation."""
        text: Pair = getattr(self, self.choose("caption patterns"))()
        return sentence(text, "" if self.chance(0.03) else ".")

    # Patterns.

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
        german = [place.german, filled.objects, filled.others]
        if self.chance(0.5) and not frame.verb.prefix:
            german = german[1:] + german[:1]
        german = [filled.reflexive, time.german, manner.german, *german]
        english = joined(filled.english, manner.english, place.english, time.english)
        return self.clause(filled, middle=Pair(joined(*german), english)).main()

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

    def fronted(self, front: Pair, filled: Filled, chance: float) -> Pair:
        """Put `front` first; in English with a probability of `chance`."""
        clause = self.clause(filled)
        finite, last, _ = clause.verbs
        start = (front.german, finite, filled.reflexive, filled.subject.german)
        german = joined(*start, filled.objects, filled.others, last)
        english = clause.main().english
        order = (f"{front.english},", english) if self.chance(chance) else (english, front.english)
        return Pair(german, joined(*order))

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
        return one + link + self.clause(second, tense).main()

    def meanwhile(self) -> Pair:
        """`Ein Mann liest, während eine Frau schläft`."""
        text = self.plain()
        other = self.subject(people=True, short=True)
        link = Pair("während", "while")
        if self.chance(0.3):
            clause = other + other.agree("zusieht/zusehen", "watches/watch")
        else:
            filled = self.fill(self.frame(other), other)
            link = link if self.chance(0.85) else Pair("während", "as")
            clause = self.clause(filled).subordinate()
        return Pair(text.german.rstrip(","), text.english) + COMMA + link + clause

    def verbless(self) -> Pair:
        """`Ein Mann, der schläft` and `Zwei Hunde im Schnee`."""
        who = self.subject(plain=True)
        frame = self.frame(who)
        if self.chance(0.35) and frame.tags:
            return who + self.place(frame, always=True)
        filled = self.fill(frame, who)
        return who + COMMA + self.relative(filled, self.place(frame))

    def existential(self) -> Pair:
        """`Hier ist ein Mann zu sehen, der schläft`."""
        who = self.subject(plain=True)
        relative = self.relative(self.fill(self.frame(who), who))
        ist = who.agree("ist/sind", "is/are")
        return Pair("hier", "there") + ist + who + Pair("zu sehen,") + relative

    def relative(self, filled: Filled, place: Pair = EMPTY) -> Pair:
        """Return a relative clause, in English a participle."""
        pronoun = RELATIVE[Case.NOMINATIVE][filled.subject.gender]
        german = joined(filled.reflexive, place.german, filled.objects, filled.others)
        middle = Pair(german, joined(filled.english, place.english))
        return Pair(pronoun) + filled.clause("participle", middle).relative()

    def with_infinitive(self) -> Pair:
        """`Ein Mann versucht, ... zu lesen`."""
        who = self.subject(people=True)
        frame = self.action(who)
        while frame.verb.lemma in WORD_LISTS["caption states"]:
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
            preparing = "preparing to" if self.chance(0.8) else "getting ready to"
            verb = who.agree("bereitet/bereiten", "is/are") + Pair("sich darauf vor", preparing)
        else:
            kin = self.phrase("kin", Case.DATIVE, "own", who.owner)
            verb = who.agree("hilft/helfen", "is helping/are helping") + kin
        return who + verb + COMMA + goal

    def watching(self) -> Pair:
        """`Ein Mann sieht zu, wie ein Kind spielt`."""
        who = self.subject(people=True)
        other = self.subject(short=True)
        while other.kind in VEHICLES:
            other = self.subject(short=True)
        filled = self.fill(self.action(other), other)
        watches = "is watching/are watching" if self.chance(0.75) else "watches/watch"
        verb = who.agree("sieht/sehen", watches)
        clause = self.clause(filled, "participle").subordinate()
        return who + verb + Pair("zu, wie") + clause

    def passive(self) -> Pair:
        """`Ein Zaun wird von einem Mann gestrichen`."""
        who = self.choose("agents")
        frame = self.passives[who](self.rnd)
        agent = self.phrase(who, Case.DATIVE, "mode", before="von:by")
        thing = self.phrase(frame.slots[0].name, Case.NOMINATIVE, self.choose("determiner painted"))
        wording = frame.english[0]
        place = self.place(frame)
        german = joined(place.german, agent.german, frame.words, frame.verb.participle)
        done = joined("being", wording.verb.participle, wording.without_object())
        english = joined(done, agent.english, place.english)
        return thing + thing.agree("wird/werden", "is/are") + Pair(german, english)

    def extended(self) -> Pair:
        """`Ein auf einer Bank sitzender Mann liest`."""
        noun = self.member("person").noun
        (german, *_), (english, _) = noun.forms[0], noun.english[0]
        who = Phrase(german, english, owner=Owner.of(noun))
        sits = self.fill(self.postures(self.rnd), who)
        ein, er = (ENDINGS[name][Case.NOMINATIVE][noun.gender] for name in ("ein", "mixed"))
        participle = f"{sits.frame.verb.lemma}d{er}"
        german = joined(f"ein{ein}", sits.objects, sits.others, participle, german)
        english = joined(article(english), english, sits.verb.ing, sits.english)
        act = self.fill(self.seated(self.rnd), replace(who, german=german, english=english))
        return self.clause(act).main()

    # Subjects.

    def subject(self, people: bool = False, plain: bool = False, short: bool = False) -> Phrase:
        """Draw who a caption is about.

        Args:
            people: Whether it must be people who act.
            plain: Whether no attribute is added. One is drawn nevertheless.
            short: Whether no attribute is drawn.
        """
        kind = self.choose("subjects")
        while people and kind not in OWN_ACTIONS:
            kind = self.choose("subjects")
        human = kind in OWN_ACTIONS
        choice = self.rnd()
        if choice < 0.6 or kind in VEHICLES:
            mode = self.choose("determiner subject")
        elif choice < 0.84:
            mode = "number"
        elif choice < 0.9 and human:
            return self.group(kind)
        elif choice < 0.955 and human:
            one, two = (self.phrase(self.choose("couple"), Case.NOMINATIVE) for _ in range(2))
            text = one + AND + two
            return Phrase(text.german, text.english, True, True, THEIR)
        else:
            mode = self.choose("determiner several")
        name = "crowd" if human and mode != "ein" and self.chance(0.4) else kind
        phrase = self.phrase(name, Case.NOMINATIVE, mode)
        its = phrase.owner.english if human or phrase.plural else "its"
        owner = Owner(phrase.owner.german, its, young=kind in ("child", "infant"))
        who = replace(phrase, owner=owner, kind=kind)
        if not human or short or self.chance(0.52):
            return who
        attribute = self.attribute(who, plain)
        if plain:
            return who
        text = who + attribute
        return replace(who, german=text.german, english=text.english)

    def group(self, kind: str) -> Phrase:
        """Draw `eine Mannschaft` or `eine Gruppe von Kindern`."""
        if self.chance(0.12):
            team = self.phrase("team", Case.NOMINATIVE)
            return replace(team, owner=replace(team.owner, english="their"))
        many = self.phrase("crowd" if self.chance(0.7) else kind, Case.DATIVE, "bare plural")
        text = Pair("eine", "a") + self.pick_early(GROUPS) + Pair("von", "of") + many
        their = Owner("ihr", "their")
        return Phrase(text.german, text.english, owner=their, gender=Gender.FEMININE)

    def attribute(self, who: Phrase, plain: bool) -> Pair:
        """Draw what somebody wears or holds. If `plain`, nothing that stands between commas."""
        many = "bare plural" if who.plural else "ein"
        choice = self.rnd()
        if choice < 0.5:
            name = "top" if self.chance(0.82) else "bottom"
            garment = self.fitting(name, who)
            mode = many if self.chance(0.7) or who.plural else "der"
            cloth = self.phrase(garment, Case.DATIVE, mode, who.owner, "in:in")
            if self.chance(0.22):
                other = "bottom" if self.chance(0.5) and name == "top" else "wear"
                return cloth + AND + self.phrase(other, Case.DATIVE, many)
            return cloth
        if choice < 0.72:
            name = self.choose("accessories")
            name = "wear" if name == "body" and who.kind == "child" else name
            return self.phrase(self.fitting(name, who), Case.DATIVE, many, who.owner, "mit:with")
        if choice < 0.8:
            return Pair("mit", "with") + self.draw("hair") + Pair("Haaren", "hair")
        if choice < 0.9:
            thing = self.phrase("hold", Case.DATIVE, many, before="mit")
            return Pair("", "holding") + thing + Pair("in der Hand")
        if plain:
            return EMPTY
        name = self.pick_early(("top", "wear", "shoes"))
        mode = "bare plural" if who.plural or name == "shoes" else "ein"
        cloth = self.phrase(self.fitting(name, who), Case.ACCUSATIVE, mode)
        relative = Pair(f", {RELATIVE[Case.NOMINATIVE][who.gender]}", "wearing")
        return relative + cloth + who.agree("trägt/tragen") + COMMA

    def fitting(self, name: str, who: Phrase) -> Member:
        """Draw something to wear that goes with the wearer's sex."""
        member = self.member(name)
        while member.noun.lemma in UNFIT.get(who.owner.english, ()):
            member = self.member(name)
        return member

    # Predicates.

    def action(self, who: Phrase) -> Frame:
        """Draw what the subject's class does, or what everybody does."""
        own = who.kind not in OWN_ACTIONS or self.chance(OWN_ACTIONS[who.kind])
        return self.frames[f"action {who.kind if own else 'person'}"](self.rnd)

    def frame(self, who: Phrase) -> Frame:
        """Draw what the subject does, or how it sits, stands or lies."""
        human = who.kind in OWN_ACTIONS
        if who.kind in VEHICLES or not self.chance(0.27 if human else 0.3):
            return self.action(who)
        return self.frames[f"posture {'person' if human else who.kind}"](self.rnd)

    def clause(self, filled: Filled, tense: str = "", middle: Pair | None = None) -> Clause:
        """Return a clause. Without a tense, it is drawn: most are progressive, as in captions."""
        if not tense:
            progressive = filled.verb.base != "be" and self.chance(PROGRESSIVE)
            tense = "progressive" if progressive else "present"
        return filled.clause(tense, middle)

    def place(self, frame: Frame, always: bool = False) -> Pair:
        """Draw a place that goes with the frame, or none."""
        if not always and (not frame.tags or self.chance(0.5)):
            return EMPTY
        if self.chance(0.14):
            nearby = self.draw("nearby")
            name, mode = self.pick_early(("building", "plant", "vehicle")), self.choose("mode")
            preposition = f"{nearby.german}:{nearby.english}"
            return self.phrase(name, Case.DATIVE, mode, before=preposition)
        member = self.member(self.pick(frame.tags or ("urban", "nature")))
        return self.phrase(member, Case.DATIVE, "determiner place", before=member.preposition)

    def time(self) -> Pair:
        """Draw a time."""
        if self.chance(0.6):
            return self.phrase("day", Case.DATIVE, "ein", before="an:on")
        return self.draw("times")


def has_natural_passive(frame: Frame) -> bool:
    """Whether a passive of a frame sounds natural: the object is nobody's own."""
    if not frame.has_passive or frame.verb.lemma in WORD_LISTS["caption states"]:
        return False
    return "P" not in frame.slots[0].flags and "{P}" not in frame.english[0].rest
