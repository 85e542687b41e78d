"""Post-processors for tests: good ones, and one for each way to break the contract."""

import sys

from PIL import Image, ImageOps

from promptkit.errors import SettingsError
from promptkit.hookspecs import hookimpl
from promptkit.interfaces import Setting


class Finisher:
    def __init__(self, name, process, settings=None):
        self.name, self._process = name, process
        if settings is not None:
            self.settings = settings

    def process(self, image, *, settings, rng):
        return self._process(image, settings, rng)


def _speck(image, settings, rng):
    found = image.copy()
    found.putpixel((rng.randrange(image.width), rng.randrange(image.height)), (settings["grey"],) * 3)
    return found


def _scribble(image, settings, rng):
    image.putpixel((0, 0), (1, 2, 3))
    return image


def _fail(image, settings, rng):
    raise RuntimeError("no more ink")


def _print(image, settings, rng):
    print("working")
    return ImageOps.mirror(image)


SPECK = (
    Setting(name="grey", default=9, least=0, most=255),
    Setting(name="share", default=0.5, least=0, most=1),
    Setting(name="soft", default=False),
    Setting(name="shape", default="dot", choices=("dot", "ring")),
)


def _check_paper(value):
    if value == "wet":
        raise SettingsError("The paper is wet.", hint="Dry it.")
    assert value != "torn"


PAPER = (Setting(name="paper", default="dry", check=_check_paper),)


class FinishPlugin:
    """Told what each post-processor was handed in ``seen``."""

    def __init__(self):
        self.seen = []

    @hookimpl
    def register_postprocessors(self):
        made = {
            "invert": lambda image, *_: ImageOps.invert(image),
            "scribble": _scribble,
            "fail": _fail,
            "leave": lambda *_: sys.exit(3),
            "chatty": _print,
            "alpha": lambda image, *_: image.convert("RGBA"),
            "grey": lambda image, *_: image.convert("L"),
            "floats": lambda image, *_: image.convert("F"),
            "nothing": lambda *_: None,
            "empty": lambda *_: Image.new("RGB", (0, 5)),
            "double": lambda image, *_: image.resize((image.width * 2, image.height * 2)),
            "any": lambda image, settings, rng: self.seen.append(dict(settings)) or image.copy(),
        }
        named = [Finisher("speck", _speck, SPECK), Finisher("print", _print, PAPER), Finisher("odd", _print, {"a": 1})]
        return [*named, *(Finisher(name, process) for name, process in made.items())]
