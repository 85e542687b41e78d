"""One text encoder of a pipeline with its tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


class Tower:
    """A CLIP text encoder as the pipeline uses it: same tokens, same layer, same bits."""

    def __init__(self, pipeline: Any, tokenizer: Any, model: Any, *, penultimate: bool) -> None:
        self.pipeline, self.tokenizer, self.model = pipeline, tokenizer, model
        self.penultimate = penultimate
        """Whether the last layer but one is taken, as SDXL does, instead of the normalised last."""
        self.length: int = min(tokenizer.model_max_length, model.config.max_position_embeddings)
        """Tokens of a chunk, with the two that mark beginning and end."""

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text, uncut, without beginning and end."""
        if not texts:
            return []
        known = [self.known(text) for text in texts]
        found = self.tokenizer(known, add_special_tokens=False, truncation=False, verbose=False)
        return list(found.input_ids)

    def known(self, text: str) -> str:
        """Return a text with the names of textual inversions as the tokens that they stand for."""
        return str(self.pipeline.maybe_convert_prompt(text, self.tokenizer))

    def hidden(self, ids: Iterable[int]) -> tuple[Tensor, Tensor | None]:
        """Encode one chunk's tokens: (1, length, width), and (1, width) where the encoder projects."""
        import torch

        tokenizer = self.tokenizer
        row = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
        row += [tokenizer.pad_token_id] * (self.length - len(row))
        device = self.pipeline._execution_device
        found = self.model(torch.tensor([row], device=device), output_hidden_states=self.penultimate)
        return found.hidden_states[-2] if self.penultimate else found[0], getattr(found, "text_embeds", None)


def towers(pipeline: Any) -> list[Tower]:
    """Return the text encoders of a Stable Diffusion pipeline: SDXL has two, side by side."""
    sdxl = hasattr(pipeline, "text_encoder_2")
    pairs = [("tokenizer", "text_encoder"), *([("tokenizer_2", "text_encoder_2")] if sdxl else [])]
    return [
        Tower(pipeline, getattr(pipeline, tokenizer), getattr(pipeline, model), penultimate=sdxl)
        for tokenizer, model in pairs
        if getattr(pipeline, model) is not None
    ]
