"""Verbs that tell and change nothing: ``show``, ``explain``, ``command``."""

from __future__ import annotations

from promptkit.console.bench import Bench
from promptkit.console.command import generate_command
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import alone, done
from promptkit.errors import SettingsError

ALL = "all"


def _show(bench: Bench, _: str) -> Answer:
    from promptkit.console.views import desk_table
    from promptkit.views import prompt_view

    settings = desk_table(bench.desk)
    return (prompt_view(bench.prompt), settings) if bench.desk.text else (done("No prompt yet."), settings)


def _explain(bench: Bench, _: str) -> Answer:
    from promptkit.advice import unknown_words
    from promptkit.console.views import reasons
    from promptkit.views import unknown_view

    _check_prompt(bench)
    prompt, model = bench.prompt, bench.session.model
    unknown = unknown_words(prompt, model.vocabulary, model.related)
    return (reasons(prompt, bench.desk.locked), *((unknown_view(unknown, model.name),) if unknown else ()))


def _command(bench: Bench, rest: str) -> Answer:
    from promptkit.console.views import shell_line

    if not rest:
        _check_prompt(bench)
        return (shell_line(_line(bench)),)
    if not bench.commands:
        return (done("# Nothing was made yet; command prints the line of the desk."),)
    return tuple(map(shell_line, bench.commands))


def _line(bench: Bench) -> str:
    line = generate_command(bench)
    if not line:
        raise SettingsError(
            "No shell can be given this prompt: it holds a sign that ends every text, or half of one.",
            hint="Type the prompt without it, then command.",
        )
    return line


def _check_prompt(bench: Bench) -> None:
    if not bench.desk.text:
        raise SettingsError("There is no prompt yet.", hint="Type one: a red lighthouse at dusk")


VERBS = (
    Verb(
        name="show",
        summary="Show the desk: the prompt by slots, styles, seed, model and settings.",
        usage="show",
        examples=("show", "/show"),
        run=_show,
        fits=alone,
        equivalent="expand TEXT --style NAME",
    ),
    Verb(
        name="explain",
        summary="Say why each phrase got its slot, what each style added, and what gave way.",
        usage="explain",
        examples=("explain", "/explain"),
        run=_explain,
        fits=alone,
        equivalent="parse TEXT --explain",
    ),
    Verb(
        name="command",
        summary="Print the shell line of the desk; all prints those of what was done.",
        usage="command [all]",
        examples=("command", "command all"),
        run=_command,
        fits=lambda _, rest: rest.lower() in ("", ALL),
        complete=lambda _, rest: (ALL,) if ALL.startswith(rest.lower()) else (),
    ),
)
