"""How a chain of post-processors is written.

::

    chain   = "none" | step ("," step)*
    step    = name [":" setting (";" setting)*]
    setting = value | key "=" value
    value   = text | '"' (text with "" for ") '"'

``upscale:2,strip`` and ``sharpen:amount=0.3;radius=2`` are chains. A value without a key is that of the first setting
that the post-processor names. Quotes are for values that hold a comma or a semicolon, or begin with a quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from promptkit.errors import SettingsError

NONE = "none"
"""The chain of no step: what is said where an open one would mean another's, such as a style's."""
Written = tuple[str, dict[str | None, Any]]
"""A step's name and its settings; a value without a key stands under ``None``."""

_SETTING_HINT = "Write a value, or key=value, each key once: sharpen:amount=0.3;radius=2."
_SLIP = re.compile(r"([^;=\s]+)\s*[;=]\s*(.*)", re.DOTALL)
"""A name with another sign than a colon between itself and its settings."""
_PIECE = re.compile(r'"(?:[^"]|"")*"|.', re.DOTALL)
"""A quoted text, or one character."""


def read_chain(text: str) -> list[Written]:
    """Read a written chain. Raises SettingsError for what is none."""
    return [] if text.strip() in ("", NONE) else [_step(part, text) for part in _parted(text, ",")]


def spoken(steps: Sequence[Mapping[str, Any]]) -> str:
    """Write what a recipe keeps as a chain again."""
    return ",".join(
        step["name"] + (":" if step["settings"] else "") + ";".join(f"{k}={_said(v)}" for k, v in settings.items())
        for step in steps
        for settings in [{key: value for key, value in step["settings"].items() if value != ""}]
    )


def _step(part: str, chain: str) -> Written:
    name, colon, rest = part.partition(":")
    if not name.strip() or (colon and not rest.strip()):
        raise SettingsError(
            f"'{part.strip()}' in the chain '{chain}' is no step.",
            hint="Write sharpen, sharpen:0.3 or sharpen:amount=0.3;radius=2.",
        )
    if slip := _SLIP.fullmatch(name.strip()):
        meant = f"{slip[1]}:{slip[2]}{colon and ';'}{rest.strip()}"
        raise SettingsError(
            f"In the step '{part.strip()}' no colon ends the name.", hint=f"Did you mean {meant.rstrip(':;')}?"
        )
    given: dict[str | None, Any] = {}
    for setting in _parted(rest, ";") if colon else []:
        key, value = _setting(setting, part)
        if key in given:
            raise SettingsError(f"'{setting.strip()}' in the step '{part.strip()}' is no setting.", hint=_SETTING_HINT)
        given[key] = value
    return name.strip(), given


def _setting(text: str, part: str) -> tuple[str | None, str]:
    quoted = text.strip().startswith('"')
    key, equals, value = ("", "", text) if quoted else text.partition("=")
    where = key.strip() if equals else None
    said = (value if equals else text).strip()
    if not said or where == "":
        raise SettingsError(f"'{text.strip()}' in the step '{part.strip()}' is no setting.", hint=_SETTING_HINT)
    return where, _unquoted(said, part)


def _unquoted(value: str, part: str) -> str:
    if not value.startswith('"'):
        return value
    if not re.fullmatch(r'"(?:[^"]|"")+"', value):
        raise SettingsError(
            f"{value} in the step '{part.strip()}' has a quote that does not end, or text behind it.",
            hint='Write "…" round the whole value, and "" for a quote inside it.',
        )
    return value[1:-1].replace('""', '"')


def _parted(text: str, sign: str) -> Iterator[str]:
    """Yield the parts between signs that do not stand in quotes."""
    part: list[str] = []
    for piece in _PIECE.findall(text):
        if piece == sign:
            yield "".join(part)
            part = []
        else:
            part.append(piece)
    yield "".join(part)


def _said(value: Any) -> str:
    text = str(value)
    needs = any(sign in text for sign in ',;"') or text != text.strip()
    return '"' + text.replace('"', '""') + '"' if needs else text
