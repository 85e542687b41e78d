"""Finishing beside its references, in one run: quality, time, memory.

python benchmarks/finishing.py [--tiny] [--json FILE] [PART ...]

One thread, process CPU time, medians of rounds whose order is turned, one after the other on the same picture.

upscaler  the embedded network beside Lanczos and bicubic, on scenes of held-out combinations: PSNR, SSIM, time
tiles     a network over tiles beside the same network over the whole picture: greatest difference, time
memory    a fourfold upscale of 2048×2048 in a process of its own: peak of resident memory, time
denoise   denoise beside scikit-image called directly, on a photograph with noise of a known strength: PSNR, time
lut       a 3D LUT of 33³ beside colour-science's tetrahedral interpolation: ΔE2000, time
grade     numbers and a look on twelve megapixels: time, peak of resident memory
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import skimage
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio
from skimage.restoration import denoise_bilateral, denoise_nl_means, denoise_wavelet

import promptkit
from promptkit.embedded import pipeline_path, upscaler_path
from promptkit.embedded.training import upscaler, upscaler_figures

Found = dict[str, Any]
NETWORK = "upscale:2;model=embedded"
COMMAND = """
import atexit, re, sys, time
from pathlib import Path
peak = lambda: re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]
atexit.register(lambda: print(time.process_time(), peak(), file=sys.stderr))
from promptkit.cli import main
main()
"""
"""The command, telling its own peak in KiB at the end: ``ru_maxrss`` begins with that of the process it came from."""


class Bench:
    """The parts, each returning figures as plain JSON; ``tiny`` does the same work on small pictures."""

    def __init__(self, *, tiny: bool) -> None:
        self.tiny = tiny
        self.rounds = 1 if tiny else 5
        self.session = promptkit.Session()

    def done(self, image: Image.Image, chain: str) -> Image.Image:
        """Run a chain; a step that is left out ends the benchmark."""
        found = self.session.finish(image, chain)
        if found.failed or len(found.steps) != len(chain.split(",")):
            raise SystemExit(f"{chain}: {found.failed or found.notes}")
        return found.image

    def upscaler(self) -> Found:
        network = upscaler.load(upscaler_path())
        vae = AutoencoderKL.from_pretrained(pipeline_path() / "vae", torch_dtype=torch.float32).eval()
        image = photograph(64 if self.tiny else 512)
        seconds = self.times(
            {"upscaler": lambda: self.done(image, NETWORK), "lanczos": lambda: self.done(image, "upscale:2")}
        )
        return {
            "scenes": upscaler_figures.measure(network, vae, 8 if self.tiny else 240),
            "psnr_by_style": upscaler_figures.of_styles(network, 8 if self.tiny else 240),
            "seconds": seconds,
            "upscaler / lanczos": seconds["upscaler"] / seconds["lanczos"],
        }

    def tiles(self) -> Found:
        image = photograph(128 if self.tiny else 1024)
        ways = {"tiled": f"{NETWORK};tile=64", "in 512": f"{NETWORK};tile=512", "whole": f"{NETWORK};tile=4096"}
        shown = {name: np.asarray(self.done(image, chain), int) for name, chain in ways.items()}
        seconds = self.times({name: lambda chain=chain: self.done(image, chain) for name, chain in ways.items()})
        apart = {name: int(np.abs(shown[name] - shown["whole"]).max()) for name in ("tiled", "in 512")}
        return {"levels apart": apart, "seconds": seconds, "in 512 / whole": seconds["in 512"] / seconds["whole"]}

    def memory(self) -> Found:
        side = 96 if self.tiny else 2048
        return {chain: apart(side, chain) for chain in ("upscale:4", "upscale:4;model=embedded")}

    def denoise(self) -> Found:
        clean = np.asarray(photograph(64 if self.tiny else 384))
        return {f"sigma {sigma}": self._denoise(clean, sigma) for sigma in ((15,) if self.tiny else (10, 25))}

    def _denoise(self, clean: NDArray[Any], sigma: int) -> Found:
        noise = np.random.default_rng(sigma).normal(0, sigma, clean.shape)
        noisy = np.clip(np.rint(clean + noise), 0, 255).astype(np.uint8)
        image, floats, part = Image.fromarray(noisy), noisy / np.float32(255), sigma / 255
        ways: dict[str, Callable[[], Any]] = {
            f"promptkit {method}": lambda method=method: self.done(image, f"denoise:auto;method={method}")
            for method in ("nlm", "bilateral", "wavelet")
        }
        ways |= {
            "skimage nlm": lambda: denoise_nl_means(
                floats, patch_size=5, patch_distance=6, h=0.8 * part, sigma=part, channel_axis=-1
            ),
            "skimage bilateral": lambda: denoise_bilateral(  # of 0.3 to 4 standard deviations of colour, half is best
                floats, sigma_color=0.5 * part, sigma_spatial=2, mode="edge", channel_axis=-1
            ),
            "skimage wavelet": lambda: denoise_wavelet(
                floats, sigma=part, convert2ycbcr=True, rescale_sigma=True, channel_axis=-1
            ),
        }
        psnr = {name: float(peak_signal_noise_ratio(clean, levels(way()))) for name, way in ways.items()}
        return {
            "psnr": {"noisy": float(peak_signal_noise_ratio(clean, noisy)), **psnr},
            "seconds": self.times(ways),
        }

    def lut(self) -> Found:
        import colour  # not above: it puts a stand-in for matplotlib where diffusers looks for the real one

        image = photograph(64 if self.tiny else 512)
        table = colour.LUT3D(warm(colour.LUT3D.linear_table(33)), "warm")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "warm.cube"
            colour.write_LUT(table, str(path))
            floats = np.asarray(image) / 255
            ways: dict[str, Callable[[], Any]] = {
                "promptkit": lambda: self.done(image, f'grade:lut="{path}"'),
                "colour": lambda: table.apply(floats, interpolator=colour.algebra.table_interpolation_tetrahedral),
            }
            ours, theirs = (levels(way()) / 255 for way in ways.values())
            seconds = self.times(ways)
        apart = colour.delta_E(
            *(colour.XYZ_to_Lab(colour.sRGB_to_XYZ(one)) for one in (ours, theirs)), method="CIE 2000"
        )
        return {
            "delta E 2000": {"mean": float(apart.mean()), "max": float(apart.max())},
            "seconds": seconds,
            "promptkit / colour": seconds["promptkit"] / seconds["colour"],
        }

    def grade(self) -> Found:
        side = 96 if self.tiny else 3464
        chains = ("grade:exposure=0.3;contrast=1.1;saturation=1.1", "grade:golden")
        return {chain: apart(side, chain) for chain in chains}

    def times(self, ways: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
        """Return medians of process seconds; the order is turned from round to round."""
        names, taken = list(ways), {name: list[float]() for name in ways}
        for turn in range(self.rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                begin = time.process_time()
                ways[name]()
                taken[name].append(time.process_time() - begin)
        return {name: statistics.median(values) for name, values in taken.items()}


def photograph(side: int) -> Image.Image:
    """Return a square of the photograph that scikit-image ships (NASA, public domain), enlarged where it is smaller."""
    image = Image.fromarray(skimage.data.astronaut())
    return image if side == image.width else image.resize((side, side), Image.Resampling.LANCZOS)


def levels(found: Any) -> NDArray[np.uint8]:
    """Return a picture, or numbers in 0 … 1, as levels."""
    if isinstance(found, Image.Image):
        return np.asarray(found)
    return np.clip(np.rint(np.asarray(found) * 255), 0, 255).astype(np.uint8)


def warm(table: NDArray[Any]) -> NDArray[Any]:
    """Bend a table of colours: warmer, softer in the shadows, and the channels mixed a little."""
    mixed = table @ np.array([[0.9, 0.05, 0.0], [0.08, 0.9, 0.08], [0.02, 0.05, 0.92]])
    return np.clip(mixed ** np.array([0.85, 0.95, 1.15]) * [1.0, 0.97, 0.9] + [0.0, 0.01, 0.04], 0, 1)


def apart(side: int, chain: str) -> dict[str, float]:
    """Run the command on a picture of ``side``×``side``; return its process seconds and its peak of resident memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        photograph(side).save(path, compress_level=1)
        command = [sys.executable, "-c", COMMAND, "finish", str(path), "--chain", chain, "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or len(list(Path(folder).iterdir())) != 2:
            raise SystemExit(f"{chain}: {done.stderr}")
    seconds, peak = done.stderr.split()[-2:]
    return {"seconds": float(seconds), "peak MiB": int(peak) / 1024}


PARTS = ("upscaler", "tiles", "memory", "denoise", "lut", "grade")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all of them by default")
    parser.add_argument("--tiny", action="store_true", help="small pictures, one round: to see that it works")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part is named {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    torch.set_num_threads(1)
    bench = Bench(tiny=options.tiny)
    found = {part: rounded(getattr(bench, part)()) for part in options.parts or PARTS}
    text = json.dumps(found, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")


def rounded(found: Any) -> Any:
    """Keep four digits of every number."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    return float(f"{found:.4g}") if isinstance(found, float) else found


if __name__ == "__main__":
    main()
