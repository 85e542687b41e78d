"""The disk full at every write: what was finished is kept, nothing is corrupt, and the run goes on once there is room."""

import resource
import sqlite3

import pytest

from promptkit.library import Library
from promptkit.library.upkeep import problems
from tests.durability import rig
from tests.durability.rig import BROKEN, DONE, JOBS, Fault, Reference

PICTURE = ("before temporary file", "before fsync", "before rename", "before folder fsync")
DATABASE = ("begin run", "before picture row", "before candidate row", "before commit", "before end of run")


@pytest.fixture(params=JOBS)
def reference(request, disk):
    rig.session()
    return Reference.make(request.param, disk / "whole")


def left_whole(folder) -> bool:
    """Whether a library is as it knows itself, and no half file lies in it."""
    with Library(folder) as library:
        found = [problem for problem in problems(library) if problem.kind != "leftover"]
    return not found and not list(folder.rglob("*.part"))


@pytest.mark.parametrize("point", [*PICTURE, *DATABASE])
def test_no_room(reference, disk, point):
    """For a picture at each step of its writing, and for the database at each of its statements."""
    strike = rig.fill_disk if point in PICTURE else rig.fill_database
    for number in sorted({1, reference.points[point] // 2 + 1, reference.points[point]}):
        folder = disk / f"{number}"
        assert rig.attempt(reference.job, folder, Fault(point, number, strike)) == BROKEN
        assert left_whole(folder)
        said = (disk / f"{number}.said").read_text()
        assert "disk is full" in said
        if rig.begun(folder) is not None:
            assert f"promptkit resume 1 --library {folder}" in said
        assert rig.attempt(reference.job, folder) == DONE
        reference.check_whole(folder, redone=1)


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_a_database_that_may_not_grow(disk, monkeypatch, pages):
    """SQLite itself says so, in the middle of a row or at its commit: its file may have that many more pages."""
    rig.session()
    reference = Reference.make("plain", disk / "whole")
    folder = disk / "full"
    with Library(folder, create=True):
        connect = sqlite3.connect

    def limited(*arguments, **named):
        connection = connect(*arguments, **named)
        (size,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {size + pages}")
        return connection

    monkeypatch.setattr(sqlite3, "connect", limited)
    code = rig.attempt("plain", folder)
    monkeypatch.undo()
    assert code == BROKEN
    assert "disk is full" in (disk / "full.said").read_text()
    assert left_whole(folder)
    assert rig.attempt("plain", folder) == DONE
    reference.check_whole(folder, redone=1)


def test_a_file_that_may_not_grow(disk):
    """No patch: the system itself refuses a file that grows beyond what it is allowed."""
    rig.session()
    reference = Reference.make("plain", disk / "whole")
    folder = disk / "limited"

    def limited() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (112 * 1024, resource.RLIM_INFINITY))
        return rig.work("plain", folder, Fault("nowhere", 1, rig.nothing))

    with Library(folder, create=True):
        pass
    assert rig.end_of(rig.fork(limited)) == BROKEN
    assert left_whole(folder)
    assert rig.attempt("plain", folder) == DONE
    reference.check_whole(folder, redone=1)
