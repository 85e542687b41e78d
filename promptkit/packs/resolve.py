"""From checked packs to styles: what a style says laid over what it extends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from promptkit.names import nearest
from promptkit.packs.braces import brace_problems
from promptkit.packs.style import SLOT_ORDER, Grade, Origin, Style, StylePack, StyleText

PlainPack = Mapping[str, Any]
"""A checked pack as plain values, in the shape of its file: defaults left out, lists where a single text may stand."""


MAX_ANCESTORS = 20
_REPLACED = ("subject", "order", "template", "negative_template", "dialect", "origin")


class Unresolved(Exception):
    """A style that cannot be resolved: ``place`` inside its pack, what is wrong, and the cure."""

    def __init__(self, place: tuple[str | int, ...], message: str, hint: str) -> None:
        super().__init__(message)
        self.place, self.message, self.hint = place, message, hint


def frozen(pack: PlainPack) -> PlainPack:
    """Make tuples of the choices, once, so that any number of styles that inherit them share them."""
    for style in pack["styles"].values():
        if "choices" in style:
            style["choices"] = {name: tuple(values) for name, values in style["choices"].items()}
    return pack


def resolve_pack(
    pack: PlainPack, path: str, packs: Mapping[str, PlainPack], overrides: Sequence[str] = ()
) -> StylePack:
    """Return a pack with all styles resolved; ``packs`` are those that ``extends`` may name. Raises Unresolved."""
    return StylePack(
        name=pack["name"],
        version=pack["version"],
        title=pack["title"],
        summary=pack.get("summary", ""),
        licence=pack.get("license", "CC0-1.0"),
        path=path,
        styles=tuple(resolve_style(pack, name, packs) for name in pack["styles"]),
        grades=tuple(grades_of(pack)),
        vocabulary={slot: tuple(words) for slot, words in pack.get("vocabulary", {}).items()},
        overrides=tuple(overrides),
    )


def grades_of(pack: PlainPack) -> Iterator[Grade]:
    """Yield the grades of a pack."""
    for name, said in pack.get("grades", {}).items():
        settings = {key: value for key, value in said.items() if key != "summary"}
        yield Grade(pack=pack["name"], name=name, summary=said["summary"], settings=settings)


def unresolved(pack: PlainPack, packs: Mapping[str, PlainPack]) -> Iterator[Unresolved]:
    """Yield what is wrong with each style of a pack that cannot be resolved."""
    for name in pack["styles"]:
        try:
            resolve_style(pack, name, packs)
        except Unresolved as error:
            yield error


def resolve_style(pack: PlainPack, name: str, packs: Mapping[str, PlainPack]) -> Style:
    """Merge a style over its ancestors. Raises Unresolved.

    A slot, a subject or an order that it names replaces theirs; negatives, choices, settings and notes add to theirs;
    titles, summaries, conflicts and finishing steps are its own.
    """
    own = pack["styles"][name]
    parts = _ancestry(pack, name, packs) if "extends" in own else [pack.get("defaults", {}), own]
    slots: dict[str, tuple[StyleText, ...]] = {}
    negative: list[str] = []
    merged: dict[str, dict[str, Any]] = {"choices": {}, "settings": {}, "notes": {}}
    last: dict[str, Any] = {}
    for part in parts:
        slots |= {slot: tuple(StyleText(**phrase) for phrase in part[slot]) for slot in SLOT_ORDER[1:] if slot in part}
        negative += part.get("negative", ())
        for key, values in merged.items():
            values |= part.get(key, {})
        last |= {key: part[key] for key in _REPLACED if key in part}
    if "extends" in own:
        for place, message, cure in brace_problems(own, merged["choices"]):
            raise Unresolved(("styles", name, *place), message, cure)
    return Style(
        pack=pack["name"],
        name=name,
        title=own["title"],
        summary=own.get("summary", ""),
        subject=last.get("subject"),
        slots={slot: slots[slot] for slot in SLOT_ORDER if slot in slots},
        order=_order(last.get("order", ())),
        negative=tuple(dict.fromkeys(negative)),
        choices=merged["choices"],
        conflicts=tuple(own.get("conflicts", ())),
        settings=merged["settings"],
        notes=merged["notes"],
        finish=tuple(own.get("finish", ())),
        template=last.get("template"),
        negative_template=last.get("negative_template"),
        dialect=last.get("dialect"),
        origin=Origin(**last["origin"]) if "origin" in last else None,
    )


def _order(given: Sequence[str]) -> tuple[str, ...]:
    """Complete an order: words round the subject come first, and what is not named last, unless it says otherwise."""
    named = given if "subject" in given else ("subject", *given)
    return tuple(dict.fromkeys((*named, *SLOT_ORDER))) if given else ()


def _ancestry(pack: PlainPack, name: str, packs: Mapping[str, PlainPack]) -> list[Mapping[str, Any]]:
    """Return the defaults of all packs that a style comes from, then what it extends, the farthest first, then itself.
    Raises Unresolved for a circle, a missing parent, or too many of them."""
    place = ("styles", name, "extends")
    defaults: dict[str, Mapping[str, Any]] = {}
    chain: list[Mapping[str, Any]] = []
    seen: list[str] = []
    while True:
        key = f"{pack['name']}/{name}"
        if key in seen:
            raise Unresolved(place, f"'{key}' extends itself: {_circle([*seen, key])}", "Break the circle.")
        seen.append(key)
        style = pack["styles"].get(name)
        if style is None:
            raise Unresolved(place, f"extends '{key}', which is not there", _suggest(name, pack))
        if len(chain) > MAX_ANCESTORS:
            raise Unresolved(place, f"extends more than {MAX_ANCESTORS} styles", "Extend one that says more itself.")
        chain.append(style)
        defaults[pack["name"]] = pack.get("defaults", {})
        if "extends" not in style:
            return [*reversed(defaults.values()), *reversed(chain)]
        parent, _, name = style["extends"].rpartition("/")
        if parent and parent != pack["name"] and parent not in packs:
            raise Unresolved(
                place,
                f"extends '{style['extends']}', whose pack is not installed",
                f"Install the pack '{parent}', or name a style that promptkit styles list shows.",
            )
        pack = packs[parent] if parent and parent != pack["name"] else pack


def _circle(keys: Sequence[str]) -> str:
    shown = keys if len(keys) <= 6 else [*keys[:3], "…", *keys[-2:]]
    return " → ".join(shown)


def _suggest(name: str, pack: PlainPack) -> str:
    near = nearest(name, pack["styles"], 1)
    return f"Did you mean '{near[0]}'?" if near else f"Name a style of '{pack['name']}', or pack/style."
