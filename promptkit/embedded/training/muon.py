"""Muon: momentum, orthogonalised by Newton–Schulz (Jordan et al., 2024, kellerjordan.github.io/posts/muon).

The step is scaled as in Moonlight (Liu et al., arXiv:2502.16982, Eq. 4), so that a learning rate for AdamW suits it
too.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrix: Tensor, iterations: int = 5) -> Tensor:
    """Bring the singular values of a matrix (rows, columns) near 1."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if tall else matrix).bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).float()


class Muon(torch.optim.Optimizer):
    """For weights of two dimensions and more; convolutions count as (out, in · height · width)."""

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, group["lr"], group["momentum"], group["weight_decay"])

    def _move(self, weight: nn.Parameter, lr: float, momentum: float, weight_decay: float) -> None:
        assert weight.grad is not None
        state = self.state[weight]
        buffer = state.setdefault("momentum", torch.zeros_like(weight))
        buffer.lerp_(weight.grad, 1 - momentum)
        ahead = weight.grad.lerp(buffer, momentum).flatten(1)
        scale = 0.2 * max(ahead.shape) ** 0.5
        weight.mul_(1 - lr * weight_decay)
        weight.add_(orthogonalise(ahead).view_as(weight), alpha=-lr * scale)
