"""A whole package for a first plugin, rendered from the files in ``plugin_template``.

They are the files themselves, with ``string.Template``'s names: ``common`` holds what all kinds share, and a kind's own
file of the same name stands in for it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from promptkit.errors import OutputError, SettingsError
from promptkit.installed.distributions import canonical
from promptkit.names import loose
from promptkit.registry import Registry

FOLDER = Path(__file__).parent / "plugin_template"
ENDING = ".template"
KINDS = {
    "expander": 'promptkit expand "a harbour" --expander {name} --limit 3',
    "sampler": 'promptkit generate "a red lighthouse" --sampler {name}',
    "postprocessor": 'promptkit generate "a red lighthouse" --finish {name}:0.5',
    "ranker": 'promptkit generate "a red lighthouse" --ranker {name}',
    "pack": 'promptkit expand "a harbour" --style {name}/morning',
}
"""What can be written, with the command that uses it."""
SUMMARIES = {
    "expander": "An expander for promptkit: {title}.",
    "sampler": "A sampler for promptkit: {title}.",
    "postprocessor": "A post-processor for promptkit: {title}.",
    "ranker": "A ranker for promptkit: {title}.",
    "pack": "Styles for promptkit: {title}.",
}
LICENCES = ("MIT", "Apache-2.0", "none")
MAX_NAME = 50
PREFIX = "promptkit-"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""PEP 508's names of distributions, in ASCII."""
_AUTHOR = re.compile(r"[^\"\\\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]{1,100}")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A package that is to be written."""

    kind: str
    name: str
    """The plugin's, and what its users type: ``fog``."""
    author: str
    licence: str

    @property
    def distribution(self) -> str:
        return PREFIX + self.name

    @property
    def module(self) -> str:
        return self.distribution.replace("-", "_")

    def words(self) -> Mapping[str, str]:
        """Return what stands for the names in the templates."""
        from promptkit import __version__

        title = self.name.replace("-", " ").capitalize()
        stem = "".join(part.capitalize() for part in self.name.split("-"))
        free = self.licence == "none"
        return {
            "name": self.name,
            "distribution": self.distribution,
            "module": self.module,
            "title": title,
            "stem": stem if stem.isidentifier() else f"A{stem}",
            "summary": SUMMARIES[self.kind].format(title=title.lower()),
            "example": KINDS[self.kind].format(name=self.name),
            "author": self.author,
            "year": str(datetime.date.today().year),
            "promptkit": ".".join(__version__.split(".")[:2]),
            "licence_lines": "" if free else f'license = "{self.licence}"\nlicense-files = ["LICENSE"]\n',
            "pack_licence": "all rights reserved" if free else self.licence,
        }

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the path of each file in the package's folder, and its text."""
        words = self.words()
        own, common = ({path.name: path for path in (FOLDER / part).iterdir()} for part in (self.kind, "common"))
        for name, path in sorted({**common, **own}.items()):
            yield self._place(name.removesuffix(ENDING)), _rendered(path, words)
        if self.licence != "none":
            yield "LICENSE", _rendered(FOLDER / "licences" / f"{self.licence}{ENDING}", words)
        if self.kind != "pack":
            yield f"{self.module}/py.typed", ""

    def _place(self, name: str) -> str:
        """Return where a template's file belongs."""
        places = {
            "test.yml": ".github/workflows/test.yml",
            "gitignore": ".gitignore",
            "test.py": f"tests/test_{self.module}.py",
            "pack.yaml": f"{self.module}/{self.name}.yaml",
        }
        return places.get(name) or (f"{self.module}/{name}" if name.endswith(".py") else name)


def plan_plugin(
    name: str, kind: str, *, author: str | None = None, licence: str = "MIT", registry: Registry | None = None
) -> Plan:
    """Settle the names of a new package. Raises SettingsError for what can be no name, and for one that is taken."""
    bare = canonical(name).removeprefix(PREFIX)
    if not _NAME.fullmatch(name) or not bare or bare == "promptkit" or len(bare) > MAX_NAME:
        raise SettingsError(
            f"'{name[:MAX_NAME]}' cannot be a plugin's name.",
            hint=f"A name is letters, digits and '-', at most {MAX_NAME}, and begins with a letter or digit: fog.",
        )
    whose = f"The {PREFIX}{bare} authors" if author is None else author.strip()
    if not _AUTHOR.fullmatch(whose):
        raise SettingsError(
            "The author's name has signs that cannot stand in a pyproject.toml.",
            hint="Give 1 to 100 signs, without quotes, '\\', line breaks and control characters.",
        )
    _check_free(bare, kind, registry or Registry())
    return Plan(kind=kind, name=bare, author=whose, licence=licence)


def write_plugin(plan: Plan, parent: Path) -> Path:
    """Write a package into a new folder of ``parent``; return it. Raises OutputError where it is there already or
    cannot be written; nothing is ever overwritten."""
    folder = parent / plan.distribution
    files = list(plan.files())
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        for place, text in files:
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except FileExistsError:
        raise OutputError(
            f"'{folder}' is there already.", hint="Choose another name or --out; nothing was changed."
        ) from None
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be written: {error.strerror}.", hint="Choose another --out.") from None
    return folder


def _rendered(path: Path, words: Mapping[str, str]) -> str:
    return Template(path.read_text(encoding="utf-8")).substitute(words)


def _check_free(name: str, kind: str, registry: Registry) -> None:
    """Refuse a name that something of the kind has already."""
    if kind == "pack":
        from promptkit.packs.library import installed_library

        taken = name in installed_library(registry.folders()).found
    else:
        things = registry.all(kind).values()
        names = {name for one in things for name in (one.value.name, *getattr(one.value, "aliases", ()))}
        taken = loose(name) in {loose(each) for each in names}
    if taken:
        raise SettingsError(f"There is a {kind} named '{name}' already.", hint="Choose another name for yours.")
