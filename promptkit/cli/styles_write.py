"""Commands for those who write packs: ``styles new``, ``schema`` and ``folder``."""

from __future__ import annotations

from pathlib import Path

import click

from promptkit.cli.output import stdout, write_json
from promptkit.errors import PackError


@click.command("new")
@click.argument("name")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Where to; by default, your own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def new(name: str, folder: Path | None, as_json: bool) -> None:
    """Write NAME.yaml, a pack that explains the format line by line, and check it. Nothing is ever overwritten."""
    from promptkit.packs.library import installed_library, user_folder
    from promptkit.packs.starter import write_starter
    from promptkit.registry import Registry
    from promptkit.terminal import safe_text

    library = installed_library(Registry().folders())
    if name in library.found:
        there = library.found[name].path
        raise PackError(f"There is a pack '{name}' already: {there}.", hint="Choose another name for yours.")
    path = write_starter(name, folder or user_folder())
    if as_json:
        write_json("pack", {"name": name, "path": str(path)})
        return
    console = stdout()
    console.print(safe_text(str(path)), soft_wrap=True)
    used = "" if folder is None else f" --pack {path}"
    for line in (
        f"Check it as you write: promptkit styles check --watch {path}",
        f'Try it: promptkit expand "a dog" --style {name}/first-light{used}',
    ):
        console.print(safe_text(line, "dim"), soft_wrap=True)


@click.command("schema")
def schema() -> None:
    """Print the JSON Schema of pack files, for editors."""
    from promptkit.packs.json_schema import schema_text

    click.echo(schema_text(), nl=False)


@click.command("folder")
def folder() -> None:
    """Print the folder whose packs are your own."""
    from promptkit.packs.library import user_folder

    click.echo(str(user_folder()))
