"""Runs in forks of the test's process, which die, are interrupted, or find the disk full at named points.

Nothing in the product knows of this: the points are patched into ``os``, ``tempfile`` and ``sqlite3`` of the fork alone.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import sqlite3
import stat
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import promptkit
from promptkit.hookspecs import hookimpl
from promptkit.library import Library, StoredRun
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.records import PREVIEW, PRUNING, STEPS, VARIATION
from promptkit.registry import Registry
from promptkit.run import Finishing, Ready
from promptkit.session import Session
from promptkit.testing import FakeBackend, FakePlugin, RednessRanker
from promptkit.whereabouts import forget_ended

DONE, STOPPED, BROKEN = 0, 130, 1
PROMPT = promptkit.parse("a dog")
BATCHES = "batches"
"""The file, beside a library, in which every batch that is begun leaves a line."""

JOBS = {
    "plain": {"candidates": 6, "finish": "invert", "finish_all": True},
    "halving": {"candidates": 8, "search": "halving:50", "keep": 2, "finish": "invert"},
    "variation": {"candidates": 5, "variation_seed": 9, "variation_strength": 0.25},
}
"""What is asked for, in batches of four and two."""
SIZES = {"plain": 4, "halving": 4, "variation": 2}

POINTS = (
    "begin run", "batch", "step", "batch decoded", "candidate decoded", "candidate told",
    "before temporary file", "after temporary file", "before fsync", "after fsync", "before rename", "after rename",
    "before folder fsync", "after folder fsync",
    "before begin", "after begin", "before picture row", "after picture row", "before candidate row",
    "after candidate row", "before commit", "after commit",
    "finishing", "in a post-processor", "before end of run", "after end of run",
)  # fmt: skip


class Backend(FakeBackend):
    """Leaves a line for each batch that it begins, and blends noises, in name."""

    abilities = frozenset({STEPS, PREVIEW, PRUNING, VARIATION})

    def _steps(self, batch, steps, on_step):
        with _batches_file(Path(HERE.folder)).open("a") as file:
            file.write(f"{len(batch)}\n")
        HERE.hit("batch")
        found = super()._steps(batch, steps, on_step)
        HERE.hit("batch decoded")
        return found

    def generate(self, request, *, on_step=None):
        def told(event):
            HERE.hit("step")
            return on_step(event)

        second = request.variation
        for candidate in super().generate(request, on_step=told):
            HERE.hit("candidate decoded")
            yield candidate if second is None else replace(candidate, variation_seed=second.seeds[candidate.index])


class Invert:
    name = "invert"

    def process(self, image, *, settings, rng):
        HERE.hit("in a post-processor")
        return image.point(lambda value: 255 - value)


class Grouped(RednessRanker):
    """Scores that depend on what is scored together, as CLIP's last bits do; and a noise, so that there are ties."""

    def score(self, prompt, candidates):
        found = super().score(prompt, candidates)
        return [{name: value + len(found) / 2**20 for name, value in score.items()} for score in found]

    def score_ensemble(self, prompt, candidates):
        found = self.score(prompt, candidates)
        return [found, [{"total": 1 - score["total"]} for score in found]]


class Plugin(FakePlugin):
    @hookimpl
    def register_rankers(self):
        return [Grouped()]

    @hookimpl
    def register_postprocessors(self):
        return [Invert()]


@cache
def session() -> Session:
    """Return the session of all forks, with everything in memory that a run needs: a fork takes milliseconds then."""
    host = create_plugin_manager(entry_points=False)
    record = PluginRecord(name="fakes", version="1")
    host.register(Plugin(Backend()), record)
    host.records[record.name] = record
    made = Session("fake", registry=Registry(host))
    with tempfile.TemporaryDirectory() as folder:
        HERE.folder = Path(folder, "warm")
        made.generate(made.parse("a dog"), candidates=2, library=HERE.folder, finish="invert", search="halving")
    return made


@dataclass
class Fault:
    """What happens the so-manieth time that a point is passed; ``None`` is any point."""

    point: str | None
    number: int
    strike: Callable[[], None]
    folder: Path = Path()

    def __post_init__(self) -> None:
        self.passed: Counter[str | None] = Counter()

    def hit(self, name: str) -> None:
        self.passed[name] += 1
        self.passed[None] += 1
        if self.point in (name, None) and self.passed[self.point] == self.number:
            self.strike()

    def told(self, event: object) -> None:
        if isinstance(event, Ready):
            self.hit("candidate told")
        elif isinstance(event, Finishing):
            self.hit("finishing")


HERE = Fault("nowhere", 1, lambda: None)
"""The fault of this fork, and the folder that it works on."""


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def interrupt_twice() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    signal.raise_signal(signal.SIGINT)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def fill_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fill_database() -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error


def nothing() -> None:
    pass


def patch(hit: Callable[[str], None]) -> None:
    """Have every write of this process pass the points, for good."""
    mkstemp, fsync, rename, connect = tempfile.mkstemp, os.fsync, os.replace, sqlite3.connect

    def watched(name, honest):
        def call(*arguments, **named):
            hit(f"before {name}")
            found = honest(*arguments, **named)
            hit(f"after {name}")
            return found

        return call

    def synced(descriptor):
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        return watched("folder fsync" if folder else "fsync", fsync)(descriptor)

    class Connection(sqlite3.Connection):
        def execute(self, sql, *arguments):
            return _watched_sql(sql, hit, watched, super().execute)(sql, *arguments)

    tempfile.mkstemp, os.fsync, os.replace = watched("temporary file", mkstemp), synced, watched("rename", rename)
    sqlite3.connect = lambda *arguments, **named: connect(*arguments, factory=Connection, **named)


def _watched_sql(sql, hit, watched, honest):
    heads = {
        "BEGIN": "begin",
        "COMMIT": "commit",
        "INSERT INTO pictures": "picture row",
        "INSERT INTO candidates": "candidate row",
        "UPDATE runs SET state": "end of run",
    }
    if sql.startswith("INSERT INTO runs"):
        hit("begin run")
    name = next((name for head, name in heads.items() if sql.startswith(head)), None)
    return honest if name is None else watched(name, honest)


def work(job: str, folder: Path, fault: Fault) -> int:
    """Begin the run, or go on with it where it was begun; return an exit code."""
    global HERE
    HERE = replace(fault, folder=folder)
    patch(HERE.hit)
    settings = promptkit.GenerationSettings(batch_size=SIZES[job], num_inference_steps=2)
    try:
        if (run := begun(folder)) is not None:
            with Library(folder) as library:
                forget_ended(library)
                if run.state != "finished":
                    session().go_on(library, run.id, on_event=HERE.told)
        else:
            asked = {"library": folder, "settings": settings, "on_event": HERE.told, **JOBS[job]}
            session().generate(PROMPT, **asked)
    except promptkit.PromptkitError as error:
        if error.exit_code == BROKEN:
            (folder.parent / f"{folder.name}.said").write_text(f"{error} {error.hint}")
        return error.exit_code
    except KeyboardInterrupt:
        return STOPPED
    return DONE


def begun(folder: Path) -> StoredRun | None:
    """Return the run in a library, at its end or not; ``None`` where it was never begun."""
    if not (folder / ".promptkit" / "library.sqlite3").exists():
        return None
    with Library(folder) as library:
        return next(iter(library.runs()), None)


def fork(task: Callable[[], int]) -> int:
    """Do something in a fork of this process; return its process id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    code = BROKEN
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = task()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def end_of(child: int) -> int:
    """Wait for a fork; return its exit code, negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def attempt(job: str, folder: Path, fault: Fault | None = None) -> int:
    return end_of(fork(lambda: work(job, folder, fault or Fault("nowhere", 1, nothing))))


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.png")}


def rows(folder: Path) -> list[tuple]:
    """Return what the database knows of candidates and their files, whenever and wherever they were made."""
    sql = """
        SELECT c.run_id, c.idx, c.seed, c.variation_seed, c.outcome, c.batch_size, c.shrunk, c.pruned_at, c.scores,
        c.tied, c.interval, c.finish, made.file, made.sha256, done.file, done.sha256, r.state
        FROM candidates AS c JOIN runs AS r ON r.id = c.run_id LEFT JOIN pictures AS made ON made.id = c.picture
        LEFT JOIN pictures AS done ON done.id = c.finished ORDER BY c.run_id, c.idx"""
    scores = 8
    return [(*row[:scores], json.loads(row[scores]), *row[scores + 1 :]) for row in _read(folder, sql)]


def pictures(folder: Path) -> dict[str, str]:
    """Return the files that have rows, with the hashes in them."""
    return dict(_read(folder, "SELECT file, sha256 FROM pictures"))


def _read(folder: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / ".promptkit" / "library.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute(sql).fetchall()


def _batches_file(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.{BATCHES}"


def batches(folder: Path) -> int:
    file = _batches_file(folder)
    return len(file.read_text().splitlines()) if file.exists() else 0


@dataclass
class Reference:
    """An uninterrupted run."""

    job: str
    files: dict[str, str]
    rows: list[tuple]
    batches: int
    points: Counter

    @classmethod
    def make(cls, job: str, folder: Path) -> Reference:
        """Make the run in a fork, which writes down how often each point was passed."""
        counted = folder.parent / f"{folder.name}.points"

        def task() -> int:
            fault = Fault("nowhere", 1, nothing)
            code = work(job, folder, fault)
            counted.write_text(json.dumps({name or "": number for name, number in HERE.passed.items()}))
            return code

        assert end_of(fork(task)) == DONE
        points = Counter(json.loads(counted.read_text()))
        return cls(job, files(folder), rows(folder), batches(folder), points)

    def check_whole(self, folder: Path, *, redone: int) -> None:
        """Compare a run that was cut off and gone on with; ``redone`` is how many batches may have been made twice."""
        assert files(folder) == self.files
        changed = [(one, other) for one, other in zip(rows(folder), self.rows, strict=True) if one != other]
        assert changed == []
        assert pictures(folder) == self.files
        assert self.batches <= batches(folder) <= self.batches + redone
        assert not list(folder.glob(".promptkit/run-*"))


def check_cut_off(folder: Path) -> None:
    """Check that a library which was left by a dead process knows no file that is not there, as it is known."""
    if begun(folder) is not None:
        assert pictures(folder).items() <= files(folder).items()
