"""What a weight does to embeddings: compel's way, and those of the two programs whose syntaxes people type.

Each takes one chunk: its pieces with their tokens, and ``plain``, the embeddings (1, length, width) at weight 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from promptkit.backends.conditioning.chunks import Piece
from promptkit.backends.conditioning.tower import Tower

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 1e-6
"""A mean that is this small beside the values is 0."""

Said = Sequence[tuple[Piece, Sequence[int]]]


def compel(tower: Tower, said: Said, plain: Tensor) -> Tensor:
    """Weigh as compel does: above 1 away from the empty prompt, below 1 towards the prompt without the words.

    compel's ``EmbeddingsProvider``; every weight is finite and every piece has a token by then.
    """
    from compel.embeddings_provider import EmbeddingsProvider, ReturnedEmbeddingsType

    kinds = ReturnedEmbeddingsType
    provider = EmbeddingsProvider(
        tower.tokenizer,
        tower.model,
        truncate=False,
        returned_embeddings_type=(
            kinds.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED if tower.penultimate else kinds.LAST_HIDDEN_STATES_NORMALIZED
        ),
    )
    texts = [tower.known(piece.text) for piece, _ in said]
    weights = [piece.weight for piece, _ in said]
    found: Tensor = provider.get_embeddings_for_weighted_prompt_fragments([texts], [weights], device=plain.device)
    return found


def a1111(tower: Tower, said: Said, plain: Tensor) -> Tensor:  # noqa: ARG001
    """Multiply each token by its weight, then restore the mean over the chunk, as the A1111 web UI does.

    ``EmphasisOriginal`` in its ``modules/sd_emphasis.py``. SDXL's two encoders are restored each by itself. A mean that
    is 0 but for rounding, as that behind an untrained layer norm, is left alone: the quotient of two such is noise.
    """
    plain = plain.float()
    weighed = plain * _weights(said, plain)
    before, after = plain.mean(), weighed.mean()
    if min(before.abs(), after.abs()) <= ROUNDING * plain.abs().mean():
        return weighed
    return weighed * (before / after)


def comfyui(tower: Tower, said: Said, plain: Tensor) -> Tensor:
    """Move each token away from the empty prompt's at its place, as ComfyUI does.

    ``ClipTokenWeightEncoder`` in its ``comfy/sd1_clip.py``; a token of weight 1 keeps its bits.
    """
    weights = _weights(said, plain)
    empty = tower.hidden(())[0].float()
    return plain.float().where(weights == 1, empty + weights * (plain.float() - empty))


def _weights(said: Said, like: Tensor) -> Tensor:
    """Return the weight at each place: (1, length, 1), 1 for the marks and the padding."""
    import torch

    weights = torch.ones(1, like.shape[1], 1, device=like.device)
    found = [piece.weight for piece, ids in said for _ in ids]
    weights[0, 1 : len(found) + 1, 0] = torch.tensor(found, device=like.device)
    return weights


Weigh = Callable[[Tower, Said, "Tensor"], "Tensor"]
WEIGH: Mapping[str, Weigh] = {"compel": compel, "a1111": a1111, "comfyui": comfyui}
