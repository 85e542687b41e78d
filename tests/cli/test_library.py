"""The group ``library``, in this process."""

import json
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from promptkit.cli import main
from promptkit.library.connection import database_of
from tests.library.making import filled, read, recipe, written
from tests.library.test_adopt import foreign


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path / "pictures").close()
    return tmp_path / "pictures"


@pytest.fixture
def typed(monkeypatch, capsys):
    """Type a command of the group; return exit code, stdout and stderr."""

    def run(*arguments, code=0):
        monkeypatch.setattr(sys, "argv", ["promptkit", "library", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        assert end.value.code == code, said
        assert "Traceback" not in said.out + said.err
        assert "\x1b" not in said.out + said.err
        return SimpleNamespace(stdout=said.out, stderr=said.err)

    return run


@pytest.fixture
def library(typed):
    return lambda folder, *arguments, code=0: typed(*arguments, "--library", str(folder), code=code)


@pytest.fixture
def as_json(library):
    def run(folder, *arguments, code=0):
        found = json.loads(library(folder, *arguments, "--json", code=code).stdout)
        assert found["promptkit"] == 1
        return found

    return run


def test_list_shows_the_newest_first_in_80_columns(folder, library, as_json, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = library(folder, "list", "--limit", "2")
    head, _, *rows = done.stdout.splitlines()
    assert head.split() == ["id", "file", "prompt", "seed", "total", "rating", "tags"]
    assert [row.split()[0] for row in rows] == ["3", "2"]
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "2 of 3" in done.stderr
    long = f"{'a' * 30}-{'b' * 30}.png"
    next(iter(folder.glob("*-0.png"))).rename(folder / long)
    said = library(folder, "list").stdout
    assert max(map(len, said.splitlines())) <= 80
    assert as_json(folder, "show", said.splitlines()[4].split()[1])["picture"]["id"] == 1, "a name that was cut"
    monkeypatch.setenv("COLUMNS", "140")
    said = library(folder, "list").stdout
    assert long in said
    assert "a red lighthouse, golden hour, 35mm" in said
    found = as_json(folder, "list", "--all")
    assert found["count"] == 3
    assert [picture["id"] for picture in found["pictures"]] == [3, 2, 1]


def test_show_tells_all_that_is_known(folder, library, as_json):
    said = library(folder, "show", "2").stdout
    for words in ("a red lighthouse", "golden hour", "left to chance", "euler", "embedded", "seed", "0.433", "run"):
        assert words in said
    assert as_json(folder, "show", "2")["picture"]["recipe"]["seed"] == 0
    missing = library(folder, "show", "99", code=2)
    assert "no picture named '99'" in missing.stderr
    next(iter(folder.glob("*-1.png"))).unlink()
    assert "file is gone" in library(folder, "show", "2").stderr
    assert as_json(folder, "show", "2")["picture"]["exists"] is False
    assert "needs six digits" in library(folder, "show", "c8", code=2).stderr


def test_tags_and_ratings(folder, library, as_json):
    library(folder, "tag", "1", "2", "+good", "+for print")
    library(folder, "tag", "1", "-good", "-happy", "--add", "last")
    library(folder, "rate", "1", "2", "4")
    found = {one["id"]: (one["tags"], one["rating"]) for one in as_json(folder, "list")["pictures"]}
    assert found == {1: (["for print", "last"], 4), 2: (["for print", "good"], 4), 3: ([], None)}
    assert as_json(folder, "rate", "1", "none")["pictures"][0]["rating"] is None
    for wrong in (["rate", "1", "6"], ["rate", "1", "good"], ["tag", "1"], ["tag", "+good"], ["tag", "1", "+a,b"]):
        library(folder, *wrong, code=2)
    library(folder, "tag", "1", "99", "+never", code=2)
    assert as_json(folder, "show", "1")["picture"]["tags"] == ["for print", "last"], "all or none"


def test_pictures_of_other_tools_are_added_and_shown_as_what_they_are(folder, tmp_path, library, as_json):
    (tmp_path / "downloads").mkdir()
    foreign(
        tmp_path / "downloads" / "fox.png",
        "a \x1b[31mred [bold]fox\nSteps: 20, Sampler: Euler a, Seed: 42, Size: 512x768, Clip skip: 2",
    )
    (tmp_path / "downloads" / "broken.png").write_bytes(b"no")
    (tmp_path / "downloads" / "notes.txt").write_text("no picture")
    whole = (tmp_path / "downloads" / "fox.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:-30])
    assert "ends too early" in library(folder, "add", str(tmp_path / "cut.png"), code=1).stderr
    assert len(list(folder.glob("*.png"))) == 3, "what cannot be read is not copied"
    found = as_json(folder, "add", str(tmp_path / "downloads"), code=3)
    assert [(one["tool"], one["seed"]) for one in found["pictures"]] == [("A1111", 42)]
    assert len(found["refused"]) == 1
    assert found["pictures"][0]["new"] is True
    again = as_json(folder, "add", str(tmp_path / "downloads" / "fox.png"))
    assert again["pictures"][0]["new"] is False
    assert "there already" in library(folder, "add", str(tmp_path / "downloads" / "fox.png")).stderr
    said = library(folder, "show", str(found["pictures"][0]["id"])).stdout
    assert "\x1b[31m" not in said
    assert "[bold]fox" in said
    for words in ("steps", "512x768", "CLIP skip", "42"):
        assert words in said
    shown = as_json(folder, "show", str(found["pictures"][0]["id"]))["picture"]
    assert shown["provenance"]["settings"]["clip_skip"] == 2
    assert "no file or folder" in library(folder, "add", str(tmp_path / "nothing"), code=1).stderr
    assert "does not lie in" in library(folder, "add", "--in-place", str(tmp_path / "downloads/fox.png"), code=1).stderr


def test_export_copies_by_id_and_by_query(folder, tmp_path, library, as_json):
    library(folder, "tag", "3", "+good")
    found = as_json(folder, "export", "1", "--query", "tag:good", "--out", str(tmp_path / "out"))
    assert len(found["pictures"]) == 2
    assert len((tmp_path / "out" / "index.jsonl").read_text().splitlines()) == 2
    done = library(folder, "export", "1", "--out", str(tmp_path / "bare"), "--strip")
    assert "synthetic" in done.stderr
    (bare,) = (tmp_path / "bare").glob("*.png")
    assert b"lighthouse" not in bare.read_bytes()
    library(folder, "export", "--out", str(tmp_path / "none"), code=2)
    assert "1 picture in" in done.stderr
    assert "No picture is found" in library(folder, "export", "--query", "x", "--out", str(tmp_path), code=1).stderr


def test_export_leaves_out_what_is_gone_and_tells(folder, tmp_path, library, as_json):
    next(iter(folder.glob("*-0.png"))).unlink()
    said = library(folder, "export", "--query", "", "--out", str(tmp_path / "out"), code=3).stderr
    assert "-0.png' is gone" in said
    assert "2 pictures in" in said
    assert len(list((tmp_path / "out").glob("*.png"))) == 2
    assert as_json(folder, "export", "1", "2", "--out", str(tmp_path / "two"), code=3)["gone"][0].endswith("-0.png")
    assert "files are gone" in library(folder, "export", "1", "--out", str(tmp_path / "no"), code=1).stderr


def test_verify_finds_adopts_accepts_and_rebuilds(folder, library, as_json):
    assert "3 pictures, all as they were written" in library(folder, "verify").stderr
    foreign(folder / "stranger.png")
    first = next(iter(sorted(folder.glob("*-0.png"))))
    Image.new("RGB", (8, 8)).save(first)
    found = as_json(folder, "verify", code=3)
    assert sorted(one["kind"] for one in found["problems"]) == ["changed", "orphan"]
    said = library(folder, "verify", code=3).stderr
    assert "--adopt" in said
    assert "--accept" in said
    assert "all as they were" in library(folder, "verify", "--adopt", "--accept").stderr
    database_of(folder).write_bytes(b"no database" * 500)
    broken = library(folder, "verify", code=1)
    assert "library verify --rebuild" in broken.stderr
    assert json.loads(library(folder, "list", "--json", code=1).stdout)["hint"]
    found = as_json(folder, "verify", "--rebuild")
    assert found["pictures"] == 4
    assert found["rebuilt"]["aside"].endswith(".damaged-1")


def test_gc_shows_before_it_does(folder, library, as_json):
    first = next(iter(sorted(folder.glob("*-0.png"))))
    first.unlink()
    done = library(folder, "gc")
    assert "add --yes" in done.stderr
    assert len(as_json(folder, "list")["pictures"]) == 3
    assert "Cleared away: 1 row." in library(folder, "gc", "--yes").stderr
    assert len(as_json(folder, "list")["pictures"]) == 2
    assert "nothing to clear away" in library(folder, "gc").stderr


def test_pictures_without_a_database_become_a_library(tmp_path, library, as_json):
    written(tmp_path, recipe(read()), 0)
    missing = library(tmp_path, "list", code=1)
    assert "no library" in missing.stderr
    assert "verify --adopt" in missing.stderr
    library(tmp_path, "verify", "--adopt")
    assert as_json(tmp_path, "list")["count"] == 1


def test_the_folder_comes_from_the_option_the_variable_or_is_pictures(folder, tmp_path, monkeypatch, library, typed):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROMPTKIT_LIBRARY", raising=False)
    assert typed("path").stdout.strip() == str(tmp_path / "pictures")
    monkeypatch.setenv("PROMPTKIT_LIBRARY", str(tmp_path / "other"))
    assert json.loads(typed("path", "--json").stdout)["exists"] is False
    assert library(folder, "path").stdout.strip() == str(folder)
