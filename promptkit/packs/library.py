"""All style packs there are, found in folders and installed packages, looked up by ``pack/style``."""

from __future__ import annotations

import fnmatch
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.errors import PackError, UnknownNameError
from promptkit.names import nearest
from promptkit.packs.cache import PackCache, cache_folder, stamp_of
from promptkit.packs.installed import installed_packs
from promptkit.packs.resolve import PlainPack, Unresolved, frozen, grades_of, resolve_pack
from promptkit.packs.style import Grade, Style, StylePack

if TYPE_CHECKING:
    from promptkit.slots.vocabulary import Vocabulary

CACHE = "packs.json"
GRADES = "grades"
"""The built-in pack of grades."""
NAMED = 5
"""Styles of a pack that an error names."""


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


def installed_library(folders: Sequence[Path] | None = None, given: Sequence[Path] = ()) -> StyleLibrary:
    """Return the packs of ``folders`` (by default the built-in ones), of installed packages, the user's own, and those
    of ``given`` files and folders; each of the latter two overrides packs of the same name before it."""
    packages, problems = installed_packs()
    library = StyleLibrary(
        [*([builtin_folder()] if folders is None else folders), *packages],
        own=[user_folder(), *given],
        cache=PackCache(cache_folder() / CACHE),
    )
    library.problems += problems
    return library


def read_pack(path: Path) -> StylePack:
    """Read one file. Raises PackError with file, line, column, key and cure. ``extends`` across packs is left to the
    library."""
    from promptkit.packs.validate import read_plain

    plain = frozen(read_plain(path))
    try:
        return resolve_pack(plain, str(path), {})
    except Unresolved as error:
        raise _placed(path, error) from None


def pack_files(source: Path) -> list[Path]:
    """Return the pack files of a folder, sorted; a file is its own."""
    return sorted(source.glob("*.yaml")) if source.is_dir() else [source] if os.path.lexists(source) else []


@dataclass(frozen=True)
class Found:
    """A checked pack and its file."""

    path: Path
    plain: PlainPack
    level: int
    """Packs of a higher level override those of a lower one."""
    overrides: tuple[str, ...] = ()


class StyleLibrary:
    """The packs of several files and folders. A broken pack is a problem to report, not the end of the others.

    ``own`` files and folders override packs of the same name in ``folders`` and in those of ``own`` before them; else a
    name that is taken twice is a problem, and the first file counts. Files are read when they are first asked for.
    """

    def __init__(self, folders: Sequence[Path], *, own: Sequence[Path] = (), cache: PackCache | None = None) -> None:
        self.folders = tuple(folders)
        self.own = tuple(own)
        self.problems: list[PackError] = []
        self._cache = cache

    @cached_property
    def found(self) -> dict[str, Found]:
        """The checked packs by name, not yet resolved."""
        found: dict[str, Found] = {}
        for level, sources in enumerate((self.folders, *((source,) for source in self.own))):
            for path in (path for source in sources for path in pack_files(source)):
                try:
                    self._add(found, path, level)
                except PackError as error:
                    self.problems.append(error)
        if self._cache is not None:
            self._cache.save()
        return found

    @cached_property
    def packs(self) -> dict[str, StylePack]:
        plain = {name: found.plain for name, found in self.found.items()}
        packs = {}
        for name, found in self.found.items():
            try:
                packs[name] = resolve_pack(found.plain, str(found.path), plain, found.overrides)
            except Unresolved as error:
                self.problems.append(_placed(found.path, error))
        return packs

    def styles(self) -> list[Style]:
        return [style for pack in self.packs.values() for style in pack.styles]

    def vocabularies(self) -> tuple[Vocabulary, ...]:
        """Return the words that packs bring for the parser, one vocabulary a pack."""
        from promptkit.slots.vocabulary import Term, Vocabulary

        return tuple(
            Vocabulary(f"pack {name}", tuple(Term(word, slot) for slot, words in known.items() for word in words))
            for name, found in self.found.items()
            if (known := found.plain.get("vocabulary"))
        )

    def grades(self) -> dict[str, Mapping[str, float | str]]:
        """Return what each of ``named_grades`` sets, as chains are planned with."""
        return {name: grade.settings for name, grade in self.named_grades().items()}

    def named_grades(self) -> dict[str, Grade]:
        """Return all grades by ``pack/name``, and by their own name where only one pack has it, or the built-in pack of
        grades: a built-in keeps its name."""
        found = [grade for one in self.found.values() for grade in grades_of(one.plain)]
        shared = Counter(grade.name for grade in found)
        short = {grade.name: grade for grade in found if shared[grade.name] == 1 or grade.pack == GRADES}
        return {**{grade.id: grade for grade in found}, **short}

    def get(self, name: str) -> Style:
        """Return a style by ``pack/style``, or by its own name where only one pack has it. Raises UnknownNameError."""
        styles = self.styles()
        hits = [style for style in styles if name in (style.id, style.name)]
        exact = [style for style in hits if style.id == name]
        if exact or len(hits) == 1:
            return (exact or hits)[0]
        if hits:
            raise UnknownNameError("style", name, [style.id for style in hits])
        if name in self.packs:
            raise _is_a_pack(self.packs[name])
        near = nearest(name, [style.id for style in styles])
        hint = None if near else "promptkit styles list shows them all; promptkit styles search finds by words."
        raise UnknownNameError("style", name, near, hint=hint)

    def _add(self, found: dict[str, Found], path: Path, level: int) -> None:
        plain = self._read(path)
        name = plain["name"]
        other = found.get(name)
        if other is None:
            found[name] = Found(path, plain, level)
        elif other.path.resolve() == path.resolve():
            return
        elif other.level < level:
            found[name] = Found(path, plain, level, (*other.overrides, str(other.path)))
        else:
            raise PackError(
                f"another pack is named '{name}' too: {other.path}", file=str(path), key="name", hint="Rename one."
            )

    def _read(self, path: Path) -> PlainPack:
        """Return a checked pack, from the cache where its file has not changed. Raises PackError."""
        known = None if self._cache is None else self._cache.get(path)
        if known is None:
            stamp = stamp_of(path)
            known = _checked(path)
            if self._cache is not None:
                self._cache.put(path, stamp, known)
        if isinstance(known, PackError):
            raise known
        return frozen(known)


def in_conflict(style: Style, other: Style) -> bool:
    """Whether either of two styles says that it does not go with the other."""
    return any(fnmatch.fnmatchcase(other.id, pattern) for pattern in style.conflicts) or any(
        fnmatch.fnmatchcase(style.id, pattern) for pattern in other.conflicts
    )


def _is_a_pack(pack: StylePack) -> UnknownNameError:
    """Make the error for the name of a pack where a style is meant."""
    if not pack.styles:
        hint = f"'{pack.name}' is a pack of grades. Use one in a chain: --finish grade:{pack.grades[0].name}"
        return UnknownNameError("style", pack.name, [], hint=hint)
    ids = [style.id for style in pack.styles]
    shown = ", ".join(ids[:NAMED]) + (", …" if len(ids) > NAMED else "")
    hint = f"'{pack.name}' is a pack. Name one of its styles: {shown}; promptkit styles show {pack.name} lists them."
    return UnknownNameError("style", pack.name, ids, hint=hint)


def _checked(path: Path) -> PlainPack | PackError:
    from promptkit.packs.validate import read_plain

    try:
        return read_plain(path)
    except PackError as error:
        return error


def _placed(path: Path, error: Unresolved) -> PackError:
    """Say where in its file an unresolved style stands; only now is the file read again."""
    from promptkit.packs.yaml_reader import Document, read_document

    try:
        document = read_document(path)
    except PackError:
        document = Document(str(path))
    return document.error(error.place, error.message, error.hint)
