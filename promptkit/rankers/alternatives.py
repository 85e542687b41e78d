"""What phrases are compared with: for each slot, a fixed set of what a picture could show instead.

A raw cosine of a lighting phrase cannot be compared with that of a subject. A probability among alternatives of the
same kind can: chance level and ceiling are the same for every phrase of the slot.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from promptkit.rankers.cases import COLOURS, Facet, said
from promptkit.slots.vocabulary import normal
from promptkit.slots.words import FUNCTION_WORDS

Facets = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Facet → value → phrases; a slot may have several facets (the subject's colour is one)."""


@dataclass(frozen=True)
class Claim:
    """One thing that a phrase says, which a picture shows or not: the truth among its alternatives."""

    slot: str
    facet: str
    """What of the slot it is about: the slot itself, or a part of it such as the subject's colour."""
    weight: float
    truth: tuple[str, ...]
    """Ways to say it; their features are averaged."""
    others: tuple[tuple[str, ...], ...]
    """The alternatives, each with its ways to say it."""


def known_claims(slot: str, text: str, weight: float, facets: Facets, of_slot: Mapping[str, str]) -> list[Claim]:
    """Find the values that a phrase names, longest names first.

    None where the model does not know what the phrase is about: of "a crimson zebra" it could judge the colour alone,
    and a score for the subject would be invented.
    """
    rest = f" {normal(text)} "
    found = []
    for facet, value, name in _names(facets):
        if of_slot[facet] == slot and f" {name} " in rest:
            rest = rest.replace(f" {name} ", "  ", 1)
            others = tuple(phrases for other, phrases in facets[facet].items() if other != value)
            found.append(Claim(slot, facet, weight, facets[facet][value], others))
    unknown = set(rest.split()) - FUNCTION_WORDS
    return [] if unknown and all(claim.facet != slot for claim in found) else found


def generic_claims(
    slot: str, text: str, weight: float, prompt: str, table: Mapping[str, tuple[Facet, ...]]
) -> list[Claim]:
    """Set a phrase of the open world against its slot's cases, leaving out those that the prompt says too; and where it
    names a colour, against itself in other colours."""
    facets = table.get(slot, ())
    spoken, all_said = f" {normal(text)} ", f" {normal(prompt)} "
    about = [facet for facet in facets if said(facet, spoken)] or facets
    others = tuple((case.text,) for facet in about for case in facet.cases if case not in said(facet, all_said))
    claims = [Claim(slot, slot, weight, (text,), others)]
    named = [colour for colour in COLOURS if f" {colour} " in spoken]
    if slot == "subject" and len(named) == 1:
        painted = normal(text)
        variants = tuple(
            (f" {painted} ".replace(f" {named[0]} ", f" {colour} ").strip(),)
            for colour in COLOURS
            if colour != named[0]
        )
        claims.append(Claim(slot, "colour", weight, (painted,), variants))
    return claims


def _names(facets: Facets) -> list[tuple[str, str, str]]:
    names = [
        (facet, value, normal(phrase))
        for facet, values in facets.items()
        for value, phrases in values.items()
        for phrase in phrases
    ]
    return sorted(names, key=lambda entry: -len(entry[2]))


def fingerprint(facets: object) -> str:
    """Return a short hash of a set of alternatives, to record which one gave a score."""
    return hashlib.sha256(json.dumps(facets, sort_keys=True, default=list).encode()).hexdigest()[:16]
