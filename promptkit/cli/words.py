"""Commands about words: ``parse`` and ``expand``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from promptkit.cli.output import stdout, write_json, write_json_line
from promptkit.errors import PromptError, PromptkitError
from promptkit.prompt import Prompt


def prompt_json(prompt: Prompt) -> dict[str, Any]:
    """Return a prompt as plain values."""
    return {
        "text": prompt.text,
        "dialect": prompt.dialect,
        "resolved": prompt.resolved,
        "negative": prompt.negative_resolved,
        "phrases": [phrase.to_json() for phrase in prompt.phrases],
        "negative_phrases": [phrase.to_json() for phrase in prompt.negative],
        "missing": list(prompt.missing),
        "hinted": {slot: [phrase.text for phrase in phrases] for slot, phrases in prompt.hinted.items()},
        "styles": list(prompt.styles),
    }


def typed_text(text: str) -> str:
    """Refuse an empty prompt. Raises PromptError."""
    if not text.strip():
        raise PromptError("The prompt is empty.", hint='Say at least what the picture shows: "a red lighthouse".')
    return text


@click.command()
@click.argument("text", required=False)
@click.option("--negative", default="", help="What the picture should not show.")
@click.option("--dialect", default="a1111", show_default=True, help="How weights are written: a1111, comfyui or plain.")
@click.option("--explain", is_flag=True, help="Say for each phrase what decided its slot.")
@click.option(
    "--file", "file", type=click.Path(dir_okay=False, path_type=Path), help="Read one prompt a line, - for stdin."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document; with --file, one a line.")
def parse(text: str | None, negative: str, dialect: str, explain: bool, file: Path | None, as_json: bool) -> None:
    """Read TEXT into slots; show what is said and what is left to chance."""
    from promptkit.slots.parse import parse as read

    if (text is None) == (file is None):
        raise click.UsageError("Give either TEXT or --file.")
    if file is not None:
        for line in _lines(file):
            write_json_line("prompt", prompt_json(read(line, negative=negative, dialect=dialect)))
        return
    prompt = read(typed_text(text or ""), negative=negative, dialect=dialect)
    if as_json:
        write_json("prompt", prompt_json(prompt))
        return
    from promptkit.views import prompt_view

    stdout().print(prompt_view(prompt, explain=explain))


def _lines(file: Path) -> Iterator[str]:
    try:
        if str(file) == "-":
            yield from (line.rstrip("\r\n") for line in sys.stdin)
        else:
            with file.open(encoding="utf-8") as handle:
                yield from (line.rstrip("\r\n") for line in handle)
    except (OSError, UnicodeDecodeError) as error:
        raise PromptkitError(
            f"'{file}' cannot be read: {error}", hint="Give a UTF-8 text file with one prompt a line."
        ) from None


@click.command()
@click.argument("text")
@click.option("--style", "styles", multiple=True, help="pack/style or pack/style:0.6; may be given several times.")
@click.option("--expander", "expanders", multiple=True, help="An expander that a plugin brings.")
@click.option("--override", multiple=True, help="A slot whose typed words the styles may replace.")
@click.option("--negative", default="", help="What the picture should not show.")
@click.option("--dialect", default="a1111", show_default=True, help="How weights are written: a1111, comfyui or plain.")
@click.option("--limit", type=int, default=1, show_default=True, help="At most so many variants.")
@click.option("--text-seed", type=int, default=0, show_default=True, help="Decides the styles' choices.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def expand(
    text: str,
    styles: tuple[str, ...],
    expanders: tuple[str, ...],
    override: tuple[str, ...],
    negative: str,
    dialect: str,
    limit: int,
    text_seed: int,
    as_json: bool,
) -> None:
    """Fill the open slots of TEXT from styles; what was typed stays as it is."""
    from promptkit.cli.library import report_conflicts, style_library
    from promptkit.expanders.styles import expand as fill
    from promptkit.expanders.styles import read_style
    from promptkit.registry import Registry
    from promptkit.slots.parse import parse as read

    registry = Registry()
    library = style_library(registry)
    applied = [read_style(name, library) for name in styles]
    report_conflicts(applied)
    chosen = [registry.get("expander", name) for name in expanders]
    typed = read(
        typed_text(text),
        negative=negative,
        dialect=dialect,
        vocabularies=registry.vocabularies(),
        classify=registry.classify,
    )
    variants = list(
        fill(typed, styles=applied, expanders=chosen, seed=text_seed, limit=limit, override=override, library=library)
    )
    if as_json:
        write_json("variants", {"variants": [prompt_json(variant) for variant in variants]})
        return
    from promptkit.views import prompt_view, resolved_view

    console = stdout()
    console.print(prompt_view(variants[0]))
    for number, variant in enumerate(variants, 1):
        console.print(resolved_view(variant, number if len(variants) > 1 else None), soft_wrap=True)
