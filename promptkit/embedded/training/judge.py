"""The judge: a small CNN that tells the five facets of a picture. It never sees a picture that anything else trained
on."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from promptkit.embedded.training.data import CLASSES, draw_small, labels
from promptkit.embedded.training.loop import Run

SEED = 7_000_001


class Judge(nn.Module):
    """Logits of each facet for pictures (batch, 3, 64, 64) in −1 … 1."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        sizes = (3, width, width * 2, width * 4, width * 4)
        self.trunk = nn.Sequential(*(layer for low, high in pairwise(sizes) for layer in self._block(low, high)))
        self.heads = nn.ModuleDict({facet: nn.Linear(sizes[-1] * 16, len(values)) for facet, values in CLASSES.items()})

    @staticmethod
    def _block(low: int, high: int) -> tuple[nn.Module, ...]:
        return (
            nn.Conv2d(low, high, 3, stride=2, padding=1),
            nn.GroupNorm(8, high),
            nn.SiLU(),
            nn.Conv2d(high, high, 3, padding=1),
            nn.GroupNorm(8, high),
            nn.SiLU(),
        )

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        features = self.trunk(pictures).flatten(1)
        return {facet: head(features) for facet, head in self.heads.items()}

    @torch.no_grad()
    def right(self, pictures: Tensor, truth: Tensor) -> Tensor:
        """Return which facets it finds as they should be: bool, (batch, 5)."""
        found = torch.stack([logits.argmax(-1) for logits in self(pictures).values()], 1)
        return found == truth

    @torch.no_grad()
    def seen(self, picture: Tensor) -> dict[str, str]:
        """Return what it sees in one picture (3, 64, 64): the value of each facet."""
        return {facet: CLASSES[facet][int(logits.argmax())] for facet, logits in self(picture[None]).items()}


def disturb(pictures: Tensor, rng: random.Random) -> Tensor:
    """Blur a little and add noise, so that the judge does not stumble over a decoder's softness."""
    if rng.random() < 0.4:
        pictures = functional.avg_pool2d(functional.pad(pictures, (1, 1, 1, 1), mode="reflect"), 3, stride=1)
    return pictures + torch.randn_like(pictures) * rng.uniform(0, 0.08)


def train(folder: Path, steps: int = 3200, batch: int = 64, stop_after: int | None = None) -> Judge:
    """Train or resume; returns the judge in evaluation mode."""
    torch.manual_seed(SEED)
    judge = Judge()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=0.01)
    run = Run("judge", folder, {"judge": judge, "optimizer": optimizer}, seed=SEED)
    run.restore()

    def step(rng: random.Random, share: float) -> Mapping[str, float]:
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1.0, 20 * share + 0.05, 1.05 - share)
        scenes, pictures = draw_small(rng, batch, share, held_out=rng.random() < 0.1)
        truth = labels(scenes)
        logits = judge(disturb(pictures, rng))
        losses = [functional.cross_entropy(logits[facet], truth[:, i]) for i, facet in enumerate(CLASSES)]
        loss = torch.stack(losses).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found = torch.stack([logits[facet].argmax(-1) for facet in CLASSES], 1) == truth
        return {"loss": loss.item(), "all": found.all(1).float().mean().item()}

    run.train(steps, step, stop_after=stop_after)
    return judge.eval()
