"""What a recipe names, found on this machine: the model, its device and precision, LoRAs, a ranker, files of steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any

from promptkit.adapters import find_recorded
from promptkit.backends.devices import DTYPES, choose_device
from promptkit.errors import MetadataError, ModelError, PromptkitError, SettingsError, UnknownNameError
from promptkit.finish import FinishStep
from promptkit.interfaces import Adjustable
from promptkit.models import HUB_ID
from promptkit.names import shortened
from promptkit.recipes import missing_folder, ranker_name
from promptkit.records import LORA, Adapter, LoadOptions, Recipe, SamplerSpec
from promptkit.registry import Registry
from promptkit.reproduce.recorded import HINT, recorded_adapters
from promptkit.session import Session
from promptkit.workers import NO_RANKER


def model_of(recipe: Recipe, registry: Registry) -> str:
    """Return how the recipe's model is named here: as it is registered, or by its hub id and revision.

    A path out of a picture is never followed. Raises SettingsError where it was a folder's or a file's.
    """
    name, source, revision = (recipe.model.get(key) for key in ("name", "source", "revision"))
    if not isinstance(name, str) or not name:
        raise MetadataError("The recipe in the picture names no model.", hint=HINT)
    if registry.has("model", name):
        return name
    if isinstance(source, str) and HUB_ID.fullmatch(source) and not _lies_here(source):
        return f"{source}@{revision}" if isinstance(revision, str) and revision else source
    digest = recipe.model.get("hash")
    known = f", SHA-256 {digest[:12]}…" if isinstance(digest, str) and digest else ""
    raise SettingsError(
        f"The picture was made with the model '{shortened(name)}'{known}, and recipes keep no paths.",
        hint=f"Say where it lies: --model PATH/{shortened(name)}. If a plugin brings it, install that.",
    )


def _lies_here(source: str) -> bool:
    """Whether what could be a hub id is the path of something, or begins as paths do."""
    return source.startswith(".") or Path(source).exists()


def load_options(recipe: Recipe, asked: LoadOptions) -> tuple[LoadOptions, tuple[str, ...]]:
    """Return how the model is loaded: as it was, unless asked otherwise; and what cannot be as it was."""
    device, dtype = (recipe.environment.get(name) for name in ("device", "dtype"))
    if asked.device is not None or not isinstance(device, str):
        return asked, ()
    kept = dtype if isinstance(dtype, str) and dtype in DTYPES else None
    wanted = replace(asked, device=device, dtype=asked.dtype or kept)
    if device == "cpu":
        return wanted, ()
    try:
        choose_device(device)
    except SettingsError:
        return asked, (f"It was made on the device '{shortened(device)}', which is not here: other bits come out.",)
    return wanted, ()


def ranker_of(recipe: Recipe, registry: Registry) -> tuple[str, str]:
    """Return the recipe's ranker, ``"none"`` where there is none here, and why that is so."""
    wanted = ranker_name(recipe.ranker)
    if wanted is None:
        return NO_RANKER, ""
    name = wanted.partition(":")[0]
    if not registry.has("ranker", name) or missing_folder(wanted) is not None:
        return NO_RANKER, f"The ranker '{shortened(name)}' of the picture is not here: it is not scored again."
    return wanted, ""


def sampler_of(session: Session, name: str | None) -> SamplerSpec | None:
    """Return a recorded sampler. Raises UnknownNameError where no plugin brings it, SettingsError for a refused one."""
    try:
        return session.sampler(name)
    except UnknownNameError as error:
        near = f"{error.hint} " if error.suggestions else ""
        cure = f"{near}Install the plugin that brings it, or choose another one: --sampler."
        raise UnknownNameError("sampler", error.name, hint=f"The picture was made with it. {cure}") from error


def adapters_of(recipe: Recipe, options: LoadOptions) -> tuple[Adapter, ...]:
    """Return the recipe's LoRAs and textual inversions: the files that hold what theirs held, whatever they are called.

    Raises ModelError where one is not here.
    """
    return tuple(_adapter(adapter, options) for adapter in recorded_adapters(recipe))


def _adapter(recorded: Adapter, options: LoadOptions) -> Adapter:
    path = find_recorded(recorded.kind, recorded.sha256, options)
    if path is None:
        option = "--loras" if recorded.kind == LORA else "--embeddings"
        raise ModelError(
            f"The {recorded.kind} '{shortened(recorded.name)}' that the picture was made with is not here: "
            f"SHA-256 {shortened(recorded.sha256)}.",
            hint=f"Give the folder it lies in: {option} FOLDER.",
        )
    return replace(recorded, path=path)


def steps_of(
    session: Session, recorded: Sequence[Mapping[str, Any]], folders: Sequence[Path]
) -> tuple[FinishStep, ...]:
    """Return the recorded steps, settled again; files that they name are looked for in ``folders``.

    Raises SettingsError, ModelError and UnknownNameError where a step, or its file, is not here.
    """
    steps: list[FinishStep] = []
    for said in recorded:
        settings = said.get("settings")
        name = str(said.get("name"))
        given = {"name": name, "settings": _with_files(name, settings, session.registry, folders)}
        try:
            steps += session.plan_finish([given])
        except PromptkitError as error:
            files = ", ".join(_files(name, settings, session.registry).values())
            kept = f" Recipes keep the names of files alone: --files FOLDER says where {files} lies." if files else ""
            error.hint = f"{error.hint or ''}{kept} --no-finish leaves out what was done afterwards.".strip()
            raise
    return tuple(steps)


def _files(name: str, settings: Any, registry: Registry) -> dict[str, str]:
    """Return the settings of a step that name files, or might where it does not say so, by their names alone."""
    if not isinstance(settings, Mapping) or not registry.has("postprocessor", name):
        return {}
    processor = registry.get("postprocessor", name)
    known = {one.name for one in processor.settings if one.file} if isinstance(processor, Adjustable) else settings
    texts = {key: settings[key] for key in known if isinstance(settings.get(key), str) and settings[key]}
    return {key: PureWindowsPath(text).name or text for key, text in texts.items()}


def _with_files(name: str, settings: Any, registry: Registry, folders: Sequence[Path]) -> Any:
    if not isinstance(settings, Mapping):
        return settings
    files = _files(name, settings, registry)
    return {**settings, **{key: next(_lying(file, folders), file) for key, file in files.items()}}


def _lying(file: str, folders: Sequence[Path]) -> Iterator[str]:
    return (str(folder / file) for folder in folders if (folder / file).is_file())
