"""Weights and long prompts: from a weighted text to ``prompt_embeds``.

The arithmetic is compel's: a weight above 1 moves a fragment's embeddings away from those of the empty prompt, one
below 1
blends with the prompt that lacks the fragment. A text with no weight that fits the model is left to the pipeline
itself,
so that it is encoded bit for bit as without promptkit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from promptkit.dialects import read
from promptkit.dialects.fragment import Fragment

SUPPORTED = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")


def condition(
    pipeline: Any, positive: str, negative: str, *, dialect: str = "a1111"
) -> tuple[dict[str, Any], list[str]]:
    """Return the pipeline's text arguments and notes for the user on what could not be done.

    ``prompt_embeds`` are (1, tokens, width), and for SDXL ``pooled_prompt_embeds`` (1, width).
    """
    texts = [read(text, dialect) for text in (positive, negative)]
    plain = ["".join(fragment.text for fragment in fragments) for fragments in texts]
    weighted = any(fragment.weight != 1.0 for fragments in texts for fragment in fragments)
    if not weighted and all(_fits(pipeline, text) for text in plain):
        return {"prompt": plain[0], "negative_prompt": plain[1]}, []
    if type(pipeline).__name__ not in SUPPORTED:
        notes = [f"{type(pipeline).__name__} takes plain text: attention weights were left out."] if weighted else []
        return {"prompt": plain[0], "negative_prompt": plain[1]}, notes
    return _embeds(pipeline, texts), []


def _fits(pipeline: Any, text: str) -> bool:
    tokenizer = getattr(pipeline, "tokenizer", None)
    limit = getattr(tokenizer, "model_max_length", None)
    if tokenizer is None or not limit or limit > 100_000 or type(pipeline).__name__ not in SUPPORTED:
        return True
    return len(tokenizer(text, truncation=False, verbose=False).input_ids) <= limit


def _embeds(pipeline: Any, texts: Sequence[Sequence[Fragment]]) -> dict[str, Any]:
    import torch
    from compel.embeddings_provider import EmbeddingsProviderMulti, ReturnedEmbeddingsType

    sdxl = type(pipeline).__name__ == "StableDiffusionXLPipeline"
    kind = (
        ReturnedEmbeddingsType.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED
        if sdxl
        else ReturnedEmbeddingsType.LAST_HIDDEN_STATES_NORMALIZED
    )
    provider = EmbeddingsProviderMulti(
        tokenizers=[pipeline.tokenizer, pipeline.tokenizer_2] if sdxl else [pipeline.tokenizer],
        text_encoders=[pipeline.text_encoder, pipeline.text_encoder_2] if sdxl else [pipeline.text_encoder],
        truncate=False,
        returned_embeddings_type=kind,
        requires_pooled_mask=[False, True] if sdxl else [False],
    )
    device = pipeline._execution_device
    with torch.no_grad():
        parts = [
            provider.get_embeddings_for_weighted_prompt_fragments(
                text_batch=[[fragment.text for fragment in fragments] or [""]],
                fragment_weights_batch=[[fragment.weight for fragment in fragments] or [1.0]],
                device=device,
            )
            for fragments in texts
        ]
        parts = _same_length(provider, parts, device)
        found: dict[str, Any] = {"prompt_embeds": parts[0], "negative_prompt_embeds": parts[1]}
        if sdxl:
            plain = ["".join(fragment.text for fragment in fragments) for fragments in texts]
            pooled = [provider.get_pooled_embeddings([text], device=device) for text in plain]
            found |= {"pooled_prompt_embeds": pooled[0], "negative_pooled_prompt_embeds": pooled[1]}
    return found


def _same_length(provider: Any, parts: list[Any], device: Any) -> list[Any]:
    """Pad the shorter one with the embeddings of the empty prompt: guidance needs both of one length."""
    import torch

    empty = provider.get_embeddings_for_weighted_prompt_fragments(
        text_batch=[[""]], fragment_weights_batch=[[1.0]], device=device
    )
    longest = max(part.shape[1] for part in parts)
    return [torch.cat([part, *[empty] * ((longest - part.shape[1]) // empty.shape[1])], 1) for part in parts]
