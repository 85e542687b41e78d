"""Full-size shapes with random weights on a GPU: SDXL and FLUX in bfloat16, and how fast pictures are scored.

python benchmarks/gpu.py [--families sdxl flux] [--batches 1 4 8 16] [--compile] [--peak 989] [--json FILE]

Random weights draw noise, at the speed of the real ones: nothing is downloaded. Each line is one run of promptkit's own
backend: candidates a second, the share of the card's peak that the denoiser reaches (its matrix products, counted),
peak memory, and halving's seconds beside best-of-n's. ``--peak`` is the dense bfloat16 rate in TFLOP/s (H100 SXM:
989). ``--tiny`` runs the same code on small shapes on any machine, to see that it works.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

import promptkit
from promptkit.backends.diffusers import DiffusersBackend
from promptkit.records import GenerationRequest, GenerationSettings, ModelSpec

ROUNDS = 3
SCORED = 256


@dataclass(frozen=True)
class Shape:
    """A family's pipeline without text encoders, and the embeddings that stand for them."""

    side: int
    steps: int
    build: Callable[[], Any]
    embeddings: Callable[[], dict[str, torch.Tensor]]


def sdxl(*, tiny: bool) -> Shape:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel

    channels, layers, cross = ((32, 64, 64), (1, 1, 1), 64) if tiny else ((320, 640, 1280), (1, 2, 10), 2048)
    pooled = 32 if tiny else 1280

    def build() -> Any:
        unet = UNet2DConditionModel(
            sample_size=16 if tiny else 128, block_out_channels=channels, cross_attention_dim=cross,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), layers_per_block=2,
            transformer_layers_per_block=layers, attention_head_dim=[max(1, width // 64) for width in channels],
            addition_embed_type="text_time", addition_time_embed_dim=256, use_linear_projection=True,
            projection_class_embeddings_input_dim=pooled + 6 * 256,
        )  # fmt: skip
        return StableDiffusionXLPipeline(
            vae=_vae(4, tiny=tiny), unet=unet, text_encoder=None, text_encoder_2=None, tokenizer=None,
            tokenizer_2=None, scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear"), add_watermarker=False,
        )  # fmt: skip

    def embeddings() -> dict[str, torch.Tensor]:
        sides = {"": torch.randn, "negative_": torch.randn}
        return {
            f"{side}{name}": draw(*shape)
            for side, draw in sides.items()
            for name, shape in {"prompt_embeds": (1, 77, cross), "pooled_prompt_embeds": (1, pooled)}.items()
        }

    return Shape(64 if tiny else 1024, 4 if tiny else 30, build, embeddings)


def flux(*, tiny: bool) -> Shape:
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel

    heads, double, single, joint = (2, 1, 1, 32) if tiny else (24, 19, 38, 4096)
    head = 16 if tiny else 128
    axes = (4, 6, 6) if tiny else (16, 56, 56)

    def build() -> Any:
        transformer = FluxTransformer2DModel(
            in_channels=64, num_layers=double, num_single_layers=single, attention_head_dim=head, axes_dims_rope=axes,
            num_attention_heads=heads, joint_attention_dim=joint, pooled_projection_dim=768, guidance_embeds=True,
        )  # fmt: skip
        return FluxPipeline(
            scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0), vae=_vae(16, tiny=tiny),
            text_encoder=None, tokenizer=None, text_encoder_2=None, tokenizer_2=None, transformer=transformer,
        )  # fmt: skip

    def embeddings() -> dict[str, torch.Tensor]:
        return {"prompt_embeds": torch.randn(1, 512, joint), "pooled_prompt_embeds": torch.randn(1, 768)}

    return Shape(64 if tiny else 1024, 4 if tiny else 28, build, embeddings)


def _vae(channels: int, *, tiny: bool) -> Any:
    from diffusers import AutoencoderKL

    widths = (8, 8, 16, 16) if tiny else (128, 256, 512, 512)
    return AutoencoderKL(
        block_out_channels=widths, latent_channels=channels, norm_num_groups=8 if tiny else 32, sample_size=64,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1 if tiny else 2, shift_factor=0.1159 if channels == 16 else None,
    )  # fmt: skip


FAMILIES = {"sdxl": sdxl, "flux": flux}


class Bench:
    """A family on the device, with requests of any batch."""

    def __init__(self, shape: Shape, device: str, *, compiled: bool) -> None:
        torch.manual_seed(0)
        with torch.device(device):
            torch.set_default_dtype(torch.bfloat16)
            pipeline = shape.build()
            torch.set_default_dtype(torch.float32)
        self.pipeline = pipeline.to(device, torch.bfloat16)
        self.pipeline.set_progress_bar_config(disable=True)
        self.network = getattr(pipeline, "transformer", None) or pipeline.unet
        if compiled:
            self.network.compile()
        self.shape, self.device = shape, device
        self.backend = DiffusersBackend(self.pipeline, ModelSpec(name="random", source="random"))
        found = shape.embeddings()
        self.arguments = {name: value.to(device, torch.bfloat16) for name, value in found.items()}

    def run(self, count: int, *, halving: bool = False) -> float:
        """Return seconds of one run of ``count`` candidates in one batch."""
        settings = GenerationSettings(
            width=self.shape.side, height=self.shape.side, num_inference_steps=self.shape.steps, guidance_scale=5.0,
            batch_size=count,
        )  # fmt: skip
        request = GenerationRequest(
            prompt=promptkit.parse("a lighthouse"),
            seeds=tuple(range(count)),
            settings=self.backend.settle(settings),
            encode=lambda *_: ("benchmark", self.arguments),
        )
        marks = {round(0.4 * self.shape.steps), round(0.6 * self.shape.steps)} if halving else set()

        def step(event: Any) -> Any:
            if event.step not in marks:
                return None
            event.previews(event.indices)
            return event.indices[: max(1, len(event.indices) // 2)]

        self._wait()
        begin = time.perf_counter()
        for _ in self.backend.generate(request, on_step=step):
            pass
        self._wait()
        return time.perf_counter() - begin

    def flops(self) -> int:
        """Count the matrix products of the denoiser for one candidate over all steps."""
        total = 0

        def count(module: Any, given: Any, named: Any) -> None:
            nonlocal total
            handle.remove()
            with FlopCounterMode(display=False) as counter, torch.no_grad():
                module(*given, **named)
            total = counter.get_total_flops()

        handle = self.network.register_forward_pre_hook(count, with_kwargs=True)
        self.run(1)
        return total * self.shape.steps

    def _wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()


def measure(bench: Bench, batches: list[int], peak: float) -> list[dict[str, float]]:
    work, found = bench.flops(), []
    for batch in batches:
        bench.run(batch)
        if bench.device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        seconds = statistics.median(bench.run(batch) for _ in range(ROUNDS))
        memory = torch.cuda.max_memory_allocated() / 2**30 if bench.device == "cuda" else 0.0
        halved = statistics.median(bench.run(batch, halving=True) for _ in range(ROUNDS)) if batch > 1 else seconds
        found.append(
            {
                "batch": batch,
                "candidates_per_second": batch / seconds,
                "share_of_peak": work * batch / seconds / (peak * 1e12),
                "memory_gib": memory,
                "halving_share": halved / seconds,
            }
        )
    return found


def scoring(device: str, architectures: list[str]) -> dict[str, float]:
    """Return pictures a second through open_clip's image towers, random weights, batches of 64, bfloat16."""
    import open_clip

    found = {}
    for name in architectures:
        model = open_clip.create_model(name, precision="bf16", device=device).eval()
        side = model.visual.image_size
        pictures = torch.randn(64, 3, *(side if isinstance(side, tuple) else (side, side)), device=device)
        with torch.inference_mode():
            model.encode_image(pictures.bfloat16())
            begin = time.perf_counter()
            for _ in range(SCORED // 64):
                model.encode_image(pictures.bfloat16()).float().cpu()
        found[name] = SCORED / (time.perf_counter() - begin)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 4, 8, 16])
    parser.add_argument("--compile", action="store_true", help="measure the compiled denoiser beside the eager one")
    parser.add_argument("--peak", type=float, default=989.0, help="TFLOP/s of the card in bfloat16, dense")
    parser.add_argument("--tiny", action="store_true", help="small shapes, on any machine")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.tiny:
        parser.error("there is no GPU here; --tiny runs small shapes on the CPU, to see that it works")
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    found: dict[str, Any] = {"device": name, "torch": torch.__version__}
    for family in options.families:
        for compiled in (False, True) if options.compile else (False,):
            bench = Bench(FAMILIES[family](tiny=options.tiny), device, compiled=compiled)
            key = f"{family}, {'compiled' if compiled else 'eager'}"
            found[key] = measure(bench, options.batches, options.peak)
            for line in found[key]:
                print(key, "  ".join(f"{name} {value:.3g}" for name, value in line.items()), flush=True)
            del bench
            if device == "cuda":
                torch.cuda.empty_cache()
    found["scoring"] = scoring(device, ["ViT-B-32"] if options.tiny else ["ViT-B-32", "ViT-L-14"])
    print("scored pictures a second", found["scoring"])
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
