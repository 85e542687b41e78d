"""Braces in a style's texts name a slot or one of its choices, and nothing else; what a choice says stands as it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from promptkit.names import nearest

Place = tuple[str | int, ...]

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_SLOTS = ("style", "lighting", "camera")


def brace_problems(style: Mapping[str, Any], choices: Collection[str]) -> Iterator[tuple[Place, str, str]]:
    """Yield what is wrong with the braces of a style's own texts: place inside the style, message, cure."""
    for place, text, names in _texts(style, choices):
        for match in _BRACES.finditer(text):
            if match.group(1) is None or match.group(1) not in names:
                yield place, f"'{match.group()[:60]}' names no choice", _cure(match.group(1) or "", names)


def _cure(name: str, names: Collection[str]) -> str:
    near = nearest(name, names, 1)
    if near:
        return f"Did you mean '{{{near[0]}}}'?"
    return f"Here braces may name: {', '.join(sorted(names)) or 'nothing'}."


def _texts(style: Mapping[str, Any], choices: Collection[str]) -> Iterator[tuple[Place, str, Collection[str]]]:
    if "subject" in style:
        yield ("subject",), style["subject"], {*choices, "subject"}
    for slot in _SLOTS:
        for number, phrase in enumerate(style.get(slot, ())):
            yield (slot, number), phrase["text"], choices
    for number, text in enumerate(style.get("negative", ())):
        yield ("negative", number), text, choices
