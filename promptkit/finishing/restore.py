"""Restore an aligned face by a network that spandrel loads: GFPGAN, RestoreFormer, or one that cleans pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from promptkit.errors import GenerationError
from promptkit.finishing.weights import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray


def restored(network: Network, face: NDArray[Any]) -> NDArray[Any]:
    """Return the restored face, float32 (side, side, 3) in 0 to 1, of one of that shape.

    Raises GenerationError where the network gives something else, or memory runs out.
    """
    import numpy as np
    import torch

    given = torch.from_numpy(np.ascontiguousarray(face.transpose(2, 0, 1)[None], dtype=np.float32))
    device = next(network.descriptor.model.parameters()).device
    try:
        with torch.inference_mode():
            made = _run(network, given.to(device)).float().cpu().numpy()
    except torch.OutOfMemoryError as error:
        raise GenerationError(
            f"{network.file} needs more memory than there is.", hint="Close what else runs, or use a smaller model."
        ) from error
    if made.shape[:2] != (1, 3) or not np.isfinite(made).all():
        raise GenerationError(f"{network.file} gave no picture for a face.", hint="Use another restorer.")
    return _sized(np.clip(made[0].transpose(1, 2, 0), 0, 1), face.shape[0])


def _run(network: Network, given: Any) -> Any:
    """Ask the network. GFPGAN is asked as its authors do: in -1 to 1, and here with the noise of its file.

    Spandrel 0.4 hands it 0 to 1, cuts what it gives below 0, and lets it draw from torch's global state.
    """
    if network.architecture == "GFPGAN":
        made, _ = network.descriptor.model(2 * given - 1, return_rgb=False, randomize_noise=False)
        return (made + 1) / 2
    return network.descriptor(given)


def _sized(made: NDArray[Any], side: int) -> NDArray[Any]:
    """Return a picture of another size, as upscaling restorers give, in the size that was given."""
    import numpy as np
    from PIL import Image as Pillow

    if made.shape[:2] == (side, side):
        return made
    planes = [Pillow.fromarray(np.ascontiguousarray(made[..., channel])) for channel in range(3)]
    return np.stack([np.asarray(plane.resize((side, side), Pillow.Resampling.LANCZOS)) for plane in planes], axis=2)
