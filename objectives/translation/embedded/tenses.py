"""Tenses and modal verbs in both languages.

The tenses are `present`, `preterite`, `perfect` and `pluperfect`, and those of `data/tenses.txt`.
`have` and `ever` are a German perfect whose English is a present perfect.
"""

from xlt.objectives.translation.embedded.verbs import (
    EnglishVerb,
    GermanVerb,
    english_verb,
    german_verb,
)
from xlt.objectives.translation.embedded.words import pairs, sections

SEIN = german_verb("sein")
BE = english_verb("be")


def _rows(title: str) -> dict[str, list[str]]:
    """Reads a section whose lines are `name; column; column`."""
    rows = (line.split("; ") for line in sections("tenses")[title].splitlines())
    return {name: columns for name, *columns in rows}


_MODALS, _FULL_VERBS = _rows("modals"), _rows("full verbs")
_AUXILIARIES = _rows("auxiliaries")
_CONTRACTIONS = dict(pairs(sections("tenses")["contractions"]))


def conjugate(verb: GermanVerb, tense: str, agreement: int) -> tuple[str, str, str]:
    """Returns the parts of a German predicate.

    Args:
        verb: The verb.
        tense: One of the tenses above.
        agreement: 0 for ich, 1 for er, 2 for wir.

    Returns:
        The finite verb, the verbs that end a main clause, and all verbs as they end a subordinate
        clause.
    """
    modal = _MODALS.get(tense) or _FULL_VERBS.get(tense)
    if modal:
        finite = modal[0].split()[agreement]
        return finite, verb.lemma, f"{verb.lemma} {finite}"
    simple = {"present": verb.present, "preterite": verb.past}.get(tense)
    if simple:
        finite = simple[agreement]
        return finite, verb.prefix, verb.prefix + verb.joint + finite
    finite = _AUXILIARIES[verb.auxiliary][tense == "pluperfect"].split()[agreement]
    return finite, verb.participle, f"{verb.participle} {finite}"


def conjugate_english(
    verb: EnglishVerb,
    tense: str,
    agreement: int,
    negated: bool = False,
    asking: bool = False,
    short: bool = False,
) -> tuple[str, str]:
    """Returns the parts of an English predicate.

    Args:
        verb: The verb.
        tense: One of the tenses above.
        agreement: 0 for I, 1 for he, 2 for we.
        negated: Whether `not` follows the auxiliary.
        asking: Whether the auxiliary stands before the subject.
        short: Whether a negation is contracted.

    Returns:
        The auxiliary, which may be empty, and the main verb. An adverb stands between the two.
    """
    if tense in _FULL_VERBS:
        time, base = _FULL_VERBS[tense][1].split()
        full = english_verb(base)
        auxiliary, main = conjugate_english(full, time, agreement, negated, asking, short)
        return auxiliary, f"{main} to {verb.base}"
    auxiliary, main = "", ""
    if tense in _MODALS:
        auxiliary, *to = _MODALS[tense][1].split()
        main = " ".join([*to, verb.base])
    elif tense in ("have", "ever"):
        auxiliary, main = ("has" if agreement == 1 else "have"), verb.participle
    elif tense == "pluperfect":
        auxiliary, main = "had", verb.participle
    elif verb.base == "be":
        present = tense == "present"
        auxiliary = (("am", "is", "are") if present else ("was", "was", "were"))[agreement]
    elif tense == "present":
        third = agreement == 1
        if asking or negated:
            auxiliary, main = ("does" if third else "do"), verb.base
        else:
            main = verb.third if third else verb.base
    elif asking or negated:
        auxiliary, main = "did", verb.base
    else:
        main = verb.past
    if negated:
        auxiliary += " not"
        auxiliary = _CONTRACTIONS.get(auxiliary, auxiliary) if short else auxiliary
        auxiliary = "cannot" if auxiliary == "can not" else auxiliary
    return auxiliary, main
