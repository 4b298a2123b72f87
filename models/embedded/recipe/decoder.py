"""A compact decoder of the Qwen3 architecture, in plain PyTorch, and its export.

Parameter names are those of `Qwen3ForCausalLM`, so the weights load into vLLM, transformers and the
model builder of onnxruntime-genai unchanged. Needs torch, which the agent itself does not.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from models.embedded.recipe.attention import attend


@dataclass(frozen=True)
class Shape:
    """Sizes of the decoder; `head_dim` must be one that vLLM's CPU attention supports (32, 64, ...)."""

    vocab_size: int = 1024
    hidden: int = 192
    intermediate: int = 384
    layers: int = 4
    heads: int = 6
    kv_heads: int = 6
    head_dim: int = 32
    rope_theta: float = 10_000.0
    max_positions: int = 4096
    eps: float = 1e-6


class RMSNorm(nn.Module):
    """Root-mean-square norm with a learned gain."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalize the last dimension."""
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Attention(nn.Module):
    """Causal attention with normed queries and keys and rotary positions."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.q_proj = nn.Linear(shape.hidden, shape.heads * shape.head_dim, bias=False)
        self.k_proj = nn.Linear(shape.hidden, shape.kv_heads * shape.head_dim, bias=False)
        self.v_proj = nn.Linear(shape.hidden, shape.kv_heads * shape.head_dim, bias=False)
        self.o_proj = nn.Linear(shape.heads * shape.head_dim, shape.hidden, bias=False)
        self.q_norm = RMSNorm(shape.head_dim, shape.eps)
        self.k_norm = RMSNorm(shape.head_dim, shape.eps)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """From (batch, time, hidden) to the same shape."""
        batch, time, _ = x.shape
        size = self.shape.head_dim
        q = self.q_norm(self.q_proj(x).view(batch, time, -1, size)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x).view(batch, time, -1, size)).transpose(1, 2)
        v = self.v_proj(x).view(batch, time, -1, size).transpose(1, 2)
        out = attend(_rotate(q, cos, sin), _rotate(k, cos, sin), v)
        return self.o_proj(out.transpose(1, 2).reshape(batch, time, -1))


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-right, left), dim=-1) * sin


class Mlp(nn.Module):
    """Gated feed-forward layer (SwiGLU)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden, shape.intermediate, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.intermediate, bias=False)
        self.down_proj = nn.Linear(shape.intermediate, shape.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """From (..., hidden) to the same shape."""
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """Attention and feed-forward layer, each on a normed copy and added."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(shape.hidden, shape.eps)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = RMSNorm(shape.hidden, shape.eps)
        self.mlp = Mlp(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """From (batch, time, hidden) to the same shape."""
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """The whole model; output weights are the embeddings."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocab_size, shape.hidden)
        self.layers = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = RMSNorm(shape.hidden, shape.eps)
        frequency = 1.0 / shape.rope_theta ** (torch.arange(0, shape.head_dim, 2).float() / shape.head_dim)
        angle = torch.outer(torch.arange(shape.max_positions).float(), frequency).repeat(1, 2)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self._initialize()

    def _initialize(self) -> None:
        for weight in self.parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=0.02 if weight is self.embed_tokens.weight else weight.shape[1] ** -0.5)
        for block in self.layers:
            for projection in (block.self_attn.o_proj, block.mlp.down_proj):
                projection.weight.data.mul_((2 * self.shape.layers) ** -0.5)

    def compile_blocks(self) -> None:
        """Compile the layers, one compilation for all of them and each shape of batch."""
        for block in self.layers:
            block.compile(dynamic=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Hidden states after the final norm, (batch, time, hidden), of ids (batch, time)."""
        x = self.embed_tokens(ids)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for block in self.layers:
            x = block(x, cos, sin)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of the next token, (..., vocabulary)."""
        return F.linear(hidden, self.embed_tokens.weight)


def export(model: Decoder, tokenizer: Path, out: Path, *, end: int, pad: int) -> None:
    """Write a Hugging Face model directory (bf16 safetensors), the tokenizer copied from a directory."""
    out.mkdir(parents=True, exist_ok=True)
    weights = {
        f"model.{name}": w.detach().cpu().to(torch.bfloat16).contiguous() for name, w in model.state_dict().items()
    }
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    _write(out / "config.json", {**_config(model.shape), "eos_token_id": end, "pad_token_id": pad})
    _write(out / "generation_config.json", {"eos_token_id": end, "pad_token_id": pad, "do_sample": False})
    _write(out / "shape.json", asdict(model.shape))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, out / name)


def load(directory: Path) -> Decoder:
    """A model that `export` wrote."""
    model = Decoder(Shape(**json.loads((directory / "shape.json").read_text())))
    weights = load_file(directory / "model.safetensors")
    model.load_state_dict({name.removeprefix("model."): weight.float() for name, weight in weights.items()})
    return model


def _config(shape: Shape) -> dict[str, Any]:
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": shape.vocab_size,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "hidden_act": "silu",
        "max_position_embeddings": shape.max_positions,
        "rms_norm_eps": shape.eps,
        "rope_theta": shape.rope_theta,
        "attention_bias": False,
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "bos_token_id": None,
        "torch_dtype": "bfloat16",
    }


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n")
