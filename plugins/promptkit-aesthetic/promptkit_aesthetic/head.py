"""A linear head on a CLIP's picture features: w · f + b, with f of length 1."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit import Candidate, ModelError, Prompt, SettingsError
from promptkit.rankers.clip_model import ClipModel, pictures
from promptkit.rgb import as_rgb

if TYPE_CHECKING:
    from torch import Tensor

SPELLED = "CLIP+HEAD.safetensors, such as ViT-L-14/openai+heads/aesthetic.safetensors"
MEND = "A head is a safetensors file with a weight of the CLIP's width, (width) or (1, width), and perhaps a bias."


class AestheticRanker:
    """Scores pictures by a head that somebody trained, on whatever scale that was; ``total`` alone."""

    name = "aesthetic"

    def __init__(self, clip: ClipModel, path: Path) -> None:
        self.clip, self.path = clip, path
        self.weight, self.bias = read_head(path, _width(clip))
        self.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()

    def describe(self) -> Mapping[str, Any]:
        clip = self.clip.describe()
        return {
            "name": self.name,
            "model": f"{clip['model']}+{self.path.name}",
            "hash": clip["hash"],
            "head": self.sha256,
            "total": "the head's own scale; higher is better",
        }

    def score(self, prompt: Prompt, candidates: Sequence[Candidate]) -> list[Mapping[str, float]]:  # noqa: ARG002
        if not candidates:
            return []
        features = self.clip.images([as_rgb(image) for image in pictures(candidates)]).float().cpu()
        return [{"total": value} for value in (features @ self.weight + self.bias).tolist()]


class AestheticLoader:
    """Any open_clip model with a head that the user names."""

    name = "aesthetic"
    summary = "a linear head on a CLIP's picture features, whatever the prompt says"
    checkpoints = SPELLED

    def load(self, model: str | None = None, *, device: str | None = None) -> AestheticRanker:
        clip, plus, head = (model or "").partition("+")
        if not (clip and plus and head):
            raise SettingsError("The ranker 'aesthetic' needs a CLIP and a head.", hint=f"Write aesthetic:{SPELLED}.")
        path = Path(head).expanduser()
        if path.suffix != ".safetensors" or not path.is_file():
            why = "is no file" if path.suffix == ".safetensors" else "is no .safetensors file"
            raise ModelError(f"The head '{head}' {why}.", hint=MEND)
        return AestheticRanker(ClipModel(clip, device), path)


def read_head(path: Path, width: int) -> tuple[Tensor, Tensor]:
    """Return weight (width) and bias (). Raises ModelError for a file that is no head of that width."""
    import torch
    from safetensors.torch import load_file

    try:
        tensors = [tensor.float().flatten() for tensor in load_file(path).values()]
    except Exception as error:
        raise ModelError(f"The head '{path.name}' cannot be read: {error}", hint=MEND) from error
    sizes = sorted(len(tensor) for tensor in tensors)
    if sizes not in ([width], [1, width]):
        raise ModelError(
            f"The head '{path.name}' holds {', '.join(map(str, sizes)) or 'no'} values; this CLIP is {width} wide.",
            hint=f"{MEND} Take the CLIP that it was trained on.",
        )
    if not all(bool(tensor.isfinite().all()) for tensor in tensors):
        raise ModelError(f"The head '{path.name}' holds numbers that are none.", hint="Export it again in float32.")
    weight = next(tensor for tensor in tensors if len(tensor) == width)
    bias = next((tensor[0] for tensor in tensors if tensor is not weight), torch.tensor(0.0))
    return weight, bias


def _width(clip: ClipModel) -> int:
    from PIL import Image

    return int(clip.images([Image.new("RGB", (8, 8))]).shape[-1])
