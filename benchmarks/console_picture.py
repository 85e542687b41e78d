"""Draw the picture of the console in the README: a session in a real terminal, rendered by rich and a browser.

python benchmarks/console_picture.py [FILE]       needs tmux and chromium
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import MONOKAI

from tests.console.terminal import home, terminal

FILE = Path("docs/images/console.png")
COLUMNS, ROWS = 100, 50
PATIENCE = 120.0
LINES = ("a red lighthouse, watercolour, golden hour", "generate 4")
TYPED = "a red lighthouse, watercolour, golden hour, "
"""Stands on the line when the picture is taken."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def screen() -> str:
    """Return a session's screen with its colours."""
    with tempfile.TemporaryDirectory() as folder:
        env = home(Path(folder)) | {"PROMPTKIT_LIBRARY": "pictures", "PROMPTKIT_GRAPHICS": "halfblocks"}
        env |= {"COLORTERM": "truecolor", "HF_HUB_OFFLINE": "1"}
        command = ["bash", "-c", f"cd {folder} && exec {sys.executable} -m promptkit console"]
        with terminal(command, columns=COLUMNS, rows=ROWS, env=env) as opened:
            for line in LINES:
                opened.wait_for("F2 hides this", patience=PATIENCE)
                opened.type(line)
                opened.keys("Enter")
                time.sleep(1.0)
            opened.wait_for("Picture", "F2 hides this", patience=PATIENCE)
            opened.type(TYPED)
            time.sleep(2.0)
            return opened.screen(escapes=True)


def write_picture(captured: str, file: Path) -> None:
    """Render a captured screen as a PNG."""
    console = Console(record=True, width=COLUMNS, force_terminal=True, color_system="truecolor", file=io.StringIO())
    for line in AnsiDecoder().decode(captured.rstrip("\n")):
        console.print(line, no_wrap=True, overflow="crop")
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "console.svg")
        svg = console.export_svg(title="promptkit", theme=MONOKAI)
        width, height = (round(float(number)) for number in svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split())
        page.write_text(svg, encoding="utf-8")
        size = [f"--window-size={width},{height}", "--default-background-color=00000000"]
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *size]
        command = [browser, *options, f"--screenshot={file.absolute()}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)


if __name__ == "__main__":
    write_picture(screen(), Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
