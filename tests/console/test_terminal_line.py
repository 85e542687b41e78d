"""The line in a real terminal: keys, colours, history, pasting, sizes, and terminals that can do little."""

import re
import stat
import sys
from pathlib import Path

import pytest

from promptkit.console.editor.past import FILE, Past
from tests.console.terminal import CONSOLE, Terminal, home, terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="tmux is not for Windows")
PROMPT = "a red fox, golden hour, (close-up:1.2)"


def ready(opened: Terminal) -> None:
    """Wait until the panel is there: everything is read as it is typed from now on."""
    opened.wait_for("F2 hides this")


def cleared(opened: Terminal) -> None:
    """Clear the line, and wait until the next one takes keys."""
    opened.keys("C-c")
    opened.type("zz")
    marked = re.compile(r"^> zz( .*)?$", re.MULTILINE)
    opened.wait_until(lambda screen: bool(marked.search(screen)) and "F2 hides" in screen)
    opened.keys("BSpace", "BSpace")
    opened.wait_until(lambda screen: not marked.search(screen))


def rows(*wanted: str):
    """Return what says whether rows of a screen begin with texts, one below the other."""

    def true(screen: str) -> bool:
        found = screen.split("\n")
        starts = range(len(found) - len(wanted) + 1)
        return any(all(found[at + n].startswith(text) for n, text in enumerate(wanted)) for at in starts)

    return true


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """One console for all tests that leave an empty line behind."""
    with terminal(env=home(tmp_path_factory.mktemp("console"))) as found:
        ready(found)
        yield found


@pytest.fixture
def line(opened: Terminal):
    yield opened
    opened.resize(80, 24)
    cleared(opened)


def test_words_have_the_colours_of_their_slots_as_they_are_typed(line):
    line.type(PROMPT)
    line.wait_for("close-up ×1.2", "style is left to chance: Tab")
    typed = next(row for row in line.screen(escapes=True).splitlines() if "close-up" in row)
    for words, colour in (("a red fox", 36), ("golden hour", 33), ("close-up", 32)):
        assert re.search(rf"\x1b\[(1;)?(1m\x1b\[)?{colour}m{words}", typed), typed


def test_the_panel_has_a_line_a_slot_where_there_are_rows_and_goes_and_comes_by_f2(line):
    line.resize(120, 40)
    line.type("a red fox at dusk")
    line.wait_for("subject   a red fox", "camera    left to chance")
    line.keys("F2")
    line.wait_until(lambda screen: "camera    left to chance" not in screen)
    line.keys("F2")
    line.wait_for("camera    left to chance")


def test_a_line_survives_being_made_narrow_and_wide_while_it_is_typed(line):
    line.type("a red fox, watercolour, golden hour, ")
    line.resize(30, 12)
    line.type("close-up of the ")
    line.resize(120, 40)
    line.type("whiskers")
    line.wait_for("> a red fox, watercolour, golden hour, close-up of the whiskers")


def test_tab_completes_and_enter_takes_what_is_chosen(line):
    line.type("style embedded/water")
    line.wait_for("Wet colour")
    line.keys("Tab")
    line.wait_for("> style embedded/watercolour-dusk")


def test_styles_are_offered_as_one_types_with_what_they_are(line):
    line.type("style embedded/")
    line.wait_for("embedded/watercolour-dusk", "embedded/any-hour")


def test_alt_enter_and_a_backslash_begin_new_lines_and_enter_does_the_whole(line):
    line.type("a red fox,")
    line.keys("M-Enter")
    line.type("golden hour,\\")
    line.keys("Enter")
    line.type("close-up")
    line.wait_until(rows("> a red fox,", "… golden hour,", "… close-up"))
    line.keys("Enter")
    line.wait_for("\nleft to chance: style")
    line.keys("Up")
    line.wait_until(lambda screen: screen.count("… close-up") == 2)


def test_pasted_lines_stay_one_prompt(line):
    line.paste("a blue fox\r\nseed 3\nat dusk")
    line.wait_until(rows("> a blue fox", "… seed 3", "… at dusk"))


def test_ctrl_c_clears_the_line_and_history_brings_lines_back_and_suggests_them(line):
    line.type("a lighthouse in fog")
    line.keys("Enter")
    line.wait_for("\nleft to chance: style")
    line.type("nobody wants this")
    cleared(line)
    line.keys("Up")
    line.wait_until(lambda screen: screen.count("> a lighthouse in fog") == 2)
    cleared(line)
    line.type("a light")
    line.wait_until(lambda screen: screen.count("> a lighthouse in fog") == 2)
    line.keys("Right")
    line.type(" at noon")
    line.wait_for("> a lighthouse in fog at noon")


def test_what_is_hostile_is_shown_and_never_sent(line):
    hostile = "fox\x1b[31m\n\x1b]0;pwned\x07\u202eevil\ta\x00b [bold]x[/] :smile: \u05d0\u05d1 \U0001f469\u200d\U0001f467 \u4f60\u597d"
    line.paste(hostile)
    screen = line.wait_for("␛]0;pwned␇⟨U+202E⟩evil    a␀b", "[bold]x[/] :smile:", "\u05d0\u05d1")
    assert "\x1b" not in screen
    line.type("!end")
    line.wait_for("\u4f60\u597d!end")
    assert "\u202e" not in screen
    assert line.title != "pwned"


def test_twenty_kilobytes_are_pasted_and_typed_in(line):
    text = ", ".join(f"a red fox number {number} at golden hour" for number in range(540))
    assert len(text) > 19_000
    line.resize(100, 40)
    line.paste(text)
    line.wait_for("number 539 at golden hour")
    line.type(", the end")
    line.wait_for(", the end")
    line.wait_until(lambda screen: "\x1b[33m" in screen.split("538")[1], escapes=True, told="no colours came")


def test_ctrl_d_leaves_and_lines_are_kept_for_their_user_alone(tmp_path):
    with terminal(env=home(tmp_path)) as opened:
        opened.wait_for("\n>")
        for text in ("seed 4", "seed 5", "seed 4"):
            opened.type(text)
            opened.keys("Enter")
        opened.wait_until(lambda screen: screen.count("> seed 4") == 2 and screen.rstrip().endswith("this"))
        opened.keys("C-d")
        assert opened.wait_for_exit() == 0
    folder = Path(home(tmp_path)["PROMPTKIT_HOME"], "console")
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert list(Past(folder).load_history_strings()) == ["seed 4", "seed 5"]


@pytest.mark.parametrize(
    ("env", "term", "wanted"),
    [({"NO_COLOR": "1"}, "tmux-256color", False), ({}, "xterm", True)],
    ids=["NO_COLOR", "16 colours"],
)
def test_colours_are_the_terminals_own_or_none(tmp_path, env, term, wanted):
    with terminal(env={**home(tmp_path), **env}, term=term) as opened:
        ready(opened)
        opened.type(PROMPT)
        screen = opened.wait_for("close-up ×1.2") and opened.screen(escapes=True)
        assert bool(re.search(r"\x1b\[(\d+;)*3[1-7]m", screen)) is wanted
        assert "38;2;" not in screen
        assert "38;5;" not in screen


def test_a_dumb_terminal_gets_plain_lines_without_escapes(tmp_path):
    log = tmp_path / "log"
    with terminal(["script", "-qec", " ".join(CONSOLE), str(log)], env=home(tmp_path), term="dumb") as opened:
        opened.wait_for("\n>")
        opened.type("seed 7")
        opened.keys("Enter")
        opened.wait_until(lambda screen: screen.count("\n>") == 2)
        opened.keys("C-d")
        assert opened.wait_for_exit() == 0
    said = log.read_text(encoding="utf-8").split("\n", 1)[1]
    assert "seed 7" in said
    assert "\x1b" not in said


def test_the_line_is_there_without_anything_heavy(tmp_path):
    log = tmp_path / "imports"
    tracing = f"exec {sys.executable} -X importtime -m promptkit console 2> {log}"
    with terminal(["sh", "-c", tracing], env=home(tmp_path)) as opened:
        ready(opened)
        opened.type("a red fox")
        opened.wait_for("style is left to chance: Tab")
        loaded = {row.rsplit("|", 1)[-1].strip().split(".")[0] for row in log.read_text(encoding="utf-8").splitlines()}
        assert "prompt_toolkit" in loaded
        assert not loaded & {"torch", "transformers", "diffusers", "open_clip", "PIL", "numpy"}
