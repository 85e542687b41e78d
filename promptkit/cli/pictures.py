"""Commands about pictures: ``generate`` and ``rank``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import PARTIAL
from promptkit.cli.options import load_options, loading, not_empty, pack_option
from promptkit.cli.output import stderr, stdout, warn, write_json
from promptkit.cli.packs import report_conflicts, report_problems
from promptkit.cli.results import Speech, candidate_json, run_and_show
from promptkit.cli.templates import check_options, template_options
from promptkit.cli.words import typed_text
from promptkit.errors import MetadataError, SettingsError
from promptkit.library.place import default_folder
from promptkit.records import BEST_OF_N, GenerationSettings, Result, best_first
from promptkit.templates.wildcards import installed_wildcards

if TYPE_CHECKING:
    from promptkit.pictures import Opened
    from promptkit.prompt import Prompt
    from promptkit.run import OnEvent
    from promptkit.session import Session


@click.command()
@click.argument("text")
@click.option("--style", "styles", multiple=True, help="pack/style or pack/style:0.6; may be given several times.")
@pack_option
@click.option("--override", multiple=True, help="A slot whose typed words the styles may replace.")
@click.option("--lock", "locked", multiple=True, help="A slot that the styles leave as it is; repeatable.")
@click.option("--negative", default="", help="What the picture should not show.")
@click.option(
    "--dialect", default="a1111", show_default=True, help="How weights are written: a1111, comfyui, compel, plain."
)
@click.option("--candidates", type=int, default=8, show_default=True, help="How many seeds to try.")
@click.option("--seed", type=int, default=0, show_default=True, help="The first image seed; candidate i has seed + i.")
@click.option("--variation-seed", type=int, help="A second seed: candidate i varies --seed by this one + i.")
@click.option("--variation-strength", type=float, help="From 0, --seed alone, to 1, the variation seed alone.")
@click.option("--text-seed", type=int, default=0, show_default=True, help="Decides the template's and styles' choices.")
@template_options
@click.option(
    "--model", default="embedded", show_default=True, callback=not_empty, help="A name, a folder, a file, or a hub id."
)
@click.option("--ranker", callback=not_empty, help="name or name:checkpoint; none to leave pictures unranked.")
@click.option(
    "--search",
    default=BEST_OF_N,
    show_default=True,
    help="How candidates are spent: name or name:schedule, such as halving:40,60. See promptkit searches.",
)
@click.option("--sampler", help="See promptkit samplers.")
@click.option("--steps", type=int, help="Denoising steps.")
@click.option("--guidance", type=float, help="Classifier-free guidance scale; 1 turns it off.")
@click.option("--width", type=int, help="Pixels.")
@click.option("--height", type=int, help="Pixels.")
@click.option("--batch-size", type=int, help="Candidates denoised together.")
@click.option("--weighting", help="Whose arithmetic weights follow: a1111, comfyui, compel; by default the dialect's.")
@load_options
@click.option(
    "--out", callback=not_empty, help="The library's folder to write to; by default PROMPTKIT_LIBRARY, or pictures."
)
@click.option("--no-library", is_flag=True, help="Write plain files: no database, and no going on after an interrupt.")
@click.option("--keep", type=int, help="Write only the best so many, at the end; by default all, as they come.")
@click.option(
    "--finish",
    callback=not_empty,
    help="Post-processors for the winner, in order: upscale:2,grade:golden; by default those of the styles, or none.",
)
@click.option("--finish-all", is_flag=True, help="Finish every candidate, not the winner alone.")
@click.option("--quiet", is_flag=True, help="No progress, no picture; the best file's name alone.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def generate(text: str, **options: Any) -> None:
    """Make candidates for TEXT, rank them slot by slot, and write each with its recipe.

    They go into a library. A run that is cut off, or stopped with Ctrl-C, is gone on with by promptkit resume.
    """
    from promptkit.session import Session

    check_options(typed_text(text), options)
    quiet = options["quiet"] or options["as_json"]
    chosen = {name: options[name] for name in ("ranker", "packs")}
    with Session(options["model"], load=loading(options), **chosen) as session:
        _check(session, options)
        prompt = _typed(session, text, options)
        _before(session, prompt, options, quiet=quiet)
        folder = Path(options["out"] or default_folder())

        def work(on_event: OnEvent | None) -> Result:
            return session.generate(
                prompt,
                candidates=options["candidates"],
                seed=options["seed"],
                styles=options["styles"],
                override=options["override"],
                locked=options["locked"],
                text_seed=options["text_seed"],
                settings=_settings(options),
                search=options["search"],
                variation_seed=options["variation_seed"],
                variation_strength=options["variation_strength"],
                keep=options["keep"],
                finish=options["finish"],
                finish_all=options["finish_all"],
                on_event=on_event,
                out=folder if options["no_library"] else None,
                library=None if options["no_library"] else folder,
            )

        speech = Speech(quiet=options["quiet"], as_json=options["as_json"])
        sys.exit(run_and_show(session, work, options["candidates"], speech))


def _check(session: Session, options: dict[str, Any]) -> None:
    """Refuse numbers and a sampler that no model could follow, before the prompt is shown."""
    from promptkit.asked import check_settings, seeds_of, variation_of

    second, candidates = options["variation_seed"], options["candidates"]
    variation_of(second, options["variation_strength"], candidates)
    seeds_of(options["seed"], candidates if second is None else 1)
    check_settings(_settings(options), session.sampler(options["sampler"]))


def _typed(session: Session, text: str, options: dict[str, Any]) -> Prompt:
    """Read TEXT, or the prompt that the text seed draws from it as a template."""
    said = {"negative": options["negative"], "dialect": options["dialect"]}
    if not options["template"]:
        return session.parse(text, **said)
    session.wildcards = installed_wildcards(session.styles, options["wildcards"])
    return next(session.resolve(text, seed=options["text_seed"], clean=options["clean"], **said))


def _settings(options: dict[str, Any]) -> GenerationSettings:
    return GenerationSettings(
        width=options["width"],
        height=options["height"],
        num_inference_steps=options["steps"],
        guidance_scale=options["guidance"],
        sampler=options["sampler"],
        batch_size=options["batch_size"],
        weighting=options["weighting"],
    )


def _before(session: Session, typed: Prompt, options: dict[str, Any], *, quiet: bool) -> None:
    """Show how the prompt is read and filled, and what the model does not know, before any waiting."""
    from promptkit.advice import unknown_words

    report_problems(session.styles, options["packs"])
    variants = session.expand(
        typed,
        styles=options["styles"],
        seed=options["text_seed"],
        override=options["override"],
        locked=options["locked"],
        limit=1,
    )
    prompt = next(variants)
    report_conflicts([prompt])
    unknown = unknown_words(prompt, session.model.vocabulary, session.model.related)
    if options["as_json"]:
        return
    from promptkit.views import prompt_view, unknown_view

    if not quiet:
        stdout().print(prompt_view(prompt))
    if unknown:
        stderr().print(unknown_view(unknown, session.model.name), soft_wrap=True)


@click.command()
@click.argument("text")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--ranker", callback=not_empty, help="name or name:checkpoint; by default the one in the pictures' recipes."
)
@click.option("--device", help="cuda, mps or cpu.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def rank(text: str, images: tuple[Path, ...], ranker: str | None, device: str | None, as_json: bool) -> None:
    """Score IMAGES against TEXT, slot by slot, best first."""
    from promptkit.metadata import read_provenance
    from promptkit.session import Session

    typed_text(text)
    opened, unread = _opened(images)
    paths, pictures = zip(*opened, strict=True)
    records = [read_provenance(picture) for picture in pictures]
    chosen = ranker or _recorded_ranker([record and record.recipe for record in records])
    with Session(ranker=chosen, device=device) as session:
        scored = session.rank(text, [picture.rgb for picture in pictures])
    seeds = [(record and record.seed) or 0 for record in records]
    found = best_first(
        replace(candidate, path=str(path), seed=seed)
        for candidate, path, seed in zip(scored, paths, seeds, strict=True)
    )
    if as_json:
        ties = [candidate.index for candidate in found if candidate.tied]
        ranked = [candidate_json(candidate) for candidate in found]
        write_json("ranking", {"ranker": chosen, "ties": ties, "candidates": ranked, "unread": unread})
    else:
        from promptkit.views_candidates import by_file, candidate_table, why

        console = stdout()
        console.print(candidate_table(found))
        console.print(why(found, by_file))
        for said in unread:
            warn(said)
    if unread:
        sys.exit(PARTIAL)


def _opened(images: Sequence[Path]) -> tuple[list[tuple[Path, Opened]], list[str]]:
    """Return the pictures that can be read, and what is wrong with the others. Raises MetadataError where none can."""
    from promptkit.pictures import open_picture

    opened: list[tuple[Path, Opened]] = []
    unread: list[str] = []
    for path in images:
        try:
            opened.append((path, open_picture(path)))
        except MetadataError as error:
            if len(unread) + 1 == len(images):
                raise
            unread.append(f"{error} {error.hint or ''}".strip())
    return opened, unread


def _recorded_ranker(recipes: Sequence[Any]) -> str:
    """Return the ranker that all recipes name. Raises SettingsError when they do not."""
    from promptkit.recipes import ranker_name

    found = {ranker_name((recipe or {}).get("ranker")) for recipe in recipes}
    names = found - {None}
    if len(found) == 1 and names:
        name = str(*names)
        _check_recorded(name)
        return name
    raise SettingsError(
        "The pictures do not agree on a ranker." if names else "The pictures carry no recipe that names a ranker.",
        hint="Name one: --ranker clip:embedded for the embedded model's pictures, "
        "--ranker clip:ViT-B-32/laion2b_s34b_b79k for others.",
    )


def _check_recorded(name: str) -> None:
    """Raise SettingsError for a checkpoint from a folder: recipes keep a folder's name and not its path."""
    from promptkit.recipes import LOCAL, missing_folder

    if (folder := missing_folder(name)) is not None:
        raise SettingsError(
            f"The pictures were ranked with a model from the folder '{folder}', and recipes do not keep paths.",
            hint=f"Say where it lies: --ranker {name.partition(':')[0]}:{LOCAL}PATH/{folder}.",
        )
