"""Golden screens: what a view looks like at a width of 100, kept as text. PROMPTKIT_WRITE_SCREENS=1 writes them anew."""

import io
import os
from pathlib import Path

from rich.console import Console

SCREENS = Path(__file__).parent / "screens"
WIDTH = 100


def drawn(answered, width: int = WIDTH) -> str:
    """Return what a verb's answer looks like, without colours and blanks at the ends of lines."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    for part in answered:
        console.print(part)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def check_screen(name: str, answered, width: int = WIDTH) -> None:
    """Compare an answer with the screen that was kept of it."""
    path = SCREENS / f"{name}.txt"
    shown = drawn(answered, width)
    if os.environ.get("PROMPTKIT_WRITE_SCREENS"):
        SCREENS.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
