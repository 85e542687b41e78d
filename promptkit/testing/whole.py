"""Everything that one plugin brings, checked kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from promptkit.errors import ContractError, ModelError, SettingsError
from promptkit.plugins import OK, PluginHost, PluginRecord
from promptkit.records import ModelSpec
from promptkit.registry import KINDS, Registered, Registry
from promptkit.seeds import text_draw
from promptkit.slots.parse import parse
from promptkit.testing.backends import check_backend
from promptkit.testing.commands import check_command
from promptkit.testing.contract import Contract, NotTried, Report, require
from promptkit.testing.expanders import check_expander
from promptkit.testing.face_detectors import check_face_detector
from promptkit.testing.loading import check_loading
from promptkit.testing.packs import check_pack
from promptkit.testing.postprocessors import check_postprocessor
from promptkit.testing.rankers import check_ranker
from promptkit.testing.samplers import check_sampler, embedded_backend
from promptkit.testing.searches import check_search
from promptkit.testing.vocabularies import check_classifier, check_vocabulary

EFFECTS = ("encode_prompt", "run_finished")
SECONDS = 60.0

_embedded = cache(embedded_backend)


def check_plugin(host: PluginHost, record: PluginRecord, *, imported: Collection[str] = ()) -> Iterator[Report]:
    """Yield a report of a loaded plugin itself, then one of each thing that it registered; nothing is raised.

    ``imported`` are the modules that came in while it was loaded.
    """
    registry = Registry(host)
    found = {kind: _own(registry, hook, record) for kind, hook in KINDS.items()}
    yield reported(check_loading, registry, record, found, imported)
    if record.status != OK:
        return
    if record.builtin:
        found["sampler"] = once_a_solver(found["sampler"])
    for kind, check in _CHECKS.items():
        yield from (reported(check, one.value) for one in found[kind])
    for expander in (one.value for one in found["expander"]):
        yield _once_ready("expander", expander.name, "expand()", partial(_asked_once, expander), check_expander)
    for ranker in (one.value for one in found["ranker"]):
        yield _once_ready("ranker", ranker.name, "load()", ranker.load, check_ranker)
    yield from (reported(_check_model, registry, one.value) for one in found["model"])
    yield from _backends(found["backend"], [one.value for one in found["model"]])
    for folder in _own(registry, "register_style_packs", record):
        yield reported(check_pack, folder.value)
    for vocabulary in _own(registry, "register_slot_vocabularies", record):
        yield reported(check_vocabulary, vocabulary.value)
    yield from _hooks(host, record)


def reported(check: Callable[..., Report], *arguments: Any) -> Report:
    """Return a check's report, whatever it found."""
    try:
        return check(*arguments)
    except ContractError as error:
        report: Report = error.report
        return report


def _own(registry: Registry, hook: str, record: PluginRecord) -> list[Registered]:
    return [one for one in registry.registered(hook) if one.plugin is record]


def once_a_solver(samplers: Sequence[Registered]) -> list[Registered]:
    """Return the first sampler of each solver: the tests of promptkit itself check its others, by schedule."""
    first: dict[str, Registered] = {}
    for sampler in samplers:
        first.setdefault(sampler.value.scheduler, sampler)
    return list(first.values())


def _check_sampler(sampler: Any) -> Report:
    return check_sampler(sampler, backend=_embedded())


def _check_model(registry: Registry, model: ModelSpec) -> Report:
    contract = Contract(f"model '{model.name}'", seconds=SECONDS)

    def lies_somewhere() -> None:
        require(bool(model.source.strip()), "it has no source", "Name a folder or a hub id.")

    def has_parts() -> None:
        for kind, name in (("backend", model.backend), ("ranker", model.ranker.partition(":")[0])):
            known = name == "none" or registry.has(kind, name)
            require(known, f"there is no {kind} '{name}'", "Name one of promptkit's, or one that the plugin registers.")

    contract.check("says where it lies", lies_somewhere)
    contract.check("names a backend and a ranker that there are", has_parts)
    return contract.close()


_CHECKS: dict[str, Callable[[Any], Report]] = {
    "sampler": _check_sampler,
    "postprocessor": check_postprocessor,
    "face_detector": check_face_detector,
    "search": check_search,
    "command": check_command,
}


def _once_ready(kind: str, name: str, what: str, ready: Callable[[], Any], check: Callable[..., Report]) -> Report:
    """Check what ``ready`` returns; where it wants settings or weights that are not here, say so."""
    made = []
    contract = Contract(f"{kind} '{name}'", seconds=SECONDS)

    def can_be_used() -> None:
        cure = "Raise SettingsError or ModelError, with a hint, for what is missing."
        made.append(contract.call(what, ready, cure=cure, refusals=(ModelError, SettingsError)))

    contract.check("can be used as it is", can_be_used)
    return reported(check, *made) if made else reported(contract.close)


def _asked_once(expander: Any) -> Any:
    """Return an expander that was asked once: one that lacks a model says so then."""
    variants = expander.expand(parse("a lighthouse"), draw=text_draw(0), limit=1)
    next(iter(variants), None)
    return expander


def _backends(loaders: Sequence[Registered], models: Sequence[ModelSpec]) -> Iterator[Report]:
    """Check each backend on the first of the plugin's models that names it."""
    for loader in (one.value for one in loaders):
        model = next((model for model in models if model.backend == loader.name), None)
        if model is not None:
            yield _once_ready("backend", loader.name, "load()", partial(loader.load, model), check_backend)
            continue
        contract = Contract(f"backend '{loader.name}'", seconds=SECONDS)
        contract.check("can be used as it is", _no_model)
        yield contract.close()


def _no_model() -> None:
    raise NotTried("the plugin registers no model for it; its own tests call check_backend on one")


def _hooks(host: PluginHost, record: PluginRecord) -> Iterator[Report]:
    """Check the hooks that do work themselves; those with effects outside are left to the plugin's own tests."""
    for caller in (getattr(host.manager.hook, name) for name in record.hooks):
        for made in (one for one in caller.get_hookimpls() if one.plugin_name == record.name):
            if caller.name == "classify_phrase":
                yield reported(check_classifier, _classifier(made))
            elif caller.name in EFFECTS:
                contract = Contract(f"hook {caller.name}", seconds=SECONDS)
                contract.check("does what it should", _effects)
                yield contract.close()


def _classifier(made: Any) -> Callable[[str, Any], Any]:
    def classify(phrase: str, vocabulary: Any) -> Any:
        given = {"phrase": phrase, "vocabulary": vocabulary}
        return made.function(**{name: given[name] for name in made.argnames})

    return classify


def _effects() -> None:
    raise NotTried("it works on a run or a pipeline; its own tests prove it")


def check_packs(files: Sequence[Path]) -> Iterator[Report]:
    """Yield a report of each pack that a distribution of packs brings."""
    return (reported(check_pack, file) for file in files)
