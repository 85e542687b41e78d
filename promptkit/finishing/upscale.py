"""Upscale: make a picture larger, by a filter or by a network from a local file."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit import embedded
from promptkit.errors import SettingsError
from promptkit.finishing.networks import enlarged
from promptkit.finishing.resample import METHODS, resampled
from promptkit.finishing.sizes import MAX_SIDE, Size, check_size
from promptkit.finishing.weights import Network, check_file, load_model
from promptkit.interfaces import MODES, Processed, Setting
from promptkit.names import nearest

if TYPE_CHECKING:
    from PIL.Image import Image

EMBEDDED = "embedded"


class Upscale:
    """Makes a picture larger: by a filter, or by a super-resolution network and a filter from there to the size."""

    name = "upscale"
    summary = "makes a picture larger, by a filter or a super-resolution network"
    modes = MODES
    settings = (
        Setting(name="scale", default=2.0, least=1, most=8, summary="how many times wider and higher"),
        Setting(
            name="longest", default=0, least=0, most=MAX_SIDE,
            summary="the longer side in pixels, in place of scale; 0 for scale",
        ),
        Setting(name="method", default="lanczos", choices=METHODS, summary="the filter"),
        Setting(name="linear", default=False, summary="whether the filter works on light in place of sRGB values"),
        Setting(
            name="model", default="", file=True,
            summary="a network: embedded, or the path of a .safetensors or .pth file that spandrel knows",
        ),
        Setting(name="sha256", default="", summary="what the model's file must hash to; a .pth needs it"),
        Setting(name="tile", default=512, least=64, most=4096, summary="the side of a network's tiles, in pixels"),
    )  # fmt: skip

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Raise SettingsError for a hash without a model and for a slip in ``embedded``, and what
        ``weights.check_file`` raises."""
        if settings["model"]:
            _check_name(settings["model"])
            check_file(_path(settings["model"]), settings["sha256"], "upscaler")
        elif settings["sha256"]:
            raise SettingsError("'upscale' has a sha256 and no model.", hint="Add model=, or leave sha256 out.")

    def process(self, image: Image, *, settings: Mapping[str, Any], rng: random.Random) -> Processed:  # noqa: ARG002
        """Return the larger picture. Raises SettingsError for a size that is too large."""
        size = _wanted(image.size, settings)
        if size == image.size:
            return Processed(image=image.copy(), note=_large_enough(image.size, settings), done=False)
        method, linear = settings["method"], settings["linear"]
        if not settings["model"]:
            note = f"{_grown(image.size, size, settings)}, {method.capitalize()}{' on light' if linear else ''}"
            return Processed(image=resampled(image, size, method=method, linear=linear), note=note, facts=_facts(size))
        network = load_model(_path(settings["model"]), settings["sha256"], "upscaler")
        made, facts = _by_network(image, size, network, settings["tile"])
        if made.size != size:
            made = resampled(made, size, method=method, linear=linear)
        note = f"{_grown(image.size, size, settings)}, {_said(facts, settings['tile'])}"
        return Processed(image=made, note=note, facts={**_facts(size), **facts})


def _by_network(image: Image, size: Size, network: Network, tile: int) -> tuple[Image, dict[str, Any]]:
    """Run a network as often as it takes to reach ``size``; return its picture and what a recipe keeps."""
    _check_passes(image.size, size, network)
    made, passes = image, 0
    while made.width < size[0] or made.height < size[1]:
        made, tile = enlarged(made, network, tile)
        passes += 1
    return made, {**network.facts(), "tile": tile, "passes": passes}


def _check_passes(given: Size, size: Size, network: Network) -> None:
    """Refuse a network that would not reach the size, or go far beyond it."""
    if network.scale < 2:
        raise SettingsError(
            f"{network.file} keeps the size of pictures.", hint="Use a super-resolution model, of scale 2 or more."
        )
    width, height = given
    while width < size[0] or height < size[1]:
        width, height = width * network.scale, height * network.scale
    check_size((width, height), f"{network.file} makes pictures {network.scale} times larger, and so")


def _wanted(given: Size, settings: Mapping[str, Any]) -> Size:
    """Return the size that is asked for, never smaller than the one that is there."""
    longest = settings["longest"]
    scale = max(1.0, longest / max(given)) if longest else settings["scale"]
    size = max(given[0], round(given[0] * scale)), max(given[1], round(given[1] * scale))
    check_size(size, "'upscale'")
    return size


def _large_enough(size: Size, settings: Mapping[str, Any]) -> str:
    asked = f"longest={settings['longest']}" if settings["longest"] else f"scale={settings['scale']:g}"
    return f"'upscale' left the picture as it was: at {size[0]}x{size[1]} it is as large as {asked} asks for."


def _grown(given: Size, size: Size, settings: Mapping[str, Any]) -> str:
    """Say from which size to which, and that the longer side counted where it did."""
    longest = f" by longest={settings['longest']}" if settings["longest"] else ""
    return f"{given[0]}x{given[1]} → {size[0]}x{size[1]}{longest}"


def _check_name(model: str) -> None:
    if not Path(model).expanduser().exists() and model != EMBEDDED and nearest(model, [EMBEDDED]):
        raise SettingsError(f"There is no model file '{model}'.", hint=f"Did you mean model={EMBEDDED}?")


def _facts(size: Size) -> dict[str, Any]:
    import PIL

    return {"size": list(size), "pillow": PIL.__version__}


def _said(facts: Mapping[str, Any], tile: int) -> str:
    times = {1: "", 2: ", run twice"}.get(facts["passes"], f", run {facts['passes']} times")
    small = "" if facts["tile"] >= tile else f", in tiles of {facts['tile']} pixels to fit the memory"
    return f"{facts['architecture']} model {facts['model']}, ×{facts['scale']}{times}{small}"


def _path(model: str) -> str:
    return str(embedded.upscaler_path()) if model == EMBEDDED else model
