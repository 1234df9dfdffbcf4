"""Words and tags to sub-words and labels, in windows that fit the encoder.

The first sub-word of a word has the word's label; all others, and special tokens, have `IGNORED`.
The first sub-word of every word is labelled in exactly one window, so scores cover all words: also
those of long sentences, and those without any sub-word (they become one unknown sub-word).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from xlt.objectives.ner.data.sentences import TaggedSentences

IGNORED = -100  # `ignore_index` of PyTorch's cross-entropy


@dataclass(frozen=True)
class SpecialTokenIds:
    """Ids of the tokens around a sentence, of padding, and of unknown words."""

    begin: int
    end: int
    pad: int
    unknown: int


@dataclass(frozen=True)
class StridedWindows:
    """Sentences as overlapping windows. In order, their labels are those of all words in order."""

    input_ids: tuple[Tensor, ...]  # (S,) of each window, special tokens included
    labels: tuple[Tensor, ...]  # (S,) of each window
    sentences: tuple[int, ...]  # the index of each window's sentence

    @property
    def used(self) -> Tensor:
        """The ids that occur, in increasing order."""
        return torch.unique(torch.cat(self.input_ids)) if self.input_ids else torch.zeros(0).long()

    @property
    def size(self) -> int:
        """Sub-words of all windows."""
        return sum(map(len, self.input_ids))

    def take(self, indices: Sequence[int]) -> "StridedWindows":
        """The windows at `indices`."""
        return StridedWindows(
            tuple(self.input_ids[i] for i in indices),
            tuple(self.labels[i] for i in indices),
            tuple(self.sentences[i] for i in indices),
        )


def tokenize_and_align_labels(
    sentences: TaggedSentences,
    tokenizer: Tokenizer,
    specials: SpecialTokenIds,
    labels: Mapping[str, int],
    max_length: int,
    overlap: int,
) -> StridedWindows:
    """Tokenise sentences and cut them into windows.

    Args:
        sentences: Words and tags.
        tokenizer: Of words, without special tokens.
        specials: Ids of its special tokens.
        labels: The number of each tag.
        max_length: Sub-words of a window at most, special tokens included.
        overlap: Sub-words that neighbouring windows share.
    """
    encodings = tokenizer.encode_batch(
        [list(words) for words in sentences.words], is_pretokenized=True, add_special_tokens=False
    )
    input_ids, targets, sources = [], [], []
    for index, (encoding, tags) in enumerate(zip(encodings, sentences.tags, strict=True)):
        ids, words = _subwords(encoding, len(tags), specials.unknown)
        aligned = [
            labels[tags[word]] if n == 0 or word != words[n - 1] else IGNORED
            for n, word in enumerate(words)
        ]
        for start, end, scored in spans(len(ids), max_length - 2, overlap):
            inside = [
                aligned[n] if scored.start <= n < scored.stop else IGNORED
                for n in range(start, end)
            ]
            input_ids.append(torch.tensor([specials.begin, *ids[start:end], specials.end]))
            targets.append(torch.tensor([IGNORED, *inside, IGNORED]))
            sources.append(index)
    return StridedWindows(tuple(input_ids), tuple(targets), tuple(sources))


def _subwords(encoding: Encoding, words: int, unknown: int) -> tuple[list[int], list[int]]:
    """Ids and the word of each, with one unknown sub-word for every word that has none."""
    by_word: list[list[int]] = [[] for _ in range(words)]
    for input_id, word in zip(encoding.ids, encoding.word_ids, strict=True):
        if word is not None:
            by_word[word].append(input_id)
    ids, owners = [], []
    for word, subwords in enumerate(by_word):
        ids += subwords or [unknown]
        owners += [word] * max(1, len(subwords))
    return ids, owners


def spans(length: int, max_length: int, overlap: int) -> Iterator[tuple[int, int, range]]:
    """Windows over `length` sub-words: start, end, and the part that this window is scored on.

    What two windows share is split in half, so that both have context around their part.

    Raises:
        ValueError: `overlap` is not below `max_length`.
    """
    if overlap >= max_length:
        raise ValueError(f"windows of {max_length} sub-words cannot share {overlap}")
    start, scored_until = 0, 0
    while True:
        end = min(start + max_length, length)
        last = end == length
        until = length if last else end - overlap // 2
        yield start, end, range(scored_until, until)
        if last:
            return
        start, scored_until = end - overlap, until


def pad(sequences: Sequence[Tensor], pad_id: int, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The sequences at `indices`, padded (B, S), and the mask (B, S) that is false at padding."""
    chosen = [sequences[i] for i in indices]
    lengths = torch.tensor([len(sequence) for sequence in chosen])
    ids = torch.nn.utils.rnn.pad_sequence(chosen, batch_first=True, padding_value=pad_id)
    return ids, torch.arange(ids.shape[1]) < lengths[:, None]
