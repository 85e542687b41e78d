"""All style packs there are, found in folders, read once, looked up by ``pack/style``."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.errors import PackError, UnknownNameError
from promptkit.packs.style import Style, StylePack, StyleText

if TYPE_CHECKING:
    from promptkit.packs.schema import PackModel, StyleModel

SLOT_ORDER = ("style", "lighting", "camera")


def builtin_folder() -> Path:
    """Return the folder of the built-in packs: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_styles"
    return installed if installed.is_dir() else package.parent / "styles"


def user_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder whose packs are the user's own: ``$PROMPTKIT_HOME/styles``, else the platform's data folder."""
    home = environment.get("PROMPTKIT_HOME")
    if home:
        return Path(home) / "styles"
    from platformdirs import user_data_path

    return user_data_path("promptkit") / "styles"


def read_pack(path: Path) -> StylePack:
    """Read one file. Raises PackError with file, line, column, key and cure. ``extends`` across packs is left to the
    library."""
    return _to_pack(_model(path), str(path), {})


def _model(path: Path) -> PackModel:
    from promptkit.packs.schema import validate
    from promptkit.packs.yaml_reader import read_document

    return validate(read_document(path))


class StyleLibrary:
    """The packs of several folders. A broken pack is a problem to report, not the end of the others."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self.problems: list[PackError] = []

    @cached_property
    def packs(self) -> dict[str, StylePack]:
        models = dict(self._models())
        by_name = {name: model for name, (_, model) in models.items()}
        found = {}
        for name, (path, model) in models.items():
            try:
                found[name] = _to_pack(model, str(path), by_name)
            except PackError as error:
                self.problems.append(error)
        return found

    def styles(self) -> list[Style]:
        return [style for pack in self.packs.values() for style in pack.styles]

    def get(self, name: str) -> Style:
        """Return a style by ``pack/style``, or by its own name where only one pack has it. Raises UnknownNameError."""
        styles = self.styles()
        hits = [style for style in styles if name in (style.id, style.name)]
        exact = [style for style in hits if style.id == name]
        if exact or len(hits) == 1:
            return (exact or hits)[0]
        if hits:
            raise UnknownNameError("style", name, [style.id for style in hits])
        from rapidfuzz import fuzz, process

        near = process.extract(name, [style.id for style in styles], scorer=fuzz.WRatio, limit=3, score_cutoff=50)
        raise UnknownNameError(
            "style", name, [hit[0] for hit in near], hint=None if near else "promptkit styles list shows them all."
        )

    def _models(self) -> Iterator[tuple[str, tuple[Path, PackModel]]]:
        seen: dict[str, Path] = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
                try:
                    model = _model(path)
                    if model.name in seen:
                        raise PackError(
                            f"another pack is named '{model.name}' too: {seen[model.name]}",
                            file=str(path),
                            hint="Rename one.",
                        )
                except PackError as error:
                    self.problems.append(error)
                    continue
                seen[model.name] = path
                yield model.name, (path, model)


def in_conflict(style: Style, other: Style) -> bool:
    """Whether either of two styles says that it does not go with the other."""
    return any(fnmatch.fnmatchcase(other.id, pattern) for pattern in style.conflicts) or any(
        fnmatch.fnmatchcase(style.id, pattern) for pattern in other.conflicts
    )


def _to_pack(model: PackModel, path: str, packs: Mapping[str, PackModel]) -> StylePack:
    return StylePack(
        name=model.name,
        version=model.version,
        title=model.title,
        summary=model.summary,
        licence=model.license,
        path=path,
        styles=tuple(_to_style(model, name, {**packs, model.name: model}, path) for name in model.styles),
        vocabulary={slot: tuple(words) for slot, words in model.vocabulary.items()},
    )


def _ancestry(
    pack: PackModel, name: str, packs: Mapping[str, PackModel], path: str
) -> list[tuple[PackModel, StyleModel]]:
    """Return a style and all that it extends, the farthest first. Raises PackError for a cycle or a missing parent."""
    chain: list[tuple[PackModel, StyleModel]] = []
    seen = set()
    while True:
        key = f"{pack.name}/{name}"
        if key in seen:
            raise PackError(
                f"'{key}' extends itself", file=path, key=f"styles.{name}.extends", hint="Break the circle."
            )
        seen.add(key)
        style = pack.styles.get(name)
        if style is None:
            raise PackError(
                f"extends '{key}', which is not there", file=path, key="extends", hint="Check the name: pack/style."
            )
        chain.insert(0, (pack, style))
        if style.extends is None:
            return chain
        parent, _, name = style.extends.rpartition("/")
        if parent and parent not in packs:
            raise PackError(f"extends '{style.extends}', whose pack is not installed", file=path, key="extends")
        pack = packs[parent] if parent else pack


def _to_style(pack: PackModel, name: str, packs: Mapping[str, PackModel], path: str) -> Style:
    """Merge a style over its ancestors: a slot it names replaces theirs, negatives, choices and settings add to
    theirs."""
    slots: dict[str, tuple[StyleText, ...]] = {}
    negative = list(pack.defaults.negative)
    choices: dict[str, tuple[str, ...]] = {}
    settings: dict[str, Any] = pack.defaults.settings.model_dump(exclude_none=True)
    subject = template = None
    for _, part in _ancestry(pack, name, packs, path):
        for slot in SLOT_ORDER:
            if phrases := getattr(part, slot):
                slots[slot] = tuple(StyleText(text=phrase.text, weight=phrase.weight) for phrase in phrases)
        negative += part.negative
        choices |= {key: tuple(values) for key, values in part.choices.items()}
        settings |= part.settings.model_dump(exclude_none=True)
        subject, template = part.subject or subject, part.template or template
    own = pack.styles[name]
    return Style(
        pack=pack.name,
        name=name,
        title=own.title,
        summary=own.summary or "",
        subject=subject,
        slots={slot: slots[slot] for slot in SLOT_ORDER if slot in slots},
        negative=tuple(dict.fromkeys(negative)),
        choices=choices,
        conflicts=tuple(own.conflicts),
        settings=settings,
        finish=tuple({step: {}} if isinstance(step, str) else step for step in own.finish),
        template=template,
    )
