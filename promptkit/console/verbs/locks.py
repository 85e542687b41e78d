"""``lock`` and ``unlock``: slots that nothing but a typed prompt may change."""

from __future__ import annotations

from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import done, many_slots, reshape, slot_named, slots_behind, words_of

ALL = "all"


def _lock(bench: Bench, rest: str) -> Answer:
    asked = [slot_named(bench, word) for word in words_of(rest)]
    locked = tuple(dict.fromkeys((*bench.desk.locked, *asked)))
    return _relock(bench, f"lock {' '.join(asked)}", locked)


def _unlock(bench: Bench, rest: str) -> Answer:
    asked = bench.desk.locked if rest.lower() == ALL else tuple(slot_named(bench, word) for word in words_of(rest))
    locked = tuple(slot for slot in bench.desk.locked if slot not in asked)
    return _relock(bench, f"unlock {rest.lower()}", locked)


def _relock(bench: Bench, label: str, locked: tuple[str, ...]) -> Answer:
    answered = reshape(bench, label, locked=locked)
    return (done(f"locked: {', '.join(locked) or 'nothing'}"), *(answered if bench.desk.styles else ()))


VERBS = (
    Verb(
        name="lock",
        summary="Keep a slot as it is: styles, vary, suggest, set and drop leave it alone.",
        usage="lock SLOT…",
        examples=("lock lighting", "lock camera, style"),
        run=_lock,
        fits=many_slots,
        complete=lambda bench, rest: (s for s in slots_behind(bench, rest) if s not in bench.desk.locked),
        equivalent="generate --lock SLOT",
    ),
    Verb(
        name="unlock",
        summary="Let a slot be changed again.",
        usage="unlock SLOT…|all",
        examples=("unlock lighting", "unlock all"),
        run=_unlock,
        fits=lambda bench, rest: rest.lower() == ALL or many_slots(bench, rest),
        complete=lambda bench, rest: (name for name in (*bench.desk.locked, ALL) if name.startswith(rest)),
        equivalent="generate, without --lock SLOT",
    ),
)
