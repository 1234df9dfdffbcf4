"""Texts that a model writes: blocks of tokens, pairs of texts, and their scores."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import torch
from transformers import Trainer


def encode_blocks(data: Any, columns: Sequence[str], tokenizer: Any, length: int) -> Any:
    """Join texts, each with an end token, and cut them into blocks for a causal language model.

    Args:
        data: As `xlt.objectives.trainer.data.load_parts` returns it.
        columns: The column of the text.
        tokenizer: A tokenizer with an end token.
        length: Tokens of a block. Of each 1,000 texts, what remains after the last whole block is dropped.
    """
    (column,) = columns

    def encode(rows: Mapping[str, list[Any]]) -> dict[str, Any]:
        ended = ([*ids, tokenizer.eos_token_id] for ids in tokenizer(rows[column])["input_ids"])
        ids = list(chain.from_iterable(ended))
        blocks = [ids[i : i + length] for i in range(0, len(ids) - length + 1, length)]
        return {"input_ids": blocks, "labels": blocks}

    return data.select_columns([column]).map(encode, batched=True, remove_columns=column)


def score_perplexity(trainer: Trainer, data: Any, prefix: str) -> dict[str, float]:
    """Score a language model; see `TrainerTask.evaluate`.

    Returns:
        "loss", the mean negative log-likelihood of a token, and "perplexity", its exponential.
    """
    metrics = trainer.evaluate(data, metric_key_prefix=prefix)
    # Unlike `math.exp`, infinity for a loss that is too high.
    return {**metrics, "perplexity": float(torch.tensor(metrics[f"{prefix}_loss"]).exp())}


def encode_pairs(data: Any, columns: Sequence[str], tokenizer: Any, max_length: int) -> Any:
    """Encode pairs of texts.

    Args:
        data: As `xlt.objectives.trainer.data.load_parts` returns it.
        columns: The columns of the text to read and of the text to write.
        tokenizer: A tokenizer.
        max_length: Tokens of either text; the rest is cut.

    Returns:
        What the model needs, and the whole target as `reference`, for `score_texts`.
    """
    source, target = columns

    def encode(row: Mapping[str, Any]) -> Any:
        encoded = tokenizer(
            row[source], text_target=row[target], truncation=True, max_length=max_length
        )
        return {**encoded, "reference": row[target]}

    return data.map(encode, remove_columns=data["train"].column_names)


def score_texts(trainer: Trainer, data: Any, prefix: str) -> dict[str, float]:
    """Compare generated texts with the references, by `sacrebleu`; see `TrainerTask.evaluate`.

    Args:
        trainer: A `Seq2SeqTrainer` with `predict_with_generate` and a tokenizer.
        data: See `encode_pairs`.
        prefix: See `TrainerTask.evaluate`.

    Returns:
        The loss, and "bleu" and "chrf", from 0 to 100.
    """
    from sacrebleu import corpus_bleu, corpus_chrf

    found = trainer.predict(data, metric_key_prefix=prefix)
    tokenizer: Any = trainer.processing_class
    # Outputs of different lengths are padded with -100.
    ids = found.predictions.clip(min=0)  # type: ignore[union-attr]
    texts = tokenizer.batch_decode(ids, skip_special_tokens=True)
    references = [list(data["reference"])]
    return {
        **(found.metrics or {}),
        "bleu": corpus_bleu(texts, references).score,
        "chrf": corpus_chrf(texts, references).score,
    }
