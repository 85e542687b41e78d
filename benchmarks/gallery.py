"""Measure the gallery page: how large it is, how long it takes to write, and how quick it is in Chromium.

python benchmarks/gallery.py [--pictures 1000] [--side 768]
python benchmarks/gallery.py --picture docs/images/gallery.png
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from PIL import Image

from promptkit import Session
from promptkit.gallery import Picture, card_of
from promptkit.metadata import write_png
from promptkit.records import Candidate, Recipe
from promptkit.report import gallery_page
from promptkit.slots.parse import parse
from tests.browser.chromium import chromium

WORDS = (
    ("red", "blue", "green"),
    ("cat", "dog", "lighthouse"),
    ("golden hour", "neon lighting"),
    ("oil painting", "ink"),
)
SHOWN = ("a red lighthouse, golden hour", "embedded/watercolour-dusk", "upscale:2,sharpen")
TIMED = """(({id, value}) => {
  const field = document.getElementById(id), begin = performance.now();
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  document.body.offsetHeight;
  return performance.now() - begin;
})"""


def write_pictures(folder: Path, count: int, side: int) -> list[Path]:
    """Write pictures as large as a model's, of blurred noise, each with a recipe and scores."""
    paths = []
    for n in range(count):
        draw = random.Random(n)
        colour, thing, light, style = (draw.choice(words) for words in WORDS)
        text = f"a {colour} {thing}, {light}, {style}, wide shot"
        found = Recipe(
            prompt=text, resolved=text, negative="blurry", phrases=tuple(one.to_json() for one in parse(text).phrases),
            styles=(), seed=0, candidates=count, text_seed=0, model={"name": "m"},
            settings={"num_inference_steps": 20, "guidance_scale": 7.0, "width": side, "height": side},
            environment={"promptkit": "0.1.0"}, ranker=None,
        )  # fmt: skip
        image = Image.effect_noise((32, 32), 90).resize((side, side), Image.Resampling.BICUBIC).convert("RGB")
        scores = {name: draw.random() for name in ("total", "subject", "style", "lighting", "camera")}
        paths.append(folder / f"{n}.png")
        with paths[-1].open("wb") as handle:
            write_png(handle, image, found, Candidate(index=n, seed=n, image=image, scores=scores))
    return paths


def measure(count: int, side: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "page.html"
        paths = write_pictures(folder, count, side)
        begin = time.perf_counter()
        cards = [card_of(Picture(path=path), page=page, side=256)[0] for path in paths]
        page.write_text(gallery_page(cards, title="Many"), encoding="utf-8")
        took, size = time.perf_counter() - begin, page.stat().st_size / 1e6
        print(f"{count} pictures of {side}x{side}: {took:.1f} s, {size:.1f} MB")
        with chromium(folder / "profile") as browser:
            browser.size(1280)
            begin = time.perf_counter()
            browser.open(page)
            print(f"opened in {time.perf_counter() - begin:.2f} s")
            for field, value in (
                ("sort", "score:total"),
                ("sort", "seed"),
                ("words", "neon cat"),
                ("words", "zebra"),
                ("words", ""),
            ):
                took = browser.run(f"{TIMED}({{id: {field!r}, value: {value!r}}})")
                print(f"{field} '{value}': {took:.0f} ms")


def draw(path: Path) -> None:
    """Draw the picture of docs/library.md: four candidates of the embedded model, the winner finished."""
    text, style, chain = SHOWN
    with tempfile.TemporaryDirectory() as name, Session() as session:
        folder = Path(name)
        result = session.generate(text, styles=[style], candidates=3, finish=chain, out=folder, negative="fog")
        before = Path(str(result.best.path))
        pictures = [Picture(path=Path(str(result.best.finished_path)), before=before)]
        pictures += [Picture(path=Path(str(one.path))) for one in result.ranked]
        page = folder / "page.html"
        cards = [card_of(one, page=page, side=256)[0] for one in pictures]
        page.write_text(gallery_page(cards, title="Lighthouses"), encoding="utf-8")
        with chromium(folder / "profile") as browser:
            browser.size(1240, 800)
            browser.media(prefers_color_scheme="light")
            browser.open(page)
            browser.picture(folder / "shot.png")
        with Image.open(folder / "shot.png") as shot:
            shot.convert("RGB").quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--side", type=int, default=768)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    if options.picture:
        draw(options.picture)
    else:
        measure(options.pictures, options.side)
