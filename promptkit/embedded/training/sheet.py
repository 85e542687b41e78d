"""Contact sheets of the embedded model: every value of one facet against every value of another, one seed each."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from promptkit.embedded.training.evaluate import Failure
from promptkit.embedded.words import COLOURS, FACETS, SUBJECTS
from promptkit.interfaces import Backend, Ranker, StepEvent
from promptkit.prompt import Prompt
from promptkit.records import GenerationRequest, GenerationSettings, SamplerSpec

CELL, MARGIN, TOP = 128, 104, 20
GAP = 16
INK, PAPER = (40, 40, 48), (250, 250, 248)


def sheet(
    backend: Backend, rows: Sequence[str], columns: Sequence[str], texts: Sequence[Sequence[str]],
    *, settings: GenerationSettings, sampler: SamplerSpec | None, seed: int = 0,
) -> Image.Image:  # fmt: skip
    """Generate ``texts[row][column]``, candidate after candidate from ``seed`` up, and label the rows and columns."""
    picture = Image.new("RGB", (MARGIN + CELL * len(columns), TOP + CELL * len(rows)), PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(11)
    for x, title in enumerate(columns):
        draw.text((MARGIN + x * CELL + CELL / 2, TOP / 2), title, INK, font, anchor="mm")
    for y, title in enumerate(rows):
        draw.text((MARGIN - 6, TOP + y * CELL + CELL / 2), title, INK, font, anchor="rm")
        for x, text in enumerate(texts[y]):
            prompt = Prompt(text=text, phrases=())
            seeds = (seed + y * len(columns) + x,)
            (candidate,) = backend.generate(
                GenerationRequest(prompt=prompt, seeds=seeds, settings=settings, sampler=sampler)
            )
            if candidate.image is not None:
                cell = candidate.image.resize((CELL, CELL), Image.Resampling.NEAREST)
                picture.paste(cell, (MARGIN + x * CELL, TOP + y * CELL))
    return picture


def draw_all(
    backend: Backend, ranker: Ranker, read: Callable[[str], Prompt], folder: Path, *, seed: int, **how: Any
) -> None:
    """Write subjects × styles, lightings × camera set-ups, sixteen seeds of one prompt, and noise becoming a
    picture."""
    usual = {facet: {value: phrases[0] for value, phrases in table.items()} for facet, table in FACETS.items()}
    colours, lightings, cameras = list(COLOURS), list(usual["lighting"].values()), list(usual["camera"].values())
    styles = list(usual["style"].values())
    texts = [
        [
            f"a {usual['colour'][colours[(i + k) % 8]]} {usual['subject'][subject]}, {style}, {lightings[(i + k) % 6]}"
            for i, subject in enumerate(SUBJECTS)
        ]
        for k, style in enumerate(styles)
    ]
    write(sheet(backend, styles, list(usual["subject"].values()), texts, seed=seed, **how), folder, "embedded-sheet")
    texts = [[f"a red lighthouse, flat vector, {light}, {camera}" for camera in cameras] for light in lightings]
    write(sheet(backend, lightings, cameras, texts, seed=seed, **how), folder, "embedded-light-and-camera")
    prompt = read("a yellow sailboat, golden hour")
    write(sixteen_seeds(backend, ranker, prompt, **how), folder, "embedded-sixteen-seeds")
    write(noise_to_picture(backend, prompt, **how), folder, "embedded-noise-to-picture")


def write(picture: Image.Image, folder: Path, name: str) -> None:
    """Write a sheet as WebP, a sixth of a PNG and no difference to the eye."""
    picture.save(folder / f"{name}.webp", quality=92, method=6)


def sixteen_seeds(
    backend: Backend, ranker: Ranker, prompt: Prompt, *, settings: GenerationSettings, sampler: Any
) -> Image.Image:
    """Draw one prompt from sixteen seeds, best first, each with its scores."""
    request = GenerationRequest(prompt=prompt, seeds=tuple(range(16)), settings=settings, sampler=sampler)
    candidates = list(backend.generate(request))
    scores = ranker.score(prompt, candidates)
    order = sorted(range(16), key=lambda i: -scores[i].get("total", 0.0))
    high = CELL + 2 * TOP
    picture = Image.new("RGB", (8 * CELL, 2 * high), PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(10)
    for place, i in enumerate(order):
        x, y = place % 8 * CELL, place // 8 * high
        image = candidates[i].image
        if image is not None:
            picture.paste(image.resize((CELL, CELL), Image.Resampling.NEAREST), (x, y))
        said = " ".join(f"{slot} {score:.2f}" for slot, score in scores[i].items() if slot != "total")
        draw.text((x + CELL / 2, y + CELL + 9), f"seed {i}: {scores[i].get('total', 0.0):.3f}", INK, font, anchor="mm")
        draw.text((x + CELL / 2, y + CELL + 26), said, INK, ImageFont.load_default(8), anchor="mm")
    return picture


def failures(found: Sequence[Failure]) -> Image.Image:
    """Draw pictures that went wrong, each with its prompt and what was seen instead."""
    high = CELL + 3 * TOP
    picture = Image.new("RGB", (8 * (CELL + GAP), -(-len(found) // 8) * high), PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(9)
    for place, failure in enumerate(found):
        x, y = place % 8 * (CELL + GAP), place // 8 * high
        picture.paste(failure.image.resize((CELL, CELL), Image.Resampling.NEAREST), (x, y))
        lines = [*textwrap.wrap(failure.text, 30)[:3], f"seen: {', '.join(failure.seen.values())}"]
        draw.multiline_text((x + 2, y + CELL + 2), "\n".join(lines), INK, font, spacing=2)
    return picture


def noise_to_picture(backend: Backend, prompt: Prompt, *, settings: GenerationSettings, sampler: Any) -> Image.Image:
    """Draw one seed as it stands after every other denoising step."""
    frames: list[tuple[int, Image.Image]] = []

    def look(event: StepEvent) -> None:
        if event.step % 2 == 0:
            frames.append((event.step, event.preview(0)))

    request = GenerationRequest(prompt=prompt, seeds=(3,), settings=settings, sampler=sampler)
    list(backend.generate(request, on_step=look))
    picture = Image.new("RGB", (len(frames) * CELL, CELL + TOP), PAPER)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(11)
    for i, (step, frame) in enumerate(frames):
        picture.paste(frame.resize((CELL, CELL), Image.Resampling.NEAREST), (i * CELL, TOP))
        draw.text((i * CELL + CELL / 2, TOP / 2), f"step {step}", INK, font, anchor="mm")
    return picture
