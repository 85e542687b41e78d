"""``AND``: several prompts at once, each pulling by its weight.

Liu et al., Compositional Visual Generation with Composable Diffusion Models, arXiv:2206.01714, conjunction:
ε̂ = ε(x) + s · Σ wᵢ (ε(x | cᵢ) − ε(x)), with s the guidance scale; a negative weight pushes away.

The prompts travel through the pipeline packed into one row, the negative prompt before them, side by side along the
tokens. The denoiser, wrapped, unpacks them into (1 + n) · B rows, and answers with what makes the pipeline's own
guidance, u + s · (c − u), come out as the sum above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def pack(prompts: Sequence[Tensor]) -> Tensor:
    """Lay (1, tokens, width) side by side along the tokens, or pooled (1, width) along the width."""
    import torch

    return torch.cat(list(prompts), 1)


def unpack(packed: Tensor, prompts: int) -> Tensor:
    """Return rows (prompts · batch, …) of packed ones (batch, …), prompt by prompt."""
    import torch

    return torch.cat(packed.chunk(prompts, 1))


@contextmanager
def composed(pipeline: Any, weights: Sequence[float]) -> Iterator[None]:
    """Let the pipeline's denoiser follow ``len(weights)`` packed prompts; with none, leave it as it is."""
    if not weights:
        yield
        return
    unet = pipeline.unet
    own = unet.__dict__.get("forward")
    unet.forward = _composing(pipeline, unet.forward, weights)
    try:
        yield
    finally:
        if own is None:
            del unet.forward
        else:
            unet.forward = own


def _composing(pipeline: Any, forward: Any, weights: Sequence[float]) -> Any:
    """Wrap a denoiser's ``forward``. Without guidance there is no row for the negative prompt, and the scale is 1."""
    import torch

    prompts = 1 + len(weights)

    def compose(
        sample: Tensor,
        timestep: Any,
        encoder_hidden_states: Tensor,
        timestep_cond: Tensor | None = None,
        added_cond_kwargs: dict[str, Tensor] | None = None,
        **others: Any,
    ) -> tuple[Tensor]:
        guided = pipeline.do_classifier_free_guidance
        batch = len(sample) // (2 if guided else 1)

        def rows(value: Tensor) -> Tensor:
            return value[-batch:].repeat(prompts, *[1] * (value.ndim - 1))

        added = {name: rows(value) for name, value in (added_cond_kwargs or {}).items() if name != "text_embeds"}
        if added_cond_kwargs and "text_embeds" in added_cond_kwargs:
            added["text_embeds"] = unpack(added_cond_kwargs["text_embeds"][-batch:], prompts)
        noise = forward(
            rows(sample),
            timestep,
            encoder_hidden_states=unpack(encoder_hidden_states[-batch:], prompts),
            timestep_cond=None if timestep_cond is None else rows(timestep_cond),
            added_cond_kwargs=None if added_cond_kwargs is None else added,
            **others,
        )[0]
        negative, *positive = noise.chunk(prompts)
        together = negative + sum(weight * (each - negative) for weight, each in zip(weights, positive, strict=True))
        return (torch.cat([negative, together]) if guided else together,)

    return compose
