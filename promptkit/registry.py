"""Everything that plugins registered, by kind and name, each with the plugin that brought it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promptkit.errors import PluginError, UnknownNameError
from promptkit.names import loose, nearest
from promptkit.plugins import PluginHost, PluginRecord, create_plugin_manager
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
    "command": "register_commands",
}
"""Kinds of named objects, with the hook that brings them."""


MANY = 40
"""Names that are too many for an error's hint."""


@dataclass(frozen=True)
class Registered:
    """An object with the plugin that brought it."""

    value: Any
    plugin: PluginRecord


class Registry:
    """Names to objects. A kind is collected from the plugins when it is first asked for."""

    def __init__(self, host: PluginHost | None = None) -> None:
        self.host = host or create_plugin_manager()
        self.problems: list[PluginError] = []
        self._kinds: dict[str, dict[str, Registered]] = {}

    def all(self, kind: str) -> dict[str, Registered]:
        """Return every object of a kind under its own name, in order of registration."""
        if kind not in self._kinds:
            self._kinds[kind] = self._collect(kind)
        return self._kinds[kind]

    def names(self, kind: str) -> list[str]:
        return sorted(self.all(kind))

    def get(self, kind: str, name: str) -> Any:
        """Return the object of that name or alias. Raises UnknownNameError with near names, or else with all."""
        found = self.all(kind)
        if name in found:
            return found[name].value
        key = loose(name)
        for registered in found.values():
            if key in {loose(alias) for alias in (*getattr(registered.value, "aliases", ()), registered.value.name)}:
                return registered.value
        near = nearest(name, found)
        every = f"There are: {', '.join(found) or 'none'}."
        listed = f"There are {len(found)}: promptkit {kind}s lists them." if len(found) > MANY else every
        raise UnknownNameError(kind, name, near, hint=None if near else listed)

    def folders(self) -> list[Path]:
        """Return the folders of style packs that plugins registered."""
        return [folder for _, folder in self._lists("register_style_packs")]

    def vocabularies(self) -> tuple[Vocabulary, ...]:
        return tuple(vocabulary for _, vocabulary in self._lists("register_slot_vocabularies"))

    def classify(self, phrase: str, vocabulary: Vocabulary) -> str | None:
        """Ask the plugins for the slot of a phrase; ``None`` when none of them says one."""
        answer: str | None = self.host.first("classify_phrase", phrase=phrase, vocabulary=vocabulary)
        return answer

    def encoder(self) -> Encode | None:
        """Return what asks the plugins for embeddings; ``None`` where no plugin makes any."""
        return self._encode if self.host.manager.hook.encode_prompt.get_hookimpls() else None

    def _encode(self, prompt: str, negative: str, pipeline: Any) -> tuple[str, Mapping[str, Any]] | None:
        for record, answer in self.host.each("encode_prompt", prompt=prompt, negative=negative, pipeline=pipeline):
            if isinstance(answer, Mapping):
                return record.name, answer
            if answer is not None:
                kind = type(answer).__name__
                self.problems.append(
                    PluginError(
                        f"Plugin '{record.name}' encoded a prompt as {kind}, which was left out.",
                        hint="encode_prompt returns a mapping of the pipeline's arguments, or None.",
                    )
                )
        return None

    def _lists(self, hook: str) -> Iterator[tuple[PluginRecord, Any]]:
        for record, values in self.host.each(hook):
            for value in values or ():
                yield record, value

    def _collect(self, kind: str) -> dict[str, Registered]:
        found: dict[str, Registered] = {}
        for record, value in self._lists(KINDS[kind]):
            if value.name in found:
                self._duplicate(kind, value.name, found[value.name].plugin, record)
            else:
                found[value.name] = Registered(value, record)
        return found

    def _duplicate(self, kind: str, name: str, first: PluginRecord, second: PluginRecord) -> None:
        error = PluginError(
            f"Plugins '{first.name}' and '{second.name}' both register a {kind} named '{name}'; the first one is used.",
            hint=f"Leave one out with PROMPTKIT_LOAD_PLUGINS, or uninstall {second.name}.",
        )
        if self.host.strict:
            raise error
        self.problems.append(error)
