"""A first pack that explains itself, for those who write their own."""

from __future__ import annotations

import re
from pathlib import Path

from promptkit.errors import OutputError, PackError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def starter_text(name: str) -> str:
    """Return a commented pack. Raises PackError for what is no name."""
    if not NAME.fullmatch(name):
        raise PackError(f"'{name[:64]}' cannot be a pack's name.", hint="Names are a-z, 0-9 and -: night-city.")
    return _TEXT.replace("NAME", name).replace("TITLE", name.replace("-", " ").capitalize())


def write_starter(name: str, folder: Path) -> Path:
    """Write ``name.yaml`` into a folder, made if need be, and check it; return its path. Raises PackError, and
    OutputError where the file is there already or cannot be written."""
    from promptkit.packs.library import read_pack

    text = starter_text(name)
    path = folder / f"{name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise OutputError(f"'{path}' is there already.", hint="Choose another name; nothing was changed.") from None
    except OSError as error:
        raise OutputError(f"'{path}' cannot be written: {error.strerror}.", hint="Choose --folder.") from None
    read_pack(path)
    return path


_TEXT = """\
# A style pack. Every value is read as the text that stands here: 16:9 and no are just words.
# Check it while you write: promptkit styles check --watch THIS-FILE
promptkit: 1                    # the format's version
name: NAME
version: 1.0.0
title: TITLE
summary: One line about the pack.
license: CC0-1.0

# What every style of the pack has.
defaults:
  negative: [watermark, text]   # what pictures should not show
  settings: {guidance_scale: 6} # suggestions; what a user sets counts more

styles:
  first-light:                  # used as --style NAME/first-light
    title: First light
    summary: One line that says what it does to a picture.

    # What it says, slot by slot. What was typed stays: these fill the slots that were left open, and add to style.
    style: [natural light photograph, {text: muted colours, weight: 1.1}]
    lighting: [low morning sun through a curtain]
    camera: [50mm lens, f/2.8]
    negative: [flash]

  by-the-window:
    title: By the window
    summary: The same, with the subject at a window, in weather that the text seed draws.
    extends: first-light          # takes everything from it; what stands here replaces a slot or adds to the rest
    subject: "{subject} at a window on a {weather} day"   # braces begin a mapping in YAML: quote them
    choices:
      weather: [bright, rainy, foggy]
    order: [lighting, style]      # says the light before the medium; the camera follows
    conflicts: [product-photography/*]
    settings: {width: 832, height: 1216}
    notes:                        # for people, shown by promptkit styles show
      sdxl: Weights over 1.3 show as grain; keep them low.

# Looks for finished pictures: --finish grade:quiet-warmth
grades:
  quiet-warmth:
    summary: One line that says what it does to a picture.
    temperature: 15               # mireds; above 0 is warmer
    contrast: 0.9
    lift: [0.01, 0.008, 0.006]    # one number, or one each for red, green and blue

# Words that promptkit parse should know, by slot.
vocabulary:
  lighting: [curtain light]
"""
