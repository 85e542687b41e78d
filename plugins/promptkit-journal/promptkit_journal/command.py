"""``promptkit journal``: the last runs, or those whose prompt has a word."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

import click

from promptkit.terminal import visible
from promptkit_journal.file import journal_file, runs


@click.command()
@click.argument("words", nargs=-1)
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="How many runs, the last ones.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, with the whole recipes.")
def journal(words: tuple[str, ...], last: int, as_json: bool) -> None:
    """List the last runs, the newest below; with WORDS those whose prompt has all of them."""
    wanted = [word.lower() for word in words]
    found = deque((run for run in runs(journal_file()) if _has(run, wanted)), maxlen=last)
    if as_json:
        click.echo(json.dumps({"promptkit": 1, "kind": "journal", "runs": list(found)}, ensure_ascii=True, indent=2))
        return
    if not found:
        click.echo("There is no such run." if words else "No run was written down yet.", err=True)
    for run in found:
        click.echo(visible(_line(run)).replace("\n", " "))


def _has(run: Mapping[str, Any], words: list[str]) -> bool:
    text = str(run["recipe"].get("resolved", "")).lower()
    return all(word in text for word in words)


def _line(run: Mapping[str, Any]) -> str:
    """Return time, id, model, seeds and prompt of a run."""
    recipe = run["recipe"]
    model = recipe.get("model") if isinstance(recipe.get("model"), dict) else {}
    facts = (run.get("time"), run.get("id"), model.get("name"), _seeds(recipe), recipe.get("resolved"))
    return "  ".join(str(fact) for fact in itertools.filterfalse(lambda fact: fact is None, facts))


def _seeds(recipe: Mapping[str, Any]) -> str | None:
    first, count = recipe.get("seed"), recipe.get("candidates")
    if not isinstance(first, int) or not isinstance(count, int):
        return None
    return f"seed {first}" if count == 1 or recipe.get("variation") else f"seeds {first}–{first + count - 1}"
