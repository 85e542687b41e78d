"""The command ``tokens``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from promptkit.cli.output import stdout, warn, write_json
from promptkit.cli.words import typed_text

if TYPE_CHECKING:
    from rich.table import Table

    from promptkit.backends.tokens import PhraseTokens, TokenCount


@click.command()
@click.argument("text")
@click.option("--model", default="embedded", show_default=True, help="A name, a folder, or a hub id.")
@click.option("--dialect", default="a1111", show_default=True, help="How weights are written.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def tokens(text: str, model: str, dialect: str, as_json: bool) -> None:
    """Count the tokens of TEXT, phrase by phrase, against the model's limit. No weights are loaded."""
    from promptkit.backends.tokenizers import load_tokenizers
    from promptkit.backends.tokens import count_tokens
    from promptkit.models import resolve_model
    from promptkit.registry import Registry
    from promptkit.slots.parse import parse

    registry = Registry()
    spec = resolve_model(model, registry)
    prompt = parse(typed_text(text), dialect=dialect, vocabularies=registry.vocabularies(), classify=registry.classify)
    found = load_tokenizers(spec.source, revision=spec.revision)
    counts = count_tokens(prompt, found)
    if as_json:
        content = {"model": spec.name, "family": found.family, "text": text, "chunked": found.chunked}
        write_json("tokens", {**content, "counts": [_count_json(count) for count in counts]})
        return
    from promptkit.terminal import safe_text

    console = stdout()
    for count in counts:
        console.print(_table(count, chunked=found.chunked))
        console.print(safe_text(_summary(count, found.family, chunked=found.chunked)), soft_wrap=True)
    if spec.vocabulary is not None:
        warn(f"The tokenizer of {spec.name} is small and needs more tokens than CLIP's; --model NAME counts for yours.")


def _table(count: TokenCount, *, chunked: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from promptkit.terminal import safe_text
    from promptkit.views import style_of

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("words", "slot", "tokens", "total", *(["chunk"] if chunked else [])):
        table.add_column(title, justify="left" if title in ("words", "slot") else "right", overflow="fold")
    for each in count.phrases:
        over = count.limit is not None and each.total > count.limit
        table.add_row(
            safe_text(each.phrase.text),
            Text(each.phrase.slot, style_of(each.phrase.slot)),
            str(each.tokens),
            Text(str(each.total), "bold red" if over else ""),
            *(["–".join(map(str, each.chunks))] if chunked else []),
        )
    return table


def _summary(count: TokenCount, family: str, *, chunked: bool) -> str:
    """Say how full the model is, and what a pipeline by itself would have left out."""
    names = " and ".join(count.tokenizers)
    if count.limit is None:
        return f"{names}: {count.total} tokens; the tokenizer knows no limit."
    head = f"{names}: {count.total} tokens of {count.limit}"
    if not count.cut:
        return f"{head}{f', in {count.chunks} chunks' if count.chunks > 1 else ''}; nothing would be cut."
    words = " ".join(count.cut)
    if chunked:
        return f"{head}, in {count.chunks} chunks. Without promptkit {family} would have cut: {words}"
    return f"{head}. {family} cuts: {words}"


def _count_json(count: TokenCount) -> dict[str, Any]:
    return {
        "tokenizers": list(count.tokenizers),
        "limit": count.limit,
        "total": count.total,
        "chunks": count.chunks,
        "phrases": [_phrase_json(each) for each in count.phrases],
        "cut": list(count.cut),
    }


def _phrase_json(each: PhraseTokens) -> dict[str, Any]:
    phrase = each.phrase
    return {
        "text": phrase.text,
        "slot": str(phrase.slot),
        "weight": phrase.weight,
        "start": phrase.start,
        "end": phrase.end,
        "tokens": each.tokens,
        "total": each.total,
        "chunks": list(each.chunks),
    }
