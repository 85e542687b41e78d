"""Pictures in the terminal: half blocks, protocols, file names, and who decides."""

import io

import pytest
from PIL import Image
from rich.console import Console

from promptkit.console.results import gallery, pair
from promptkit.console.stage import graphics
from promptkit.console.stage.graphics import HALF_BLOCKS, KITTY, NONE, SIXEL, kind_for
from promptkit.console.stage.pictures import Pictures, Row, Shot, half_blocks, rows_of
from promptkit.errors import SettingsError
from tests.console.fakes import candidate


def console_of(width=80, height=24, **options):
    settings = {"force_terminal": True, "color_system": "truecolor", **options}
    return Console(file=io.StringIO(), width=width, height=height, legacy_windows=False, **settings)


def lines_of(pictures, console):
    return ["".join(segment.text for segment in line) for line in console.render_lines(pictures, pad=False)]


def shot(side=64, caption="1  seed 5", **others):
    return Shot(image=Image.new("RGB", (side, side), (255, 0, 0)), caption=caption, **others)


def test_half_blocks_hold_two_pixels_a_cell():
    image = Image.new("RGB", (2, 4))
    image.putdata([(255, 0, 0)] * 2 + [(0, 255, 0)] * 2 + [(0, 0, 255)] * 2 + [(9, 9, 9)] * 2)
    first, second = half_blocks(image, 2)
    assert [segment.text for segment in first] == ["▀", "▀"]
    assert first[0].style.color.triplet == (255, 0, 0)
    assert first[0].style.bgcolor.triplet == (0, 255, 0)
    assert second[1].style.color.triplet == (0, 0, 255)
    assert second[1].style.bgcolor.triplet == (9, 9, 9)


@pytest.mark.parametrize(("size", "width", "rows"), [((64, 64), 40, 20), ((64, 32), 40, 10), ((8, 800), 4, 200)])
def test_a_picture_keeps_its_shape(size, width, rows):
    assert rows_of(Image.new("RGB", size), width) == rows


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "I;16"])
def test_pictures_of_any_mode_are_drawn(mode):
    assert len(half_blocks(Image.new(mode, (8, 8)), 4)) == 2


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (40, 12), (20, 10)])
def test_rows_fit_the_terminal(width, height):
    pictures = gallery([candidate(index, 0.5) for index in range(12)])
    lines = lines_of(pictures, console_of(width, height))
    assert max(map(len, lines)) <= width
    winner = next(at for at, line in enumerate(lines) if "▀" not in line)
    assert winner <= max(6, height - 12)


def test_each_picture_stands_above_its_caption():
    pictures = Pictures((Row(shots=(shot(caption="1  seed 5"), shot(caption="2  seed 6")), width=20),))
    *drawn, captions = lines_of(pictures, console_of())
    assert len(drawn) == 10
    assert captions.index("2  seed 6") == drawn[0].rindex("▀") + 1 - 20


def test_a_pair_stands_side_by_side():
    lines = lines_of(pair([(1, candidate(0, 0.5)), (3, candidate(1, 0.25))]), console_of())
    assert "1  seed 10  0.500" in lines[-1]
    assert "3  seed 11  0.250" in lines[-1]


@pytest.mark.parametrize(
    "options", [{"no_color": True}, {"color_system": None}, {"force_terminal": False}, {"_environ": {"TERM": "dumb"}}]
)
def test_without_colours_or_terminal_files_are_named(options, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_GRAPHICS", "sixel")
    console = console_of(**options)
    assert kind_for(console) == NONE
    lines = lines_of(Pictures((Row(shots=(shot(path="pictures/a\x1b.png"),), width=40),)), console)
    assert [line.rstrip() for line in lines] == ["1  seed 5  pictures/a␛.png"]


@pytest.mark.parametrize("name", [HALF_BLOCKS, SIXEL, KITTY, NONE])
def test_the_variable_decides(name, monkeypatch):
    monkeypatch.setenv("PROMPTKIT_GRAPHICS", name)
    assert kind_for(console_of()) == name


def test_a_wrong_variable_is_told_with_what_there_is(monkeypatch):
    monkeypatch.setenv("PROMPTKIT_GRAPHICS", "vga")
    with pytest.raises(SettingsError, match="PROMPTKIT_GRAPHICS=vga") as raised:
        kind_for(console_of())
    assert raised.value.hint == "Use one of: halfblocks, sixel, kitty, none."


def test_nobody_is_asked_where_nobody_could_answer(monkeypatch):
    graphics.known_to_terminal.cache_clear()
    monkeypatch.setattr("sys.__stdin__", io.StringIO())
    assert kind_for(console_of()) == HALF_BLOCKS
    graphics.known_to_terminal.cache_clear()


def test_sixels_are_sent_where_they_are_known(monkeypatch):
    monkeypatch.setenv("PROMPTKIT_GRAPHICS", "sixel")
    console = console_of()
    console.print(Pictures((Row(shots=(shot(), shot(caption="2  seed 6")), width=10),)))
    sent = console.file.getvalue()
    assert "\x1bP" in sent
    assert "▀" not in sent
    assert "2  seed 6" in sent


def test_kitty_is_sent_what_it_takes(monkeypatch):
    sent = io.StringIO()
    monkeypatch.setattr("sys.__stdout__", sent)
    monkeypatch.setenv("PROMPTKIT_GRAPHICS", "kitty")
    console = console_of()
    console.print(Pictures((Row(shots=(shot(),), width=10),)))
    assert "\x1b_G" in sent.getvalue()
    assert "\U0010eeee" in console.file.getvalue()


def test_captions_are_shown_and_not_obeyed():
    lines = lines_of(Pictures((Row(shots=(shot(caption="\x1b[31m[red]\nx"),), width=30),)), console_of())
    assert "␛[31m[red] x" in lines[-1]
