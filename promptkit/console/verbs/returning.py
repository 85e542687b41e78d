"""``last`` and ``welcome``: what was before this console, and how one begins."""

from __future__ import annotations

from dataclasses import replace

from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import alone, done
from promptkit.errors import SettingsError


def _last(bench: Bench, _: str) -> Answer:
    from promptkit.console.views import short_prompt

    left = bench.last
    if left is None:
        raise SettingsError("There was no console before this one.", hint="Type a prompt; help lists the verbs.")
    bench.history.change(replace(left.desk, shown=bench.desk.shown), "last")
    bench.commands[:0] = [line for line in left.commands if line not in bench.commands]
    told = done("The desk is as the last console left it; undo takes that back. find WORDS finds its pictures.")
    return (*short_prompt(bench.prompt), told)


def _welcome(bench: Bench, _: str) -> Answer:
    from promptkit.console.welcome import first_screen, second_screen

    return (*first_screen(), *second_screen(bench))


VERBS = (
    Verb(
        name="last",
        summary="Put the desk back as the console before this one left it, also one that was killed.",
        usage="last",
        examples=("last", "/last"),
        run=_last,
        fits=alone,
    ),
    Verb(
        name="welcome",
        summary="Say once more what promptkit is, which models fit this machine, and where things are kept.",
        usage="welcome",
        examples=("welcome", "/welcome"),
        run=_welcome,
        fits=alone,
    ),
)
