"""``help`` and ``quit``."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.console import verbs
from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Leave, Verb
from promptkit.console.verbs.saying import alone
from promptkit.errors import SettingsError
from promptkit.names import nearest


def _help(bench: Bench, rest: str) -> Answer:
    from promptkit.console.views import all_verbs, one_verb

    if not rest:
        return (all_verbs(list(verbs.every(bench.plugged))),)
    verb = verbs.find(rest, bench.plugged)
    if verb is None:
        near = [f"help {name}" for name in nearest(rest, verbs.names(bench.plugged))]
        raise SettingsError(f"There is no verb '{rest}'.", hint=f"Did you mean {' or '.join(near)}?")
    return (one_verb(verb),) if verb.tell is None else verb.tell(bench)


def _known(bench: Bench, rest: str) -> bool:
    near = " " not in rest and bool(nearest(rest, verbs.names(bench.plugged), 1))
    return not rest or near or verbs.find(rest, bench.plugged) is not None


def _names(bench: Bench, rest: str) -> Iterator[str]:
    found = [name for name in verbs.names(bench.plugged) if name.startswith(rest.lower())]
    yield from found or nearest(rest, verbs.names(bench.plugged))


def _quit(_: Bench, __: str) -> Answer:
    raise Leave


VERBS = (
    Verb(
        name="help",
        summary="List the verbs, or say how one is written.",
        usage="help [VERB]",
        examples=("help", "help set", "help style"),
        run=_help,
        fits=_known,
        complete=_names,
        aliases=("?",),
    ),
    Verb(
        name="quit",
        summary="Leave the console. Pictures stay where they were written.",
        usage="quit",
        examples=("quit", "exit"),
        run=_quit,
        fits=alone,
        aliases=("exit",),
    ),
)
