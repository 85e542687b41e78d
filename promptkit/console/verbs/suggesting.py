"""Verbs that fill what is open: ``suggest``, ``take``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from promptkit.commanding import command_line
from promptkit.console.bench import Bench
from promptkit.console.command import session_options
from promptkit.console.offers import Offer
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.counting import is_number, number
from promptkit.console.verbs.saying import (
    check_unlocked,
    done,
    many_slots,
    reshape,
    slot_named,
    slots_behind,
    words_of,
)
from promptkit.console.verbs.words import put_words
from promptkit.errors import PromptError, SettingsError

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from promptkit.suggest import Advice


@dataclass(frozen=True)
class _Advised:
    """Suggestions, cut to the width of the terminal, their numbers going on from slot to slot."""

    advice: Advice

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from promptkit.views_suggest import advice_view

        yield advice_view(self.advice, width=options.max_width, running=True)


def _suggest(bench: Bench, rest: str) -> Answer:
    asked = _asked(bench, rest)
    if not bench.desk.text.strip():
        raise PromptError("There is no prompt yet.", hint="Type one first: a red lighthouse")
    prompt = bench.prompt
    if not asked and any(slot in bench.desk.locked for slot in prompt.missing):
        asked = _open_slots(bench)
        if not asked:
            return (done("Nothing is open but what you locked: unlock a slot first."),)
    advice = bench.session.suggest(prompt, slots=asked, text_seed=bench.desk.text_seed, known_words=True)
    bench.offered = tuple(
        Offer(slot="" if slot == "complete" else slot, words=made.text, style=made.style)
        for slot, found in advice.all().items()
        for made in found
    )
    return (_Advised(advice), *((done("take N puts one of them in."),) if bench.offered else ()))


def _asked(bench: Bench, rest: str) -> list[str]:
    """Return the slots that are asked for. Raises SettingsError for a locked one."""
    asked = [slot_named(bench, word) for word in words_of(rest)]
    for slot in asked:
        check_unlocked(bench, slot)
    return asked


def _open_slots(bench: Bench) -> list[str]:
    """Return the open slots that styles can fill and nobody locked."""
    from promptkit.suggest import FILLABLE

    return [slot for slot in FILLABLE if slot in bench.prompt.missing and slot not in bench.desk.locked]


def _take(bench: Bench, rest: str) -> Answer:
    if not bench.offered:
        raise SettingsError("Nothing was offered yet.", hint="Ask first: suggest, or vary lighting")
    place = number(rest) or 0
    if not 1 <= place <= len(bench.offered):
        raise SettingsError(f"There is no number {rest}.", hint=f"Take 1 to {len(bench.offered)}.")
    offer = bench.offered[place - 1]
    if not offer.style:
        return (done(f"{offer.slot} stays as it is."),)
    if offer.slot:
        return put_words(bench, f"take {offer.slot}: {offer.words}", offer.slot, offer.words)
    return reshape(bench, f"take {offer.style}", styles=tuple(dict.fromkeys((*bench.desk.styles, offer.style))))


def _suggest_line(bench: Bench, rest: str) -> str:
    desk = bench.desk
    session = session_options(bench)
    options = {
        "--slot": _asked(bench, rest) or None,
        "--model": desk.model,
        "--negative": desk.negative or None,
        "--dialect": None if desk.dialect == "a1111" else desk.dialect,
        "--text-seed": desk.text_seed or None,
        "--pack": session["--pack"],
    }
    return command_line("suggest", options, [desk.text]) or ""


VERBS = (
    Verb(
        name="suggest",
        summary="Suggest words for the open slots, each with its reason; take N puts one in.",
        usage="suggest [SLOT…]",
        examples=("suggest", "suggest lighting"),
        run=_suggest,
        fits=lambda bench, rest: not rest or many_slots(bench, rest),
        complete=lambda bench, rest: (s for s in slots_behind(bench, rest) if s in _open_slots(bench)),
        command=_suggest_line,
        equivalent="suggest TEXT --slot SLOT",
    ),
    Verb(
        name="take",
        summary="Put in what suggest or vary offered under a number.",
        usage="take N",
        examples=("take 1", "take 2"),
        run=_take,
        fits=is_number,
        complete=lambda bench, rest: (n for n in map(str, range(1, len(bench.offered) + 1)) if n.startswith(rest)),
        equivalent="suggest TEXT --pick SLOT=N",
    ),
)
