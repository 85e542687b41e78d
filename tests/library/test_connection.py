"""What can be wrong with a database: each time a clear message, a way out, and nothing lost."""

import os
import sqlite3
import tempfile
from pathlib import Path

import pytest

from promptkit.cli.library_folder import reading
from promptkit.errors import LibraryError
from promptkit.library import Library, connection
from promptkit.library.adopt import orphans
from promptkit.library.connection import database_of
from promptkit.library.schema import VERSION
from promptkit.whereabouts import New
from tests.library.making import filled, read, recipe, written

NOBODY = 65534


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path).close()
    return tmp_path


def as_somebody_else(work) -> str:
    """Return what ``work`` says in a process that file permissions hold for."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing was returned"
        try:
            if os.getuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            said = str(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error} | {getattr(error, 'hint', '')}"
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.fixture
def public():
    """A folder that everybody may look into: pytest's own are shut, and shut again whenever another pytest starts."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place)


def test_it_is_set_up_as_the_rules_say(folder):
    with Library(folder) as library:
        said = {name: library.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")}
    assert said == {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1}


def test_no_library_there(tmp_path):
    for name in ("nothing", "."):
        with pytest.raises(LibraryError) as caught:
            Library(tmp_path / name)
        assert "--adopt" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_file_instead_of_a_folder(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / ".promptkit").write_text("x")
    for place in (tmp_path / "file", tmp_path):
        with pytest.raises(LibraryError) as caught:
            Library(place, create=True)
        assert "is a file" in caught.value.message
        assert caught.value.hint


def test_a_database_that_is_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "library.sqlite3"
    database_of(folder).rename(elsewhere)
    database_of(folder).symlink_to(elsewhere)
    with pytest.raises(LibraryError, match="link"):
        Library(folder)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be looked at" * 30, b"x" * 10])
def test_what_is_no_database(folder, content):
    database_of(folder).write_bytes(content)
    with pytest.raises(LibraryError) as caught:
        Library(folder)
    assert "damaged" in caught.value.message
    assert "--rebuild" in caught.value.hint


def test_a_database_of_another_program(folder):
    database_of(folder).unlink()
    with sqlite3.connect(database_of(folder)) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(LibraryError, match="another program"):
        Library(folder)


def test_a_newer_promptkit_s(folder):
    with Library(folder) as library:
        library.connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(LibraryError) as caught:
        Library(folder)
    assert "newer" in caught.value.message
    assert "Update" in caught.value.hint


def test_an_empty_file_becomes_a_library(tmp_path):
    file = database_of(tmp_path)
    file.parent.mkdir()
    file.touch()
    with pytest.raises(LibraryError, match="older"):
        Library(tmp_path, read_only=True)
    with Library(tmp_path) as library:
        assert library.pictures() == []


def test_a_lock_is_waited_for_and_then_told(folder, monkeypatch):
    monkeypatch.setattr(connection, "WAIT", 0.3)
    with Library(folder) as library, Library(folder) as other:
        other.connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LibraryError) as caught:
            library.rate(1, 3)
        assert "in use" in caught.value.message
        with pytest.raises(LibraryError, match="in use"):
            Library(folder)
        other.connection.execute("ROLLBACK")
        library.rate(1, 3)
        assert other.picture("1").rating == 3


def delete_all_and_fail(library):
    with library.writing() as connection:
        connection.execute("DELETE FROM pictures")
        connection.execute("no SQL")


def test_what_fails_half_way_is_taken_back(folder):
    with Library(folder) as library:
        with pytest.raises(LibraryError):
            delete_all_and_fail(library)
        assert len(library.pictures()) == 3


def add_many(library, folder):
    prompt = read()
    made = recipe(prompt)
    for index in range(3, 60):
        library.add_candidate(1, written(folder, made, index), recipe=made, prompt=prompt)


def test_a_full_disk_loses_nothing(folder):
    with Library(folder) as library:
        (pages,) = library.connection.execute("PRAGMA page_count").fetchone()
        library.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LibraryError) as caught:
            add_many(library, folder)
        assert "disk is full" in caught.value.message
        assert "promptkit resume" in caught.value.hint
        kept = len(library.candidates(1))
    with Library(folder) as library:
        assert library.rows("PRAGMA integrity_check") == [("ok",)]
        assert len(library.pictures()) == kept + 1, "the file that had no row was taken in at the next start"


def begin(folder):
    with New(None, folder).opened(None) as (_, library):
        library.check_writable()


def check(folder):
    with Library(folder, adopt=False) as library:
        library.check_writable()


def test_a_folder_that_cannot_be_written_to_can_be_read(public):
    filled(public).close()
    database_of(public).parent.chmod(0o555)
    database_of(public).chmod(0o644)
    assert as_somebody_else(lambda: len(Library(public, read_only=True).pictures())) == "3"
    said = as_somebody_else(lambda: Library(public).rate(1, 3))
    assert said.startswith("Unwritable")
    assert "writable" in said
    assert "--no-library" not in said
    assert as_somebody_else(lambda: check(public)).startswith("Unwritable"), "before any work"
    public.chmod(0o777)
    assert "generate --no-library" in as_somebody_else(lambda: begin(public))
    database_of(public).chmod(0o666)
    assert as_somebody_else(lambda: check(public)).startswith("Unwritable"), "no journal can be written"
    said = as_somebody_else(lambda: len(reading(public).pictures()))
    assert said == "3", "what only reads goes on"


def test_no_library_can_be_made_where_nobody_may_write(public):
    public.chmod(0o555)
    said = as_somebody_else(lambda: Library(public, create=True))
    assert said.startswith("LibraryError: No library can be made")
    assert "--no-library" in said


def test_folders_that_cannot_be_looked_through_are_told(public):
    filled(public).close()
    (public / "shut").mkdir(mode=0o700)
    said = as_somebody_else(lambda: orphans(Library(public, read_only=True)))
    assert said.startswith("LibraryError")
    assert "shut" in said
    database_of(public).chmod(0o666)
    database_of(public).parent.chmod(0o777)
    public.chmod(0o711)
    said = as_somebody_else(lambda: Library(public))
    assert said.startswith("LibraryError")
    assert "cannot be looked through" in said


def test_a_process_that_dies_half_way_leaves_the_database_whole(folder):
    child = os.fork()
    if child == 0:
        library = Library(folder)
        library.connection.execute("BEGIN IMMEDIATE")
        library.connection.execute("PRAGMA cache_size = 1")
        library.connection.execute("UPDATE pictures SET prompt = hex(randomblob(20000)), rating = 1")
        os._exit(9)
    os.waitpid(child, 0)
    with Library(folder) as library:
        assert library.rows("PRAGMA integrity_check") == [("ok",)]
        assert [picture.rating for picture in library.pictures()] == [None] * 3
