"""A tiny encoder that needs no download: two layers, pre-trained on the embedded sentences.

Masked language modelling as in BERT (Devlin et al. 2019): 15 % of the sub-words are predicted; of
these 80 % are masked, 10 % replaced, 10 % kept. For tests and demonstrations only.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import tokenizers
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BertConfig, BertModel

from xlt.objectives.folders import cached_folder
from xlt.objectives.identity import derive_seed
from xlt.objectives.ner import embedded
from xlt.objectives.preparing import Preparation
from xlt.spaces.ner import NER_PROTOCOL

NAME = "tiny"
BEGIN, PAD, END, UNKNOWN, MASK = range(5)
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
_VOCABULARY = 4_000
_STEPS, _BATCH_SIZE, _LEARNING_RATE = 600, 64, 1e-3
_PREDICTED_SHARE, _KEPT_SHARE, _REPLACED_SHARE = 0.15, 0.1, 0.1


def config() -> BertConfig:
    return BertConfig(
        vocab_size=_VOCABULARY,
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=256,
        pad_token_id=PAD,
    )


def load(cache: Path) -> tuple[Tokenizer, dict[str, Tensor]]:
    """Tokenizer and weights of a `BertModel`, made once and cached in a folder."""
    # Other versions make other weights.
    made = f"{torch.__version__} {tokenizers.__version__} {recipe()}"
    folder = cache / f"tiny-{hashlib.sha256(made.encode()).hexdigest()[:32]}"
    cached_folder(folder, _write)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return tokenizer, load_file(folder / "weights.safetensors")


def recipe() -> str:
    """SHA-256 over the data and the code that make the weights."""
    digest = hashlib.sha256(repr((NER_PROTOCOL.seed, NER_PROTOCOL.languages)).encode())
    folder = Path(embedded.__file__).parent
    for file in [Path(__file__), *sorted(folder.rglob("*.py")), *sorted(folder.rglob("*.txt"))]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write(folder: Path) -> None:
    sentences = [
        " ".join(words)
        for language in NER_PROTOCOL.languages
        for words in embedded.generate(language, "train").words
    ]
    tokenizer = train_tokenizer(sentences)
    tokenizer.save(str(folder / "tokenizer.json"))
    encoded = tokenizer.encode_batch(sentences)
    windows = [torch.tensor([BEGIN, *encoding.ids, END]) for encoding in encoded]
    weights = pretrain(windows, _STEPS).state_dict()
    save_file(
        {name: weight.contiguous() for name, weight in weights.items()},
        folder / "weights.safetensors",
    )


def train_tokenizer(sentences: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(BPE(unk_token=SPECIALS[UNKNOWN]))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace()
    # Not Unigram, whose training is not deterministic.
    trainer = BpeTrainer(vocab_size=_VOCABULARY, special_tokens=list(SPECIALS), show_progress=False)
    tokenizer.train_from_iterator(sentences, trainer)
    return tokenizer


def pretrain(windows: list[Tensor], steps: int) -> BertModel:
    """Pre-train on `windows`: ids (S,) each, special tokens included."""
    generator = torch.Generator().manual_seed(derive_seed(NER_PROTOCOL.seed, NAME))
    preparation = Preparation("pre-training the encoder tiny, once", steps)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(NER_PROTOCOL.seed, NAME, "weights"))
        model = BertModel(config(), add_pooling_layer=False)
        bias = nn.Parameter(torch.zeros(_VOCABULARY))
        optimiser = torch.optim.AdamW([*model.parameters(), bias], lr=_LEARNING_RATE, fused=True)
        model.train()
        for step, ids in enumerate(_batches(windows, steps, generator)):
            factor = min(1.0, (step + 1) / (0.1 * steps)) * (1 - step / steps)
            for group in optimiser.param_groups:
                group["lr"] = _LEARNING_RATE * factor
            inputs, predicted = mask_tokens(ids, generator)  # (B, S)
            # (B, S, D)
            hidden = model(input_ids=inputs, attention_mask=ids != PAD).last_hidden_state
            embeddings = model.get_input_embeddings().weight  # (V, D)
            loss = F.cross_entropy(hidden[predicted] @ embeddings.T + bias, ids[predicted])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            preparation.at(step + 1)
    return model


def _batches(windows: list[Tensor], steps: int, generator: torch.Generator) -> Iterator[Tensor]:
    for _ in range(steps):
        indices = torch.randint(len(windows), (_BATCH_SIZE,), generator=generator).tolist()
        yield nn.utils.rnn.pad_sequence(
            [windows[i] for i in indices], batch_first=True, padding_value=PAD
        )


def mask_tokens(ids: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The model's inputs (B, S) for `ids` (B, S), and where it has to predict the original."""
    chance = torch.rand(ids.shape, generator=generator)
    predicted = (chance < _PREDICTED_SHARE) & (ids > MASK)
    fate = torch.rand(ids.shape, generator=generator)
    inputs = ids.masked_fill(predicted & (fate >= _KEPT_SHARE + _REPLACED_SHARE), MASK)
    random = torch.randint(len(SPECIALS), _VOCABULARY, ids.shape, generator=generator)
    return torch.where(predicted & (fate < _REPLACED_SHARE), random, inputs), predicted
