"""Copies are the same bytes, with a list of what is known."""

import json

import pytest
from PIL import Image

from promptkit.errors import LibraryError
from promptkit.library.export import INDEX, export
from promptkit.metadata import stripped
from tests.library.making import TEXT, filled


@pytest.fixture
def library(tmp_path):
    with filled(tmp_path / "pictures") as found:
        yield found


def listed(folder):
    return [json.loads(line) for line in (folder / INDEX).read_text().splitlines()]


def test_copies_are_the_same_bytes_and_the_list_knows_them(library, tmp_path):
    library.tag(2, ["good"])
    copies = export(library, [2, 1], tmp_path / "out")
    assert [copy.name for copy in copies] == [library.picture(name).file for name in ("2", "1")]
    assert copies[0].read_bytes() == library.picture("2").path.read_bytes()
    first = listed(tmp_path / "out")[0]
    assert (first["file"], first["prompt"], first["tags"], first["seed"]) == (copies[0].name, TEXT, ["good"], 1)
    assert first["recipe"]["prompt"] == TEXT
    assert str(tmp_path) not in (tmp_path / "out" / INDEX).read_text()


def test_stripped_copies_say_nothing(library, tmp_path):
    copies = export(library, [1], tmp_path / "out", strip=stripped)
    assert b"lighthouse" not in copies[0].read_bytes()
    assert "lighthouse" not in (tmp_path / "out" / INDEX).read_text()
    with Image.open(copies[0]) as copy, Image.open(library.picture("1").path) as original:
        assert copy.tobytes() == original.tobytes()


def test_names_that_meet_are_numbered(library, tmp_path):
    (tmp_path / "out").mkdir()
    name = library.picture("1").file
    (tmp_path / "out" / name).write_bytes(b"something else")
    (copy,) = export(library, [1], tmp_path / "out")
    assert copy.name == name.replace(".png", "-2.png")
    assert listed(tmp_path / "out")[0]["file"] == copy.name
    assert (tmp_path / "out" / name).read_bytes() == b"something else"


def test_what_cannot_be_exported_is_told_before_anything_is_written(library, tmp_path):
    library.picture("2").path.unlink()
    with pytest.raises(LibraryError, match="gone"):
        export(library, [1, 2], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(LibraryError, match="itself"):
        export(library, [1], library.folder)
