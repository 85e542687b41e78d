"""From weighted words to embeddings, through the text encoders of a Stable Diffusion pipeline.

A chunk whose weights are all 1 is encoded as the pipeline itself does it, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptkit.backends.conditioning.chunks import Chunk, Piece
from promptkit.backends.conditioning.tower import Tower, towers
from promptkit.backends.conditioning.weighting import WEIGH

if TYPE_CHECKING:
    from torch import Tensor

EMPTY: Chunk = (Piece(""),)


@dataclass(frozen=True)
class Encoded:
    """A prompt as the denoiser takes it."""

    embeds: Tensor
    """(1, tokens, width), a multiple of the encoder's own number of tokens."""
    pooled: Tensor | None = None
    """(1, width) of the first chunk; SDXL alone has it. Weights do not touch it."""

    def blank(self) -> Encoded:
        """Return zeros of the same shapes."""
        import torch

        return Encoded(torch.zeros_like(self.embeds), None if self.pooled is None else torch.zeros_like(self.pooled))


class Encoder:
    """The text encoders of one pipeline, side by side; each chunk is encoded once.

    ``weighting`` is a name of ``WEIGH``.
    """

    def __init__(self, pipeline: Any, weighting: str) -> None:
        self.towers = towers(pipeline)
        self.limit = min(tower.length for tower in self.towers) - 2
        """Tokens of words in a chunk."""
        self._weigh = WEIGH[weighting]
        self._done: dict[Chunk, Encoded] = {}

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text; of two tokenizers the greater number, so that their chunks stay aligned."""
        return [max(map(len, ids)) for ids in zip(*(tower.ids(texts) for tower in self.towers), strict=True)]

    def encode(self, chunks: Sequence[Chunk]) -> Encoded:
        """Encode chunks one by one and lay them behind one another."""
        import torch

        found = [self._chunk(chunk) for chunk in chunks or [EMPTY]]
        return Encoded(torch.cat([each.embeds for each in found], 1), found[0].pooled)

    def lengthened(self, prompts: Sequence[Encoded]) -> list[Encoded]:
        """Fill all up to the longest with empty chunks: the denoiser takes prompts of one length only."""
        import torch

        longest = max(prompt.embeds.shape[1] for prompt in prompts)
        empty = self.encode([EMPTY]).embeds
        return [
            Encoded(
                torch.cat([each.embeds, *[empty] * ((longest - each.embeds.shape[1]) // empty.shape[1])], 1),
                each.pooled,
            )
            for each in prompts
        ]

    def _chunk(self, chunk: Chunk) -> Encoded:
        import torch

        if chunk not in self._done:
            with torch.no_grad():
                parts = [self._tower(tower, chunk) for tower in self.towers]
            pooled = [pooled for _, pooled in parts if pooled is not None]
            self._done[chunk] = Encoded(torch.cat([embeds for embeds, _ in parts], -1), pooled[0] if pooled else None)
        return self._done[chunk]

    def _tower(self, tower: Tower, chunk: Chunk) -> tuple[Tensor, Tensor | None]:
        pairs = zip(chunk, tower.ids([piece.text for piece in chunk]), strict=True)
        said = [(piece, ids) for piece, ids in pairs if ids]
        plain, pooled = tower.hidden(token for _, ids in said for token in ids)
        if all(piece.weight == 1.0 for piece, _ in said):
            return plain, pooled
        return self._weigh(tower, said, plain).to(plain.dtype), pooled
