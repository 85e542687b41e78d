"""Files that are broken, too large, or something else: refused with place and cure, and nothing is written."""

import json
import os
import re
import time

import pytest

from promptkit.errors import OutputError, PackError
from promptkit.packs.exchange import foreign
from promptkit.packs.exchange.foreign import MAX_FILE, Notes
from promptkit.packs.exchange.reading import format_of, read_styles, recognise
from promptkit.packs.exchange.writer import write_pack, write_text
from tests.packs.exchange.tools import Imported, write

HEAD = "name,prompt,negative_prompt\n"
GOOD = [{"name": "a", "prompt": "ink"}]

HOSTILE = {
    "empty": (".csv", b" \n", "empty", None),
    "binary": (".json", bytes(range(256)), "not UTF-8", 2),
    "zero byte": (".csv", HEAD.encode() + b"a,\0,b\n", "zero byte", 2),
    "latin-1": (".csv", HEAD.encode() + "é,x,\n".encode("latin-1"), "spreadsheet", 2),
    "utf-16": (".csv", HEAD.encode("utf-16"), "UTF-16", 1),
    "too large": (".json", b" " * (MAX_FILE + 1), "at most", None),
    "no name column": (".csv", "title,prompt\na,b\n", "name and prompt are needed", 1),
    "no prompt column": (".csv", "name,negative_prompt\na,b\n", "name and prompt are needed", 1),
    "semicolons": (".csv", "name;prompt;negative_prompt\na;b;c\n", "commas", 1),
    "open quote": (".csv", HEAD + 'a,b,c\nd,"e\n\n\nf,g,h\n', "Close every quote", 3),
    "quote within": (".csv", HEAD + 'a,"b"c,d\n', "broken quotes", 2),
    "overlong cell": (".csv", HEAD + "a," + "x" * 200_000 + ",\n", "overlong", 2),
    "unquoted comma": (".csv", HEAD + "a,ink, paper,c,d\n", "like, this", 2),
    "no row": (".csv", HEAD, "no style", None),
    "no name": (".csv", HEAD + 'a,b,c\n"",d,\n', "no name", 3),
    "no list": (".json", '\n{"a": 1}', "has to be a list", 2),
    "no object": (".json", '[\n{"name": "a", "prompt": "b"},\n7]', "an object", 3),
    "no text": (".json", '[\n{"name": "a", "prompt": 7}]', "'prompt' is no text", 2),
    "key twice": (".json", '[{"name": "a", "prompt": "b", "prompt": "c"}]', "twice", 1),
    "broken json": (".json", '[\n{"name": "a",\n"prompt": }]', "no JSON", 3),
    "missing comma": (".json", '[{"name": "a"}\n{"name": "b"}]', "comma or ]", 2),
    "open list": (".json", '[{"name": "a"}', "comma or ]", 1),
    "more behind": (".json", '[{"name": "a"}]\nx', "more behind", 2),
    "deep": (".json", '[{"name": ' + "[" * 100_000, "without end", 1),
    "empty list": (".json", "[]", "no style", None),
    "long prompt": (".json", json.dumps([{"name": "a", "prompt": "x" * 30_000}]), "at most", 1),
    "long name": (".json", json.dumps([{"name": "a" * 3000}]), "at most", 1),
    "ten thousand": (
        ".json",
        json.dumps([{"name": f"s{i}", "prompt": "ink"} for i in range(10_000)]),
        "10,000 styles",
        1,
    ),
    "too much": (
        ".json",
        json.dumps([{"name": f"s{i}", "prompt": "x" * 9000} for i in range(200)]),
        "at most|holds",
        1,
    ),
    "a pack": (".yaml", "# mine\npromptkit: 1\n", "pack already", None),
    "something else": (".txt", "hello", "--format", None),
    "invokeai without words": (".json", '[{"name": "a", "positive_prompt": "b"},\n{"name": "c"}]', "is missing", 2),
    "invokeai with two": (".json", '[{"name": "a", "positive_prompt": "b", "prompt": "c"}]', "one of them", 1),
    "invokeai with data": (".json", '[{"name": "a", "preset_data": 1, "x": "positive_prompt"}]', "preset_data", 1),
}


def bring(path, form, target):
    write([path], form or format_of([path]), target, Notes())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_place_and_cure(name, tmp_path):
    ending, content, expected, line = HOSTILE[name]
    path = tmp_path / f"in{ending}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    begin = time.process_time()
    with pytest.raises(PackError) as caught:
        bring(path, "invokeai-json" if name == "invokeai with data" else None, tmp_path / "nowhere" / "x.yaml")
    assert time.process_time() - begin < 5
    assert re.search(expected, f"{caught.value} {caught.value.hint}")
    assert caught.value.file == str(path)
    assert caught.value.line == line
    assert caught.value.hint
    assert not (tmp_path / "nowhere").exists()


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(PackError, match="not there"):
        recognise(tmp_path / "x.csv")
    with pytest.raises(PackError, match="folder"):
        recognise(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text(HEAD)
    monkeypatch.setattr(
        foreign.Path, "read_bytes", lambda self: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    with pytest.raises(PackError, match="Permission denied"):
        recognise(path)


def test_files_of_two_formats(tmp_path):
    (tmp_path / "a.csv").write_text(HEAD + "a,b,c\n")
    (tmp_path / "b.json").write_text(json.dumps(GOOD))
    with pytest.raises(PackError, match=r"fooocus-json, and .*a1111-csv"):
        format_of([tmp_path / "a.csv", tmp_path / "b.json"])


def test_old_files_comments_and_other_columns(tmp_path):
    (tmp_path / "a.csv").write_text("name,text,colour\n# a,comment,\n\n  ,,\nA,ink,red\nB\n", encoding="utf-8-sig")
    notes = Notes()
    found = read_styles([tmp_path / "a.csv"], "a1111-csv", notes)
    assert [(style.name, style.prompt, style.line) for style in found] == [("A", "ink", 5), ("B", "", 6)]
    assert notes.lines == [f"{tmp_path / 'a.csv'}:1: left out: the column colour"]


def test_control_characters_become_blanks_and_are_named(tmp_path):
    found = Imported(tmp_path, json.dumps([{"name": "a\x1bb", "prompt": "x\x0by\u202ez\nw"}]))
    assert (found.styles[0].title, found.styles[0].template) == ("A b", "x y z\nw")
    assert "U+001B, U+000B, U+202E" in found.notes.lines[0]


def test_a_text_that_its_dialect_refuses_is_kept_word_for_word(tmp_path):
    text = "(a {prompt}:1e9)"
    found = Imported(tmp_path, json.dumps([{"name": "a", "prompt": text, "negative_prompt": text}]))
    assert found.applied("fox").resolved == "(a fox:1e9)"
    assert found.applied("fox").negative_resolved == text
    assert any("word for word" in line for line in found.notes.lines)


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    path.write_text("mine")
    with pytest.raises(OutputError, match="there already"):
        write_text(path, "theirs")
    with pytest.raises(OutputError, match="is a folder"):
        write_text(tmp_path, "theirs", force=True)
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OutputError, match="No space"):
        write_text(path, "theirs", force=True)
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["x.yaml"]


def test_a_pack_that_could_not_be_read_back_is_not_written(tmp_path):
    with pytest.raises(PackError, match="nothing stands here"):
        write_pack(tmp_path / "x.yaml", {"promptkit": "1", "name": "x", "version": "1.0.0", "title": "X", "styles": {}})
    big = {f"s{i}": {"title": "S", "template": "x" * 19_000, "negative": ["y" * 1900] * 10} for i in range(40)}
    with pytest.raises(OutputError, match="at most"):
        write_pack(
            tmp_path / "x.yaml", {"promptkit": "1", "name": "x", "version": "1.0.0", "title": "X", "styles": big}
        )
    assert os.listdir(tmp_path) == []
