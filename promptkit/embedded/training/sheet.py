"""Contact sheets of the embedded model: every value of one facet against every value of another, one seed each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from promptkit.embedded.words import COLOURS, FACETS, SUBJECTS
from promptkit.interfaces import Backend
from promptkit.prompt import Prompt
from promptkit.records import GenerationRequest, GenerationSettings, SamplerSpec

CELL, MARGIN, TOP = 96, 104, 20
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


def draw_all(backend: Backend, folder: Path, **how: Any) -> None:
    """Write subjects × styles, and lightings × camera set-ups of one subject."""
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
    sheet(backend, styles, list(usual["subject"].values()), texts, **how).save(
        folder / "embedded-sheet.png", optimize=True
    )
    texts = [[f"a red lighthouse, flat vector, {light}, {camera}" for camera in cameras] for light in lightings]
    sheet(backend, lightings, cameras, texts, **how).save(folder / "embedded-light-and-camera.png", optimize=True)
