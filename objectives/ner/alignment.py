"""From words and tags to pieces and labels, in windows that fit the encoder.

A word's label goes to its first piece; other pieces and specials carry `IGNORED`: no loss, no
score. Every word has a first piece in exactly one window, so nothing is lost from a score: not the
words of long sentences, and not those that the tokenizer maps to nothing (they become one unknown
piece).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from xlt.objectives.ner.sentences import Sentences

IGNORED = -100  # what PyTorch's cross-entropy leaves out


@dataclass(frozen=True)
class Specials:
    """Ids of the pieces around a sentence and in place of what there is none for."""

    begin: int
    end: int
    pad: int
    unknown: int


@dataclass(frozen=True)
class Windows:
    """Sentences as pieces. Read in order, the labels that count are those of all words in order."""

    pieces: tuple[Tensor, ...]  # (S,) ids, specials included, of each window
    labels: tuple[Tensor, ...]  # (S,) alike
    sentences: int  # how many there are

    @property
    def used(self) -> Tensor:
        """The ids that occur, in increasing order."""
        return torch.unique(torch.cat(self.pieces)) if self.pieces else torch.zeros(0).long()


def align(
    sentences: Sentences,
    tokenizer: Tokenizer,
    specials: Specials,
    labels: Mapping[str, int],
    longest: int,
    overlap: int,
) -> Windows:
    """`longest`: pieces of a window, specials included; `overlap`: shared by neighbours."""
    encoded = tokenizer.encode_batch(
        [list(words) for words in sentences.words], is_pretokenized=True, add_special_tokens=False
    )
    pieces, targets = [], []
    for encoding, tags in zip(encoded, sentences.tags, strict=True):
        ids, words = _complete(encoding, len(tags), specials.unknown)
        firsts = [n == 0 or word != words[n - 1] for n, word in enumerate(words)]
        heads = [
            labels[tags[word]] if first else IGNORED
            for word, first in zip(words, firsts, strict=True)
        ]
        for start, end, scored in spans(len(ids), longest - 2, overlap):
            inside = [
                heads[n] if scored.start <= n < scored.stop else IGNORED for n in range(start, end)
            ]
            pieces.append(torch.tensor([specials.begin, *ids[start:end], specials.end]))
            targets.append(torch.tensor([IGNORED, *inside, IGNORED]))
    return Windows(tuple(pieces), tuple(targets), len(sentences))


def _complete(encoding: Encoding, words: int, unknown: int) -> tuple[list[int], list[int]]:
    """Pieces and the word of each, with one unknown piece for every word that has none."""
    by_word: list[list[int]] = [[] for _ in range(words)]
    for piece, word in zip(encoding.ids, encoding.word_ids, strict=True):
        if word is not None:
            by_word[word].append(piece)
    ids, owners = [], []
    for word, found in enumerate(by_word):
        ids += found or [unknown]
        owners += [word] * max(1, len(found))
    return ids, owners


def spans(pieces: int, room: int, overlap: int) -> Iterator[tuple[int, int, range]]:
    """Windows over so many pieces: from, to, and which of them this window answers for.

    In what two windows share, each answers for the half that it sees more around.
    """
    if overlap >= room:
        raise ValueError(f"windows of {room} pieces cannot share {overlap}")
    start, answered = 0, 0
    while True:
        end = min(start + room, pieces)
        last = end == pieces
        until = pieces if last else end - overlap // 2
        yield start, end, range(answered, until)
        if last:
            return
        start, answered = end - overlap, until


def padded(windows: Sequence[Tensor], pad: int, places: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Ids (B, S), filled up with `pad`, and the mask of what is no filling."""
    chosen = [windows[i] for i in places]
    lengths = torch.tensor([len(window) for window in chosen])
    ids = torch.nn.utils.rnn.pad_sequence(chosen, batch_first=True, padding_value=pad)
    return ids, torch.arange(ids.shape[1]) < lengths[:, None]
