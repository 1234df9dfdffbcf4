"""Scores of translations: the contest's BLEU, sacreBLEU, chrF."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import sacrebleu
from tokenizers import Tokenizer

from xlt.objectives.translation.vocabulary import SPECIALS

_BEFORE_MARKS = re.compile(r"\s+(?=[?.!,;:])")
_BEFORE_CONTRACTIONS = re.compile(r"\s+(?=(?:n't|'re|'ve|'ll|'d|'m|'s))")
_SPACE = re.compile(r"\s+")


def league_text(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """The text that the contest scores: sub-words separated by blanks, some blanks removed.

    The contest's tokenizer has no decoder, so sub-words are not joined.
    """
    text = tokenizer.decode(list(ids), skip_special_tokens=True)
    text = _BEFORE_MARKS.sub("", text)
    text = _BEFORE_CONTRACTIONS.sub("", text)
    return _SPACE.sub(" ", text).strip()


def league_bleu(hypotheses: Sequence[str], references: Sequence[str]) -> float:
    """sacreBLEU's default `corpus_bleu` of `league_text` of both sides, 0 to 100."""
    return float(sacrebleu.corpus_bleu(list(hypotheses), [list(references)]).score)


def published_scores(
    hypotheses: Sequence[str], references: Sequence[str]
) -> tuple[dict[str, float], dict[str, str]]:
    """`sacrebleu` and `chrf` of detokenised sentences, 0 to 100, and their signatures."""
    scores, signatures = {}, {}
    for name, metric in (("sacrebleu", sacrebleu.BLEU()), ("chrf", sacrebleu.CHRF())):
        scores[name] = float(metric.corpus_score(list(hypotheses), [list(references)]).score)
        signatures[f"{name}_signature"] = str(metric.get_signature())
    return scores, signatures


class Detokeniser:
    """Joins sub-words to words.

    The contest's sub-words do not mark the ends of words. The most likely segmentation into words
    of the training text is computed from unigram frequencies by Viterbi's algorithm, as in Kudo
    2018 (arXiv:1804.10959), over sub-words instead of characters.
    """

    def __init__(self, tokenizer: Tokenizer, texts: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text))
        total = sum(counts.values())
        words = list(counts)
        encoded = tokenizer.encode_batch_fast(words, add_special_tokens=False)
        self._cost: dict[tuple[int, ...], float] = {}
        for word, encoding in zip(words, encoded, strict=True):
            cost = -math.log(counts[word] / total)
            ids = tuple(encoding.ids)
            self._cost[ids] = min(cost, self._cost.get(ids, math.inf))
        # An unknown word: as rare as one seen once, with all sub-words equally likely.
        self._unknown = math.log(total)
        self._unknown_subword = math.log(tokenizer.get_vocab_size())
        self._subwords = {token: subword for subword, token in tokenizer.get_vocab().items()}

    def text(self, ids: Sequence[int]) -> str:
        """The most likely sentence, with English spacing of punctuation."""
        ids = [token for token in ids if token >= len(SPECIALS)]
        best = [0.0] + [math.inf] * len(ids)
        begin = [0] * (len(ids) + 1)
        for end in range(1, len(ids) + 1):
            for start in range(end):
                word = tuple(ids[start:end])
                unknown = self._unknown + self._unknown_subword * len(word)
                cost = self._cost.get(word, unknown)
                if best[start] + cost < best[end]:
                    best[end], begin[end] = best[start] + cost, start
        words: list[str] = []
        end = len(ids)
        while end:
            words.append("".join(self._subwords[token] for token in ids[begin[end] : end]))
            end = begin[end]
        return join_words(words[::-1])


def join_words(words: Sequence[str]) -> str:
    """Words and punctuation marks to English text."""
    text = " ".join(words)
    text = re.sub(r"\s+([?.!,;:%)\]}])", r"\1", text)
    text = re.sub(r"([(\[{$#])\s+", r"\1", text)
    text = re.sub(r"\b ' (s|t|re|ve|ll|d|m)\b", r"'\1", text)
    text = re.sub(r"(\w) - (\w)", r"\1-\2", text)
    text = re.sub(r"\" ([^\"]*) \"", r'"\1"', text)
    return text
