"""A training loop that can be stopped at any moment and goes on where it was."""

from __future__ import annotations

import copy
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

Step = Callable[[random.Random, float], Mapping[str, float]]
"""Run one step with its own random numbers, at a share of the run in 0 … 1; return figures to show."""

SAVE_SECONDS = 120.0
SHOW_STEPS = 50


@dataclass
class Run:
    """The parts of a training whose state makes it resume: modules and optimizers by name."""

    name: str
    folder: Path
    parts: Mapping[str, Any]
    seed: int = 0
    done: int = field(default=0, init=False)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.pt"

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def restore(self) -> None:
        """Load the state of an earlier run, if there is one."""
        if not self.exists:
            return
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state[name])
        self.done = int(state["done"])

    def save(self) -> None:
        """Write the state to a temporary file, then move it into place."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {name: part.state_dict() for name, part in self.parts.items()}
        temporary = self.path.with_suffix(".tmp")
        torch.save({**state, "done": self.done}, temporary)
        temporary.replace(self.path)

    def train(self, steps: int, step: Step, *, stop_after: int | None = None) -> None:
        """Run up to ``steps`` steps in all; each step's randomness depends on the seed and its number alone."""
        saved = began = time.monotonic()
        figures: dict[str, float] = {}
        first = self.done
        last = steps if stop_after is None else min(steps, stop_after)
        if self.done >= last:
            return
        while self.done < last:
            key = f"{self.name}/{self.seed}/{self.done}"
            torch.manual_seed(int.from_bytes(random.Random(key).randbytes(7), "big"))
            for name, value in step(random.Random(key), self.done / steps).items():
                figures[name] = 0.95 * figures.get(name, value) + 0.05 * value
            self.done += 1
            if self.done % SHOW_STEPS == 0 or self.done == last:
                pace = (time.monotonic() - began) / (self.done - first)
                shown = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
                sys.stderr.write(f"{self.name} {self.done}/{steps}  {pace:.3f} s a step  {shown}\n")
            if time.monotonic() - saved > SAVE_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()


class Average(nn.Module):
    """An exponential moving average of a module's parameters (Polyak averaging)."""

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        super().__init__()
        self.decay = decay
        self.steps = 0
        for name, value in module.state_dict().items():
            self.register_buffer(name.replace(".", "/"), value.detach().float().clone())

    def get_extra_state(self) -> int:
        return self.steps

    def set_extra_state(self, state: int) -> None:
        self.steps = state

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move towards ``module``; the first steps move faster, so that the start is forgotten."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in module.state_dict().items():
            self.get_buffer(name.replace(".", "/")).lerp_(value.float(), 1 - decay)

    def weights(self) -> dict[str, torch.Tensor]:
        return {name.replace("/", "."): value for name, value in self.named_buffers()}


class HalfTwin:
    """A bfloat16 copy that computes, beside float32 masters that learn (Micikevicius et al., arXiv:1710.03740)."""

    def __init__(self, master: nn.Module) -> None:
        self.master = master
        self.module: Any = copy.deepcopy(master).to(torch.bfloat16)

    @torch.no_grad()
    def refresh(self) -> None:
        """Copy the masters' weights into the twin."""
        for own, twin in zip(self.master.parameters(), self.module.parameters(), strict=True):
            twin.copy_(own)

    def hand_back(self) -> None:
        """Move the twin's gradients to the masters."""
        for own, twin in zip(self.master.parameters(), self.module.parameters(), strict=True):
            own.grad = None if twin.grad is None else twin.grad.float()
            twin.grad = None
