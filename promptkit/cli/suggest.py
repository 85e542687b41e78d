"""The command ``suggest``: numbered fills for each open slot, and the prompt that a choice of them makes."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli.options import not_empty, pack_option
from promptkit.cli.output import stderr, stdout, warn, write_json
from promptkit.cli.packs import report_conflicts, report_problems
from promptkit.cli.words import typed_text
from promptkit.errors import PromptkitError, SettingsError
from promptkit.suggest import COMPLETE, LIMIT, Advice

if TYPE_CHECKING:
    from promptkit.prompt import Prompt
    from promptkit.session import Session
    from promptkit.trials import Trial

_COMPLETE = re.compile(r"c(\d+)")
_PICK = re.compile(r"([a-z]+)=(\d+)")


@click.command()
@click.argument("text")
@click.argument("picks", nargs=-1)
@click.option("--slot", "slots", multiple=True, help="Only this slot: style, lighting or camera; repeatable.")
@click.option("--limit", type=int, default=LIMIT, show_default=True, help="So many fills a slot, at most 20.")
@click.option("--why", is_flag=True, help="Give each fill's reasons in full.")
@click.option("--pick", "pick", multiple=True, help="Print the prompt of these: --pick style=1 lighting=2 complete=1.")
@click.option("--try", "tried", is_flag=True, help="Generate each suggestion from the same seeds, and rank them.")
@click.option(
    "--model",
    callback=not_empty,
    help="Suggest only words that it knows; what --try uses.  [default for --try: embedded]",
)
@click.option("--candidates", type=int, default=2, show_default=True, help="Seeds for each suggestion, with --try.")
@click.option("--seed", type=int, default=0, show_default=True, help="The first image seed, with --try.")
@click.option(
    "--out", default="pictures", show_default=True, callback=not_empty, help="The folder that --try writes to."
)
@click.option("--negative", default="", help="What the picture should not show.")
@click.option(
    "--dialect", default="a1111", show_default=True, help="How weights are written: a1111, comfyui, compel, plain."
)
@click.option("--text-seed", type=int, default=0, show_default=True, help="Decides the styles' choices.")
@pack_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def suggest(text: str, picks: Sequence[str], **options: Any) -> None:
    """Suggest what could fill the open slots of TEXT, and why; typing one number a slot gives the full prompt."""
    from promptkit.session import Session

    typed_text(text)
    numbers = _numbers(picks, options["pick"])
    with Session(options["model"] or "embedded", packs=options["packs"]) as session:
        report_problems(session.styles, options["packs"])
        known = options["tried"] or options["model"] is not None
        advice = session.suggest(
            session.parse(text, negative=options["negative"], dialect=options["dialect"]),
            slots=options["slots"],
            limit=options["limit"],
            text_seed=options["text_seed"],
            known_words=known,
        )
        if known:
            _warn_of_unknown(session, advice.prompt)
        if numbers is not None:
            _check_complete(numbers, options["slots"])
            _show_picked(advice.picked(numbers), as_json=options["as_json"])
            return
        trials = _tried(session, advice, options) if options["tried"] else []
    if options["as_json"]:
        write_json("suggestions", _document(advice, trials))
        return
    _show(text, advice, trials, options)


def _numbers(picks: Sequence[str], more: Sequence[str]) -> dict[str, int] | None:
    """Read ``lighting=1``; several may stand in one text. Raises UsageError."""
    if picks and not more:
        raise click.UsageError(f"'{picks[0]}' is too much: quote the prompt, or write --pick {picks[0]}.")
    words = [word for text in (*more, *picks) for word in text.replace(",", " ").split()]
    matches = [(word, _PICK.fullmatch(word)) for word in words]
    for word, match in matches:
        if match is None:
            raise click.UsageError(f"'{word}' picks nothing: write slot=number, as in --pick lighting=1.")
    return {match[1]: int(match[2]) for _, match in matches if match is not None} if words else None


def _warn_of_unknown(session: Session, prompt: Prompt) -> None:
    from promptkit.advice import unknown_words
    from promptkit.views import unknown_view

    unknown = unknown_words(prompt, session.model.vocabulary, session.model.related)
    if unknown:
        stderr().print(unknown_view(unknown, session.model.name), soft_wrap=True)


def _tried(session: Session, advice: Advice, options: Mapping[str, Any]) -> list[Trial]:
    from contextlib import nullcontext

    from promptkit.cli.progress import run_progress
    from promptkit.trials import try_out

    count = sum(len(found) for found in advice.all().values()) * options["candidates"]
    with nullcontext(None) if options["as_json"] else run_progress(count) as on_event:
        return try_out(
            session,
            advice,
            candidates=options["candidates"],
            seed=options["seed"],
            out=options["out"],
            on_event=on_event,
        )


def _document(advice: Advice, trials: Sequence[Trial]) -> dict[str, Any]:
    return {
        "prompt": advice.prompt.to_json(),
        "slots": {slot: [made.to_json() for made in found] for slot, found in advice.slots.items()},
        COMPLETE: [made.to_json() for made in advice.complete],
        "first_of_each": advice.full.to_json(),
        "tried": [trial.to_json() for trial in trials],
    }


def _show(text: str, advice: Advice, trials: Sequence[Trial], options: Mapping[str, Any]) -> None:
    from promptkit.terminal import safe_text
    from promptkit.views_suggest import trial_table

    console = stdout()
    _show_fills(advice, why=options["why"])
    if trials:
        console.print(trial_table(trials))
    if not any(advice.all().values()):
        return
    if sys.stdin.isatty() and console.is_terminal:
        picked = _asked(advice, options["slots"])
        if picked is not None:
            _show_picked(picked, as_json=False)
        return
    console.print(safe_text(f"first of each: {advice.full.resolved}"), soft_wrap=True)
    console.print(safe_text(_command(text, advice, options)), soft_wrap=True)


def _show_fills(advice: Advice, *, why: bool) -> None:
    from promptkit.views_suggest import advice_view

    console = stdout()
    width = console.width if console.is_terminal else None
    console.print(advice_view(advice, width=width, why=why), soft_wrap=width is None)


def _command(text: str, advice: Advice, options: Mapping[str, Any]) -> str:
    """Return the command that prints the first of each: with every option that decides what is suggested."""
    model = options["model"] or ("embedded" if options["tried"] else None)
    given = [("--slot", slot) for slot in options["slots"]] + [("--pack", str(path)) for path in options["packs"]]
    usual = {"limit": LIMIT, "text_seed": 0, "negative": "", "dialect": "a1111"}
    given += [(f"--{name.replace('_', '-')}", str(options[name])) for name in usual if options[name] != usual[name]]
    given += [("--model", model)] if model is not None else []
    first = [f"{slot}={number}" for slot, number in advice.first.items()]
    told = [word for option in given for word in option]
    if text.startswith("-"):
        picks = [word for pick in first for word in ("--pick", pick)]
        return shlex.join(["promptkit", "suggest", *told, *picks, "--", text])
    return shlex.join(["promptkit", "suggest", text, *told, "--pick", *first])


def _asked(advice: Advice, asked_for: Sequence[str]) -> Prompt | None:
    """Ask for one number a slot until the answer can be read; ``None`` where nobody answers, or somebody leaves."""
    slots = list(advice.first)
    question = f"{' '.join(slots)}? Enter: {' '.join('1' for _ in slots)}"
    question += ", c1: one style" if advice.complete else ""
    while True:
        try:
            answer = click.prompt(question + ", ?: why, q: leave", default="", show_default=False, prompt_suffix=": ")
            if answer.strip() == "q":
                return None
            if answer.strip() == "?":
                _show_fills(advice, why=True)
                continue
            numbers = _answer(answer, slots)
            _check_complete(numbers, asked_for)
            return advice.picked(numbers if COMPLETE in numbers else {**advice.first, **numbers})
        except PromptkitError as error:
            warn(f"{error} {error.hint or ''}")
        except click.Abort:
            click.echo()
            return None


def _check_complete(numbers: Mapping[str, int], slots: Sequence[str]) -> None:
    if COMPLETE in numbers and slots:
        raise SettingsError(
            "Complete fills are not shown with --slot.",
            hint=f"Pick a number for {', '.join(slots)}, or leave --slot out.",
        )


def _answer(text: str, slots: Sequence[str]) -> dict[str, int]:
    """Read ``1 2 1`` or ``c2``; slots without a number take the first. Raises SettingsError."""
    complete = _COMPLETE.fullmatch(text.strip())
    if complete is not None:
        return {COMPLETE: int(complete[1])}
    numbers = text.replace(",", " ").split()
    if len(numbers) > len(slots) or not all(number.isdecimal() for number in numbers):
        raise SettingsError(f"'{text}' cannot be read.", hint=f"Type a number for each of {', '.join(slots)}.")
    return {slot: int(number) for slot, number in zip(slots, numbers, strict=False)}


def _show_picked(prompt: Prompt, *, as_json: bool) -> None:
    """Print the filled prompt, ready to paste; what contradicts in it is told on stderr."""
    report_conflicts([prompt])
    if as_json:
        write_json("prompt", prompt.to_json())
        return
    from promptkit.views import resolved_view

    console = stdout()
    console.print(resolved_view(prompt), soft_wrap=True)
    if prompt.negative_resolved:
        warn(f"not: {prompt.negative_resolved}")
