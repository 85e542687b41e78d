"""The line without a terminal: readings, colours, hints, panel, completion."""

import time

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.layout.processors import TransformationInput

from promptkit.backends.tokens import TokenCount
from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.editor import counting
from promptkit.console.editor.completion import LineCompleter
from promptkit.console.editor.hints import hint
from promptkit.console.editor.lexer import SlotLexer, runs
from promptkit.console.editor.paint import MUTED, VERB, WRONG, begin_of, cut, slot_paint
from promptkit.console.editor.panel import SMALL, TALL, panel
from promptkit.console.editor.reading import LONG, Reader, moved
from promptkit.console.editor.shown import ShowHidden
from promptkit.console.history import History


@pytest.fixture
def reader(bench: Bench) -> Reader:
    found = Reader(bench)
    found.warm()
    assert found.ready.wait(20)
    return found


def said(fragments) -> str:
    return "".join(text for _, text in fragments)


def painted(reader: Reader, text: str) -> dict[str, str]:
    """Return the style of each run of a line, by its text."""
    return {text[start:end]: style for start, end, style in runs(reader.read(text))}


def offered(reader: Reader, text: str, *, asked: bool = True) -> list[str]:
    """Return the lines that completions would make of one."""
    event = CompleteEvent(completion_requested=asked, text_inserted=not asked)
    found = LineCompleter(reader).get_completions(Document(text), event)
    return [text[: len(text) + each.start_position] + each.text for each in found]


def test_the_words_of_a_prompt_have_the_colours_of_their_slots(reader):
    found = painted(reader, "a red fox, (golden hour:1.2), close-up")
    assert found["a red fox"] == slot_paint("subject")
    assert found["golden hour"] == slot_paint("lighting")
    assert found["close-up"] == slot_paint("camera")
    assert found[":1.2), "] == MUTED


def test_only_the_16_colours_of_the_terminal_are_used(reader):
    for slot in ("subject", "style", "lighting", "camera", "weather"):
        assert slot_paint(slot).startswith("bold ansi")


@pytest.mark.parametrize("text", ["  seed 3", "/seed 3", "SEED random", "lock lighting", "set lighting dusk"])
def test_a_verb_is_painted_as_one_and_so_are_the_slots_behind_it(reader, text):
    found = painted(reader, text)
    assert found[text.split()[0]] == VERB
    if "lighting" in text:
        assert found["lighting"] == slot_paint("lighting")


@pytest.mark.parametrize(("text", "place"), [("a fox, (red:99999)", 7), ("  : a (fox:9e9)", 6)])
def test_the_place_of_what_cannot_be_read_is_underlined(reader, text, place):
    found = [(start, end) for start, end, style in runs(reader.read(text)) if style == WRONG]
    assert len(found) == 1
    assert found[0][1] == found[0][0] + 1
    assert place <= found[0][0] < len(text)
    assert "\n" not in said(panel(reader.read(text), "…", columns=80, rows=10)).split("tokens")[0].strip()


def test_a_colon_makes_a_prompt_of_a_verb_and_its_words_keep_their_places(reader):
    reading = reader.read("  : best friends, golden hour  ")
    assert reading.text[reading.at :].startswith("best friends")
    assert painted(reader, "  : best friends, golden hour  ")["golden hour"] == slot_paint("lighting")


def test_a_verb_in_the_making_is_one_before_it_is_whole(reader):
    assert reader.read("style").begun
    assert reader.read("set li").begun
    assert reader.read("set lighting ").verb
    assert reader.read("set design of an opera").verb is None
    assert "style NAME" in said(hint(reader.read("style")))


def test_nothing_is_read_before_all_is_there_and_then_the_line_is_painted_anew(bench):
    told = []
    early = Reader(bench, lambda: told.append(early.version))
    before = early.version
    assert early.read("a red fox").late
    assert list(runs(early.read("a red fox"))) == []
    early.warm()
    assert early.ready.wait(20)
    assert not early.read("a red fox").late
    assert early.version != before
    assert len(told) == 1


def test_a_line_is_read_once_for_colours_panel_and_hint(reader, monkeypatch):
    texts = []
    read = Bench.read
    monkeypatch.setattr(Bench, "read", lambda self, text, **said: texts.append(text) or read(self, text, **said))
    SlotLexer(reader).lex_document(Document("a red fox at dusk"))
    panel(reader.read("a red fox at dusk"), "…", columns=80, rows=24)
    hint(reader.read("a red fox at dusk"))
    assert texts == ["a red fox at dusk"]


@pytest.mark.parametrize("text", ["a red fox", "a red fox, " * (LONG // 11 + 1)], ids=["short", "long"])
def test_a_bug_in_reading_is_told_in_the_panel_and_ends_no_typing(reader, monkeypatch, text):
    def broken(*_, **__):
        raise RuntimeError("a plugin's fault")

    monkeypatch.setattr(Bench, "read", broken)
    end = time.monotonic() + 20
    while reader.read(text).trouble is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert "RuntimeError: a plugin's fault" in said(panel(reader.read(text), "…", columns=100, rows=40))


def test_a_change_of_the_desk_is_seen_in_the_same_line(reader, bench):
    version = reader.version
    assert "anything" not in said(panel(reader.read("a red fox"), "…", columns=100, rows=40))
    bench.change("seed", seed=4711)
    assert reader.version != version
    assert "seed 4711" in said(panel(reader.read("a red fox"), "…", columns=100, rows=40))


def test_a_long_prompt_keeps_its_colours_while_it_is_typed_in(reader):
    told = []
    reader.changed = lambda: told.append(1)
    text = "a red fox, golden hour, " * (LONG // 24 + 2)
    first = reader.read(text)
    assert first.late
    assert not first.spans
    end = time.monotonic() + 20
    while not told:
        assert time.monotonic() < end
        time.sleep(0.01)
    whole = reader.read(text)
    assert not whole.late
    typed = reader.read(text[:500] + "x" + text[500:])
    assert typed.late
    assert len(typed.spans) >= len(whole.spans) - 1
    assert typed.text[slice(*typed.spans[-1][:2])] == whole.text[slice(*whole.spans[-1][:2])]


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        ("a fox, dusk", "a fox, dusk!", ["a fox", "dusk"]),
        ("a fox, dusk", "one a fox, dusk", ["a fox", "dusk"]),
        ("a fox, dusk", "a fxox, dusk", ["dusk"]),
        ("a fox, dusk", "dusk", ["dusk"]),
        ("a fox, dusk", "", []),
        ("a fox, dusk", "a fox, dusk", ["a fox", "dusk"]),
        ("a fox, dusk", "nothing alike", []),
    ],
)
def test_colours_move_with_the_words(before, now, kept):
    spans = [(0, 5, "subject"), (7, 11, "lighting")]
    assert [now[start:end] for start, end, _ in moved(spans, before, now)] == kept


def test_the_hint_names_what_is_left_to_chance_and_how_to_fill_it(reader):
    assert said(hint(reader.read("a red fox"))) == "style is left to chance: Tab"
    assert said(hint(reader.read("a red fox, watercolour, golden hour, close-up"))) == ""
    assert said(hint(reader.read(""))) == "a prompt, or help"
    assert said(hint(reader.read("seed 3"))) == ""


def test_the_panel_shows_slots_weights_and_what_is_missing(reader):
    text = said(panel(reader.read("a red fox, (golden hour:1.3)"), "12 of 77", columns=100, rows=40))
    assert text.count("\n") < TALL
    assert "subject   a red fox" in text
    assert "golden hour ×1.3" in text
    assert "camera    left to chance" in text
    assert "tokens: 12 of 77" in text


def test_the_panel_says_who_said_what_a_style_added_and_what_is_locked():
    bench = Bench(history=History(Desk(styles=("embedded/watercolour-dusk",), locked=("camera",))))
    reader = Reader(bench)
    reader.warm()
    assert reader.ready.wait(20)
    text = said(panel(reader.read("a red fox"), "…", columns=100, rows=40))
    assert "watercolour painting ‹watercolour-dusk›" in text
    assert "camera    locked" in text
    assert "style watercolour-dusk" in text


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (30, 24), (10, 8), (120, 40)])
@pytest.mark.parametrize(
    "text", ["", "a 你好 fox, golden hour, " * 9, "set ", "seed x y", "a (fox:9e9)", "\x1b[31m\u202e\n"]
)
def test_the_panel_keeps_to_its_lines_and_columns(reader, columns, rows, text):
    from prompt_toolkit.utils import get_cwidth

    shown = said(panel(reader.read(text), "…", columns=columns, rows=rows, trouble="The disk is full."))
    lines = shown.split("\n")
    assert len(lines) <= (TALL if rows > 24 else SMALL)
    assert all(get_cwidth(line) <= columns for line in lines)
    assert not any(ord(char) < 32 or char == "\u202e" for line in lines for char in line)


def test_text_is_cut_by_cells_not_by_letters():
    assert said(cut([("", "你好"), ("", "吗")], 5)) == "你好…"
    assert said(cut([("", "abc")], 3)) == "abc"
    assert said(cut([("", "abc"), ("", "d")], 3)) == "ab…"
    assert begin_of("你好", 3) == "你"


def test_verbs_are_completed_and_slips_of_them_after_a_slash(reader):
    assert offered(reader, "unst") == ["unstyle "]
    assert offered(reader, "/unst") == ["/unstyle "]
    assert "/history " in offered(reader, "/hsitory")


def test_a_line_that_is_a_prompt_offers_nothing_by_itself(reader):
    completer = LineCompleter(reader)
    for text in ("a red f", "style", "un", "the style of", ""):
        assert not completer.offers_while_typing(text)
    for text in ("style em", "/s", "a __ani", "set "):
        assert completer.offers_while_typing(text)
    assert offered(reader, "style of the house of usher, a painting", asked=False) == []


def test_styles_are_completed_with_what_they_are(reader):
    found = list(LineCompleter(reader).get_completions(Document("style embedded/water"), CompleteEvent()))
    assert [each.text for each in found] == ["embedded/watercolour-dusk"]
    style = reader.bench.session.styles.get("embedded/watercolour-dusk")
    assert found[0].display_meta_text == style.summary
    assert "style embedded/any-hour embedded/watercolour-dusk" in offered(
        reader, "style embedded/any-hour embedded/wat"
    )


def test_what_stands_behind_a_verb_is_completed_and_slips_of_it_on_demand(reader):
    assert offered(reader, "set lig", asked=False) == ["set lighting"]
    assert "set lighting" in offered(reader, "set lihgting")
    assert offered(reader, "set lihgting", asked=False) == []
    assert "sampler euler_a" in offered(reader, "sampler eul")


def test_words_of_slots_go_on_with_what_was_typed(reader):
    assert "a fox, golden hour" in offered(reader, "a fox, golden h")
    assert "a fox at golden hour" in offered(reader, "a fox at gold")
    assert any("watercolo" in line for line in offered(reader, "a fox, watercolro"))


def test_tab_fills_the_open_slot(reader):
    found = offered(reader, "a red fox ")
    assert found
    assert all(line.startswith("a red fox, ") for line in found)
    assert {line.removeprefix("a red fox, ") for line in found} <= set(reader.bench.words("style"))
    assert offered(reader, "a red fox,")[0].startswith("a red fox, ")


def test_wildcards_are_completed(reader, monkeypatch):
    from promptkit.templates.wildcards import Wildcards

    reader.bench.session.wildcards = Wildcards(lists={"animals/cats": ["lynx"], "colour": ["red"]})
    assert offered(reader, "a __ani", asked=False) == ["a __animals/cats__"]
    assert offered(reader, "a __cats") == ["a __animals/cats__"]
    assert offered(reader, "a __colr") == ["a __colour__"]


def test_hidden_characters_are_shown_and_the_cursor_steps_over_each():
    text = "a\x1b[1m\u202eb\tc\udcff👩\u200d👧 א"
    given = TransformationInput(None, Document(text), 0, lambda at: at, [("bold", text)], 80, 24)  # type: ignore[arg-type]
    found = ShowHidden().apply_transformation(given)
    shown = said(found.fragments)
    assert shown == "a␛[1m⟨U+202E⟩b    c⟨U+DCFF⟩👩⟨U+200D⟩👧 א"
    places = [found.source_to_display(at) for at in range(len(text) + 1)]
    assert places == sorted(set(places))
    assert places[-1] == len(shown)
    assert [found.display_to_source(place) for place in places] == list(range(len(text) + 1))


@pytest.mark.parametrize(
    ("total", "chunks", "told"),
    [(9, 1, "9 of 75"), (160, 3, "160 of 75 in 3 chunks"), (160, 1, "160 of 75 (the rest is not read)")],
)
def test_tokens_beyond_the_limit_are_said_to_be_read_in_chunks_or_not_at_all(total, chunks, told):
    count = TokenCount(tokenizers=("clip",), limit=75, total=total, phrases=(), chunks=chunks, cut=())
    assert counting.said([count]) == told
