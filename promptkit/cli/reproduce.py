"""The command ``reproduce``: pictures made once more from what they say of themselves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE, PARTIAL
from promptkit.cli.library_folder import library_option, reading
from promptkit.cli.options import FOLDER, load_options, loading, not_empty
from promptkit.cli.output import warn
from promptkit.cli.reproduce_show import Outcome, show, show_plan
from promptkit.errors import LibraryError, MetadataError, PromptkitError, SettingsError

if TYPE_CHECKING:
    from promptkit.records import GenerationSettings
    from promptkit.reproduce import Plan, Reproducer, Reproduction, Wanted
    from promptkit.run import Event

SETTINGS = ("sampler", "num_inference_steps", "guidance_scale", "width", "height")


def _changes(_: click.Context, __: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    """Read ``SLOT=WORDS``. Raises BadParameter."""
    found: dict[str, str] = {}
    for said in given:
        slot, sign, words = said.partition("=")
        if not sign or not slot.strip() or slot.strip() in found:
            raise click.BadParameter(f"'{said}': write each slot once, with its words: lighting=moonlight.")
        found[slot.strip()] = words.strip()
    return found


@click.command()
@click.argument("pictures", nargs=-1, required=True)
@library_option
@click.option("--verify", is_flag=True, help="Write nothing: say whether they come out bit for bit, and what is not.")
@click.option("--dry-run", is_flag=True, help="Make nothing: say what would be made, what cannot be, and the command.")
@click.option(
    "--change", "changes", metavar="SLOT=WORDS", multiple=True, callback=_changes,
    help="Say other words in a slot and leave the rest as it is; repeatable.",
)  # fmt: skip
@click.option("--drop", "drops", metavar="SLOT", multiple=True, help="Leave a slot's words out; repeatable.")
@click.option("--keep-seed", is_flag=True, help="Keep the seed: what --change does anyway.")
@click.option("--seed", type=int, help="Another image seed.")
@click.option("--model", callback=not_empty, help="A name, a folder, a file, or a hub id; by default the picture's.")
@click.option("--ranker", callback=not_empty, help="What scores changed pictures; by default the picture's; or none.")
@click.option("--sampler", callback=not_empty, help="Another sampler. See promptkit samplers.")
@click.option("--steps", "num_inference_steps", type=int, help="Another number of denoising steps.")
@click.option("--guidance", "guidance_scale", type=float, help="Another guidance scale.")
@click.option("--width", type=int, help="Pixels.")
@click.option("--height", type=int, help="Pixels.")
@click.option(
    "--alone",
    is_flag=True,
    help="Without its batch: quicker, and up to a grey level off before finishing.",
)
@click.option("--no-finish", is_flag=True, help="Leave out the post-processors that were run on it.")
@click.option("--files", type=FOLDER, multiple=True, help="A folder with files that post-processors used; repeatable.")
@load_options
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write to; by default each picture's own.")
@click.option(
    "--quiet", is_flag=True, help="No progress, no words; the names of the files alone, or the command of a dry run."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def reproduce(pictures: tuple[str, ...], folder: Path, **options: Any) -> None:
    """Make PICTURES once more, each a file, or the id, hash or name of one in the library.

    A picture of promptkit comes out bit for bit on the same machine with the same versions, and what is otherwise is
    told. One of another tool is followed as far as it can be. NAME-reproduced.png is written beside each.
    """
    from promptkit.output import prepare_folder
    from promptkit.reproduce import Reproducer

    _check(options)
    wanted = _wanted(options)
    out = None if options["out"] is None or options["dry_run"] else prepare_folder(options["out"])
    quiet = options["quiet"] or options["as_json"]
    with _progress(len(pictures), quiet=quiet) as tell:
        reproducer = Reproducer(wanted, on_event=tell)
        outcomes = list(_all(pictures, folder, reproducer, options, out))
    if options["dry_run"]:
        show_plan(outcomes, as_json=options["as_json"], quiet=options["quiet"])
    else:
        show(outcomes, options)
    sys.exit(_code(outcomes, verify=options["verify"]))


def _check(options: dict[str, Any]) -> None:
    """Refuse what does not go together. Raises SettingsError."""
    from promptkit.records import GenerationSettings

    other = options["changes"] or options["drops"] or options["seed"] is not None
    other = other or _settings(options) != GenerationSettings()
    if options["keep_seed"] and options["seed"] is not None:
        raise SettingsError("--keep-seed and --seed do not go together.", hint="Leave one of them out.")
    if options["verify"] and other:
        raise SettingsError(
            "--verify compares a picture with itself, and another one is asked for.",
            hint="Leave --change, --drop, --seed and other settings out, or leave --verify out.",
        )
    if options["verify"] and options["out"]:
        raise SettingsError("--verify writes nothing.", hint="Leave --out out, or leave --verify out.")


def _wanted(options: dict[str, Any]) -> Wanted:
    from promptkit.reproduce import Wanted

    return Wanted(
        changes=options["changes"],
        drops=options["drops"],
        seed=options["seed"],
        settings=_settings(options),
        model=options["model"],
        ranker=options["ranker"] or ("none" if options["verify"] else None),
        load=loading(options),
        files=tuple(map(Path, options["files"])),
        alone=options["alone"],
        finish=not options["no_finish"],
    )


def _settings(options: dict[str, Any]) -> GenerationSettings:
    from promptkit.records import GenerationSettings

    return GenerationSettings(**{name: options[name] for name in SETTINGS})


def _progress(count: int, *, quiet: bool) -> AbstractContextManager[Callable[[Event], None] | None]:
    if quiet:
        return nullcontext(None)
    from promptkit.cli.progress import run_progress

    return run_progress(count)


def _all(
    names: Sequence[str], folder: Path, reproducer: Reproducer, options: dict[str, Any], out: Path | None
) -> Iterator[Outcome]:
    """Yield what came of each picture; one that cannot be made stops no other, where there are several."""
    for name in names:
        try:
            yield _one(name, folder, reproducer, options, out)
        except PromptkitError as error:
            if len(names) == 1:
                raise
            yield Outcome(name=name, error=error)


def _one(name: str, folder: Path, reproducer: Reproducer, options: dict[str, Any], out: Path | None) -> Outcome:
    path, library = _file(name, folder)
    plan = reproducer.plan(path)
    if options["dry_run"]:
        return Outcome(name=name, plan=plan)
    made = reproducer.run(plan)
    if options["verify"]:
        return Outcome(name=name, plan=plan, made=made)
    made = reproducer.write(made, out)
    sheet = _sheet(plan, made) if reproducer.wanted.varied else None
    if library is not None and made.path is not None:
        _keep(library, made.path)
    return Outcome(name=name, plan=plan, made=made, sheet=sheet)


def _file(name: str, folder: Path) -> tuple[Path, Path | None]:
    """Return a picture's file, and the library that knows it where it was named as the library does. Raises
    MetadataError and UnknownNameError."""
    try:
        if Path(name).exists():
            return Path(name), None
    except (OSError, ValueError):
        raise MetadataError(f"'{name}' is no name of a file.", hint="Check the path.") from None
    try:
        with reading(folder) as library:
            return library.picture(name).path, library.folder
    except LibraryError as error:
        raise MetadataError(
            f"There is no file '{name}', and no library to look it up in: {error.message}",
            hint="Check the path; for a picture of a library, name the library: --library FOLDER.",
        ) from error


def _keep(folder: Path, path: Path) -> None:
    """Let a library know a picture that was written into its folder; one that can only be read learns of it later."""
    from promptkit.library import Library

    if not path.resolve().is_relative_to(folder.resolve()):
        return
    try:
        with Library(folder) as library:
            library.add_picture(path, in_place=True)
    except LibraryError as error:
        warn(f"{error} The library does not know the new picture yet.")


def _sheet(plan: Plan, made: Reproduction) -> Path:
    """Write the picture as it was beside the new one, each with its prompt."""
    from promptkit.output import write_file
    from promptkit.sheet import Labelled, contact_sheet

    assert made.path is not None
    pair = [
        Labelled(image=plan.opened.rgb, title="as it was", text=plan.before.resolved),
        Labelled(image=made.image, title="changed", text=plan.prompt.resolved),
    ]
    sheet = contact_sheet(pair, heading=f"seed {plan.seed}")
    return write_file(made.path.with_stem(f"{made.path.stem}-sheet"), lambda handle: sheet.save(handle, "PNG"))


def _code(outcomes: Iterable[Outcome], *, verify: bool) -> int:
    """Return how the command ends: 3 where something failed, or where what is verified is not the same."""
    failed = [outcome.error is not None for outcome in outcomes]
    if all(failed):
        return FAILURE
    other = any(outcome.made is not None and not outcome.made.same for outcome in outcomes) if verify else False
    return PARTIAL if any(failed) or other else 0
