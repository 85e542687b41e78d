"""Pictures on one HTML page that needs nothing else, and on a contact sheet."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from promptkit import __version__
from promptkit.errors import SettingsError
from promptkit.gallery.cards import Card, score_names
from promptkit.prompt import SLOTS
from promptkit.sheet import Labelled, contact_sheet
from promptkit.terminal import visible

if TYPE_CHECKING:
    from jinja2 import Template
    from PIL.Image import Image

POLICY = (
    "default-src 'none'; img-src data:; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'"
)
"""What the page may do: show pictures that stand in it, and run the one script whose hash is given."""
MAX_SHEET = 500
"""Pictures on a contact sheet: 47 megapixels."""
BAR = 100
"""Units of a full bar."""


def gallery_page(cards: Sequence[Card], *, title: str) -> str:
    """Return one HTML page of all cards, in their order. It asks for nothing, and works from a file.

    Every text is escaped, and signs that do not show are written out.
    """
    style, script = _part("style.css"), _part("script.js")
    names = score_names(cards)
    ranges = _ranges(cards, names)
    return _template().render(
        title=title,
        cards=cards,
        style=style,
        script=script,
        policy=POLICY.format(style=_hash(style), script=_hash(script)),
        data=_data(cards),
        slots=_slots(cards),
        added=any(piece.source for card in cards for piece in card.pieces),
        scores=names,
        tags=sorted({tag for card in cards for tag in card.tags}),
        models=sorted({card.facts["model"] for card in cards if "model" in card.facts}),
        bars=[_bars(card, ranges) for card in cards],
        day=_day,
        version=__version__,
    )


def _template() -> Template:
    """Return the page's template: what it is given is shown as text, signs that do not show written out."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    room = Environment(autoescape=True, undefined=StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True)
    room.policies["json.dumps_kwargs"] = {"sort_keys": False}
    return room.from_string(_part("page.html.j2"))


def gallery_sheet(shown: Sequence[tuple[Card, Image]], *, heading: str, columns: int | None = None) -> Image:
    """Return a contact sheet: below each picture its seed, its total, the slot that it says least, and its prompt.
    Raises SettingsError for more pictures than ``MAX_SHEET``."""
    if len(shown) > MAX_SHEET:
        raise SettingsError(
            f"A contact sheet of {len(shown)} pictures is too large to be opened.", hint=f"Say --limit {MAX_SHEET}."
        )
    return contact_sheet([labelled(card, image) for card, image in shown], heading=heading, columns=columns)


def labelled(card: Card, image: Image) -> Labelled:
    """Return a picture with its label."""
    seed, total = card.facts.get("seed"), card.scores.get("total")
    said = (
        f"seed {seed}" if seed else card.name,
        "" if total is None else f"{total:.3f}",
        "finished" if card.steps else "",
    )
    least = card.weakest
    weakest = "" if least is None else f"least: {least[0]} {least[1]:.3f} · "
    return Labelled(image=image, title="  ·  ".join(filter(None, said)), text=f"{weakest}{card.prompt}")


def _part(name: str) -> str:
    return files("promptkit.gallery").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return a source of a content security policy (W3C CSP 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _slots(cards: Sequence[Card]) -> list[str]:
    """Return the slots that anything is said of, the four constants first."""
    found = {slot for card in cards for slot in card.slots}
    return [slot for slot in (*SLOTS, *sorted(found - set(SLOTS))) if slot in found]


def _ranges(cards: Sequence[Card], names: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return what an empty and a full bar mean: 0 and 1 for shares, else the least and the most on the page."""
    values = {name: [card.scores[name] for card in cards if name in card.scores] for name in names}
    shares = {name: all(0 <= value <= 1 for value in found) for name, found in values.items()}
    return {name: (0.0, 1.0) if shares[name] else (min(found), max(found)) for name, found in values.items()}


def _bars(card: Card, ranges: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Return how long each score's bar is, 0 to ``BAR``."""
    found = {}
    for name, value in card.scores.items():
        least, most = ranges[name]
        found[name] = BAR if most == least else round(BAR * (value - least) / (most - least), 1)
    return found


def _day(seconds: float) -> str:
    """Return a time in this machine's own zone."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _data(cards: Sequence[Card]) -> Any:
    """Return what the script sorts, filters and compares by, as JSON values."""
    return _visible(
        [
            {
                "name": card.name,
                "prompt": card.prompt,
                "negative": card.negative,
                "slots": dict(card.slots),
                "scores": dict(card.scores),
                "facts": {**card.facts, **({} if card.rating is None else {"rating": str(card.rating)})},
                "steps": [step.text for step in card.steps],
                "tags": list(card.tags),
                "made": card.made,
            }
            for card in cards
        ]
    )


def _visible(value: Any) -> Any:
    """Return JSON values with the signs in texts that do not show written out."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(str(name)): _visible(one) for name, one in value.items()}
    return [_visible(one) for one in value] if isinstance(value, list) else value
