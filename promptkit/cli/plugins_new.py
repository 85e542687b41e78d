"""The command ``plugins new``."""

from __future__ import annotations

from pathlib import Path

import click

from promptkit.cli.output import stdout, write_json

KINDS = ("expander", "sampler", "postprocessor", "ranker", "pack")
LICENCES = ("MIT", "Apache-2.0", "none")


@click.command("new")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What the plugin brings.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="here",
    help="The folder in which the package's folder is made.",
)
@click.option("--license", "licence", type=click.Choice(LICENCES), default="MIT", show_default=True)
@click.option("--author", help="Who wrote it; goes into its metadata.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def new(name: str, kind: str, out: Path, licence: str, author: str | None, as_json: bool) -> None:
    """Write a whole package for a plugin NAME: code that works, its tests, README, licence and CI.

    It is named promptkit-NAME and passes its own tests as it is. Nothing is ever overwritten.
    """
    from promptkit.scaffold import plan_plugin, write_plugin
    from promptkit.terminal import safe_text

    plan = plan_plugin(name, kind, author=author, licence=licence)
    folder = write_plugin(plan, out)
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    if as_json:
        write_json("plugin-new", {"name": plan.name, "brings": kind, "folder": str(folder), "files": written})
        return
    console = stdout()
    console.print(safe_text(str(folder)), soft_wrap=True)
    for file in written:
        console.print(safe_text(f"    {file}"), soft_wrap=True)
    for line in (
        f"Install it: python -m pip install --editable '{folder}[test]'",
        f"Test it: python -m pytest {folder}",
        f"Check it: promptkit plugins check {folder}",
    ):
        console.print(safe_text(line, "dim"), soft_wrap=True)
