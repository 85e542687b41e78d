"""Train the embedded models: ``python -m promptkit.embedded.train``.

Stages, each resumable and deterministic under its seed on one machine: judge, vae, decoder, latents, clip, unet,
preview, upscaler, export, sheets, evaluate. Run them one after the other, or ``latents`` in a process of its own beside
``unet``, which waits for its shards; with ``--warm``, ``decoder``, ``preview`` and ``clip`` beside it too. Their state
lies in ``--folder``, which git ignores; where it is gone, ``--warm`` begins from the weights in the package, or from
those of a folder like it, which may be of smaller networks. The figures were made on the CPU with one thread each;
``--device cuda`` has not been tried yet.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL

from promptkit.embedded import WEIGHTS, clip_path, pipeline_path, upscaler_path
from promptkit.embedded.plugin import EMBEDDED
from promptkit.embedded.training import (
    clip,
    curve,
    decoder,
    evaluate,
    export,
    judge,
    latents,
    preview,
    sheet,
    tokens,
    unet,
    upscaler,
    upscaler_figures,
    vae,
)
from promptkit.session import Session

STAGES = ("judge", "vae", "decoder", "latents", "clip", "unet", "preview", "upscaler", "export", "sheets", "evaluate")
SHEETS = Path("docs/images")
SHARDS = 90
CLIP_SHARDS = 40
SCRATCH = {"vae": 3000, "clip": 2600, "unet": 9000, "upscaler": 10000}
WARM = {"vae": 1100, "clip": 600, "unet": 5000, "upscaler": 2500}
"""Steps of a stage that begins from nothing, and of one that begins from weights."""


class Recipe:
    """The stages, each returning what the later ones need."""

    def __init__(self, folder: Path, prompts: int, *, warm: Path | None) -> None:
        self.folder = folder
        self.prompts = prompts
        self.steps = SCRATCH if warm is None else WARM
        self.pipeline = None if warm is None else warm / pipeline_path().name
        self.upscaler_file = None if warm is None else warm / upscaler_path().name
        self.clip_folder = None if warm is None else warm / clip_path().name

    def judge(self) -> judge.Judge:
        return judge.train(self.folder)

    def vae(self) -> Any:
        trained = vae.train(
            self.folder, self.steps["vae"], warm=None if self.pipeline is None else self.pipeline / "vae"
        )
        self._say("vae", vae.measure(trained))
        return trained

    def decoder(self) -> Any:
        """Return the autoencoder with its decoder taught once more."""
        trained = decoder.train(self.folder, self.vae())
        self._say("decoder", vae.measure(trained))
        return trained

    def preview(self) -> Any:
        """Teach the small decoder by the autoencoder that is in ``weights/``, or was just trained."""
        teacher = self._teacher()
        tiny = preview.train(self.folder, teacher)
        self._say("preview", preview.measure(tiny, teacher))
        return tiny

    def upscaler(self) -> None:
        """Train the upscaler, write it into ``weights/``, and measure it on scenes that it was not trained on."""
        teacher = self._teacher()
        trained = upscaler.train(self.folder, teacher, self.steps["upscaler"], warm=self.upscaler_file)
        upscaler.save(trained, upscaler_path())
        self._say("upscaler", upscaler_figures.measure(upscaler.load(upscaler_path()), teacher))

    def _teacher(self) -> Any:
        """Return the autoencoder of this training; with ``--warm`` and no state of one, that of the package."""
        if self.pipeline is None or (self.folder / "vae.pt").exists():
            return self.decoder()
        return AutoencoderKL.from_pretrained(self.pipeline / "vae", torch_dtype=torch.float32).eval()

    def latents(self) -> None:
        latents.make(self.folder, self.vae(), SHARDS)

    def clip(self) -> Any:
        shown_by = self.decoder().to(torch.bfloat16)
        pool = latents.Pool(self.folder, CLIP_SHARDS)
        return clip.train(self.folder, shown_by, pool, self.steps["clip"], warm=self.clip_folder)

    def unet(self) -> unet.Denoiser:
        pool, text = latents.Pool(self.folder, SHARDS), None if self.pipeline else self.clip()
        looker = curve.looker(self.folder, self.vae(), self.judge(), EMBEDDED.settings)
        return unet.train(self.folder, text, pool, self.steps["unet"], warm=self.pipeline, look=looker)

    def export(self) -> None:
        export.export_pipeline(self.unet(), self.decoder(), tokens.of(self.folder, "unet"), pipeline_path())
        export.export_clip(self.clip(), tokens.of(self.folder, "clip"), clip_path())
        export.export_preview(self.preview(), pipeline_path())
        size = sum(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file())
        self._say("export", {"bytes": size})

    def sheets(self) -> None:
        """Draw the contact sheets of the docs with what is in ``weights/``."""
        session, backend, settings, sampler = _loaded()
        ranker = session.registry.get("ranker", "clip").load("embedded")
        sheet.draw_all(backend, ranker, session.parse, SHEETS, settings=settings, sampler=sampler, seed=1)
        session.close()

    def evaluate(self) -> None:
        """Judge what is in ``weights/``, through the same backend and rankers as everybody uses."""
        trained = self.judge()
        session, backend, settings, sampler = _loaded()
        rankers = {
            "slot-wise CLIP": session.registry.get("ranker", "clip").load("embedded"),
            "plain CLIPScore": session.registry.get("ranker", "clip-plain").load("embedded"),
        }
        wrong: list[evaluate.Failure] = []
        found = evaluate.evaluate(
            backend, rankers, trained, session.parse, prompts=self.prompts, settings=settings, sampler=sampler,
            show=lambda done: sys.stderr.write(f"\revaluate {done}/{self.prompts}"), failures=wrong,
        )  # fmt: skip
        found["diversity"] = evaluate.diversity(
            backend, rankers["slot-wise CLIP"], session.parse, settings=settings, sampler=sampler
        )
        found["judge"] = evaluate.judge_figures(trained, backend.pipeline.vae)
        sheet.write(sheet.failures(wrong), SHEETS, "embedded-failures")
        sys.stdout.write(json.dumps(found, indent=2) + "\n")

    def _say(self, stage: str, figures: object) -> None:
        sys.stderr.write(f"{stage} {json.dumps(figures)}\n")


def _loaded() -> tuple[Session, Any, Any, Any]:
    """Return a session, its backend, and the settings and sampler that the embedded model is used with."""
    session = Session(model="embedded")
    backend = session.registry.get("backend", "diffusers").load(session.model)
    settings = backend.settle(session.model.settings)
    return session, backend, settings, session.registry.get("sampler", settings.sampler)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("stages", nargs="*", help=f"some of {', '.join(STAGES)}; all of them by default")
    parser.add_argument("--folder", type=Path, default=Path(".train"), help="where the state is kept")
    parser.add_argument("--prompts", type=int, default=300, help="how many prompts to evaluate, with 8 seeds each")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch; the figures were made with one")
    parser.add_argument("--device", default="cpu", help="where to train; only cpu has been tried")
    parser.add_argument(
        "--warm", type=Path, nargs="?", const=WEIGHTS, metavar="FOLDER",
        help="begin from weights where there is no state: the package's, or those of a folder like it; stands last",
    )  # fmt: skip
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_default_device(arguments.device)
    if arguments.warm is not None and not (arguments.warm / pipeline_path().name).is_dir():
        parser.error(f"'{arguments.warm}' holds no weights to begin from; give a folder such as {WEIGHTS.name}/")
    unknown = set(arguments.stages) - set(STAGES)
    if unknown:
        parser.error(f"no stage is named {', '.join(sorted(unknown))}; the stages are {', '.join(STAGES)}")
    recipe = Recipe(arguments.folder, arguments.prompts, warm=arguments.warm)
    for stage in arguments.stages or STAGES:
        getattr(recipe, stage)()


if __name__ == "__main__":
    main()
