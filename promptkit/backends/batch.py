"""The rows of one denoising batch: which candidate stands in which, and what is left when some are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Batch:
    """Candidates that are denoised together, each with a CPU generator of its own.

    Rows beyond the candidates only fill the batch up to ``size``; what they come to is thrown away.
    """

    def __init__(self, indices: Sequence[int], seeds: Sequence[int], *, size: int | None = None) -> None:
        self.indices = tuple(indices)
        self.size = max(size or 0, len(indices))
        self.seeds = tuple(seeds[row % len(seeds)] for row in range(self.size))
        """One a row, as the batch began."""
        self.rows = list(range(self.size))
        """The rows that are still denoised, by their place when the batch began."""
        self.shrunk: list[tuple[int, int]] = []
        self.generators = generators(self.seeds)
        """One a row that is left. A pipeline and its scheduler hold this very list."""

    @property
    def left(self) -> tuple[int, ...]:
        """The candidates that are still denoised."""
        return tuple(self.indices[row] for row in self.rows if row < len(self.indices))

    def place(self, index: int) -> int:
        """Return where a candidate stands among the rows that are left."""
        return self.rows.index(self.indices.index(index))

    def places(self, kept: Sequence[int], filling: int = 0) -> list[int]:
        """Return where candidates stand among the rows that are left, and behind them ``filling`` of the others'."""
        wanted = {self.indices.index(index) for index in kept}
        chosen = [place for place, row in enumerate(self.rows) if row in wanted]
        others = [place for place in range(len(self.rows)) if place not in chosen]
        return sorted(chosen + others[len(others) - filling :]) if filling > 0 else chosen

    def keep(self, places: Sequence[int], step: int) -> None:
        """Go on with some of the rows, from the end of ``step``."""
        self.rows[:] = [self.rows[place] for place in places]
        self.generators[:] = [self.generators[place] for place in places]
        self.shrunk.append((step, len(places)))


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """Return a fresh CPU generator for each seed, so that a seed's noise is the same in any batch."""
    import torch

    return [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
