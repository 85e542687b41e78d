"""The table of verbs: each name's module is imported when the verb is first used. No module may import anything heavy
outside its functions, so that completion can look at them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from promptkit.console.verb import Verb

GROUPS: Mapping[str, tuple[str, ...]] = {
    "words": ("negative", "set", "drop", "dialect", "template"),
    "styles": ("style", "unstyle", "override"),
    "locks": ("lock", "unlock"),
    "numbers": ("seed", "candidates", "steps", "guidance", "size", "text-seed"),
    "choosing": ("model", "ranker", "sampler", "search", "finishing"),
    "making": ("generate", "vary", "more"),
    "suggesting": ("suggest", "take"),
    "looking": ("best", "why", "compare", "open", "runs"),
    "keeping": ("finish", "save"),
    "collecting": ("resume", "find", "rate", "tag", "models"),
    "telling": ("show", "explain", "command"),
    "going_back": ("undo", "redo", "history", "reset"),
    "returning": ("last", "welcome"),
    "helping": ("help", "quit"),
}
"""Module of this package → the verbs in its ``VERBS``, in the order in which ``help`` lists them. A new module
is a new entry."""
ALIASES: Mapping[str, str] = {"exit": "quit", "?": "help"}

_MODULES = {name: module for module, names in GROUPS.items() for name in names}


@cache
def _module(name: str) -> Mapping[str, Verb]:
    module = import_module(f"{__name__}.{name}")
    return MappingProxyType({verb.name: verb for verb in module.VERBS})


def find(word: str, plugged: Mapping[str, Verb] = MappingProxyType({})) -> Verb | None:
    """Return the verb of a name or an alias, whatever its case; promptkit's own before those of plugins."""
    name = ALIASES.get(word.lower(), word.lower())
    if name in _MODULES:
        return _module(_MODULES[name])[name]
    return plugged.get(name)


def names(plugged: Mapping[str, Verb] = MappingProxyType({})) -> tuple[str, ...]:
    """Return every verb's name, in the order of ``help``; no verb is imported."""
    return (*_MODULES, *(name for name in plugged if name not in _MODULES))


def every(plugged: Mapping[str, Verb] = MappingProxyType({})) -> Iterator[Verb]:
    """Yield every verb, in the order of ``help``."""
    for name in names(plugged):
        verb = find(name, plugged)
        assert verb is not None
        yield verb
