"""The command ``finish``: post-processors on pictures that are there already, and the list of them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE, INTERRUPTED, PARTIAL
from promptkit.cli.finish_progress import finish_progress
from promptkit.cli.options import not_empty, pack_option
from promptkit.cli.output import show_table, stderr, warn, write_json
from promptkit.errors import SettingsError
from promptkit.pictures import MAX_PIXELS

if TYPE_CHECKING:
    from promptkit.finish_files import FinishedFile, FinishJob
    from promptkit.interfaces import Setting
    from promptkit.registry import Registry


@click.command()
@click.argument("images", nargs=-1, type=click.Path(path_type=Path))
@click.option("--chain", default="", help="The post-processors, in order: upscale:2,denoise:auto,grade:golden.")
@click.option(
    "--list", "listing", is_flag=True, help="List the post-processors that are installed, and their settings."
)
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write to; by default each picture's own.")
@click.option("--overwrite", is_flag=True, help="Put the finished picture in the place of the original.")
@click.option("--seed", type=int, help="The image seed they draw from; by default the one in the picture's recipe.")
@click.option("--prompt", callback=not_empty, help="What to judge the steps by; by default the prompt in the picture.")
@click.option(
    "--ranker",
    callback=not_empty,
    help="What judges the steps: name or name:checkpoint, or none; by default the one in the picture's recipe.",
)
@click.option(
    "--max-pixels",
    type=click.IntRange(1, 2**31),
    default=MAX_PIXELS,
    show_default=True,
    help="The largest picture that is opened, width times height.",
)
@pack_option
@click.option("--quiet", is_flag=True, help="No progress, no judgement; the names of the files alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def finish(images: tuple[Path, ...], chain: str, **options: Any) -> None:
    """Run post-processors on IMAGES and write NAME-finished.png beside each, which stays as it is."""
    from promptkit.asked import seeds_of
    from promptkit.finish import plan_chain
    from promptkit.finish_files import FinishJob
    from promptkit.output import prepare_folder
    from promptkit.packs.library import installed_library
    from promptkit.registry import Registry

    registry = Registry()
    if options["listing"]:
        _show_list(registry, as_json=options["as_json"])
        return
    library = installed_library(registry.folders(), options["packs"])
    steps = plan_chain(chain, registry, {"grade": library.grades()})
    if not steps or not images:
        raise SettingsError(
            "There is nothing to do.", hint="Say: promptkit finish picture.png --chain upscale:2,grade:golden"
        )
    if options["out"] and options["overwrite"]:
        raise SettingsError("--out and --overwrite do not go together.", hint="Leave one of them out.")
    if options["seed"] is not None:
        seeds_of(options["seed"], 1)
    folder = None if options["out"] is None else prepare_folder(options["out"])
    job = FinishJob(
        steps=steps,
        registry=registry,
        folder=folder,
        overwrite=options["overwrite"],
        seed=options["seed"],
        prompt=options["prompt"],
        ranker="none" if options["quiet"] else options["ranker"],
        max_pixels=options["max_pixels"],
    )
    _run(job, images, quiet=options["quiet"], as_json=options["as_json"])


def _run(job: FinishJob, images: Sequence[Path], *, quiet: bool, as_json: bool) -> None:
    """Finish one picture after another, each told as soon as it is done. An interrupt keeps what is written."""
    done: list[FinishedFile] = []
    stopped = False
    try:
        with finish_progress(len(images), quiet=quiet or as_json) as progress:
            for image in images:
                progress.begin(image)
                done.append(job.finish(image, progress.step))
                progress.end()
    except KeyboardInterrupt:
        stopped = True
    written = [one for one in done if one.path]
    if as_json:
        write_json("finished", {"pictures": [_json(one) for one in done]})
    for one in () if as_json else done:
        _tell(one, quiet=quiet)
    if stopped:
        warn(f"Stopped: {len(written)} of {len(images)} pictures are finished.")
        sys.exit(INTERRUPTED)
    if any(one.failed for one in done):
        sys.exit(PARTIAL if written else FAILURE)


def _tell(found: FinishedFile, *, quiet: bool) -> None:
    from promptkit.views_finish import steps_view

    name = found.image.name
    for said in (*found.notes, *found.failed):
        warn(said if name in said else f"{name}: {said}")
    view = None if quiet else steps_view([step.to_json() for step in found.steps], name)
    if view is not None:
        stderr().print(view)
    if found.path:
        click.echo(str(found.path))


def _json(found: FinishedFile) -> dict[str, Any]:
    return {
        "image": str(found.image),
        "path": None if found.path is None else str(found.path),
        "seed": found.seed,
        "steps": [step.to_json() for step in found.steps],
        "notes": list(found.notes),
        "failed": list(found.failed),
    }


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
    show_table(("post-processor", "settings", "what it does", "plugin"), said)


def _setting_json(setting: Setting) -> dict[str, Any]:
    """Return a setting as plain JSON values, which know no infinity."""
    plain = {key: value for key, value in asdict(setting).items() if key != "check"}
    return {key: None if value in (math.inf, -math.inf) else value for key, value in plain.items()}
