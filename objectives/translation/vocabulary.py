"""The league's tokenizer, and the corpus as token ids."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import tokenizers
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.trainers import BpeTrainer
from torch import Tensor

from xlt.objectives.folders import cached_folder
from xlt.objectives.preparing import Preparation
from xlt.objectives.translation.corpora import Corpus
from xlt.objectives.translation.pairs import Pairs
from xlt.spaces.league import PROTOCOL, LeagueProtocol

SPECIALS = ("<pad>", "<s>", "</s>", "<unk>")  # ids 0 to 3
SIDES = ("de", "en")


def train(pairs: Pairs, protocol: LeagueProtocol = PROTOCOL) -> Tokenizer:
    """Train BPE on words of the German and the English sentence of every pair in turn."""
    tokenizer = Tokenizer(BPE(unk_token=SPECIALS[protocol.unknown_id]))
    tokenizer.pre_tokenizer = Whitespace()
    trainer = BpeTrainer(
        vocab_size=protocol.vocabulary,
        min_frequency=protocol.min_frequency,
        special_tokens=list(SPECIALS),
        show_progress=False,
    )
    texts = chain.from_iterable(zip(pairs.german, pairs.english, strict=True))
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


class TokenizedSide:
    """One side of a part as ids: bos, text, eos, at most the protocol's `max_tokens` in all."""

    def __init__(self, flat: Tensor, lengths: Tensor) -> None:
        self.flat, self.lengths = flat, lengths  # (N,) of all sentences; (B,)
        self.sentences = flat.split(lengths.tolist())

    @classmethod
    def of(
        cls, tokenizer: Tokenizer, texts: tuple[str, ...], protocol: LeagueProtocol = PROTOCOL
    ) -> "TokenizedSide":
        max_length = protocol.max_tokens - 2
        encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        ids = [[protocol.bos_id, *e.ids[:max_length], protocol.eos_id] for e in encoded]
        flat = torch.tensor([token for sentence in ids for token in sentence])
        return cls(flat, torch.tensor([len(sentence) for sentence in ids]))


def prepare(
    corpus: Corpus, cache: Path, protocol: LeagueProtocol = PROTOCOL
) -> tuple[Tokenizer, Mapping[str, TokenizedSide], bool]:
    """Train the tokenizer and tokenise the corpus, once; then read both from the cache.

    Returns:
        The tokenizer, the sides by names like "captions/train.de", and whether the cache was
        corrupt and made again.
    """
    folder = cache / f"translation-{_key(corpus, protocol)}"
    corrupt = cached_folder(folder, lambda new: _write(corpus, new, protocol))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tensors = load_file(folder / "tokens.safetensors")
    names = [name.removesuffix(".flat") for name in tensors if name.endswith(".flat")]
    sides = {
        name: TokenizedSide(tensors[f"{name}.flat"], tensors[f"{name}.lengths"]) for name in names
    }
    return tokenizer, sides, corrupt


def _key(corpus: Corpus, protocol: LeagueProtocol) -> str:
    """A hash of all that determines the ids: texts, protocol, library and this code."""
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    content = [corpus.fingerprint, asdict(protocol), tokenizers.__version__, code]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _write(corpus: Corpus, folder: Path, protocol: LeagueProtocol) -> None:
    Preparation("training the tokenizer and tokenising the corpus, once")
    tokenizer = train(corpus.parts["captions/train"], protocol)
    tokenizer.save(str(folder / "tokenizer.json"))
    tensors: dict[str, Tensor] = {}
    for part, pairs in corpus.parts.items():
        for side, texts in zip(SIDES, (pairs.german, pairs.english), strict=True):
            tokenized = TokenizedSide.of(tokenizer, texts, protocol)
            tensors[f"{part}.{side}.flat"] = tokenized.flat
            tensors[f"{part}.{side}.lengths"] = tokenized.lengths
    save_file(tensors, folder / "tokens.safetensors")
    about = {"fingerprint": corpus.fingerprint, "description": corpus.description}
    (folder / "about.json").write_text(json.dumps(about, indent=1))
