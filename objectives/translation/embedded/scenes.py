"""Parts of captions: somebody and what they wear, a clause, a place and a time."""

from dataclasses import replace

from xlt.objectives.translation.embedded.draws import Random, zipf
from xlt.objectives.translation.embedded.frames import Frame, frames
from xlt.objectives.translation.embedded.grammar import RELATIVE, Grammar
from xlt.objectives.translation.embedded.lexicon import (
    ACCUSATIVE,
    DATIVE,
    FEMININE,
    NOMINATIVE,
    Lexicon,
    Member,
)
from xlt.objectives.translation.embedded.syntax import (
    HIS,
    THEIR,
    Clause,
    Filled,
    Owner,
    Subject,
    owner_of,
    subject_of,
)
from xlt.objectives.translation.embedded.words import (
    EMPTY,
    Pair,
    joined,
    say,
    sections,
    weights,
    word_list,
)

PROGRESSIVE = 0.75  # the rest is simple present, as captions vary: assumed
UNFIT = {"his": word_list("worn by women"), "her": word_list("worn by men")}
WHILE_SEATED = word_list("while seated")
STATES = word_list("caption states")
OWN_ACTIONS = {name: share for share, name in weights(sections("choices")["own actions"])}
VEHICLES = ("car", "float")


class Scenes(Grammar):
    """Draws the parts of captions."""

    def __init__(self, lexicon: Lexicon, rnd: Random) -> None:
        super().__init__(lexicon, rnd)
        found = frames("caption_frames")
        self.frames = {name: zipf(lines, 2.0) for name, lines in found.items()}
        self.lively = frozenset(f for name, fs in found.items() if "action" in name for f in fs)
        still = [f for f in found["action person"] if f.verb.lemma in WHILE_SEATED]
        self.seated = zipf([f for f in still if "sport" not in f.tags], 2.0)
        postures = [f for f in found["posture person"] if f.verb.lemma != "schlafen"]
        self.postures = zipf(postures, 2.0)
        self.passives = {
            agent: zipf([f for f in found[f"action {agent}"] if has_natural_passive(f)], 2.0)
            for agent in ("person", "artisan")
        }

    # Subjects.

    def subject(self, people: bool = False, plain: bool = False, short: bool = False) -> Subject:
        """Draws who a caption is about.

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
            return self.two()
        else:
            mode = self.choose("determiner several")
        name = "crowd" if human and mode != "ein" and self.chance(0.4) else kind
        phrase = self.phrase(name, NOMINATIVE, mode)
        owner = owner_of(phrase.noun, phrase.plural)
        if not human and not phrase.plural:
            owner = replace(owner, english="its")
        owner = replace(owner, young=kind in ("child", "infant"))
        who = replace(subject_of(phrase, owner), kind=kind)
        if not human or short or self.chance(0.52):
            return who
        attribute = self.attribute(who, plain)
        if plain:
            return who
        german = f"{who.german} {attribute.german}".replace(" ,", ",").strip()
        return replace(who, german=german, english=joined(who.english, attribute.english))

    def group(self, kind: str) -> Subject:
        """Draws `eine Mannschaft` or `eine Gruppe von Kindern`."""
        if self.chance(0.12):
            team = self.phrase("team", NOMINATIVE)
            return subject_of(team, replace(owner_of(team.noun), english="their"))
        many = self.phrase("crowd" if self.chance(0.7) else kind, DATIVE, "bare plural")
        group = self.draw("groups")
        text = say("eine {group} von {many} = a {group} of {many}", group=group, many=many)
        owner = Owner("ihr", "their")
        return Subject(text.german, text.english, gender=FEMININE, owner=owner)

    def two(self) -> Subject:
        """Draws `ein Mann und eine Frau`."""
        one = self.phrase("person" if self.chance(0.85) else "dog", NOMINATIVE)
        two = self.phrase("person" if self.chance(0.85) else "dog", NOMINATIVE)
        text = say("{one} und {two} = {one} and {two}", one=one, two=two)
        return Subject(text.german, text.english, plural=True, english_plural=True, owner=THEIR)

    def attribute(self, who: Subject, plain: bool) -> Pair:
        """Draws what somebody wears or holds. If `plain`, nothing that stands between commas."""
        many = "bare plural" if who.plural else "ein"
        choice = self.rnd()
        if choice < 0.5:
            name = "top" if self.chance(0.82) else "bottom"
            garment = self.fitting(name, who)
            mode = many if self.chance(0.7) or who.plural else "der"
            cloth = self.phrase(garment, DATIVE, mode, who.owner, "in")
            text = say("{cloth} = in {cloth}", cloth=cloth)
            if self.chance(0.22):
                other = "bottom" if self.chance(0.5) and name == "top" else "wear"
                more = self.phrase(other, DATIVE, many)
                text = say("{text} und {more} = {text} and {more}", text=text, more=more)
            return text
        if choice < 0.72:
            name = self.choose("accessories")
            name = "wear" if name == "body" and who.kind == "child" else name
            thing = self.phrase(self.fitting(name, who), DATIVE, many, who.owner, "mit")
            return say("{thing} = with {thing}", thing=thing)
        if choice < 0.8:
            return say("mit {hair} Haaren = with {hair} hair", hair=self.draw("hair"))
        if choice < 0.9:
            thing = self.phrase("hold", DATIVE, many, HIS, "mit")
            return say("{thing} in der Hand = holding {thing}", thing=thing)
        if plain:
            return EMPTY
        name = self.pick_early(("top", "wear", "shoes"))
        mode = "bare plural" if who.plural or name == "shoes" else "ein"
        cloth = self.phrase(self.fitting(name, who), ACCUSATIVE, mode)
        relative = Pair(RELATIVE[NOMINATIVE][who.gender], "wearing")
        verb = who.agree("trägt/tragen")
        template = ", {relative} {cloth} {verb}, = {relative} {cloth}"
        return say(template, relative=relative, cloth=cloth, verb=verb)

    def fitting(self, name: str, who: Subject) -> Member:
        """Draws something to wear that goes with the wearer's sex."""
        member = self.member(name)
        while member.noun.lemma in UNFIT.get(who.owner.english, ()):
            member = self.member(name)
        return member

    # Predicates.

    def action(self, who: Subject) -> Frame:
        """Draws what the subject's class does, or what everybody does."""
        own = who.kind not in OWN_ACTIONS or self.chance(OWN_ACTIONS[who.kind])
        return self.frames[f"action {who.kind if own else 'person'}"](self.rnd)

    def frame(self, who: Subject) -> Frame:
        """Draws what the subject does, or how it sits, stands or lies."""
        human = who.kind in OWN_ACTIONS
        if who.kind in VEHICLES or not self.chance(0.27 if human else 0.3):
            return self.action(who)
        return self.frames[f"posture {'person' if human else who.kind}"](self.rnd)

    def clause(
        self,
        filled: Filled,
        tense: str = "",
        place: Pair = EMPTY,
        manner: Pair = EMPTY,
        time: Pair = EMPTY,
        late: bool = False,
    ) -> Clause:
        """Returns a clause.

        Args:
            filled: The verb with its subject and complements.
            tense: The tense. If empty, it is drawn. Most are progressive, as in captions.
            place: Where it happens.
            manner: How it happens.
            time: When it happens.
            late: Whether the German place stands after the complements, if the verb has no prefix.
        """
        if not tense:
            progressive = filled.verb.base != "be" and self.chance(PROGRESSIVE)
            tense = "progressive" if progressive else "present"
        german = [place.german, filled.objects, filled.others]
        if late and not filled.frame.verb.prefix:
            german = german[1:] + german[:1]
        start = (filled.reflexive, time.german, manner.german)
        english = joined(filled.english, manner.english, place.english, time.english)
        return filled.clause(tense, Pair(joined(*start, *german), english))

    def place(self, frame: Frame, always: bool = False) -> Pair:
        """Draws a place that goes with the frame, or none."""
        if not always and (not frame.tags or self.chance(0.5)):
            return EMPTY
        if self.chance(0.14):
            nearby = self.draw("nearby")
            name = self.pick_early(("building", "plant", "vehicle"))
            what = self.phrase(name, DATIVE, self.choose("mode"), HIS, nearby.german)
            return Pair(what.german, f"{nearby.english} {what.english}")
        name = self.pick(frame.tags or ("urban", "nature"))
        return self.located(name, "determiner caption place")

    def time(self) -> Pair:
        """Draws a time."""
        if self.chance(0.6):
            return say("{day} = on {day}", day=self.phrase("day", DATIVE, "ein", HIS, "an"))
        return self.draw("times")


def has_natural_passive(frame: Frame) -> bool:
    """Whether a passive of a frame sounds natural: the object is nobody's own."""
    return (
        frame.has_passive
        and "P" not in frame.slots[0].flags
        and frame.verb.lemma not in STATES
        and "{P}" not in frame.english[0].rest
    )
