"""Run a super-resolution network over a picture of any mode, in tiles that overlap by what a pixel depends on."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from promptkit.errors import GenerationError, ModelError
from promptkit.finishing.arrays import ALPHA
from promptkit.finishing.resample import over
from promptkit.finishing.tiles import picture_in_tiles
from promptkit.finishing.weights import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

MOST_OVERLAP = 40
"""Deep networks reach further in principle; what lies beyond weighs less than a level."""
LEAST_TILE = 32
PROBE = 32
"""The side of a picture that tells how much memory a network needs."""
BUDGET = 1 << 30
"""Bytes that a tile's layers may take on a CPU."""
HELD = 2.0
"""What is held at once, in what the greatest layer takes in and gives out."""


def enlarged(image: Image, network: Network, tile: int) -> tuple[Image, int]:
    """Return a picture ``network.scale`` times larger, and the tile it was made with.

    Tiles are halved where memory runs out, down to ``LEAST_TILE``. Raises GenerationError where even that is too much,
    or the network gives no numbers or another size, ModelError for one that takes neither colour nor grey.
    """
    channels = network.descriptor.input_channels, network.descriptor.output_channels
    if not set(channels) <= {1, 3} or channels[0] < channels[1]:
        raise ModelError(
            f"{network.file} makes {channels[1]} channels of {channels[0]}.", hint="Use a model for RGB pictures."
        )
    step = network.descriptor.size_requirements.multiple_of
    overlap = _up(min(reach_of(network.descriptor.model), MOST_OVERLAP), step)
    side = _up(min(tile, affordable(network, overlap)), step)
    while side >= LEAST_TILE:
        made = _tried(image, network, side, overlap)
        if made is not None:
            return made, side
        _free_memory()
        side = _up(side // 2, step)
    raise GenerationError(
        f"Memory ran out, even with tiles of {LEAST_TILE} pixels.", hint="Use a smaller model, or none: upscale:2."
    )


def affordable(network: Network, overlap: int) -> int:
    """Return the largest tile whose layers fit into ``BUDGET``, at least ``LEAST_TILE``.

    A CPU's memory is shared with everything else, and runs out without an error that could be caught; elsewhere there
    is no limit but the error.
    """
    if network.descriptor.device.type != "cpu":
        return sys.maxsize
    return max(LEAST_TILE, int(math.sqrt(BUDGET / _bytes_per_pixel(network))) - 2 * overlap)


def _bytes_per_pixel(network: Network) -> float:
    """Return what the layer that needs most takes in and gives out, in bytes for each pixel of a small probe."""
    import numpy as np

    most = 1

    def look(_layer: Any, taken: tuple[Any, ...], given: Any) -> None:
        nonlocal most
        sizes = [one.numel() * one.element_size() for one in (*taken, given) if hasattr(one, "numel")]
        most = max(most, sum(sizes))

    handles = [layer.register_forward_hook(look) for layer in network.descriptor.model.modules()]
    try:
        _run(network, np.full((PROBE, PROBE, network.descriptor.input_channels), 0.5, np.float32))
    finally:
        for handle in handles:
            handle.remove()
    return HELD * most / PROBE**2


def reach_of(model: Any) -> int:
    """Return how far a pixel's value may depend on others, in pixels: what all convolutions come to in a row.

    Layers of other kinds that look sideways, such as attention, reach ``MOST_OVERLAP``.
    """
    import torch

    nn = torch.nn
    local = (nn.PReLU, nn.LeakyReLU, nn.ReLU, nn.GELU, nn.SiLU, nn.Identity, nn.PixelShuffle, nn.Upsample)
    reach = 0
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            if max(layer.stride) > 1:
                return MOST_OVERLAP
            reach += max((size - 1) // 2 * wide for size, wide in zip(layer.kernel_size, layer.dilation, strict=True))
        elif not (isinstance(layer, local) or any(True for _ in layer.children())):
            return MOST_OVERLAP
    return reach


def _tried(image: Image, network: Network, tile: int, overlap: int) -> Image | None:
    """Return the larger picture; ``None`` where memory ran out."""
    import torch

    alpha = image.mode in ALPHA

    def work(values: NDArray[Any]) -> NDArray[Any]:
        return _with_alpha(network, values) if alpha else _colours(network, values)

    try:
        return picture_in_tiles(image, work, tile=tile, overlap=overlap, scale=network.scale, border=0)
    except (torch.OutOfMemoryError, MemoryError):
        return None
    except RuntimeError as error:
        if "allocate" not in str(error):
            raise
        return None


def _with_alpha(network: Network, values: NDArray[Any]) -> NDArray[Any]:
    """Enlarge premultiplied colours and alpha alike, so that hidden colours do not bleed."""
    import numpy as np

    colours, alpha = values[..., :-1], values[..., -1:]
    if alpha.min() == 1:
        larger = _colours(network, colours)
        return np.concatenate([larger, np.ones_like(larger[..., :1])], axis=2)
    wide, seen = _colours(network, colours * alpha), np.clip(_colours(network, alpha), 0, 1)
    return np.concatenate([over(wide, np.broadcast_to(seen, wide.shape)), seen], axis=2)


def _colours(network: Network, values: NDArray[Any]) -> NDArray[Any]:
    """Run the network on one channel or three; grey goes through a network of colours as three equal channels."""
    import numpy as np

    takes, count = network.descriptor.input_channels, values.shape[2]
    if takes == 1:
        return np.concatenate([_run(network, values[..., at : at + 1]) for at in range(count)], axis=2)
    made = _run(network, np.repeat(values, takes, axis=2) if count == 1 else values)
    return made.mean(axis=2, keepdims=True) if count == 1 else made


def _run(network: Network, values: NDArray[Any]) -> NDArray[Any]:
    import numpy as np
    import torch

    device = network.descriptor.device
    batch = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None].to(device)
    return network.descriptor(batch)[0].cpu().numpy().transpose(1, 2, 0)


def _up(number: int, step: int) -> int:
    return math.ceil(number / step) * step


def _free_memory() -> None:
    """Give back what nothing holds any more, outside the ``except`` whose traceback pins tensors."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
