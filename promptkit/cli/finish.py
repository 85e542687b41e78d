"""The command ``finish``: post-processors on pictures that are there already, and the list of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE, INTERRUPTED, PARTIAL
from promptkit.cli.finish_list import show_list
from promptkit.cli.finish_progress import finish_progress
from promptkit.cli.finish_show import picture_json, tell
from promptkit.cli.options import not_empty, pack_option
from promptkit.cli.output import warn, write_json
from promptkit.errors import SettingsError
from promptkit.pictures import MAX_PIXELS
from promptkit.terminal import one_line

if TYPE_CHECKING:
    from promptkit.finish_files import FinishedFile, FinishJob


"""The chain of no steps."""


@click.command()
@click.argument("images", nargs=-1, type=click.Path(path_type=Path))
@click.option("--chain", default="", help="The post-processors, in order: upscale:2,denoise:auto,grade:golden.")
@click.option("--list", "listing", is_flag=True, help="List the post-processors; with NAMES, the settings of these.")
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
@click.option("--quiet", is_flag=True, help="No progress, judgement and notes; the files, and what failed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def finish(images: tuple[Path, ...], chain: str, **options: Any) -> None:
    """Run post-processors on IMAGES and write NAME-finished.png beside each, which stays as it is."""
    from promptkit.cli.packs import style_library
    from promptkit.finish import plan_chain
    from promptkit.finish_files import FinishJob
    from promptkit.output import prepare_folder
    from promptkit.registry import Registry

    registry = Registry()
    if options["listing"]:
        show_list(registry, [str(name) for name in images], as_json=options["as_json"])
        return
    library = style_library(registry, options["packs"])
    steps = plan_chain(chain, registry, {"grade": library.grades()})
    if not steps or not images:
        raise SettingsError(
            "There is nothing to do.", hint="Say: promptkit finish picture.png --chain upscale:2,grade:golden"
        )
    if options["out"] and options["overwrite"]:
        raise SettingsError("--out and --overwrite do not go together.", hint="Leave one of them out.")
    job = FinishJob(
        steps=steps,
        registry=registry,
        overwrite=options["overwrite"],
        seed=_checked_seed(options["seed"]),
        prompt=options["prompt"],
        ranker="none" if options["quiet"] else options["ranker"],
        max_pixels=options["max_pixels"],
        typed=chain,
    )
    job.check()
    job.folder = None if options["out"] is None else prepare_folder(options["out"])
    _run(job, _once(images, quiet=options["quiet"]), quiet=options["quiet"], as_json=options["as_json"])


def _checked_seed(seed: int | None) -> int | None:
    """Return an image seed. Raises SettingsError for one out of range."""
    from promptkit.seeds import MAX_SEED

    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise SettingsError(f"The image seed {seed} is out of range.", hint=f"Choose 0 to {MAX_SEED}.")
    return seed


def _once(images: Sequence[Path], *, quiet: bool) -> list[Path]:
    """Return each file once, by the first of the paths that lead to it, and tell the others."""
    found: dict[Path, Path] = {}
    for image in images:
        first = found.setdefault(_lasting(image), image)
        if first is not image and not quiet:
            said = "was given twice" if image == first else f"is the same file as '{first}'"
            warn(one_line(f"'{image}' {said}, and is finished once."))
    return list(found.values())


def _lasting(image: Path) -> Path:
    try:
        return image.resolve()
    except (OSError, RuntimeError):
        return image.absolute()


def _run(job: FinishJob, images: Sequence[Path], *, quiet: bool, as_json: bool) -> None:
    """Finish one picture after another, and tell them all. An interrupt keeps what is written."""
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
        write_json("finished", {"pictures": [picture_json(one) for one in done]})
    else:
        tell(done, quiet=quiet)
    if stopped:
        warn(f"Stopped: {len(done)} of {len(images)} pictures were looked at, {len(written)} written.")
        sys.exit(INTERRUPTED)
    if any(one.failed for one in done):
        sys.exit(PARTIAL if written else FAILURE)
