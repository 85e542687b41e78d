"""The command ``plugins check``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from promptkit.cli import FAILURE
from promptkit.cli.output import say, show_table, stdout, write_json

Place = tuple[dict[str, Any], dict[str, Any]]
"""A report and a check of it."""
STATES = {True: "holds", False: "broken", None: "not tried"}


@click.command("check")
@click.argument("plugin", metavar="PATH|NAME")
@click.option("--timeout", type=click.IntRange(min=1), default=600, show_default=True, help="Seconds for all checks.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def check(plugin: str, timeout: int, as_json: bool) -> None:
    """Run everything that a plugin brings through the contract of its kind, in a process of its own.

    PATH is a folder with a pyproject.toml, whose code is run as it lies; NAME is an installed plugin or package.
    """
    from promptkit.testing.process import find_job, run_job

    job = find_job(plugin)
    if not as_json:
        say(f"Checking {job.name} {job.version}: its code is run.")
    reports = run_job(job, timeout)
    broken = _where(reports, False)
    if as_json:
        write_json("plugin-check", {"name": job.name, "version": job.version, "ok": not broken, "reports": reports})
    else:
        _show(reports)
        _tell(broken, _where(reports, None))
    if broken:
        sys.exit(FAILURE)


def _where(reports: Sequence[dict[str, Any]], ok: bool | None) -> list[Place]:
    return [(report, made) for report in reports for made in report["checks"] if made["ok"] is ok]


def _show(reports: Sequence[dict[str, Any]]) -> None:
    rows = []
    for report in reports:
        for place, made in enumerate(report["checks"]):
            rows.append((report["subject"] if place == 0 else "", made["name"], STATES[made["ok"]]))
    show_table(("what", "contract", "state"), rows)


def _tell(broken: Sequence[Place], untried: Sequence[Place]) -> None:
    """Say what came back and the cure, for each thing that does not hold, and why others were not tried."""
    from promptkit.terminal import safe_text

    console = stdout()
    for report, made in broken:
        console.print(safe_text(f"\n{report['subject']}: {made['name']}: broken", "bold"), soft_wrap=True)
        console.print(safe_text(made["detail"]), soft_wrap=True)
        if made["cure"]:
            console.print(safe_text(made["cure"], "green"), soft_wrap=True)
    for report, made in untried:
        console.print(safe_text(f"\n{report['subject']}: {made['name']}: not tried", "dim"), soft_wrap=True)
        console.print(safe_text(made["detail"], "dim"), soft_wrap=True)
    count = "1 thing does" if len(broken) == 1 else f"{len(broken)} things do"
    console.print(safe_text(f"\n{count} not hold." if broken else "Everything that was tried holds."), soft_wrap=True)
