"""Checking a plugin in a process of its own: ``python -m promptkit.testing.job JOB RESULT PROGRESS``, two JSON
files and one that names what is being checked.

So a plugin that hangs, exits or prints takes nothing with it, and what is loaded is what would be loaded for a user.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from promptkit.installed.distributions import COMMANDS, Entry
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.terminal import visible
from promptkit.testing.commands import check_command
from promptkit.testing.contract import LOGGER, Contract, Report
from promptkit.testing.whole import check_packs, check_plugin, reported


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be checked."""

    name: str
    version: str
    paths: tuple[str, ...] = ()
    """Folders that modules are imported from, besides those installed."""
    entries: tuple[Entry, ...] = ()
    packs: tuple[str, ...] = ()
    """Files of style packs."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_job(text: str) -> Job:
    """Read what ``to_json`` wrote."""
    said = json.loads(text)
    return Job(**{**said, "entries": tuple(Entry(**entry) for entry in said["entries"])})


def run(job: Job) -> Iterator[Report]:
    """Yield the reports of everything that the job names."""
    sys.path[:0] = job.paths
    for entry in job.entries:
        yield from _check_command(entry) if entry.group == COMMANDS else _check_entry(job, entry)
    yield from check_packs([Path(pack) for pack in job.packs])


def _check_entry(job: Job, entry: Entry) -> Iterator[Report]:
    logging.getLogger(LOGGER).info("plugin '%s'", entry.name)
    host = create_plugin_manager(entry_points=False, tell=lambda _: None)
    record = host.records.get(entry.name)
    before = set(sys.modules)
    if record is None:
        record = PluginRecord(name=entry.name, version=job.version, distribution=job.name, entry=entry.value)
        host.load(record, entry.load)
    yield from check_plugin(host, record, imported=set(sys.modules) - before)


def _check_command(entry: Entry) -> Iterator[Report]:
    loaded: list[Any] = []
    contract = Contract(f"command '{entry.name}'", seconds=60.0)

    def load() -> None:
        loaded.append(contract.call(f"importing {entry.value}", entry.load))

    contract.check("can be loaded", load)
    yield reported(check_command, *loaded) if loaded else reported(contract.close)


class Progress(logging.Handler):
    """Says on stderr what is being checked, and keeps the last of it in a file."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self.told = ""

    def emit(self, record: logging.LogRecord) -> None:
        subject = visible(record.getMessage()).replace("\n", " ")
        if subject != self.told:
            self.told = subject
            self.file.write_text(subject, encoding="utf-8")
            sys.stderr.write(f"checking {subject}\n")


def end_with_parent() -> None:
    """End this process when stdin, which the parent holds open, is closed; plugins read an empty one."""
    held = os.dup(0)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)

    def wait() -> None:
        while os.read(held, 1):
            continue
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main(job: str, result: str, progress: str) -> None:
    end_with_parent()
    logger = logging.getLogger(LOGGER)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(Progress(Path(progress)))
    reports = [report.to_json() for report in run(read_job(Path(job).read_text(encoding="utf-8")))]
    Path(result).write_text(json.dumps(reports), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
