"""What moves the weights: Muon for the matrices, AdamW for embeddings and gains.

Muon is written out here because torch's goes through the matrices one by one; all matrices of a shape
in one stack take half the time. Its formulas and defaults are those of `torch.optim.Muon`.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

A, B, C = 3.4445, -4.7750, 2.0315
"""Of the quintic Newton-Schulz iteration."""


def orthogonalize(stack: Tensor) -> Tensor:
    """The nearest matrices with singular values around 1, (count, rows, columns), in bf16."""
    tall = stack.shape[-2] > stack.shape[-1]
    x = stack.mT.bfloat16() if tall else stack.bfloat16()
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=B, alpha=C), x, beta=A)
    return x.mT if tall else x


class Muon(Optimizer):
    """Momentum, orthogonalized; matrices only."""

    def __init__(
        self, matrices: Iterable[nn.Parameter], lr: float, *, weight_decay: float = 0.01, compiled: bool = True
    ) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": 0.95})
        self._orthogonalize = torch.compile(orthogonalize, dynamic=False) if compiled else orthogonalize

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Apply the gradients."""
        for group in self.param_groups:
            stacks: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
            for weight in group["params"]:
                stacks[weight.shape].append(weight)
            for (rows, columns), weights in stacks.items():
                updates = self._orthogonalize(self._momentum(weights, group["momentum"]))
                torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
                scale = group["lr"] * max(1.0, rows / columns) ** 0.5
                torch._foreach_add_(weights, list(updates.float().unbind()), alpha=-scale)

    def _momentum(self, weights: list[nn.Parameter], momentum: float) -> Tensor:
        """Nesterov's, of all weights of a shape; kept as one tensor with the first of them."""
        gradients = torch.stack([weight.grad for weight in weights if weight.grad is not None])
        state = self.state[weights[0]]
        if not state:
            state["momentum"] = torch.zeros_like(gradients)
        state["momentum"].lerp_(gradients, 1 - momentum)
        return gradients.lerp(state["momentum"], momentum)


def build_optimizers(model: nn.Module, muon_rate: float, adam_rate: float, *, compiled: bool) -> list[Optimizer]:
    """Muon for the matrices, AdamW for embeddings and gains."""
    matrices = [w for name, w in model.named_parameters() if w.ndim == 2 and "embed" not in name]
    others = [w for name, w in model.named_parameters() if w.ndim != 2 or "embed" in name]
    return [
        Muon(matrices, muon_rate, compiled=compiled),
        AdamW(others, adam_rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]
