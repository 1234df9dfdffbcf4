"""The league's model: an encoder-decoder that computes the same as Hugging Face's BART.

Lewis et al. 2020 (arXiv:1910.13461), as `transformers` implements it: layer norm after every
residual, learned positions, GELU, tied embeddings. Parameters have BART's names, so that an export
loads with `BartForConditionalGeneration.from_pretrained`.

In the comments: B sentences, S source and T target positions, N tokens of a batch without
padding, D = d_model, H heads, V vocabulary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xlt.objectives.translation.fused import Linear, PackedLayout, dropout, embed
from xlt.spaces.league import PROTOCOL, LeagueProtocol


@dataclass(frozen=True)
class Architecture:
    """All that Stage A depends on, except for seed and data: MODEL_HP, vocabulary and protocol."""

    vocabulary: int
    d_model: int
    nhead: int
    num_layers: int
    d_ff: int
    dropout: float
    protocol: LeagueProtocol = PROTOCOL

    @classmethod
    def of(
        cls, config: Mapping[str, Any], vocabulary: int, protocol: LeagueProtocol = PROTOCOL
    ) -> "Architecture":
        names = ("d_model", "nhead", "num_layers", "d_ff", "dropout")
        return cls(vocabulary, **{name: config[name] for name in names}, protocol=protocol)

    def bart(self) -> dict[str, Any]:
        """Arguments of `transformers.BartConfig` for the same model."""
        return {
            "vocab_size": self.vocabulary,
            "d_model": self.d_model,
            "encoder_layers": self.num_layers,
            "decoder_layers": self.num_layers,
            "encoder_attention_heads": self.nhead,
            "decoder_attention_heads": self.nhead,
            "encoder_ffn_dim": self.d_ff,
            "decoder_ffn_dim": self.d_ff,
            "dropout": self.dropout,
            "attention_dropout": self.dropout,
            "activation_dropout": self.dropout,
            "max_position_embeddings": self.protocol.positions,
            "init_std": self.protocol.initial_std,
            "pad_token_id": self.protocol.pad_id,
            "bos_token_id": self.protocol.bos_id,
            "eos_token_id": self.protocol.eos_id,
            "decoder_start_token_id": self.protocol.bos_id,
            "forced_eos_token_id": self.protocol.eos_id,
        }


class Attention(nn.Module):
    """Multi-head attention over packed tokens, which are padded for the dot products only."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        d = architecture.d_model
        self.heads, self.scale = architecture.nhead, (d // architecture.nhead) ** -0.5
        self.rate = architecture.dropout
        self.k_proj, self.v_proj = Linear(d, d), Linear(d, d)
        self.q_proj, self.out_proj = Linear(d, d), Linear(d, d)

    def forward(
        self,
        x: Tensor,  # (N, D) of the queries
        layout: PackedLayout,
        memory: Tensor,  # (M, D) of keys and values
        memory_layout: PackedLayout,
        bias: Tensor,  # (B, 1, 1 or T, S): 0, or -inf where attention is masked
        generator: torch.Generator | None,
    ) -> Tensor:
        q = self.split(layout.pad(self.q_proj(x)))  # (B, H, T, D/H)
        k = self.split(memory_layout.pad(self.k_proj(memory)))  # (B, H, S, D/H)
        v = self.split(memory_layout.pad(self.v_proj(memory)))  # (B, H, S, D/H)
        # On a CPU in 32 bits even if precision is mixed: these shapes hardly ever repeat.
        with torch.autocast("cpu", enabled=False):
            weights = (q @ k.transpose(2, 3) * self.scale + bias).softmax(-1)  # (B, H, T, S)
            if generator is not None:
                weights = dropout(weights, self.rate, generator)
            mixed = (weights @ v).transpose(1, 2).flatten(2)  # (B, T, D)
        attended: Tensor = self.out_proj(layout.pack(mixed))  # (N, D)
        return attended

    def split(self, x: Tensor) -> Tensor:
        """(B, T, D) to (B, H, T, D/H)."""
        split: Tensor = x.unflatten(2, (self.heads, -1)).transpose(1, 2)
        return split


class EncoderLayer(nn.Module):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        d = architecture.d_model
        self.rate = architecture.dropout
        self.self_attn = Attention(architecture)
        self.self_attn_layer_norm = nn.LayerNorm(d)
        self.fc1, self.fc2 = Linear(d, architecture.d_ff), Linear(architecture.d_ff, d)
        self.final_layer_norm = nn.LayerNorm(d)

    def forward(
        self, x: Tensor, layout: PackedLayout, bias: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        attended = self.self_attn(x, layout, x, layout, bias, generator)  # (N, D)
        x = self.self_attn_layer_norm(x + self.drop(attended, generator))
        return self.feed_forward(x, generator)

    def feed_forward(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        inner = self.drop(F.gelu(self.fc1(x)), generator)  # (N, d_ff)
        normed: Tensor = self.final_layer_norm(x + self.drop(self.fc2(inner), generator))  # (N, D)
        return normed

    def drop(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x if generator is None else dropout(x, self.rate, generator)


class DecoderLayer(EncoderLayer):
    def __init__(self, architecture: Architecture) -> None:
        super().__init__(architecture)
        self.encoder_attn = Attention(architecture)
        self.encoder_attn_layer_norm = nn.LayerNorm(architecture.d_model)

    def forward(  # type: ignore[override]
        self,
        x: Tensor,
        layout: PackedLayout,
        bias: Tensor,
        memory: Tensor,
        memory_layout: PackedLayout,
        memory_bias: Tensor,
        generator: torch.Generator | None,
    ) -> Tensor:
        attended = self.self_attn(x, layout, x, layout, bias, generator)  # (N, D)
        x = self.self_attn_layer_norm(x + self.drop(attended, generator))
        attended = self.encoder_attn(x, layout, memory, memory_layout, memory_bias, generator)
        x = self.encoder_attn_layer_norm(x + self.drop(attended, generator))
        return self.feed_forward(x, generator)


class Stack(nn.Module):
    """The common parts of encoder and decoder: positions, first layer norm, layers."""

    def __init__(self, architecture: Architecture, layer: type[EncoderLayer]) -> None:
        super().__init__()
        self.rate = architecture.dropout
        self.offset = architecture.protocol.position_offset
        rows = architecture.protocol.positions + architecture.protocol.position_offset
        self.embed_positions = nn.Embedding(rows, architecture.d_model)
        self.layernorm_embedding = nn.LayerNorm(architecture.d_model)
        self.layers = nn.ModuleList(layer(architecture) for _ in range(architecture.num_layers))

    def embed(
        self, shared: Tensor, ids: Tensor, positions: Tensor, generator: torch.Generator | None
    ) -> Tensor:
        """(N,) ids at (N,) positions to (N, D)."""
        embedded = embed(shared, ids) + self.embed_positions(positions + self.offset)  # (N, D)
        x: Tensor = self.layernorm_embedding(embedded)
        return x if generator is None else dropout(x, self.rate, generator)


class Translator(nn.Module):
    """An encoder and a decoder around one embedding matrix."""

    def __init__(self, architecture: Architecture, seed: int) -> None:
        super().__init__()
        self.architecture = architecture
        self.shared = nn.Embedding(
            architecture.vocabulary, architecture.d_model, architecture.protocol.pad_id
        )
        self.encoder = Stack(architecture, EncoderLayer)
        self.decoder = Stack(architecture, DecoderLayer)
        self.initialise(torch.Generator().manual_seed(seed))

    @torch.no_grad()
    def initialise(self, generator: torch.Generator) -> None:
        """Initialise as BART: normal weights, zero biases, a zero embedding for padding."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                module.weight.normal_(
                    0.0, self.architecture.protocol.initial_std, generator=generator
                )
            if isinstance(module, nn.Linear):
                module.bias.zero_()
        self.shared.weight[self.architecture.protocol.pad_id].zero_()

    def encode(
        self, ids: Tensor, layout: PackedLayout, generator: torch.Generator | None = None
    ) -> Tensor:
        """Packed source ids (N,) to (N, D). With a generator, there is dropout."""
        bias = _bias(layout)  # (B, 1, 1, S)
        x = self.encoder.embed(self.shared.weight, ids, layout.positions, generator)
        for layer in self.encoder.layers:
            x = layer(x, layout, bias, generator)
        return x

    def decode(
        self,
        ids: Tensor,
        layout: PackedLayout,
        memory: Tensor,
        memory_layout: PackedLayout,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Packed target inputs (N,) and the encoder's output (M, D) to hidden states (N, D)."""
        memory_bias = _bias(memory_layout)  # (B, 1, 1, S)
        future = torch.ones(
            layout.max_length, layout.max_length, dtype=torch.bool, device=ids.device
        )
        bias = _bias(layout).masked_fill(future.triu(1), float("-inf"))  # (B, 1, T, T)
        x = self.decoder.embed(self.shared.weight, ids, layout.positions, generator)
        for layer in self.decoder.layers:
            x = layer(x, layout, bias, memory, memory_layout, memory_bias, generator)
        return x

    def logits(self, hidden: Tensor) -> Tensor:
        """(..., D) to (..., V)."""
        return hidden @ self.shared.weight.T

    def bart_state(self) -> dict[str, Tensor]:
        """The weights, by their names in `BartForConditionalGeneration`."""
        state = {f"model.{name}": weight for name, weight in self.state_dict().items()}
        state["final_logits_bias"] = torch.zeros(1, self.architecture.vocabulary)
        return state


def _bias(layout: PackedLayout) -> Tensor:
    """(B, 1, 1, T): 0 at tokens, -inf at padding."""
    zeros = torch.zeros(layout.valid.shape, device=layout.valid.device)
    return zeros.masked_fill(~layout.valid, float("-inf"))[:, None, None]
