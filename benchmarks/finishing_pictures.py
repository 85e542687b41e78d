"""Draw the pictures of docs/finishing.md with the chains that it names.

python benchmarks/finishing_pictures.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import skimage
from PIL import Image, ImageDraw

import promptkit
from promptkit.sheet import Labelled, contact_sheet

FOLDER = Path("docs/images/finishing")
TEXTS = (
    ("a red cat, flat vector, soft daylight, close-up", 3),
    ("a blue owl, ink line drawing, golden hour", 2),
    ("an orange fish, watercolour, moonlight", 5),
)
LOOKS = ("golden", "moonlit", "bleach", "noir")
LARGE = "upscale:4;model=embedded"


class Drawer:
    """The pictures, by the names of their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session = promptkit.Session()

    def made(self, text: str, seed: int) -> Image.Image:
        """Return what the embedded model draws for a text."""
        return self.session.generate(text, candidates=1, seed=seed).best.image

    def done(self, image: Image.Image, chain: str) -> Image.Image:
        found = self.session.finish(image, chain)
        if found.failed:
            raise SystemExit("; ".join(found.failed))
        return found.image

    def upscale(self) -> list[Labelled]:
        shown = []
        for text, seed in TEXTS:
            image = self.made(text, seed)
            shown += [
                Labelled(image=image, title="as it was made", text=text),
                Labelled(image=self.done(image, "upscale:4"), title="upscale:4", text="Lanczos"),
                Labelled(image=self.done(image, LARGE), title=LARGE),
            ]
        return shown

    def denoise(self) -> list[Labelled]:
        clean = self.done(self.made(*TEXTS[0]), LARGE)
        found = []
        for name, image in {"drawing": clean, "photograph": photograph()}.items():
            noisy = noised(image, 20)
            found += [
                Labelled(image=noisy, title=f"{name} with noise", text="a standard deviation of 20 levels"),
                Labelled(image=self.done(noisy, "denoise:auto"), title="denoise:auto"),
            ]
        return found

    def sharpen(self) -> list[Labelled]:
        soft = photograph().resize((128, 128), Image.Resampling.BILINEAR).resize((256, 256), Image.Resampling.BICUBIC)
        drawn = self.done(self.made(*TEXTS[2]), "upscale:4")
        found = []
        for name, image, chain in (("photograph", soft, "sharpen"), ("drawing", drawn, "sharpen:1;radius=3")):
            found += [
                Labelled(image=image, title=f"a soft {name}"),
                Labelled(image=self.done(image, chain), title=chain),
            ]
        return found

    def grade(self) -> list[Labelled]:
        drawn = self.done(self.made(*TEXTS[1]), LARGE)
        found = []
        for image in (drawn, photograph()):
            found.append(Labelled(image=image, title="as it was"))
            found += [Labelled(image=self.done(image, f"grade:{look}"), title=f"grade:{look}") for look in LOOKS]
        return found

    def face(self) -> list[Labelled]:
        worn = noised(red_eyed(photograph()), 12)
        return [
            Labelled(image=worn, title="with noise and red eyes"),
            Labelled(image=self.done(worn, "face"), title="face", text="a retouch, without a model"),
            Labelled(image=photograph(), title="the photograph", text="NASA, public domain"),
        ]

    def save(self, name: str, columns: int) -> None:
        sheet = contact_sheet(getattr(self, name)(), columns=columns)
        self.folder.mkdir(parents=True, exist_ok=True)
        sheet.save(self.folder / f"{name}.jpg", quality=78, subsampling=0, optimize=True)


def photograph() -> Image.Image:
    """Return the head of the photograph that scikit-image ships: Eileen Collins, NASA, public domain; 256×256."""
    return Image.fromarray(skimage.data.astronaut()).crop((96, 0, 352, 256))


def noised(image: Image.Image, sigma: float) -> Image.Image:
    values = np.asarray(image) + np.random.default_rng(7).normal(0, sigma, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def red_eyed(image: Image.Image) -> Image.Image:
    """Paint a flash's red into the pupils of ``photograph``."""
    found = image.copy()
    for x, y in ((107, 100), (152, 103)):
        ImageDraw.Draw(found).ellipse((x - 2, y - 2, x + 2, y + 2), fill=(215, 35, 40))
    return found


COLUMNS = {"upscale": 3, "denoise": 4, "sharpen": 4, "grade": 5, "face": 3}


def main() -> None:
    drawer = Drawer(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    for name, columns in COLUMNS.items():
        drawer.save(name, columns)


if __name__ == "__main__":
    main()
