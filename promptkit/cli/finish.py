"""The command ``finish``: post-processors on pictures that are there already, and the list of them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE, PARTIAL
from promptkit.cli.output import show_table, warn, write_json
from promptkit.errors import PromptkitError, SettingsError

if TYPE_CHECKING:
    from promptkit.finish import Finished, FinishStep
    from promptkit.interfaces import Setting
    from promptkit.metadata import PictureRecord
    from promptkit.registry import Registry


@click.command()
@click.argument("images", nargs=-1, type=click.Path(path_type=Path))
@click.option("--chain", default="", help="The post-processors, in order: grain:0.3,vignette.")
@click.option(
    "--list", "listing", is_flag=True, help="List the post-processors that are installed, and their settings."
)
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write to; by default each picture's own.")
@click.option("--seed", type=int, help="The image seed they draw from; by default the one in the picture's recipe.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def finish(
    images: tuple[Path, ...], chain: str, listing: bool, out: Path | None, seed: int | None, as_json: bool
) -> None:
    """Run post-processors on IMAGES and write NAME-finished.png beside each, which stays as it is."""
    from promptkit.asked import seeds_of
    from promptkit.finish import plan_chain
    from promptkit.output import prepare_folder
    from promptkit.registry import Registry

    registry = Registry()
    if listing:
        _show_list(registry, as_json=as_json)
        return
    steps = plan_chain(chain, registry)
    if not steps or not images:
        raise SettingsError(
            "There is nothing to do.", hint="Say: promptkit finish picture.png --chain grain:0.3,vignette"
        )
    if seed is not None:
        seeds_of(seed, 1)
    folder = None if out is None else prepare_folder(out)
    done = [_finish(image, steps, folder, seed, strict=registry.host.strict) for image in images]
    if as_json:
        write_json("finished", {"pictures": done})
    else:
        _tell(done)
    failed = [picture for picture in done if picture["failed"]]
    if failed:
        sys.exit(PARTIAL if any(picture["path"] for picture in done) else FAILURE)


def _finish(
    image: Path, steps: Sequence[FinishStep], folder: Path | None, seed: int | None, *, strict: bool
) -> dict[str, Any]:
    """Finish one picture; return what came of it. One that cannot be read, or written, stops no other."""
    from promptkit.finish import run_chain
    from promptkit.metadata import open_picture, read_record

    try:
        picture = open_picture(image)
        record = read_record(picture)
        chosen = _recorded_seed(record) if seed is None else seed
        found = run_chain(picture, steps, seed=chosen, strict=strict)
        path = _write(image, found, folder, record) if found.steps else None
    except PromptkitError as error:
        if strict:
            raise
        told = f"{error} {error.hint}" if error.hint else str(error)
        return {"image": str(image), "path": None, "seed": seed, "steps": [], "notes": [], "failed": [told]}
    return {
        "image": str(image),
        "path": None if path is None else str(path),
        "seed": chosen,
        "steps": [step.to_json() for step in found.steps],
        "notes": list(found.notes),
        "failed": list(found.failed),
    }


def _recorded_seed(record: PictureRecord) -> int:
    seed = (record.candidate or {}).get("seed", 0)
    return seed if isinstance(seed, int) and seed >= 0 else 0


def _write(image: Path, found: Finished, folder: Path | None, record: PictureRecord) -> Path:
    from promptkit.metadata import write_finished
    from promptkit.output import write_file

    target = (folder or image.parent) / f"{image.stem}-finished.png"
    steps = [step.to_json() for step in found.steps]
    return write_file(target, lambda handle: write_finished(handle, found.image, record, steps))


def _tell(done: Sequence[dict[str, Any]]) -> None:
    for picture in done:
        for said in (*picture["notes"], *picture["failed"]):
            name = Path(picture["image"]).name
            warn(said if name in said else f"{name}: {said}")
        if picture["path"]:
            click.echo(picture["path"])


def _show_list(registry: Registry, *, as_json: bool) -> None:
    """List post-processors with their settings, the first of which is the one that a plain value sets."""
    from promptkit.interfaces import Adjustable

    found = []
    for name, registered in registry.all("postprocessor").items():
        settings = registered.value.settings if isinstance(registered.value, Adjustable) else ()
        found.append((name, registered.plugin.name, getattr(registered.value, "summary", ""), settings))
    if as_json:
        keys = ("name", "plugin", "summary")
        rows = [
            {**dict(zip(keys, facts, strict=True)), "settings": [_setting_json(setting) for setting in settings]}
            for *facts, settings in found
        ]
        write_json("postprocessors", {"postprocessors": rows})
        return
    said = [
        (name, "; ".join(f"{one.name}={one.default}" for one in settings), summary, plugin)
        for name, plugin, summary, settings in found
    ]
    if not said:
        click.echo("No plugin brings a post-processor. promptkit-film is one: grain, halation, vignette, film looks.")
        return
    show_table(("post-processor", "settings", "what it does", "plugin"), said)


def _setting_json(setting: Setting) -> dict[str, Any]:
    """Return a setting as plain JSON values, which know no infinity."""
    plain = {key: value for key, value in asdict(setting).items() if key != "check"}
    return {key: None if value in (math.inf, -math.inf) else value for key, value in plain.items()}
