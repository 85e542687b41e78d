"""Verbs about styles: ``style``, ``unstyle``, ``override``."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import done, reshape, words_of
from promptkit.errors import SettingsError, UnknownNameError
from promptkit.expanders.styles import read_style
from promptkit.names import nearest
from promptkit.prompt import SLOTS

ALL = "all"
NONE = "none"


def _ids(bench: Bench) -> list[str]:
    return [style.id for style in bench.session.styles.styles()]


def _plain(name: str) -> str:
    """Return a style's name without its weight."""
    return name.partition(":")[0]


def _means_style(bench: Bench, word: str) -> bool:
    """Whether a word is a style, a pack or a word of their names, or was perhaps meant as one."""
    ids = _ids(bench)
    names = {name for style in ids for name in (style, *style.split("/"), *style.replace("/", "-").split("-"))}
    return _plain(word) in names or "/" in word or bool(nearest(_plain(word), ids, 1))


def _names_styles(bench: Bench, rest: str) -> bool:
    return bool(rest) and all(_means_style(bench, word) for word in words_of(rest))


def _style(bench: Bench, rest: str) -> Answer:
    asked: dict[str, str] = {}
    for word in words_of(rest):
        applied = read_style(word, bench.session.styles)
        asked[applied.style.id] = applied.style.id if applied.weight == 1 else f"{applied.style.id}:{applied.weight:g}"
    there = {_plain(name): name for name in bench.desk.styles}
    return _restyle(bench, f"style {' '.join(asked.values())}", tuple({**there, **asked}.values()))


def _unstyle(bench: Bench, rest: str) -> Answer:
    there = [_plain(name) for name in bench.desk.styles]
    gone = there if rest.lower() == ALL else [_applied(there, _plain(word)) for word in words_of(rest)]
    left = tuple(name for name in bench.desk.styles if _plain(name) not in gone)
    return _restyle(bench, f"unstyle {rest}", left)


def _restyle(bench: Bench, label: str, styles: tuple[str, ...]) -> Answer:
    answered = reshape(bench, label, styles=styles)
    return answered if bench.desk.text else (done(f"styles: {', '.join(styles) or 'none'}"),)


def _applied(there: list[str], name: str) -> str:
    """Return the style on the desk that a name means. Raises UnknownNameError, and SettingsError for one of two."""
    hits = [style for style in there if name in (style, style.partition("/")[2])]
    if len(hits) > 1:
        raise SettingsError(f"'{name}' may be {' or '.join(hits)}.", hint="Write the whole name: unstyle PACK/STYLE.")
    if not hits:
        cure = f"On the desk: {', '.join(there)}." if there else "No style is on the desk."
        raise UnknownNameError("style", name, nearest(name, there), hint=cure)
    return hits[0]


def _override(bench: Bench, rest: str) -> Answer:
    words = [word.lower() for word in words_of(rest)]
    asked = () if words == [NONE] else tuple(dict.fromkeys((*bench.desk.override, *words)))
    answered = reshape(bench, f"override {rest.lower()}", override=asked)
    said = f"Styles may replace what you typed of {', '.join(asked)}." if asked else "What you typed stays."
    return (done(said), *(answered if bench.desk.styles else ()))


def _found(bench: Bench, rest: str) -> Iterator[str]:
    """Complete the last style of a list: by its whole name, its own name, then by likeness."""
    head, _, begun = rest.rpartition(" ")
    ids = [name for name in _ids(bench) if name not in head.split()]
    typed = begun.lower()
    starts = [name for name in ids if name.startswith(typed) or name.partition("/")[2].startswith(typed)]
    inside = [name for name in ids if typed in name and name not in starts]
    for name in starts + inside or nearest(typed, ids):
        yield f"{head} {name}".strip()


VERBS = (
    Verb(
        name="style",
        summary="Add styles; a weight makes one louder or quieter.",
        usage="style NAME[:WEIGHT]…",
        examples=("style embedded/watercolour-dusk", "style portrait-photography/window-light:0.6"),
        run=_style,
        fits=_names_styles,
        complete=_found,
        equivalent="generate --style NAME[:WEIGHT]",
    ),
    Verb(
        name="unstyle",
        summary="Take styles off again.",
        usage="unstyle NAME…|all",
        examples=("unstyle watercolour-dusk", "unstyle all"),
        run=_unstyle,
        fits=lambda _, rest: bool(rest),
        complete=lambda bench, rest: (n for n in (*map(_plain, bench.desk.styles), ALL) if rest in n),
        equivalent="generate, without --style NAME",
    ),
    Verb(
        name="override",
        summary="Let styles replace what you typed in a slot; none takes that back.",
        usage="override SLOT…|none",
        examples=("override lighting", "override none"),
        run=_override,
        fits=lambda _, rest: bool(rest) and (rest.lower() == NONE or set(words_of(rest.lower())) <= set(SLOTS)),
        complete=lambda _, rest: (name for name in (*SLOTS, NONE) if name.startswith(rest.lower())),
        equivalent="generate --override SLOT",
    ),
)
