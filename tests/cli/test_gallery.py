"""The command ``gallery``: which pictures it shows, what it says, and how it ends."""

import json
import re

import pytest
from click.testing import CliRunner
from PIL import Image

from promptkit.cli.gallery import gallery
from promptkit.errors import LibraryError, MetadataError, OutputError, SettingsError, UnknownNameError
from promptkit.library import Library
from promptkit.metadata import write_png
from promptkit.records import Candidate, Recipe
from promptkit.slots.parse import parse


def recipe(prompt):
    return Recipe(
        prompt=prompt, resolved=prompt, negative="", phrases=(), styles=(), seed=0, candidates=1, text_seed=0,
        model={"name": "embedded"}, settings={}, environment={"promptkit": "0.1.0"}, ranker=None,
    )  # fmt: skip


def picture(path, prompt="a red cat", seed=0, **scores):
    image = Image.new("RGB", (16, 16), (seed * 40 % 256, 60, 20))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        write_png(handle, image, recipe(prompt), Candidate(index=0, seed=seed, image=image, scores=scores))
    return Candidate(index=0, seed=seed, image=image, scores=scores, path=str(path))


def store(library, candidate, prompt):
    run = library.begin_run(recipe(prompt), {})
    return library.add_candidate(run, candidate, recipe=recipe(prompt), prompt=parse(prompt))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A current folder with a library of two pictures and a third file outside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROMPTKIT_LIBRARY", raising=False)
    with Library("pictures", create=True) as library:
        for n, prompt in enumerate(("a red cat", "a blue dog")):
            number = store(
                library, picture(tmp_path / "pictures" / f"{n:010x}-{n}.png", prompt, n, total=n / 4), prompt
            )
            library.tag(number, ["good" if n else "draft"])
            library.rate(number, n + 3)
    picture(tmp_path / "outside.png", "a green bird", 7)
    return tmp_path


def run(*arguments, code=0):
    done = CliRunner().invoke(gallery, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done


def shown(path):
    return re.findall(r'<h2 id="name-\d+"><a href="([^"]*)">', path.read_text(encoding="utf-8"))


def test_without_a_name_the_library_is_shown_the_newest_first(folder):
    done = run()
    assert done.stdout == "gallery.html\n"
    assert "2 of 2 pictures" in done.stderr
    assert re.search(r"\d+ kB", done.stderr)
    page = folder / "gallery.html"
    assert shown(page) == ["./pictures/0000000001-1.png", "./pictures/0000000000-0.png"]
    text = page.read_text(encoding="utf-8")
    assert "<li>good</li>" in text
    assert "4 of 5" in text
    assert "promptkit reproduce pictures/0000000001-1.png" in text


def test_pictures_are_named_by_id_hash_name_file_and_folder(folder):
    with Library("pictures") as library:
        digest = library.picture("2").sha256
    for names, wanted in (
        (["1"], ["0000000000-0"]),
        ([digest[:12]], ["0000000001-1"]),
        (["0000000001-1.png", "1"], ["0000000001-1", "0000000000-0"]),
        (["outside.png", "2", "pictures/0000000001-1.png"], ["outside", "0000000001-1"]),
        (["pictures"], ["0000000000-0", "0000000001-1"]),
    ):
        run(*names, "--out", "page.html", "--overwrite")
        assert [re.search(r"([\w-]+)\.png", link)[1] for link in shown(folder / "page.html")] == wanted


def test_a_file_of_the_library_has_what_the_library_knows(folder):
    run("pictures/0000000001-1.png")
    assert "<li>good</li>" in (folder / "gallery.html").read_text(encoding="utf-8")


def test_a_query_finds_pictures(folder):
    run("--query", "tag:draft")
    assert shown(folder / "gallery.html") == ["./pictures/0000000000-0.png"]
    assert "1 of 2 pictures" in run("--query", "prompt:a", "--limit", "1").stderr
    with pytest.raises(SettingsError, match="no pictures"):
        run("--query", "zebra")


def test_files_need_no_library(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "one.png")
    picture(tmp_path / "one-finished.png")
    run("one.png", "one-finished.png", "--title", "Two <cats>")
    text = (tmp_path / "gallery.html").read_text(encoding="utf-8")
    assert text.count("<figcaption>") == 2
    assert "<h1>Two &lt;cats&gt;</h1>" in text
    assert not (tmp_path / "pictures").exists()


def test_a_finished_picture_stands_beside_the_one_that_the_library_made_it_of(folder):
    path = folder / "pictures" / "0000000000-0.png"
    finished = path.with_name("elsewhere.png")
    Image.new("RGB", (32, 32)).save(finished)
    with Library("pictures") as library:
        number = library.add_picture(finished)
        with library.writing() as connection:
            connection.execute("UPDATE pictures SET parent = 1 WHERE id = ?", (number,))
    run("elsewhere.png")
    assert (folder / "gallery.html").read_text(encoding="utf-8").count("<figcaption>") == 2


def test_what_cannot_be_read_is_told_and_the_others_are_shown(folder):
    (folder / "broken.png").write_bytes(b"no picture")
    done = run("broken.png", "outside.png", code=3)
    assert "broken.png" in done.stderr
    assert shown(folder / "gallery.html") == ["./outside.png"]
    with pytest.raises(MetadataError):
        run("broken.png", "--out", "second.html")
    assert not (folder / "second.html").exists()


def test_json_tells_files_and_numbers(folder):
    told = json.loads(run("--json", "--sheet", "sheet.png", "--out", "page.html", "--limit", "1").stdout)
    assert (told["promptkit"], told["kind"], told["pictures"], told["count"], told["unread"]) == (
        1,
        "gallery",
        1,
        2,
        [],
    )
    assert told["page"] == {"file": "page.html", "bytes": (folder / "page.html").stat().st_size}
    assert told["sheet"]["file"] == "sheet.png"


def test_a_sheet_alone_makes_no_page(folder):
    run("--sheet", "sheet.png", "--quiet")
    assert not (folder / "gallery.html").exists()
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > sheet.height
    run("--sheet", "tall.png", "--columns", "1")
    with Image.open(folder / "tall.png") as sheet:
        assert sheet.height > sheet.width


def test_a_file_that_is_there_stays_unless_it_may_go(folder):
    (folder / "gallery.html").write_text("mine", encoding="utf-8")
    assert run("--quiet").stdout == "gallery-2.html\n"
    assert (folder / "gallery.html").read_text(encoding="utf-8") == "mine"
    assert run("--quiet", "--overwrite").stdout == "gallery.html\n"
    assert shown(folder / "gallery.html")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["17"], UnknownNameError),
        (["--library", "nowhere"], LibraryError),
        (["nothing.png", "--library", "nowhere"], MetadataError),
        (["--out", "same.png", "--sheet", "same.png"], SettingsError),
        (["--sheet", "sheet.jpg"], SettingsError),
        (["--out", "outside.png/page.html"], OutputError),
    ],
)
def test_what_cannot_be_done_is_an_error_with_a_way_out(folder, arguments, error):
    with pytest.raises(error) as raised:
        run(*arguments)
    assert raised.value.hint
    assert sorted(path.name for path in folder.iterdir()) == ["outside.png", "pictures"]
