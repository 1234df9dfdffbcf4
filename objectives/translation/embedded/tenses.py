"""Tenses and modal verbs of the embedded corpus, in both languages."""

from typing import Literal, TypeAlias

from xlt.objectives.translation.embedded.verbs import (
    EnglishVerb,
    GermanVerb,
    english_verb,
    german_verb,
)

Tense: TypeAlias = Literal[
    "present", "perfect", "preterite", "have", "ever", "pluperfect", "future", "would",
    "can", "must", "want", "should", "may", "would like", "could be", "could",
    "wanted", "had to", "was able",
]  # fmt: skip

SEIN = german_verb("sein")
BE = english_verb("be")

# ich, er, wir; then English: what stands before the infinitive, its form after he, its negation
# ("" for plain `not` behind it).
_MODALS: dict[str, tuple[tuple[str, str, str], tuple[str, str]]] = {
    "future": (("werde", "wird", "werden"), ("will", "will")),
    "would": (("würde", "würde", "würden"), ("would", "would")),
    "can": (("kann", "kann", "können"), ("can", "can")),
    "should": (("sollte", "sollte", "sollten"), ("should", "should")),
    "may": (("darf", "darf", "dürfen"), ("may", "may")),
    "would like": (("möchte", "möchte", "möchten"), ("would like to", "would like to")),
    "could be": (("könnte", "könnte", "könnten"), ("could", "could")),
    "could": (("könnte", "könnte", "könnten"), ("could", "could")),
    "was able": (("konnte", "konnte", "konnten"), ("could", "could")),
    "must": (("muss", "muss", "müssen"), ("have to", "has to")),
    "want": (("will", "will", "wollen"), ("want to", "wants to")),
    "had to": (("musste", "musste", "mussten"), ("had to", "had to")),
    "wanted": (("wollte", "wollte", "wollten"), ("wanted to", "wanted to")),
}
_PRESENT = {"sein": ("bin", "ist", "sind"), "haben": ("habe", "hat", "haben")}
_PAST = {"sein": ("war", "war", "waren"), "haben": ("hatte", "hatte", "hatten")}
_SHORT = {
    "do not": "don't",
    "does not": "doesn't",
    "did not": "didn't",
    "can not": "can't",
    "would not": "wouldn't",
    "could not": "couldn't",
    "should not": "shouldn't",
    "will not": "won't",
    "have not": "haven't",
    "has not": "hasn't",
}


def conjugate(verb: GermanVerb, tense: str, agreement: int) -> tuple[str, str, str]:
    """The finite verb; the verbs that end a main clause; all verbs, as a subordinate one ends."""
    if tense in _MODALS:
        finite = _MODALS[tense][0][agreement]
        return finite, verb.infinitive, f"{verb.infinitive} {finite}"
    if tense == "present" or (tense == "preterite" and verb.past):
        forms = verb.present if tense == "present" or verb.past is None else verb.past
        finite = forms[agreement]
        whole = verb.prefix + verb.joint + finite if verb.prefix else finite
        return finite, verb.prefix, whole
    finite = (_PAST if tense == "pluperfect" else _PRESENT)[verb.auxiliary][agreement]
    return finite, verb.participle, f"{verb.participle} {finite}"


def conjugate_english(
    verb: EnglishVerb, tense: str, agreement: int, negated: bool = False, asking: bool = False,
    short: bool = False,
) -> tuple[str, str]:  # fmt: skip
    """What an adverb follows, and what it precedes: `have` and `seen`; `` and `saw`."""
    auxiliary, main = "", ""
    if tense in _MODALS:
        words = _MODALS[tense][1][agreement == 1].split()
        if words[0] in ("have", "has", "want", "wants", "had", "wanted"):
            main = " ".join([*words, verb.base])
            if asking or negated:
                do = (
                    "did" if words[0] in ("had", "wanted") else ("does" if agreement == 1 else "do")
                )
                base = {"has": "have", "wants": "want", "had": "have", "wanted": "want"}
                main = " ".join([base.get(words[0], words[0]), *words[1:], verb.base])
                auxiliary = do
        else:
            auxiliary, main = words[0], " ".join([*words[1:], verb.base])
    elif tense in ("have", "ever"):
        auxiliary, main = ("has" if agreement == 1 else "have"), verb.participle
    elif tense == "pluperfect":
        auxiliary, main = "had", verb.participle
    elif tense == "present":
        if verb.base == "be":
            auxiliary = ("am", "is", "are")[agreement]
        elif asking or negated:
            auxiliary, main = ("does" if agreement == 1 else "do"), verb.base
        else:
            main = verb.third if agreement == 1 else verb.base
    elif verb.base == "be":
        auxiliary = "were" if agreement == 2 else "was"
    elif asking or negated:
        auxiliary, main = "did", verb.base
    else:
        main = verb.past
    if negated:
        auxiliary += " not"
        auxiliary = _SHORT.get(auxiliary, auxiliary) if short else auxiliary
        auxiliary = "cannot" if auxiliary == "can not" else auxiliary
    return auxiliary, main
