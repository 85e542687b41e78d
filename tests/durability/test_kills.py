"""Processes that are killed and interrupted at every point: nothing is lost, nothing is there twice, and the run that was
gone on with has the very bytes of one that was never cut off."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.durability import rig
from tests.durability.rig import DONE, JOBS, POINTS, STOPPED, Fault, Reference


@pytest.fixture(params=JOBS)
def reference(request, disk):
    rig.session()
    return Reference.make(request.param, disk / "whole")


class Chain:
    """Runs that are cut off again and again, each until it comes to its end; then another one begins."""

    def __init__(self, reference: Reference, folder: Path) -> None:
        self.reference, self.place = reference, folder
        self.struck: Counter[str] = Counter()
        self.runs = self.number = self.cuts = 0

    @property
    def folder(self) -> Path:
        return self.place / f"{self.number}"

    def cut(self, name: str, begin) -> None:
        """Have one process cut off: ``begin`` starts it. One that comes to its end first is checked, and another run is
        begun for the same cut."""
        while rig.end_of(begin(self.folder)) == DONE:
            self.check()
        rig.check_cut_off(self.folder)
        self.struck[name] += 1
        self.cuts += 1

    def strike(self, point: str | None, number: int, strike) -> None:
        name = f"{strike.__name__} {point or 'anywhere'}"
        fault = Fault(point, number, strike)
        self.cut(name, lambda place: rig.fork(lambda: rig.work(self.reference.job, place, fault)))

    def check(self) -> None:
        self.reference.check_whole(self.folder, redone=self.cuts)
        self.runs += 1
        self.number += 1
        self.cuts = 0

    def end(self) -> None:
        while rig.attempt(self.reference.job, self.folder) != DONE:
            raise AssertionError("a run did not come to its end")
        self.check()


def test_a_run_killed_or_interrupted_at_any_point_is_gone_on_with_as_if_nothing_had_been(reference, disk):
    """Once at every point, at a drawn one of the times that it is passed, and ten times anywhere, by each signal."""
    draw = random.Random(reference.job)
    for strike in (rig.kill, rig.interrupt):
        chain = Chain(reference, disk / strike.__name__)
        chain.place.mkdir()
        passed = [point for point in POINTS if reference.points[point]]
        faults = [(point, draw.randint(1, reference.points[point])) for point in passed]
        faults += [(None, draw.randint(1, reference.points[""])) for _ in range(10)]
        draw.shuffle(faults)
        for point, number in faults:
            chain.strike(point, number, strike)
        chain.end()
        assert chain.struck.total() == len(faults)
        if strike is rig.interrupt:
            assert not list(chain.place.rglob("*.part"))
        print(reference.job, chain.runs, "runs", dict(chain.struck))


def test_a_run_killed_at_any_moment_from_outside(reference, disk):
    draw = random.Random(reference.job)
    chain = Chain(reference, disk)

    def begin(place: Path) -> int:
        child = rig.fork(lambda: rig.work(reference.job, place, Fault("nowhere", 1, rig.nothing)))
        time.sleep(draw.uniform(0.002, 0.06))
        os.kill(child, signal.SIGKILL)
        return child

    for _ in range(15):
        chain.cut("from outside", begin)
    chain.end()


@pytest.mark.parametrize("point", ["before fsync", "in a post-processor", "after commit", "batch", "before end of run"])
def test_a_second_interrupt_stops_at_once_and_leaves_no_half_file(disk, point):
    rig.session()
    reference = Reference.make("plain", disk / "whole")
    code = rig.attempt("plain", disk / "a", Fault(point, 1, rig.interrupt_twice))
    assert code == STOPPED
    rig.check_cut_off(disk / "a")
    assert not list(disk.rglob("*.part"))
    assert rig.attempt("plain", disk / "a") == DONE
    reference.check_whole(disk / "a", redone=1)
