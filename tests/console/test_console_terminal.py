"""The whole console in a real terminal: runs that are watched, resized, stopped; consoles that are killed; hostile text.

The model is a plugin's that draws at once and steps slowly, so that there is a middle of a run to strike in.
"""

import os
import signal
import time
from contextlib import contextmanager

import pytest

from tests.console.terminal import CONSOLE, home, terminal
from tests.plugins.installing import install

SLOW = """
import time
from promptkit import hookimpl
from promptkit.records import ModelSpec
from promptkit.testing.fakes import FakeBackend, FakeLoader, RednessRanker

class Slow(FakeBackend):
    def generate(self, request, *, on_step=None):
        def step(event):
            time.sleep(0.1)
            return on_step(event) if on_step else None
        return super().generate(request, on_step=step)

class Loader(FakeLoader):
    name = "slow"
    def load(self, model, options=None):
        time.sleep(3.0 if model.name == "sleepy" else 0.0)
        return Slow()

@hookimpl
def register_backends():
    return [Loader()]

@hookimpl
def register_models():
    return [ModelSpec(name=name, source=name, backend="slow", ranker="redness") for name in ("slow", "sleepy")]

@hookimpl
def register_rankers():
    return [RednessRanker()]
"""
SIZES = ((80, 24), (120, 40))
PANEL = "F2 hides this"
"""Stands below a line that is read."""


@contextmanager
def console(folder, *words, model="slow", **options):
    """Run the console of a folder with the slow model, and wait for its line."""
    plugins = folder / "plugins"
    if not plugins.exists():
        plugins.mkdir()
        install(plugins, "slowly", SLOW)
    env = home(folder) | {"PYTHONPATH": str(plugins)} | options.pop("env", {})
    ready = ("help lists the verbs", ">" if options.get("term") == "dumb" else PANEL)
    with terminal([*CONSOLE, "--model", model, *words], env=env, **options) as opened:
        opened.wait_for(*ready)
        yield opened


def say(opened, text: str, *expected: str, ready: str = PANEL) -> str:
    """Type a line once one is read; return what stands on the screen, and above it, once all that is expected does."""
    opened.wait_for(ready)
    opened.type(text)
    opened.keys("Enter")
    return opened.wait_for(*expected, past=True)


def leave(opened) -> None:
    """Press Ctrl-D until the console has ended: one that comes while nobody reads is lost."""

    def gone(_: str) -> bool:
        if opened.exit_code is None:
            opened.keys("C-d")
            time.sleep(0.1)
        return opened.exit_code is not None

    opened.wait_until(gone, told="it did not end")
    assert opened.exit_code == 0


@pytest.mark.parametrize(("columns", "rows"), SIZES, ids=["80x24", "120x40"])
def test_a_session_with_a_resize_in_the_middle_of_a_run(tmp_path, columns, rows):
    with console(tmp_path, columns=columns, rows=rows) as opened:
        say(opened, "a red fox, golden hour", "left to chance: style, camera")
        say(opened, "seed 3", "seed 3 ·")
        say(opened, "generate 12", "making pictures")
        for width, height in ((60, 20), (50, 16), (columns, rows)):
            opened.resize(width, height)
            time.sleep(0.15)
        screen = opened.wait_for("Picture 1 wins", PANEL)
        assert screen.count("Picture 1 wins") == 1
        assert "making pictures" not in screen
        assert max(map(len, screen.splitlines())) <= columns
        say(opened, "why 2", "Picture 2, seed")
        say(opened, "undo", "undone: generate 12")
        leave(opened)
        assert "12 pictures of this session lie in" in opened.screen()


def test_ctrl_c_in_every_state_comes_back_to_the_line(tmp_path):
    with console(tmp_path, columns=100, rows=30) as opened:
        opened.type("a half-typed prompt")
        opened.wait_for("a half-typed prompt")
        opened.keys("C-c")
        say(opened, "a red fox", "left to chance: style, lighting, camera")
        say(opened, "generate 40", "4 of 40")
        opened.keys("C-c")
        opened.wait_for("pictures finished and kept", "best shows what is there")
        say(opened, "best", "Picture 1 wins")
        say(opened, "resume", "of 40")
        opened.keys("C-c", "C-c")
        opened.wait_for("resume goes on with it again", past=True)
        say(opened, "model sleepy", "sleepy")
        say(opened, "generate 2", "loading")
        opened.keys("C-c")
        opened.wait_until(lambda screen: screen.count("Stopped") == 3, past=True)
        say(opened, "seed 77", "seed 77 ·")
        leave(opened)


def test_a_console_that_is_killed_is_gone_on_with_and_one_that_is_ended_too(tmp_path):
    with console(tmp_path) as opened:
        say(opened, "an owl, 35mm", "left to chance: style, lighting")
        os.kill(opened.pid, signal.SIGKILL)
        assert opened.wait_for_exit() == 128 + signal.SIGKILL
    with console(tmp_path) as opened:
        opened.wait_for("The last console was cut off at: an owl, 35mm")
        say(opened, "last", "undo takes that back")
        say(opened, "seed 5", "seed 5 ·")
        os.kill(opened.pid, signal.SIGTERM)
        assert opened.wait_for_exit() == 128 + signal.SIGTERM
    with console(tmp_path) as opened:
        say(opened, "last", "undo takes that back", "seed 5 ·")
        leave(opened)
    with console(tmp_path) as opened:
        assert "cut off" not in opened.screen()


HOSTILE = "a fox \x1b[2J\x1b[31m\x07[bold]x[/] \u202ereversed\u202c شاطئ عند الغروب 👩‍🚀 {red|blue} :smiley:"


def test_hostile_text_is_shown_through_a_whole_run_and_never_sent(tmp_path):
    with console(tmp_path, columns=120, rows=40) as opened:
        opened.paste(HOSTILE)
        opened.keys("Enter")
        opened.wait_for("left to chance", "[bold]x[/]")
        say(opened, "generate 2", "Picture 1 wins")
        say(opened, "show", "[bold]x[/]")
        say(opened, "history", "generate 2")
        screen = opened.screen(past=True)
        assert "help lists the verbs" in screen
        assert "\u202e" not in screen
        assert ":smiley:" in screen
        opened.wait_for(PANEL)
        opened.paste("a very long prompt, " * 1000)
        opened.keys("Enter")
        say(opened, "seed 8", "seed 8 ·")
        leave(opened)


def test_a_dumb_terminal_has_plain_lines_without_escapes(tmp_path):
    with console(tmp_path, env={"NO_COLOR": "1"}, term="dumb") as opened:
        say(opened, "a red fox", "left to chance", ready=">")
        say(opened, "generate 5", "5 of 5 candidates", "Picture 1 wins", ready=">")
        screen = opened.screen(escapes=True, past=True)
        assert "\x1b" not in screen
        assert "▀" not in screen
        opened.keys("C-c")
        leave(opened)


def test_the_first_run_welcomes_once(tmp_path):
    env = {"PROMPTKIT_HOME": str(tmp_path / "new"), "PROMPTKIT_LIBRARY": str(tmp_path / "made")}
    with terminal(env=env) as opened:
        opened.wait_for("Welcome to promptkit.", "Press Enter to make this picture")
        opened.keys("C-c")
        opened.wait_for("welcome shows this again")
        say(opened, "seed 7", "seed 7 ·")
        leave(opened)
    with terminal(env=env) as opened:
        assert "Welcome" not in opened.wait_for("help lists the verbs")
        leave(opened)
