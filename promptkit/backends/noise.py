"""Variation seeds: a candidate's initial noise, moved towards that of a second seed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from promptkit.backends.batch import generators

if TYPE_CHECKING:
    from torch import Tensor


@contextmanager
def varied(pipeline: Any, seeds: Sequence[int], strength: float) -> Iterator[None]:
    """Let the pipeline begin with its own noise moved towards that of ``seeds``, one a row, by ``strength`` in (0, 1).

    The pipeline is asked for both noises itself, so their shape, packing and scale are its own. What a sampler adds
    later is still drawn by the candidates' own seeds.
    """
    own = pipeline.prepare_latents
    signature = inspect.signature(own)

    def prepare(*given: Any, **named: Any) -> Any:
        bound = signature.bind(*given, **named)
        first = own(*bound.args, **bound.kwargs)
        bound.arguments["generator"] = generators(seeds)
        second = own(*bound.args, **bound.kwargs)
        if isinstance(first, tuple):
            return (slerp(first[0], second[0], strength), *first[1:])
        return slerp(first, second, strength)

    pipeline.prepare_latents = prepare
    try:
        yield
    finally:
        del pipeline.prepare_latents


def slerp(first: Tensor, second: Tensor, strength: float) -> Tensor:
    """Interpolate (rows, …) on the arc between each two rows (Shoemake, 1985), which keeps their length.

    0 gives exactly ``first``, 1 exactly ``second``.
    """
    import torch

    if strength in (0, 1):
        return (first, second)[int(strength)]
    a, b = first.flatten(1).double(), second.flatten(1).double()
    cosine = (a * b).sum(1, keepdim=True) / (a.norm(dim=1, keepdim=True) * b.norm(dim=1, keepdim=True))
    angle = torch.arccos(cosine.clamp(-1, 1)).clamp(min=1e-6)
    blend = (torch.sin((1 - strength) * angle) * a + torch.sin(strength * angle) * b) / torch.sin(angle)
    return blend.reshape(first.shape).to(first.dtype)
