"""How long the console takes from a key to the line in its colours, with the panel and the hint: whole, and by parts.

python benchmarks/console_latency.py

A pipe is the keyboard, and a terminal of 120×40 whose output goes nowhere is the screen. What a real terminal needs to
draw comes on top.
"""

from __future__ import annotations

import asyncio
import io
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.editor.hints import hint
from promptkit.console.editor.lexer import SlotLexer
from promptkit.console.editor.panel import panel
from promptkit.console.editor.reading import Reader
from promptkit.console.editor.session import Editor
from promptkit.console.history import History

KEYS = 60
WARM = 5
PROMPTS = Path(__file__).parent / "written_prompts.txt"
STYLES = ("portrait-photography/window-light",)


def words(count: int) -> str:
    """Return the first so many words of the written prompts."""
    lines = [line for line in PROMPTS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    text = ", ".join(re.sub(r"\b[SYLC]\[([^\]]*)\]", r"\1", line) for line in lines)
    while len(text.split()) < count:
        text = f"{text}, {text}"
    return " ".join(text.split()[:count])


def whole(text: str, styles: tuple[str, ...] = ()) -> list[float]:
    """Type letters behind a prompt; return the milliseconds of each, up to the end of drawing."""
    with ExitStack() as stack:
        keyboard = stack.enter_context(create_pipe_input())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        screen = Vt100_Output(io.StringIO(), lambda: Size(rows=40, columns=120), term="xterm-256color")
        screen.enable_cpr = False
        stack.enter_context(create_app_session(input=keyboard, output=screen))
        editor = Editor(Bench(history=History(Desk(styles=styles))), keyboard=keyboard, screen=screen, folder=folder)
        return asyncio.run(_typed(editor, keyboard.send_text, text))


async def _typed(editor: Editor, send: Callable[[str], None], text: str) -> list[float]:
    drawn = asyncio.Event()
    running = asyncio.ensure_future(editor.session.prompt_async())
    editor.reader.warm()
    editor.session.app.after_render += lambda _: drawn.set()
    while not editor.reader.ready.is_set():
        await asyncio.sleep(0.05)
    send(f"\x1b[200~{text}\x1b[201~")
    await asyncio.sleep(1.5)
    times = []
    for number in range(KEYS + WARM):
        drawn.clear()
        begin = time.perf_counter()
        send("abcde fgh"[number % 9])
        await drawn.wait()
        times.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(0.01)
    running.cancel()
    return times[WARM:]


def parts(text: str, styles: tuple[str, ...] = ()) -> dict[str, float]:
    """Return the median milliseconds of what is done at a key, one after the other."""
    reader = Reader(Bench(history=History(Desk(styles=styles))))
    reader.warm()
    reader.ready.wait()
    lexer = SlotLexer(reader)
    steps: dict[str, Callable[[str], object]] = {
        "reading": reader.read,
        "colours": lambda now: lexer.lex_document(Document(now))(0),
        "panel": lambda now: panel(reader.read(now), "…", columns=120, rows=40),
        "hint": lambda now: hint(reader.read(now)),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(KEYS):
        now = text + "x" * number
        for name, step in steps.items():
            begin = time.perf_counter()
            step(now)
            times[name].append((time.perf_counter() - begin) * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    cases = {
        "20 words": (words(20), ()),
        "200 words": (words(200), ()),
        "200 words, one style": (words(200), STYLES),
        "400 words": (words(400), ()),
        "20 KB": (words(3200)[:20_000], ()),
    }
    print("| prompt | median ms | 90 % within ms | reading | colours | panel | hint |\n|---|---|---|---|---|---|---|")
    for name, (text, styles) in cases.items():
        times = sorted(whole(text, styles))
        apart = " | ".join(f"{taken:.1f}" for taken in parts(text, styles).values())
        print(f"| {name} | {statistics.median(times):.1f} | {times[int(len(times) * 0.9)]:.1f} | {apart} |")


if __name__ == "__main__":
    main()
