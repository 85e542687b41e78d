"""Commands about words: ``parse`` and ``expand``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import PARTIAL
from promptkit.cli.options import pack_option
from promptkit.cli.output import stdout, warn, write_json, write_json_line
from promptkit.cli.templates import all_prompts, check_options, show_count, template_options
from promptkit.errors import PromptError, PromptkitError
from promptkit.prompt import Prompt

if TYPE_CHECKING:
    from promptkit.expanders.mixing import AppliedStyle
    from promptkit.packs.library import StyleLibrary
    from promptkit.registry import Registry
    from promptkit.slots.parse import Classify
    from promptkit.slots.vocabulary import Vocabulary
    from promptkit.templates.template import Template


BOM = "\ufeff"
"""What some editors begin a file with."""


def typed_text(text: str) -> str:
    """Refuse an empty prompt. Raises PromptError."""
    if not text.strip():
        raise PromptError("The prompt is empty.", hint='Say at least what the picture shows: "a red lighthouse".')
    return text


@click.command()
@click.argument("text", required=False)
@click.option("--negative", default="", help="What the picture should not show.")
@click.option(
    "--dialect", default="a1111", show_default=True, help="How weights are written: a1111, comfyui, compel, plain."
)
@click.option("--explain", is_flag=True, help="Say for each phrase what decided its slot.")
@click.option(
    "--file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="One prompt a line, - for stdin; JSON Lines.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def parse(text: str | None, negative: str, dialect: str, explain: bool, file: Path | None, as_json: bool) -> None:
    """Read TEXT, or what is piped in, into slots; show what is said and what is left to chance."""
    from promptkit.slots.parse import parse as read_prompt

    if text is not None and file is not None:
        raise click.UsageError("Give either TEXT or --file.")
    vocabularies, classify = known_words()
    read = partial(read_prompt, negative=negative, dialect=dialect, vocabularies=vocabularies, classify=classify)
    if file is not None:
        _stream(file, read)
        return
    prompt = read(typed_text(_piped() if text in (None, "-") else text))
    if not prompt.phrases:
        raise PromptError("The prompt has no words.", hint='Say at least what the picture shows: "a red lighthouse".')
    if as_json:
        write_json("prompt", prompt.to_json())
        return
    from promptkit.views import prompt_view

    stdout().print(prompt_view(prompt, explain=explain))


def _piped() -> str:
    """Return what was piped in, as one prompt. Raises UsageError where nothing is."""
    text = "" if sys.stdin.isatty() else sys.stdin.read().removeprefix(BOM).rstrip("\r\n")
    if not text.strip():
        raise click.UsageError("Give TEXT, pipe a prompt in, or name a --file of prompts.")
    return text


def known_words() -> tuple[Sequence[Vocabulary], Classify | None]:
    """Return the words of plugins and style packs, and the plugins' classifier; no plugin is loaded where none is
    installed."""
    from promptkit.cli.packs import pack_words
    from promptkit.installed.distributions import PLUGINS, distributions

    if not any(distribution.of(PLUGINS) for distribution in distributions()):
        return pack_words(), None
    from promptkit.registry import Registry

    registry = Registry()
    return (*registry.vocabularies(), *pack_words(registry.folders())), registry.classify


def _stream(file: Path, read: Callable[[str], Prompt]) -> None:
    """Write a document for each line as soon as it is read; where one cannot be read, say so in its place; exit 3."""
    failed = False
    for number, line in enumerate(_lines(file), 1):
        try:
            write_json_line("prompt", read(line).to_json())
        except PromptError as error:
            failed = True
            place = {"line": number, "column": error.column}
            write_json_line("error", {**place, "message": error.message, "hint": error.hint})
        sys.stdout.flush()
    if failed:
        sys.exit(PARTIAL)


def _lines(file: Path) -> Iterator[str]:
    try:
        if str(file) == "-":
            yield from (line.removeprefix(BOM).rstrip("\r\n") for line in sys.stdin)
        else:
            with file.open(encoding="utf-8-sig") as handle:
                yield from (line.rstrip("\r\n") for line in handle)
    except (OSError, UnicodeDecodeError) as error:
        raise PromptkitError(
            f"'{file}' cannot be read: {error}", hint="Give a UTF-8 text file with one prompt a line."
        ) from None


@click.command()
@click.argument("text")
@click.option("--style", "styles", multiple=True, help="pack/style or pack/style:0.6; may be given several times.")
@pack_option
@click.option("--expander", "expanders", multiple=True, help="An expander that a plugin brings.")
@click.option("--override", multiple=True, help="A slot whose typed words the styles may replace.")
@click.option("--lock", "locked", multiple=True, help="A slot that the styles leave as it is; repeatable.")
@click.option("--negative", default="", help="What the picture should not show.")
@click.option(
    "--dialect", default="a1111", show_default=True, help="How weights are written: a1111, comfyui, compel, plain."
)
@click.option("--limit", type=int, default=1, show_default=True, help="At most so many variants.")
@click.option("--all", "all_prompts", is_flag=True, help="Every prompt of the template, in order.")
@click.option("--count", is_flag=True, help="Only say how many prompts the template holds.")
@click.option("--text-seed", type=int, default=0, show_default=True, help="Decides the template's and styles' choices.")
@template_options
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def expand(text: str, **options: Any) -> None:
    """Fill the open slots of TEXT from styles; what was typed stays as it is."""
    from promptkit.cli.packs import report_conflicts, style_library
    from promptkit.expanders.styles import read_style
    from promptkit.registry import Registry

    check_options(typed_text(text), options)
    _check_limit(options)
    registry = Registry()
    library = style_library(registry, options["packs"])
    if options["count"]:
        show_count(_template(text, library, options), as_json=options["as_json"])
        return
    applied = [read_style(name, library) for name in options["styles"]]
    variants = list(_variants(text, registry, library, applied, options))
    report_conflicts(variants)
    if options["as_json"]:
        write_json("variants", {"variants": [variant.to_json() for variant in variants]})
        return
    _show(variants)
    if not any(options[name] for name in ("styles", "expanders", "template")):
        warn(f"Nothing was asked for: add --style pack/style, or try promptkit suggest {_quoted(text)}")


def _check_limit(options: dict[str, Any]) -> None:
    """Refuse ``--limit`` beside ``--all``. Raises UsageError."""
    given = click.get_current_context().get_parameter_source("limit")
    if options["all_prompts"] and given is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--limit and --all exclude each other: --limit draws some, --all gives every one.")


def _show(variants: Sequence[Prompt]) -> None:
    """Show the first variant slot by slot, then each as the model is given it; of several, with their negatives."""
    from promptkit.views import negative_view, prompt_view, resolved_view

    console = stdout()
    console.print(prompt_view(variants[0]))
    several = len(variants) > 1
    for number, variant in enumerate(variants, 1):
        console.print(resolved_view(variant, number if several else None), soft_wrap=True)
        if several and variant.negative_resolved:
            console.print(negative_view(variant, len(f"{number}. ")), soft_wrap=True)


def _quoted(text: str) -> str:
    """Quote a text for a shell, in double quotes where they do."""
    return shlex.quote(text) if set(text) & set('"$`\\!') else f'"{text}"'


def _template(text: str, library: StyleLibrary, options: dict[str, Any]) -> Template:
    from promptkit.templates.template import Template
    from promptkit.templates.wildcards import installed_wildcards

    return Template(text, wildcards=installed_wildcards(library, options["wildcards"]))


def _variants(
    text: str, registry: Registry, library: StyleLibrary, applied: Sequence[AppliedStyle], options: dict[str, Any]
) -> Iterator[Prompt]:
    """Yield what TEXT comes to: its variants by the styles, or one by the styles of each prompt of a template."""
    from promptkit.blame import WatchedExpander
    from promptkit.expanders.styles import expand as fill
    from promptkit.expanders.template import resolve_template
    from promptkit.slots.parse import parse as read

    chosen = [WatchedExpander(registry, name) for name in options["expanders"]]
    seed, limit, negative = options["text_seed"], options["limit"], options["negative"]
    words = (*registry.vocabularies(), *library.vocabularies())
    reader = partial(read, dialect=options["dialect"], vocabularies=words, classify=registry.classify)
    override, locked = options["override"], options["locked"]
    filled = partial(
        fill, styles=applied, expanders=chosen, seed=seed, override=override, locked=locked, library=library
    )
    if not options["template"]:
        yield from filled(reader(text, negative=negative), limit=limit)
        return
    template = _template(text, library, options)
    if options["all_prompts"]:
        all_prompts(template)
        limit = None
    for prompt in resolve_template(
        template, read=reader, seed=seed, limit=limit, negative=negative, clean=options["clean"]
    ):
        yield from filled(prompt, limit=1)
