"""Parts of captions: somebody and what they wear, a predicate, a place and a time."""

from typing import NamedTuple

from xlt.objectives.translation.embedded.bilingual import EMPTY, Pair, joined, say
from xlt.objectives.translation.embedded.draws import Random, zipf
from xlt.objectives.translation.embedded.frames import MODES, Frame, frames
from xlt.objectives.translation.embedded.grammar import (
    HIS,
    RELATIVE,
    THEIR,
    Filled,
    Grammar,
    Owner,
    agree,
    owner_of,
)
from xlt.objectives.translation.embedded.lexicon import (
    ACCUSATIVE,
    DATIVE,
    FEMININE,
    NOMINATIVE,
    PLURAL,
    Lexicon,
    Member,
)
from xlt.objectives.translation.embedded.words import CHOICES, sections, weights, word_list

PROGRESSIVE = 0.75  # the rest is simple present, as captions vary: assumed
WORN_BY_WOMEN = word_list("worn by women")
WORN_BY_MEN = word_list("worn by men")
WHILE_SEATED = word_list("while seated")
STATES = word_list("caption states")

GROUPS = (Pair("Gruppe", "group"), Pair("Menge", "crowd"), Pair("Reihe", "row"))
OWN_ACTIONS = {name: share for share, name in weights(sections("choices")["own actions"])}
HUMAN = tuple(OWN_ACTIONS)
VEHICLES = ("car", "float")


class Subject(NamedTuple):
    """Who a caption is about."""

    german: str
    english: str
    plural: bool
    english_plural: bool
    gender: int  # of the relative pronoun
    owner: Owner
    kind: str = "adult"  # its class of frames
    after: Pair = EMPTY  # an attribute; German may begin and end with a comma

    @property
    def whole(self) -> Pair:
        """The subject with its attribute."""
        blank = "" if self.after.german.startswith(",") else " "
        german = f"{self.german}{blank}{self.after.german}".strip()
        return Pair(german, joined(self.english, self.after.english))


class Scenes(Grammar):
    """Draws the parts of captions."""

    def __init__(self, lexicon: Lexicon, rnd: Random) -> None:
        super().__init__(lexicon, rnd)
        found = frames("caption_frames")
        self.frames = {name: zipf(lines, 2.0) for name, lines in found.items()}
        self.lively = frozenset(f for name, fs in found.items() if "action" in name for f in fs)
        still = [f for f in found["action person"] if f.verb.lemma in WHILE_SEATED]
        self.seated = zipf([f for f in still if "sport" not in f.tags], 2.0)
        self.postures = zipf(
            [f for f in found["posture person"] if f.verb.lemma != "schlafen"], 2.0
        )
        self.passives = {
            agent: zipf([f for f in found[f"action {agent}"] if passive(f)], 2.0)
            for agent in ("person", "artisan")
        }

    # Subjects.

    def subject(self, people: bool = False, plain: bool = False, short: bool = False) -> Subject:
        """Draws who a caption is about.

        Args:
            people: Whether it must be people who act.
            plain: Whether attributes between commas are left out.
            short: Whether all attributes are left out.
        """
        kind = self.choose("subjects")
        while people and kind not in HUMAN:
            kind = self.choose("subjects")
        human = kind in HUMAN
        choice = self.rnd()
        if choice < 0.6 or kind in VEHICLES:
            mode = "ein" if self.chance(0.88) else "der"
        elif choice < 0.84:
            mode = "number"
        elif choice < 0.9 and human:
            return self.group(kind)
        elif choice < 0.955 and human:
            return self.two()
        else:
            mode = self.pick(("mehrer", "einig", "viel", "bare plural"))
        name = "crowd" if human and mode != "ein" and self.chance(0.4) else kind
        phrase = self.phrase(name, NOMINATIVE, mode)
        if human or phrase.plural:
            owner = owner_of(phrase.noun, phrase.plural)
            owner = owner._replace(young=kind in ("child", "infant"))
        else:
            german = "ihr" if phrase.noun.gender == FEMININE else "sein"
            owner = Owner(german, "its", young=kind == "infant")
        who = Subject(*phrase[:4], phrase.gender, owner, kind)
        if not human or short or self.chance(0.52):
            return who
        return who._replace(after=self.attribute(who, plain))

    def group(self, kind: str) -> Subject:
        """`Eine Mannschaft`, `eine Gruppe von Kindern`."""
        if self.chance(0.12):
            team = self.phrase("team", NOMINATIVE)
            owner = Owner(owner_of(team.noun).german, "their")
            return Subject(team.german, team.english, False, False, team.noun.gender, owner)
        name = "crowd" if self.chance(0.7) else kind
        many = self.phrase(name, DATIVE, "bare plural")
        group = self.pick_early(GROUPS)
        text = say("eine {group} von {many} = a {group} of {many}", group=group, many=many)
        return Subject(*text, False, False, FEMININE, Owner("ihr", "their"))

    def two(self) -> Subject:
        """`Ein Mann und eine Frau`."""
        one = self.phrase("person" if self.chance(0.85) else "dog", NOMINATIVE)
        two = self.phrase("person" if self.chance(0.85) else "dog", NOMINATIVE)
        text = say("{one} und {two} = {one} and {two}", one=one, two=two)
        return Subject(*text, True, True, PLURAL, THEIR)

    def attribute(self, who: Subject, plain: bool) -> Pair:
        """Draws what somebody wears or holds. `plain` is explained at `subject`."""
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
            name = self.pick(("wear", "wear", "carry", "hold", "body"))
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
        verb = agree(who, "trägt/tragen")
        template = ", {relative} {cloth} {verb}, = {relative} {cloth}"
        return say(template, relative=relative, cloth=cloth, verb=verb)

    def fitting(self, name: str, who: Subject) -> Member:
        """Draws something to wear that goes with the wearer's sex."""
        unfit = {"his": WORN_BY_WOMEN, "her": WORN_BY_MEN}.get(who.owner.english, ())
        member = self.member(name)
        while member.noun.lemma in unfit:
            member = self.member(name)
        return member

    # Predicates.

    def action(self, who: Subject) -> Frame:
        """Draws what the subject's class does, or what everybody does."""
        own = who.kind not in HUMAN or self.chance(OWN_ACTIONS[who.kind])
        return self.frames[f"action {who.kind if own else 'person'}"](self.rnd)

    def frame(self, who: Subject) -> Frame:
        """Draws what the subject does, or how it sits, stands or lies."""
        if who.kind in VEHICLES or not self.chance(0.27 if who.kind in HUMAN else 0.3):
            return self.action(who)
        kind = "person" if who.kind in HUMAN else who.kind
        return self.frames[f"posture {kind}"](self.rnd)

    def predicate(self, who: Subject) -> Pair:
        """Draws a verb with its complements, place, time and manner."""
        frame = self.frame(who)
        filled = self.fill(frame, who.owner)
        alone = not frame.items and bool(frame.tags)  # too short without a place
        place = self.place(frame, always=alone)
        time = self.time() if self.chance(0.07) else EMPTY
        manner = EMPTY
        if self.chance(0.12) and frame in self.lively and who.kind not in VEHICLES:
            manner = self.draw("manner")
            if manner.german.endswith("*"):
                manner = Pair(manner.german[:-1], manner.english) if who.plural else EMPTY
        early = joined(time.german, manner.german)
        german = self.main(filled, who, "", place.german, early, late=self.chance(0.5))
        english = self.english(filled, who)
        return Pair(german, joined(english, manner.english, place.english, time.english))

    def main(
        self,
        filled: Filled,
        who: Subject,
        subject: str = "",
        place: str = "",
        early: str = "",
        late: bool = False,
    ) -> str:
        """Returns a German main clause from its verb on.

        Args:
            filled: The verb with its complements.
            who: Who the verb agrees with.
            subject: What follows the verb where something else stands before it.
            place: Where it happens.
            early: What stands before the complements.
            late: Whether the place stands after them, if the verb has no prefix.
        """
        verb = filled.frame.verb
        start = joined(verb.present[1 + who.plural], reflexive(filled.frame), subject, early)
        if verb.prefix or not late:
            return joined(start, place, filled.objects, filled.others, verb.prefix)
        return joined(start, filled.objects, filled.others, place)

    def subordinate(self, filled: Filled, who: Subject, place: str = "") -> str:
        """Returns a German subordinate clause without its subject. The verb comes last."""
        verb = filled.frame.verb
        finite = verb.prefix + verb.joint + verb.present[1 + who.plural]
        return joined(reflexive(filled.frame), place, filled.objects, filled.others, finite)

    def english(self, filled: Filled, who: Subject, progressive: bool | None = None) -> str:
        """Returns an English predicate. Most are progressive, as in captions."""
        verb = filled.verb
        be = "are" if who.english_plural else "is"
        if verb.base == "be":
            return joined(be, filled.english)
        if progressive is None:
            progressive = self.chance(PROGRESSIVE)
        if progressive:
            return joined(be, verb.ing, filled.english)
        return joined(verb.base if who.english_plural else verb.third, filled.english)

    def place(self, frame: Frame, always: bool = False) -> Pair:
        """Draws a place that goes with the frame, or none."""
        if not always and (not frame.tags or self.chance(0.5)):
            return EMPTY
        if self.chance(0.14):
            nearby = self.draw("nearby")
            name = self.pick_early(("building", "plant", "vehicle"))
            mode = MODES[""](self.rnd)
            what = self.phrase(name, DATIVE, mode, HIS, nearby.german)
            return Pair(what.german, f"{nearby.english} {what.english}")
        member = self.member(self.pick(frame.tags or ("urban", "nature")))
        return self.located(member, CHOICES["determiner caption place"])

    def time(self) -> Pair:
        """Draws a time."""
        if self.chance(0.6):
            return say("{day} = on {day}", day=self.phrase("day", DATIVE, "ein", HIS, "an"))
        return self.draw("times")


def passive(frame: Frame) -> bool:
    """Whether a passive of it sounds natural: the object is nobody's own."""
    return (
        frame.has_passive
        and "P" not in frame.slots[0].flags
        and frame.verb.lemma not in STATES
        and "{P}" not in frame.english[0].rest
    )


def reflexive(frame: Frame) -> str:
    return "sich" if frame.reflexive else ""
