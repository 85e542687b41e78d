"""The command ``doctor``."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from promptkit.cli import FAILURE
from promptkit.cli.output import say, stdout, write_json

STYLE = {"ok": "green", "note": "yellow", "problem": "bold red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def doctor(as_json: bool) -> None:
    """Check this installation and say what to mend; leaves with 1 when something is broken."""
    from promptkit.doctor import BAD, examine
    from promptkit.plugins import create_plugin_manager

    _tell("plugins")
    findings = list(examine(create_plugin_manager(), tell=_tell))
    if as_json:
        write_json("doctor", {"findings": [asdict(finding) for finding in findings]})
    else:
        from promptkit.terminal import safe_text

        console = stdout()
        for finding in findings:
            line = safe_text(f"{finding.state:8}", STYLE[finding.state]) + safe_text(
                f"{finding.what}: {finding.message}"
            )
            console.print(line, soft_wrap=True)
            if finding.cure:
                console.print(safe_text(f"        {finding.cure}"), soft_wrap=True)
    if any(finding.state == BAD for finding in findings):
        sys.exit(FAILURE)


def _tell(what: str) -> None:
    say(f"Looking at: {what} …")
