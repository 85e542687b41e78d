"""Whatever a style says, the pack says the same, and so does what is written back."""

import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptkit.frames import PLACE
from promptkit.packs.exchange.foreign import cleaned
from promptkit.packs.exchange.into_pack import LINES
from promptkit.packs.exchange.writer import dump, quoted
from promptkit.packs.yaml_reader import read_document
from tests.packs.exchange.tools import Imported

PIECES = st.sampled_from([
    PLACE, "{", "}", "{a|b}", "[a|b]", "[a:b:0.5]", "(x:1.3)", "(x)++", "x-", '"', "'", "\\", "\n", "\t", ", ", ": ", "#",
    "- ", "? ", "&a", "*a", "!x", "%", "@", "`", "~", "null", "yes", "16:9", "010", "  ", "é", "日本", "👩‍🎨", "AND", "BREAK",
    "red fox", "golden hour", "oil painting", "35mm", "<lora:x:1>", "__animal__", "\r\n", "\u2028", "\x0b", "\ud800",
])  # fmt: skip
TEXT = st.one_of(st.lists(PIECES, max_size=8).map("".join), st.text(max_size=30))
NAME = st.one_of(st.lists(PIECES, min_size=1, max_size=4).map("".join), st.text(min_size=1, max_size=20)).filter(
    lambda text: cleaned(text)[0].strip() and not text.lstrip().startswith("#")
)
STYLES = st.lists(st.tuples(NAME, TEXT, TEXT), min_size=1, max_size=4, unique_by=lambda row: cleaned(row[0])[0])


def kept(row):
    name, prompt, negative = row
    return cleaned(name)[0], cleaned(prompt, LINES)[0], cleaned(negative, LINES)[0]


def as_json(rows, words="prompt"):
    return json.dumps([{"name": name, words: prompt, "negative_prompt": no} for name, prompt, no in rows])


def from_json(text):
    return [(style["name"], style["prompt"], style["negative_prompt"]) for style in json.loads(text)]


@settings(deadline=None)
@given(STYLES)
def test_the_styler_round_trip(rows):
    with tempfile.TemporaryDirectory() as folder:
        found = Imported(Path(folder), as_json(rows), form="sdxl-styler-json")
        assert not found.library.problems
        assert from_json(found.exported("fooocus-json")) == [kept(row) for row in rows]
        for number, row in enumerate(rows):
            _, prompt, negative = kept(row)
            applied = found.applied("a red fox", number, negative="blurry")
            assert applied.negative_resolved == ", ".join(part for part in (negative, "blurry") if part)
            if PLACE in prompt:
                assert applied.resolved == prompt.replace(PLACE, "a red fox")


@settings(deadline=None)
@given(STYLES)
def test_the_a1111_round_trip(rows):
    rows = [kept(row) for row in rows]
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("name", "prompt", "negative_prompt"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        found = Imported(Path(folder), out.getvalue(), ending=".csv")
        assert found.form == "a1111-csv"
        assert found.exported("a1111-csv") == out.getvalue()
        for number, (_, prompt, negative) in enumerate(rows):
            applied = found.applied("a red fox", number, negative="blurry")
            for body, text, said in (
                ("a red fox", prompt, applied.resolved),
                ("blurry", negative, applied.negative_resolved),
            ):
                joined = ", ".join(part for part in (body, text.strip()) if part)
                assert said == (text.replace(PLACE, body) if PLACE in text else joined)


@settings(deadline=None)
@given(STYLES)
def test_the_invokeai_round_trip(rows):
    with tempfile.TemporaryDirectory() as folder:
        rows = [tuple(text.strip() for text in kept(row)) for row in rows]
        found = Imported(Path(folder), as_json(rows, "positive_prompt"))
        assert found.form == "invokeai-json"
        assert {style.dialect for style in found.styles} == {"compel"}
        exported = from_json(found.exported("fooocus-json"))
        assert [row[1:] for row in exported] == [row[1:] for row in rows]


@settings(deadline=None)
@given(STYLES)
def test_a_pack_is_written_as_it_is_read(rows):
    with tempfile.TemporaryDirectory() as folder:
        found = Imported(Path(folder), as_json(rows), form="sdxl-styler-json")
        value = read_document(found.file).value
        assert dump(value) == found.file.read_text(encoding="utf-8")


@given(st.text().filter(lambda text: not cleaned(text, "\n\t\r")[1]))
def test_every_text_is_read_back(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.yaml")
        path.write_text(f"a: {quoted(text)}\nb: [{quoted(text)}, {{c: {quoted(text)}}}]\n", encoding="utf-8")
        assert read_document(path).value == {"a": text, "b": [text, {"c": text}]}


@pytest.mark.parametrize(
    "text", ["16:9", "no", "010", "~", "<<", "- a", "a: b", "a #b", " a", "a ", "{a}", "&a", "!a", ""]
)
def test_texts_that_yaml_takes_for_something_else_are_quoted(text):
    assert quoted(text) == (text if text in ("no", "010") else f'"{text}"')
