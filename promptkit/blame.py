"""Work that plugins' objects do, watched: what one raises becomes an error that names it, its plugin and the cure.

Hooks are watched by ``plugins.host``; this is about what they registered. Errors that promptkit knows pass as they are,
and so does what a built-in raises, which is a bug of promptkit. With ``PROMPTKIT_STRICT_PLUGINS`` everything passes.
"""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from promptkit.errors import GenerationError, PluginError, PromptkitError
from promptkit.interfaces import Expander
from promptkit.plugins import OK, PluginRecord
from promptkit.prompt import Prompt
from promptkit.records import SamplerSpec
from promptkit.registry import Registered, Registry
from promptkit.seeds import Draw

COMMON = frozenset({"promptkit", "diffusers", "transformers", "torch", "builtins", ""})
"""Packages whose code says nothing about whose object it is."""


@dataclass(frozen=True)
class Used:
    """An object in use, under the name of its kind."""

    kind: str
    found: Registered

    @property
    def title(self) -> str:
        return f"The {self.kind} '{self.found.value.name}' of plugin '{self.found.plugin.name}'"

    @property
    def packages(self) -> set[str]:
        """The packages whose frames in a traceback are this object's."""
        value = self.found.value
        named = value.scheduler.rpartition(":")[0] if isinstance(value, SamplerSpec) else ""
        modules = (named, type(value).__module__, (self.found.plugin.entry or "").partition(":")[0])
        return {module.partition(".")[0] for module in modules} - COMMON

    def fault(self, error: BaseException) -> PluginError:
        """Return the error that names this object."""
        said = str(error) if isinstance(error, PromptkitError) else f"{type(error).__name__}: {error}"
        cure = getattr(error, "hint", None) or f"Leave this {self.kind} out, or update its plugin."
        switch = f"promptkit plugins disable {self.found.plugin.name} switches it off."
        return PluginError(f"{self.title} failed: {' '.join(said.split()).rstrip(':. ')}.", hint=f"{cure} {switch}")


@contextmanager
def blaming(used: Iterable[Used], *, strict: bool) -> Iterator[None]:
    """Raise PluginError in place of an error that one of ``used`` is to blame for."""
    try:
        yield
    except (Exception, SystemExit) as error:
        fault = None if strict else fault_of(error, used)
        if fault is None:
            raise
        raise fault from error


def fault_of(error: BaseException, used: Iterable[Used]) -> PluginError | None:
    """Return the error that names whose code raised last, or, where none of theirs is in the traceback, the first of
    ``used``; ``None`` for errors that say enough already, and where nothing of a third party is in use."""
    third = [one for one in used if not one.found.plugin.builtin]
    if isinstance(error, PromptkitError) and not isinstance(error, (PluginError, GenerationError)):
        return None
    if isinstance(error, PromptkitError) and any(f"plugin '{one.found.plugin.name}'" in str(error) for one in third):
        return None
    frames = [frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)]
    for name in reversed(frames):
        for one in third:
            if name.partition(".")[0] in one.packages:
                return one.fault(error)
    return third[0].fault(error) if third else None


ASKED = ("classify_phrase", "encode_prompt")
"""Hooks that are asked about the prompt of every run."""


def takes_part(record: PluginRecord) -> bool:
    """Whether a plugin is a third party's and at work."""
    return not record.builtin and record.status == OK


class InUse:
    """What is in use, an object for each kind, so that a failure can be told whose it is."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._used: dict[str, Used] = {}

    def find(self, kind: str, name: str) -> Any:
        """Return a registered object, which is in use from now on. Raises UnknownNameError."""
        found = self._registry.find(kind, name)
        self._used[kind] = Used(kind, found)
        return found.value

    def drop(self, kind: str) -> None:
        self._used.pop(kind, None)

    def third_party(self, kind: str) -> str | None:
        """Return the plugin that brought what is in use of a kind; ``None`` for a built-in, and for nothing."""
        used = self._used.get(kind)
        return None if used is None or used.found.plugin.builtin else used.found.plugin.name

    def plugins(self, prompt: Prompt) -> dict[str, str]:
        """Return the plugins of third parties that take part in a run, by name, with their versions: those whose
        objects are in use, that added phrases, or that are asked about every prompt."""
        records = self._registry.host.records
        used = {one.found.plugin.name for one in self._used.values()}
        added = {phrase.source.partition("/")[0] for phrase in prompt.phrases if not phrase.typed}
        asked = {name for name, record in records.items() if set(record.hooks) & set(ASKED)}
        names = sorted(name for name in used | added | asked if name in records)
        return {name: records[name].version for name in names if takes_part(records[name])}

    def titles(self, *kinds: str) -> list[str]:
        """Return what is in use of third parties."""
        return [self._used[kind].title for kind in kinds if self.third_party(kind)]

    def blaming(self) -> AbstractContextManager[None]:
        """Name whose object fails, looked up when it does; where no traceback tells, the first of these kinds."""
        kinds = ("search", "backend", "sampler", "ranker")
        used = (self._used[kind] for kind in kinds if kind in self._used)
        return blaming(used, strict=self._registry.host.strict)

    def loaded(self, kind: str, made: Any, method: str) -> Any:
        """Return what a loader made. Raises PluginError for what cannot work."""
        if callable(getattr(made, method, None)):
            return made
        raise self._used[kind].fault(TypeError(f"its load gave {type(made).__name__}, which has no '{method}'"))


class WatchedExpander:
    """A registered expander that gives prompts and no more than were asked for; see ``interfaces.Expander``."""

    def __init__(self, registry: Registry, name: str) -> None:
        self._used = Used("expander", registry.find("expander", name))
        self._registry = registry
        self.name: str = self._used.found.value.name

    def expand(self, prompt: Prompt, *, draw: Draw, limit: int | None) -> Iterator[Prompt]:
        """Yield the expander's variants, at most ``limit``; where it gives none, the prompt as it was, which is told.
        Raises PluginError where it raises, or gives what is no prompt."""
        number = 0
        with blaming([self._used], strict=self._registry.host.strict):
            for variant in itertools.islice(self._expander.expand(prompt, draw=draw, limit=limit), limit):
                if not isinstance(variant, Prompt):
                    raise TypeError(f"it gave '{str(variant)[:80]}', which is no Prompt")
                number += 1
                yield variant
        if not number:
            said = f"{self._used.title} gave no prompt, so the prompt is left as it was."
            self._registry.host.problem(PluginError(said, hint="An expander with nothing to add yields the prompt."))
            yield prompt

    @property
    def _expander(self) -> Expander:
        return self._used.found.value
