"""What is wrong is found, what is not needed is cleared away, and a damaged database costs no picture."""

import os
import shutil
import time

import pytest

from promptkit.errors import LibraryError
from promptkit.ledger import lock_run
from promptkit.library import Library
from promptkit.library.adopt import adopt_all
from promptkit.library.connection import database_of
from promptkit.library.rebuild import rebuild
from promptkit.library.upkeep import accept, clear, find_waste, problems
from tests.library.making import filled, read, recipe, written


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path).close()
    return tmp_path


def kinds(folder):
    with Library(folder, read_only=True) as library:
        return [(one.kind, one.picture) for one in problems(library)]


def long_ago(path, days=40.0):
    then = time.time() - days * 86_400
    os.utime(path, (then, then))


def test_a_whole_library_has_no_problems(folder):
    assert kinds(folder) == []


def test_every_kind_of_problem_is_found(folder):
    with Library(folder) as library:
        first, second, third = (library.pictures([number])[0].path for number in (1, 2, 3))
    first.write_bytes(first.read_bytes() + b"more")
    second.write_bytes(second.read_bytes()[:-30])
    third_content = third.read_bytes()
    third.unlink()
    (folder / "sub").mkdir()
    shutil.copy(first, folder / "sub" / "stranger.png")
    part = folder / ".promptkit-abc.part"
    part.write_bytes(b"half")
    long_ago(part)
    fresh = folder / ".promptkit-now.part"
    fresh.write_bytes(b"half")
    (folder / "cut.png").write_bytes(third_content[:-30])
    assert kinds(folder) == [
        ("changed", 1), ("broken", 2), ("missing", 3), ("orphan", None), ("unreadable", None), ("leftover", None),
    ]  # fmt: skip
    with Library(folder) as library:
        assert accept(library) == ([1], []), "one that cannot be read keeps no other from it"
    assert ("broken", 2) in kinds(folder)


def test_a_picture_that_became_a_link_out_of_the_library_is_told(folder, tmp_path_factory):
    with Library(folder) as library:
        path = library.picture("1").path
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.png"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert kinds(folder) == [("missing", 1)]


@pytest.mark.parametrize("way", ["open", "adopt", "gc", "rebuild"])
def test_a_picture_that_was_moved_keeps_its_row(folder, way):
    with Library(folder) as library:
        library.rate(1, 5)
        library.tag(1, ["good"])
        path = library.picture("1").path
    (folder / "sub").mkdir()
    path.rename(folder / "sub" / "mine.png")
    assert kinds(folder) == [("moved", 1)]
    if way == "rebuild":
        rebuild(folder)
    with Library(folder, adopt=way in ("open", "gc")) as library:
        if way == "adopt":
            assert adopt_all(library) == ([1], [])
        if way == "gc":
            clear(library, find_waste(library, days=30))
        found = library.picture("sub/mine.png")
        assert (found.id, found.rating, found.tags, found.run) == (1, 5, ("good",), 1)
        assert library.candidates(1)[0].path == str(folder / "sub" / "mine.png")
        assert len(library.pictures()) == 3
    assert kinds(folder) == []


def test_a_picture_that_was_moved_is_no_waste(folder):
    with Library(folder) as library:
        library.picture("1").path.rename(folder / "mine.png")
        assert find_waste(library, days=30).missing == ()


def test_a_picture_that_cannot_be_read_is_still_found_by_its_words_when_the_database_is_made_anew(folder):
    with Library(folder) as library:
        path = library.picture("2").path
    path.write_bytes(path.read_bytes()[:-30])
    assert len(rebuild(folder).refused) == 1
    assert kinds(folder) == [("broken", 2)]
    with Library(folder) as library:
        assert library.rows("SELECT rowid FROM words WHERE words MATCH 'lighting:golden' AND rowid = 2") == [(2,)]


def test_words_that_are_gone_are_told(folder):
    with Library(folder) as library:
        library.connection.execute("DELETE FROM words WHERE rowid = 2")
        assert [one.kind for one in problems(library)] == ["database"]


def test_what_was_changed_on_purpose_can_be_accepted(folder):
    made = recipe(read())
    with Library(folder) as library:
        library.rate(1, 5)
        path = library.picture("1").path
        path.unlink()
        written(folder, made, 0, scores={"total": 0.75})
        assert accept(library) == ([1], [])
        found = library.picture("1")
        assert (found.scores, found.rating, found.run, found.index) == ({"total": 0.75}, 5, 1, 0)
    assert kinds(folder) == []


def test_clearing_shows_first_and_keeps_every_picture(folder):
    prompt = read()
    made = recipe(prompt)
    with Library(folder) as library:
        gone, kept = library.picture("1").path, library.picture("2").path
        gone.unlink()
        part = folder / ".promptkit-abc.part"
        part.write_bytes(b"half")
        long_ago(part)
        old = library.begin_run(made, {})
        library.add_candidate(old, written(folder, made, 7), recipe=made, prompt=prompt)
        young = library.begin_run(made, {})
        library.connection.execute("UPDATE runs SET updated = 0 WHERE id = ?", (old,))
        waste = find_waste(library, days=30)
        assert [number for number, _ in waste.missing] == [1]
        assert waste.leftovers == (part,)
        assert [run.id for run in waste.runs] == [old]
        assert part.exists()
        clear(library, waste)
        assert not part.exists()
        assert kept.exists()
        assert [run.id for run in library.runs()] == [young, 1]
        assert [picture.id for picture in library.pictures()] == [4, 3, 2]
        assert library.picture("4").run is None
        assert library.picture("4").path.exists()
        assert find_waste(library, days=30).is_empty
        assert library.candidates(1)[0].path is None
    assert kinds(folder) == []


def test_a_run_that_is_worked_on_is_never_waste(folder):
    with Library(folder) as library:
        run = library.begin_run(recipe(read()), {})
        library.connection.execute("UPDATE runs SET updated = 0 WHERE id = ?", (run,))
        lock = lock_run(folder, run)
        assert find_waste(library, days=0).runs == ()
        lock.release()
        waste = find_waste(library, days=0)
        assert [one.id for one in waste.runs] == [run]
        library.end_run(run, "running")
        clear(library, waste)
        assert library.run(run).state == "running", "somebody went on with it in between"


def tagged(folder):
    with Library(folder) as library:
        library.tag(1, ["good"])
        library.rate(2, 4)
        return {picture.file for picture in library.pictures()}


def test_a_database_without_a_head_is_made_again_from_the_pictures(folder):
    files = tagged(folder)
    file = database_of(folder)
    file.write_bytes(b"x" * 100 + file.read_bytes()[100:])
    file.with_name(f"{file.name}-journal").write_bytes(b"old")
    with pytest.raises(LibraryError):
        Library(folder)
    found = rebuild(folder)
    assert (found.salvaged, found.adopted, found.refused) == (0, 3, ())
    assert found.aside.exists()
    assert not file.with_name(f"{file.name}-journal").exists()
    with Library(folder) as library:
        assert {picture.file for picture in library.pictures()} == files
    assert kinds(folder) == []


def test_what_can_be_read_of_a_damaged_database_is_kept(folder):
    files = tagged(folder)
    with Library(folder) as library:
        (root,) = library.rows("SELECT rootpage FROM sqlite_master WHERE name = 'scores'")[0]
        (size,) = library.rows("PRAGMA page_size")[0]
    file = database_of(folder)
    content = bytearray(file.read_bytes())
    content[(root - 1) * size : root * size] = b"\xff" * size
    file.write_bytes(content)
    found = rebuild(folder)
    assert (found.salvaged, found.adopted) == (3, 0)
    with Library(folder) as library:
        assert {picture.file for picture in library.pictures()} == files
        assert library.picture("1").tags == ("good",)
        assert library.picture("2").rating == 4
        assert library.picture("2").scores["subject"] == 0.5, "read from the picture again"
        assert [candidate.index for candidate in library.candidates(1)] == [0, 1, 2]
    assert kinds(folder) == []


@pytest.mark.parametrize("seed", range(6))
def test_bytes_turned_anywhere_end_in_a_clear_error_and_a_library_that_can_be_rebuilt(folder, seed):
    import random

    files = tagged(folder)
    file, rng = database_of(folder), random.Random(seed)
    content = bytearray(file.read_bytes())
    for _ in range(40):
        content[rng.randrange(len(content))] = rng.randrange(256)
    file.write_bytes(content)
    try:
        with Library(folder) as library:
            assert isinstance(list(problems(library)), list)
    except LibraryError as error:
        assert error.hint
    rebuild(folder)
    assert kinds(folder) == []
    with Library(folder) as library:
        assert {picture.file for picture in library.pictures()} == files
