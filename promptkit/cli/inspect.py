"""The command ``inspect``: what pictures say about how they were made, and files that no longer say it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import FAILURE, PARTIAL
from promptkit.cli.output import show_error, stdout, warn, write_json
from promptkit.errors import MetadataError, PromptkitError, SettingsError
from promptkit.pictures import MAX_PIXELS

if TYPE_CHECKING:
    from promptkit.metadata import Provenance
    from promptkit.pictures import Opened
    from promptkit.prompt import Prompt

ENDING = "-stripped"
"""What a stripped copy's name ends in."""


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What came of one file."""

    image: Path
    opened: Opened | None = None
    provenance: Provenance | None = None
    error: PromptkitError | None = None


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "form",
    type=click.Choice(["a1111", "json", "yaml"]),
    help="One picture's data alone: A1111's text, or everything as JSON or YAML.",
)
@click.option("--strip", is_flag=True, help="Write NAME-stripped beside each, which says nothing of all that.")
@click.option("--overwrite", is_flag=True, help="With --strip: in the place of the picture.")
@click.option(
    "--max-pixels",
    type=click.IntRange(1, 2**31),
    default=MAX_PIXELS,
    show_default=True,
    help="The largest picture that is opened, width times height.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def inspect(
    images: tuple[Path, ...], form: str | None, strip: bool, overwrite: bool, max_pixels: int, as_json: bool
) -> None:
    """Show what IMAGES say of themselves: who made them, the prompt in slots, settings, finishing.

    Reads PNG, JPEG and WebP of promptkit, A1111, Forge, ComfyUI, InvokeAI, Fooocus, NovelAI, SwarmUI, Easy Diffusion
    and Draw Things.
    """
    _check(images, form, strip=strip, overwrite=overwrite, as_json=as_json)
    if strip:
        _strip(images, max_pixels, overwrite=overwrite, as_json=as_json)
        return
    found = [_inspected(image, max_pixels) for image in images]
    if form is not None:
        _write_form(found[0], form)
        return
    if as_json:
        read = _reader()
        write_json("inspected", {"pictures": [_json(one, read) for one in found]})
    else:
        _show(found)
    _leave([one.error for one in found])


def _check(images: Sequence[Path], form: str | None, *, strip: bool, overwrite: bool, as_json: bool) -> None:
    """Raise SettingsError for options that do not go together."""
    if form is not None and len(images) > 1:
        raise SettingsError("--as takes one picture.", hint="For several: --json.")
    if form is not None and (strip or as_json):
        raise SettingsError("--as goes with neither --strip nor --json.", hint="Leave one of them out.")
    if overwrite and not strip:
        raise SettingsError("--overwrite without --strip has nothing to write.", hint="Add --strip.")


def _inspected(image: Path, max_pixels: int) -> Inspected:
    """Read one file; what is wrong with it, or that it says nothing, is its error."""
    from promptkit.metadata import read_provenance, unread_in
    from promptkit.pictures import open_picture

    try:
        opened = open_picture(image, max_pixels=max_pixels)
        provenance = read_provenance(opened)
    except PromptkitError as error:
        return Inspected(image=image, error=error)
    if provenance is None:
        return Inspected(image=image, opened=opened, error=_nothing(image, unread_in(opened)))
    return Inspected(image=image, opened=opened, provenance=provenance)


def _nothing(image: Path, unread: Sequence[str]) -> MetadataError:
    """Return what to say of a picture that says nothing, or nothing that can be read."""
    if unread:
        return MetadataError(
            f"What '{image}' says about how it was made cannot be read. {' '.join(unread)}",
            hint="Take the file as its program wrote it.",
        )
    return MetadataError(
        f"'{image}' says nothing about how it was made.",
        hint="Its program may not write that, or a website took it out.",
    )


def _resized(one: Inspected) -> str:
    """Say that a picture has another size than it was made with, where no step that was done on it tells why."""
    assert one.provenance is not None
    assert one.opened is not None
    said, size = one.provenance.settings, one.opened.image.size
    made = (said.get("width"), said.get("height"))
    larger = one.provenance.finish or any(name.startswith("Hires") for name in one.provenance.other)
    if None in made or made == size or larger:
        return ""
    return (
        f"It has {size[0]}x{size[1]} pixels and says that it was made with {made[0]}x{made[1]}: it was made larger or "
        "smaller since, or this is another picture's text."
    )


def _json(one: Inspected, read: Callable[..., Prompt]) -> dict[str, Any]:
    from promptkit.metadata import prompt_of

    prompt, note = (None, "") if one.provenance is None else prompt_of(one.provenance, read)
    return {
        "image": str(one.image),
        "format": one.opened and one.opened.format,
        "size": one.opened and list(one.opened.image.size),
        "provenance": one.provenance and one.provenance.to_json(),
        "prompt": prompt and prompt.to_json(),
        "notes": [said for said in (note, *_of_file(one)) if said],
        "error": one.error and {"message": one.error.message, "hint": one.error.hint},
    }


def _of_file(one: Inspected) -> tuple[str, ...]:
    """Return what is to be told of a file beside its provenance."""
    if one.opened is None:
        return ()
    from promptkit.metadata import unread_in

    return (one.opened.note, *(unread_in(one.opened) if one.provenance is None else (_resized(one),)))


def _reader() -> Callable[..., Prompt]:
    """Return what reads prompts, with the words of packs and plugins, as ``promptkit parse`` does."""
    from promptkit.cli.words import known_words
    from promptkit.slots.parse import parse

    vocabularies, classify = known_words()
    return partial(parse, vocabularies=vocabularies, classify=classify)


def _show(found: Sequence[Inspected]) -> None:
    from promptkit.metadata import prompt_of
    from promptkit.terminal import safe_text
    from promptkit.views_provenance import provenance_view

    console, read = stdout(), _reader()
    for one in found:
        if one.provenance is None or one.opened is None:
            if one.error is not None:
                show_error(one.error)
            continue
        prompt, note = prompt_of(one.provenance, read)
        width, height = one.opened.image.size
        console.print(safe_text(f"{one.image}: {one.opened.format}, {width}x{height} pixels", "bold"), soft_wrap=True)
        console.print(provenance_view(one.provenance, prompt))
        for said in filter(None, (note, one.opened.note, _resized(one), *one.provenance.notes)):
            warn(said)
        console.print()


def _write_form(one: Inspected, form: str) -> None:
    """Write one picture's data and nothing else. Signs that could control a terminal are written out in A1111's text,
    which is told; JSON and YAML escape them."""
    from promptkit.terminal import visible

    if one.provenance is None:
        assert one.error is not None
        raise one.error
    if form == "a1111":
        text = _infotext(one)
        shown = visible(text)
        if shown != text:
            warn("Signs that could control a terminal, and tabs, are written out; --as json has them as they are.")
        click.echo(shown)
    elif form == "json":
        click.echo(json.dumps(one.provenance.to_json(), ensure_ascii=True, indent=2))
    else:
        import yaml

        plain = json.loads(json.dumps(one.provenance.to_json()))
        click.echo(yaml.safe_dump(plain, sort_keys=False, allow_unicode=False, width=100), nl=False)


def _infotext(one: Inspected) -> str:
    """Return the very text where the picture of another tool has one, else what A1111 would write."""
    from promptkit.metadata import carried, infotext_in, infotext_of
    from promptkit.metadata.provenance import OURS

    assert one.provenance is not None
    assert one.opened is not None
    there = None if one.provenance.tool == OURS else infotext_in(carried(one.opened))
    return (there or infotext_of(one.provenance)).encode("utf-8", "replace").decode()


def _strip(images: Sequence[Path], max_pixels: int, *, overwrite: bool, as_json: bool) -> None:
    done: list[dict[str, Any]] = []
    errors: list[PromptkitError | None] = []
    for image in images:
        one = _inspected(image, max_pixels)
        try:
            path = _stripped(one, overwrite=overwrite)
        except PromptkitError as error:
            done.append({"image": str(image), "path": None, "error": {"message": error.message, "hint": error.hint}})
            errors.append(error)
            if not as_json:
                show_error(error)
            continue
        lost = _lost(one)
        done.append({"image": str(image), "path": str(path), "lost": lost, "error": None})
        errors.append(None)
        if not as_json:
            warn(f"{image.name}: {lost}")
            click.echo(str(path))
    if as_json:
        write_json("stripped", {"pictures": done})
    _leave(errors)


def _stripped(one: Inspected, *, overwrite: bool) -> Path:
    """Write a file without what it says; return its path. Raises MetadataError and OutputError."""
    from promptkit.metadata import stripped
    from promptkit.output import replace_file, write_file

    if one.opened is None:
        assert one.error is not None
        raise one.error
    content = stripped(one.image.read_bytes(), one.opened.format)
    if overwrite:
        return replace_file(one.image, lambda handle: handle.write(content))
    return write_file(one.image.with_stem(f"{one.image.stem}{ENDING}"), lambda handle: handle.write(content))


def _lost(one: Inspected) -> str:
    """Say what a stripped file can no longer do."""
    from promptkit.metadata.stealth import hidden

    assert one.opened is not None
    rest = " A text that is hidden in its pixels stays." if any(hidden(one.opened.image)) else ""
    if one.provenance is None:
        return f"it said nothing of how it was made; what else was written in it is out.{rest}"
    return (
        "it can no longer be reproduced, nor found by its prompt, and no longer says that it is synthetic; "
        f"keep the original.{rest}"
    )


def _leave(errors: Sequence[PromptkitError | None]) -> None:
    """Leave with 1 where every file failed, with 3 where some did."""
    failed = sum(error is not None for error in errors)
    if failed:
        sys.exit(FAILURE if failed == len(errors) else PARTIAL)
