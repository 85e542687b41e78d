"""Everything that plugins registered, by kind and name, each with the plugin that brought it.

A built-in keeps its name, and its other names, against everybody. Two third parties with one name share it: it alone is
an error, and ``plugin/name`` says whose is meant. ``plugin/name`` may always be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from promptkit.errors import PluginError, UnknownNameError
from promptkit.names import loose, nearest
from promptkit.plugins import DISABLED, OK, PluginHost, PluginRecord, create_plugin_manager
from promptkit.plugins.results import checked
from promptkit.records import Encode
from promptkit.slots.vocabulary import Vocabulary

KINDS = {
    "backend": "register_backends",
    "model": "register_models",
    "sampler": "register_samplers",
    "expander": "register_expanders",
    "ranker": "register_rankers",
    "search": "register_searches",
    "postprocessor": "register_postprocessors",
    "face_detector": "register_face_detectors",
    "command": "register_commands",
}
"""Kinds of named objects, with the hook that brings them."""
SPOKEN = {"postprocessor": "post-processor", "face_detector": "face detector"}
"""Kinds whose name is no word."""


MANY = 40
"""Names that are too many for an error's hint."""


@dataclass(frozen=True)
class Registered:
    """An object with the plugin that brought it."""

    value: Any
    plugin: PluginRecord

    @property
    def qualified(self) -> str:
        """``plugin/name``: what it can be called where its name is taken."""
        return f"{self.plugin.name}/{self.value.name}"


class Registry:
    """Names to objects. A kind is collected from the plugins when it is first asked for."""

    def __init__(self, host: PluginHost | None = None) -> None:
        self._given = host
        self._collected: dict[str, list[Registered]] = {}

    @cached_property
    def host(self) -> PluginHost:
        """The plugins; where none were given they are loaded when something is first asked for."""
        return self._given or create_plugin_manager()

    @property
    def problems(self) -> list[PluginError]:
        """What plugins did wrong so far."""
        return self.host.problems

    def all(self, kind: str) -> dict[str, Registered]:
        """Return every object of a kind, in order of registration, under its own name or, where that is taken, under
        ``plugin/name``; those of plugins that failed too often are gone."""
        found: dict[str, Registered] = {}
        present = self._present(kind)
        holders = _holders(present)
        for registered in present:
            name = registered.value.name
            (first, *others) = holders[loose(name) or name]
            if registered.plugin.builtin or (registered is first and not others):
                found.setdefault(name, registered)
            elif found.setdefault(registered.qualified, registered) is not registered:
                self._twice(kind, registered)
            if registered is not first and not registered.plugin.builtin:
                self._taken(kind, name, first.plugin, registered.plugin)
        return found

    def names(self, kind: str) -> list[str]:
        return sorted(self.all(kind))

    def has(self, kind: str, name: str) -> bool:
        """Say whether a name, plain or ``plugin/name``, stands for something that is registered."""
        return any(name in (registered.value.name, registered.qualified) for registered in self._present(kind))

    def get(self, kind: str, name: str) -> Any:
        """Return the object of that name or alias, or of ``plugin/name``.

        Raises UnknownNameError with near names, or else with all, and PluginError for a name that two plugins share.
        """
        return self.find(kind, name).value

    def find(self, kind: str, name: str) -> Registered:
        """Return the object of a name with its plugin; see ``get``."""
        found = self.all(kind)
        if name in found:
            return found[name]
        for registered in self._present(kind):
            if name == registered.qualified:
                return registered
        key = loose(name)
        named = [registered for registered in found.values() if key and key in _names_of(registered)]
        if named and not named[0].plugin.builtin:
            self._check_shared(kind, name, named)
        if named:
            return named[0]
        near = nearest(name, found) or nearest(name, (alias for one in found.values() for alias in _aliases_of(one)))
        every = f"There are: {', '.join(found) or 'none'}."
        listed = f"There are {len(found)}: promptkit {kind}s lists them." if len(found) > MANY else every
        error = UnknownNameError(SPOKEN.get(kind, kind), name, near, hint=None if near else listed)
        if off := self._switched_off(name):
            error.hint = f"The plugin '{off}' is switched off: promptkit plugins enable {off}. {error.hint}"
        raise error

    def _switched_off(self, name: str) -> str | None:
        """Return the disabled plugin that a name, plain or ``plugin/name``, seems to ask for."""
        keys = {loose(name), loose(name.partition("/")[0])}
        off = (record.name for record in self.host.records.values() if record.status == DISABLED)
        return next((plugin for plugin in off if loose(plugin) in keys), None)

    def folders(self) -> list[Path]:
        """Return the folders of style packs that plugins registered."""
        return [registered.value for registered in self.registered("register_style_packs")]

    def vocabularies(self) -> tuple[Vocabulary, ...]:
        return tuple(registered.value for registered in self.registered("register_slot_vocabularies"))

    def classify(self, phrase: str, vocabulary: Vocabulary) -> str | None:
        """Ask the plugins for the slot of a phrase; ``None`` when none of them says one."""
        for record, answer in self.host.each("classify_phrase", phrase=phrase, vocabulary=vocabulary):
            if isinstance(answer, str) and answer.isidentifier():
                return answer
            if answer is not None:
                said = f"Plugin '{record.name}' gave {type(answer).__name__} as the slot of a phrase; that is left out."
                self.host.problem(PluginError(said, hint="classify_phrase returns a slot's name, or None."))
        return None

    def encoder(self) -> Encode | None:
        """Return what asks the plugins for embeddings; ``None`` where no plugin makes any."""
        return self._encode if self.host.manager.hook.encode_prompt.get_hookimpls() else None

    def _encode(self, prompt: str, negative: str, pipeline: Any) -> tuple[str, Mapping[str, Any]] | None:
        for record, answer in self.host.each("encode_prompt", prompt=prompt, negative=negative, pipeline=pipeline):
            if isinstance(answer, Mapping):
                return record.name, answer
            if answer is not None:
                kind = type(answer).__name__
                self.host.problem(
                    PluginError(
                        f"Plugin '{record.name}' encoded a prompt as {kind}, which was left out.",
                        hint="encode_prompt returns a mapping of the pipeline's arguments, or None.",
                    )
                )
        return None

    def _present(self, kind: str) -> list[Registered]:
        """Return what plugins of good standing registered of a kind; each is asked once."""
        if kind not in self._collected:
            self._collected[kind] = list(self.registered(KINDS[kind]))
        return [registered for registered in self._collected[kind] if registered.plugin.status == OK]

    def registered(self, hook: str) -> Iterator[Registered]:
        """Yield what plugins give for a hook that registers, each thing that may be used."""
        for record, answer in self.host.each(hook):
            values: list[Any] = []
            try:
                values = list(checked(record, hook, answer))
            except Exception as error:
                self.host.strike(record, hook, error)
            for value in values:
                if isinstance(value, PluginError):
                    self.host.problem(value)
                else:
                    yield Registered(value, record)

    def _check_shared(self, kind: str, name: str, named: list[Registered]) -> None:
        """Refuse a name that several third parties gave to different things."""
        same = [registered for registered in named if loose(registered.value.name) == loose(name)]
        if len(same) > 1:
            owners = " and ".join(f"'{registered.plugin.name}'" for registered in same)
            raise PluginError(
                f"Plugins {owners} both bring a {kind} named '{name}'.",
                hint=f"Write {' or '.join(registered.qualified for registered in same)}; "
                f"or switch one off: promptkit plugins disable {same[-1].plugin.name}",
            )

    def _taken(self, kind: str, name: str, first: PluginRecord, second: PluginRecord) -> None:
        if first is second:
            return
        if first.builtin:
            said = (
                f"Plugin '{second.name}' brings a {kind} named '{name}', which '{first.name}' of promptkit has already."
            )
            cure = f"'{name}' stays promptkit's; write {second.name}/{name} for the plugin's."
        else:
            said = f"Plugins '{first.name}' and '{second.name}' both bring a {kind} named '{name}'."
            cure = f"Write {first.name}/{name} or {second.name}/{name}; or promptkit plugins disable {second.name}."
        self.host.problem(PluginError(said, hint=cure))

    def _twice(self, kind: str, registered: Registered) -> None:
        name = registered.value.name
        said = f"Plugin '{registered.plugin.name}' brings two {kind}s named '{name}'; the second one is left out."
        self.host.problem(PluginError(said, hint="Its author gives each a name of its own."))


def _holders(present: list[Registered]) -> dict[str, list[Registered]]:
    """Return who claims a name, whatever its case and signs: built-ins first, which claim their other names too."""
    holders: dict[str, list[Registered]] = {}
    for registered in sorted(present, key=lambda registered: not registered.plugin.builtin):
        own = loose(registered.value.name) or registered.value.name
        for key in [own, *(_names_of(registered) - {own} if registered.plugin.builtin else ())]:
            holders.setdefault(key, []).append(registered)
    return holders


def _names_of(registered: Registered) -> set[str]:
    """Return the names a thing answers to, without case and signs."""
    return {loose(name) for name in (*_aliases_of(registered), registered.value.name) if isinstance(name, str)}


def _aliases_of(registered: Registered) -> list[str]:
    return [alias for alias in getattr(registered.value, "aliases", ()) if isinstance(alias, str)]
