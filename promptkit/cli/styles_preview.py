"""The command ``styles preview``: a contact sheet of styles on one subject, one seed, one model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli.options import pack_option
from promptkit.cli.output import warn, write_json
from promptkit.cli.packs import report_problems
from promptkit.cli.words import typed_text
from promptkit.records import GenerationSettings

if TYPE_CHECKING:
    from promptkit.packs.library import StyleLibrary
    from promptkit.packs.style import Style
    from promptkit.previews import Preview
    from promptkit.sheet import Labelled

ALONE = "no style"
NAMED = 3
"""So many unknown words are named for a style."""


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--subject", default="a cat", show_default=True, help="What every picture shows.")
@click.option("--model", default="embedded", show_default=True, help="A name, a folder, or a hub id.")
@click.option("--seed", type=int, default=0, show_default=True, help="The image seed of every picture.")
@click.option("--steps", type=int, help="Denoising steps.")
@click.option("--columns", type=click.IntRange(1, 50), help="Pictures in a row.")
@click.option("--device", help="cuda, mps or cpu.")
@click.option("--dtype", help="bfloat16, float16 or float32.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file.  [default: NAME-preview.png]")
@pack_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def preview(names: Sequence[str], **options: Any) -> None:
    """Draw each style of NAMES, packs or pack/style, on one subject, and the subject without a style beside them."""
    from promptkit.cli.progress import run_progress
    from promptkit.output import prepare_folder, write_file
    from promptkit.previews import preview as draw
    from promptkit.session import Session
    from promptkit.sheet import contact_sheet

    typed_text(options["subject"])
    path = options["out"] or Path(f"{names[0].replace('/', '-')}-preview.png")
    prepare_folder(path.parent)
    with Session(
        options["model"], ranker="none", device=options["device"], dtype=options["dtype"], packs=options["packs"]
    ) as session:
        report_problems(session.styles, options["packs"])
        styles = list({style.id: style for name in names for style in _chosen(session.styles, name)}.values())
        settings = GenerationSettings(num_inference_steps=options["steps"])
        with nullcontext(None) if options["as_json"] else run_progress(len(styles) + 1) as on_event:
            found = draw(
                session,
                styles,
                subject=options["subject"],
                seed=options["seed"],
                settings=settings,
                on_event=on_event,
            )
    _say_unknown(found, session.model.name)
    heading = f"{options['subject']}  ·  {session.model.name}, seed {options['seed']}"
    sheet = contact_sheet([_labelled(made) for made in found], heading=heading, columns=options["columns"])
    path = write_file(path, lambda handle: sheet.save(handle, format="PNG", optimize=True))
    if options["as_json"]:
        write_json("preview", {"file": str(path), "pictures": [_json(made) for made in found]})
    else:
        click.echo(str(path))


def _chosen(library: StyleLibrary, name: str) -> Iterator[Style]:
    """Yield the styles of a pack, or one style. Raises UnknownNameError."""
    pack = library.packs.get(name)
    if pack is not None and pack.styles:
        yield from pack.styles
    else:
        yield library.get(name)


def _say_unknown(found: Sequence[Preview], model: str) -> None:
    """Say plainly what of each style the model cannot show, because it was never taught the words."""
    for made in found:
        if made.unknown and made.style is not None:
            words = ", ".join(f"“{entry.words}”" for entry in made.unknown[:NAMED])
            more = f" and {len(made.unknown) - NAMED} more" if len(made.unknown) > NAMED else ""
            warn(f"{made.style.id}: {model} does not know {words}{more}; its picture cannot show them.")


def _labelled(made: Preview) -> Labelled:
    from promptkit.sheet import Labelled

    image = None if made.result is None else made.result.best.image
    if made.style is None:
        return Labelled(image=image, title=ALONE, text="the subject as it was typed")
    phrases = () if made.result is None else made.result.prompt.phrases
    said = ", ".join(phrase.text for phrase in phrases if not phrase.typed)
    text = f"{len(made.unknown)} phrases unknown to the model" if made.unknown else said
    return Labelled(image=image, title=made.style.name, text=text or "no picture was finished")


def _json(made: Preview) -> dict[str, Any]:
    return {
        "style": None if made.style is None else made.style.id,
        "prompt": None if made.result is None else made.result.recipe.resolved,
        "seed": None if made.result is None else made.result.best.seed,
        "unknown": [entry.words for entry in made.unknown],
    }
